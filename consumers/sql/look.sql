-- What a delivery looks like in each partition, before anything is done with it.
SELECT
    s.partition,
    coalesce(any_value(p.position), 0) + 1 AS next,
    min(s.position) AS first,
    max(s.position) AS last,
    count(*) AS events,
    count(DISTINCT s.position) AS positions
FROM memory.main./*the table*/ AS s
LEFT JOIN position AS p ON p.partition = s.partition
GROUP BY s.partition
ORDER BY s.partition;
