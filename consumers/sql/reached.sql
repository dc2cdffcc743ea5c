-- The positions that this batch reaches, its unreadable events included.
CREATE OR REPLACE TEMP TABLE reached AS
SELECT
    partition,
    max(position) AS position
FROM memory.main./*the table*/
GROUP BY partition;
