-- Tickets as they stand, the newest first.
SELECT
    number,
    ticket,
    status,
    priority,
    level,
    queue,
    owner,
    requester AS customer,
    category,
    opened_at,
    last_effective AS updated_at,
    times_reopened
FROM agent_queue.main.ticket
WHERE ($status IS NULL OR status = $status)
    AND (NOT $unresolved OR status NOT IN ('resolved', 'closed'))
    AND ($queue IS NULL OR queue = $queue)
    AND ($owner IS NULL OR owner = $owner)
    AND ($customer IS NULL OR requester = $customer)
ORDER BY
    opened_at DESC,
    ticket DESC
LIMIT $limit;
