-- How much waited in each queue at an instant. What was due then is not told.
SELECT
    queue,
    count(*) AS unresolved,
    count(*) FILTER (WHERE status = 'new') AS new,
    count(*) FILTER (WHERE status = 'open') AS open,
    count(*) FILTER (WHERE status = 'pending') AS pending,
    count(*) FILTER (WHERE status = 'on_hold') AS on_hold,
    count(*) FILTER (WHERE owner IS NULL) AS unassigned,
    count(*) FILTER (WHERE priority IN ('critical', 'high')) AS urgent,
    min(unresolved_since) AS oldest_since,
    bool_and(mature) AS mature
FROM queue_at($moment)
GROUP BY queue
ORDER BY
    unresolved DESC,
    queue NULLS LAST;
