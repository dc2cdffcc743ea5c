-- Unreadable events go to the quarantine and out of the batch; whoever asks sees which ticket lacks one.
INSERT INTO quarantine BY NAME
SELECT
    a.partition,
    a.position,
    a.subject,
    a.type,
    r.reason,
    CASE WHEN $keeps_bytes THEN coalesce(a.body, encode(a.text)) END AS body
FROM arrived AS a
INNER JOIN rejected AS r USING (partition, position)
ORDER BY a.partition, a.position;
