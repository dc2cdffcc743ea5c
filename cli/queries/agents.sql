-- Who there is, what they can do, how much they have.
SELECT
    agent,
    availability,
    available_since,
    active,
    capacity,
    over_capacity,
    unresolved,
    level,
    skills,
    languages,
    roles
FROM agent_workload
WHERE ($agent IS NULL OR agent = $agent)
    AND ($availability IS NULL OR availability = $availability)
ORDER BY
    CASE availability
        WHEN 'online' THEN 1
        WHEN 'away' THEN 2
        WHEN 'offline' THEN 3
        ELSE 4
    END,
    agent
LIMIT $limit;
