-- What is behind an event that stops the fold is not taken in.
DELETE FROM memory.main./*the table*/
WHERE partition = $partition
    AND position >= $position;
