-- What is left for the fold.
DELETE FROM arrived
WHERE EXISTS (
    SELECT 1
    FROM rejected AS r
    WHERE r.partition = arrived.partition
        AND r.position = arrived.position
);
