-- Looking subjects up by key: the table is the same in an embedded ledger and in a local index.

-- name: select_subjects_by_key
SELECT subject
FROM key
WHERE key = :key
ORDER BY subject;

-- name: select_keys_with_prefix
-- The last code point there is closes the range, so that the primary key answers.
SELECT
    key,
    subject
FROM key
WHERE key >= :prefix
    AND key < :prefix || char(0x10FFFF)
ORDER BY
    key,
    subject
LIMIT :limit;
