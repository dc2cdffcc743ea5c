-- Positions are dense: this is the first one missing in each partition that skips one.
WITH seen AS (
    SELECT
        a.partition,
        a.position,
        coalesce(
            lag(a.position) OVER (PARTITION BY a.partition ORDER BY a.position),
            p.position,
            0
        ) AS before
    FROM arrived AS a
    LEFT JOIN position AS p ON p.partition = a.partition
)
SELECT
    partition,
    before + 1 AS expected,
    position AS found
FROM seen
WHERE position > before + 1
ORDER BY partition, position;
