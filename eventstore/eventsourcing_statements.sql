-- What eventsourcing's recorders ask of an embedded ledger, each under its name.

-- name: select_first_event
SELECT event.body
FROM record
JOIN event
    ON event.position = record.position
WHERE record.subject = :subject
    AND record.sequence = 1;

-- name: select_events
SELECT event.body
FROM record
JOIN event
    ON event.position >= record.position
    AND event.position < record.position + record.count
WHERE record.subject = :subject
    AND record.sequence <= :last_sequence
    AND record.sequence + record.count > :first_sequence
    AND record.sequence + event.position - record.position
        BETWEEN :first_sequence AND :last_sequence
ORDER BY
    record.sequence,
    event.position
LIMIT :limit;

-- name: select_events_from_the_last
SELECT event.body
FROM record
JOIN event
    ON event.position >= record.position
    AND event.position < record.position + record.count
WHERE record.subject = :subject
    AND record.sequence <= :last_sequence
    AND record.sequence + record.count > :first_sequence
    AND record.sequence + event.position - record.position
        BETWEEN :first_sequence AND :last_sequence
ORDER BY
    record.sequence DESC,
    event.position DESC
LIMIT :limit;

-- name: select_notifications
-- `topics` is a JSON array; an empty one lets every type through.
SELECT
    position,
    body
FROM event
WHERE position BETWEEN :first AND :last
    AND (:topics = '[]' OR type IN (SELECT value FROM json_each(:topics)))
ORDER BY position
LIMIT :limit;

-- name: select_command
-- A command's header is its id, a space and a fingerprint.
SELECT sequence
FROM record
WHERE subject = :subject
    AND substr(command, 1, length(:command_id) + 1) = :command_id || ' ';
