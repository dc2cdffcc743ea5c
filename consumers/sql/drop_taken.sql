-- A redelivery, by a second relay or after a crash, is dropped here.
DELETE FROM memory.main./*the table*/
WHERE position <= (
    SELECT max(p.position)
    FROM position AS p
    WHERE p.partition = /*the table*/.partition
);
