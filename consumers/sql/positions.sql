-- The positions delivered for a partition, in order.
SELECT position
FROM memory.main./*the table*/
WHERE partition = $partition
ORDER BY position;
