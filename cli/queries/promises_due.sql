-- Promises of a next update that fall due within some hours, missed ones included.
SELECT
    number,
    ticket,
    queue,
    owner,
    status,
    requester AS customer,
    due,
    overdue,
    missed,
    seconds_left
FROM promises_due(within := to_hours(1) * $hours, as_of := $now)
WHERE ($queue IS NULL OR queue = $queue)
    AND ($owner IS NULL OR owner = $owner)
ORDER BY
    missed = 0,
    due,
    number
LIMIT $limit;
