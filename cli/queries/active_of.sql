-- How many tickets of an agent count against their capacity.
SELECT count(*) AS active
FROM queue_item
WHERE owner = $agent
    AND status IN ('new', 'open');
