-- What each agent has on their desk.
SELECT
    owner AS agent,
    count(*) FILTER (WHERE status IN ('new', 'open')) AS active,
    count(*) FILTER (WHERE status = 'pending') AS waiting_on_customer,
    count(*) FILTER (WHERE status = 'on_hold') AS on_hold,
    count(*) AS unresolved,
    count(*) FILTER (WHERE overdue) AS overdue,
    arg_min(number, row(unresolved_since, number)) AS oldest,
    min(unresolved_since) AS oldest_since
FROM queue_item_as_of(as_of := $now)
WHERE owner IS NOT NULL
GROUP BY owner
ORDER BY
    active DESC,
    agent
LIMIT $limit;
