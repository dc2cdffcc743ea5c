-- What is behind an event that stops the fold is not taken in.
DELETE FROM arrived
WHERE partition = $partition
    AND position >= $position;
