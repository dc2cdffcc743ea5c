-- The queues that any ticket is or was in.
SELECT DISTINCT queue
FROM (
    SELECT queue
    FROM agent_queue.main.ticket
    UNION ALL
    SELECT queue
    FROM agent_queue.main.span
)
WHERE queue IS NOT NULL
ORDER BY queue;
