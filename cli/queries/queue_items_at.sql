-- One queue as it stood at an instant, the longest unresolved first.
SELECT *
FROM queue_at($moment)
WHERE queue = $queue
ORDER BY
    unresolved_since,
    number
LIMIT $limit;
