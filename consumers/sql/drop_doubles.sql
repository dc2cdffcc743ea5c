-- The same position twice in one delivery is one event.
DELETE FROM memory.main./*the table*/
WHERE rowid NOT IN (
    SELECT min(rowid)
    FROM memory.main./*the table*/
    GROUP BY partition, position
);
