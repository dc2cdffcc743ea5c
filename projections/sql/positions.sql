-- How far each partition is folded.
SELECT
    partition::VARCHAR AS partition,
    position
FROM position
ORDER BY partition;
