-- What an agent could take, the best first: nobody's, and not waiting for somebody else.
SELECT
    ticket,
    number,
    queue,
    why
FROM queue_item_as_of(as_of := $now)
WHERE owner IS NULL
    AND lane <> 'waiting'
    AND ($queue IS NULL OR queue = $queue)
ORDER BY
    CASE lane WHEN 'regular' THEN 2 ELSE 1 END,
    CASE priority
        WHEN 'critical' THEN 1
        WHEN 'high' THEN 2
        WHEN 'medium' THEN 3
        WHEN 'low' THEN 4
        ELSE 5
    END,
    next_due NULLS LAST,
    unresolved_since,
    number,
    ticket
LIMIT $limit;
