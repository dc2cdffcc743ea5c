-- What could not be read, and whose it is as far as that is known.
SELECT
    r.partition,
    r.position,
    a.subject,
    r.reason
FROM rejected AS r
INNER JOIN arrived AS a USING (partition, position)
ORDER BY r.partition, r.position;
