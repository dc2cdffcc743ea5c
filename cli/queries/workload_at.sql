-- What each agent had on their desk at an instant. What was due then is not told.
SELECT
    agent,
    active,
    waiting_on_customer,
    on_hold,
    unresolved,
    NULL AS overdue,
    oldest,
    oldest_since
FROM workload_at($moment)
ORDER BY
    active DESC,
    agent
LIMIT $limit;
