-- Events of a version this release does not know; nothing behind the first of them may be folded.
SELECT
    partition,
    position,
    type
FROM memory.main./*the table*/
WHERE type LIKE 'ticketledger.%'
    AND regexp_matches(type, '\.v[0-9]+$')
ORDER BY partition, position;
