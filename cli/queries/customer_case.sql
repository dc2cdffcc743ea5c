-- One case as its customer may see it.
SELECT *
FROM customer_case
WHERE ticket = $ticket;
