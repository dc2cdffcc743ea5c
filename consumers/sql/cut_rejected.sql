-- Nor set aside.
DELETE FROM rejected
WHERE partition = $partition
    AND position >= $position;
