-- How many events are left, and how many of them nobody can read.
SELECT
    count(*) AS events,
    count(reason) AS unreadable
FROM memory.main./*the table*/;
