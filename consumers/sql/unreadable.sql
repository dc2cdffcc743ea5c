-- What could not be read, and whose it is as far as that is known.
SELECT
    partition,
    position,
    subject,
    reason
FROM memory.main./*the table*/
WHERE reason IS NOT NULL
ORDER BY partition, position;
