-- What the agents do next, in the order in which to take it.
SELECT *
FROM queue_item_as_of(as_of := $now)
WHERE ($queue IS NULL OR queue = $queue)
    AND ($owner IS NULL OR owner = $owner)
    AND (NOT $unassigned OR owner IS NULL)
    AND (NOT $at_risk OR at_risk)
ORDER BY
    queue NULLS LAST,
    rank
LIMIT $limit;
