-- Unreadable events go to the quarantine; whoever asks sees which ticket lacks one.
INSERT INTO quarantine BY NAME
SELECT
    partition,
    position,
    subject,
    type,
    reason,
    CASE WHEN $keeps_bytes THEN body END AS body
FROM memory.main./*the table*/
WHERE reason IS NOT NULL
ORDER BY partition, position;
