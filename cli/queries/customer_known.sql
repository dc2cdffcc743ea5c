-- Whether a customer has any case.
SELECT count(*) AS cases
FROM customer_case
WHERE customer = $customer;
