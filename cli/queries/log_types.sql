-- Events of the log by type (SQLite).
SELECT
    type,
    count(*)
FROM event
WHERE position > 0
GROUP BY type
ORDER BY
    count(*) DESC,
    type;
