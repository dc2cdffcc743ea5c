-- What a verification asks of an embedded store, each under its name.

-- name: select_records_with_events
-- Every record in the order of the log, with the events it claims. Its number of events is limited
-- here, so that a changed count cannot claim the whole log.
SELECT
    record.number,
    record.format,
    record.subject,
    record.sequence,
    record.count,
    record.previous,
    record.command,
    record.digest,
    record.position,
    event.position,
    event.type,
    event.body
FROM record
LEFT JOIN event
    ON event.position >= record.position
    AND event.position < record.position + min(record.count, :events_max)
ORDER BY
    record.number,
    event.position;

-- name: select_head_before
-- The head of a subject as it was before some record of the log.
SELECT
    sequence + count - 1,
    digest
FROM record
WHERE subject = :subject
    AND number < :number
ORDER BY sequence DESC
LIMIT 1;

-- name: count_records
SELECT count(*)
FROM record;

-- name: select_events_outside
-- Events before the first record's, or after the last one's.
SELECT position
FROM event
WHERE position < 0
    OR position >= :end
ORDER BY position
LIMIT :limit;

-- name: create_expected_key
CREATE TEMP TABLE expected_key (
    key TEXT NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (key, subject)
) STRICT, WITHOUT ROWID;

-- name: insert_expected_key
INSERT OR IGNORE INTO temp.expected_key (key, subject)
VALUES (?, ?);

-- name: select_keys_missing
SELECT
    key,
    subject
FROM temp.expected_key
EXCEPT
SELECT
    key,
    subject
FROM main.key
LIMIT :limit;

-- name: select_keys_surplus
SELECT
    key,
    subject
FROM main.key
EXCEPT
SELECT
    key,
    subject
FROM temp.expected_key
LIMIT :limit;

-- name: select_schema
SELECT
    type,
    name,
    sql
FROM sqlite_schema
WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'
ORDER BY name;
