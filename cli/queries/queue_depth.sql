-- How much waits in each queue.
SELECT
    queue,
    count(*) AS unresolved,
    count(*) FILTER (WHERE status = 'new') AS new,
    count(*) FILTER (WHERE status = 'open') AS open,
    count(*) FILTER (WHERE status = 'pending') AS pending,
    count(*) FILTER (WHERE status = 'on_hold') AS on_hold,
    count(*) FILTER (WHERE owner IS NULL) AS unassigned,
    count(*) FILTER (WHERE priority IN ('critical', 'high')) AS urgent,
    count(*) FILTER (WHERE overdue) AS overdue,
    count(*) FILTER (WHERE at_risk) AS at_risk,
    min(unresolved_since) AS oldest_since
FROM queue_item_as_of(as_of := $now)
GROUP BY queue
ORDER BY
    unresolved DESC,
    queue NULLS LAST;
