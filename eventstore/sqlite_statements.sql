-- Statements of the embedded store, each under its name.

-- name: select_tail
-- A record whose event is missing must not vanish from the answer, hence the outer join.
SELECT
    record.format,
    record.subject,
    record.sequence,
    record.count,
    record.previous,
    record.command,
    record.digest,
    record.position,
    event.body
FROM record
LEFT JOIN event
    ON event.position >= record.position
    AND event.position < record.position + record.count
WHERE record.subject = :subject
    AND record.sequence > :after_sequence
ORDER BY
    record.sequence,
    event.position;

-- name: select_records
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
    event.body
FROM record
LEFT JOIN event
    ON event.position >= record.position
    AND event.position < record.position + record.count
WHERE record.number > :after_number
    AND record.number <= :last_number
ORDER BY
    record.number,
    event.position;

-- name: select_head
SELECT
    sequence + count - 1,
    digest,
    position + count - 1
FROM record
WHERE subject = :subject
ORDER BY sequence DESC
LIMIT 1;

-- name: select_end
-- Where the next record goes: its number, and the position of its first event.
SELECT
    number + 1,
    position + count
FROM record
ORDER BY number DESC
LIMIT 1;

-- name: select_twin
-- The record that stands where another wanted to be.
SELECT
    digest,
    position
FROM record
WHERE subject = :subject
    AND sequence = :sequence;

-- name: insert_record
INSERT INTO record (number, format, subject, sequence, count, previous, command, digest, position)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: insert_event
INSERT INTO event (position, type, body)
VALUES (?, ?, ?);

-- name: insert_key
-- A subject may come under a key again and again; once is enough.
INSERT OR IGNORE INTO key (key, subject)
VALUES (?, ?);

-- name: select_stream
SELECT
    position,
    body
FROM event
WHERE position > max(:after_position, 0)
ORDER BY position
LIMIT :limit;

-- name: select_last_position
SELECT coalesce(max(position), 0)
FROM event;

-- name: select_genesis
SELECT body
FROM event
WHERE position = 0;

-- name: delete_keys
DELETE FROM key;

-- name: select_events_with_subjects
SELECT
    event.position,
    event.type,
    event.body,
    record.subject
FROM record
JOIN event
    ON event.position >= record.position
    AND event.position < record.position + record.count
WHERE record.number > 0
ORDER BY record.number;

-- name: count_keys
SELECT count(*)
FROM key;

-- name: count_subjects
-- Every subject has one record that begins at its beginning.
SELECT count(*)
FROM record
WHERE sequence = 1
    AND number > 0;

-- name: select_subject_of_command
-- A command's header is its id, a space and a fingerprint.
SELECT subject
FROM record
WHERE substr(command, 1, length(:command_id) + 1) = :command_id || ' '
LIMIT 1;
