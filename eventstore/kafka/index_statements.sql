-- Statements of the local index, each under its name.

-- name: select_about
SELECT
    name,
    value
FROM about;

-- name: select_generation
SELECT value
FROM about
WHERE name = 'generation';

-- name: insert_about
INSERT OR REPLACE INTO about (name, value)
VALUES (?, ?);

-- name: insert_partition
INSERT INTO partition (
    partition,
    next_offset,
    anchor,
    position,
    counted,
    void,
    orphans,
    foreigners,
    unreadable
)
VALUES (?, 0, NULL, 0, 0, 0, 0, 0, 0);

-- name: select_partitions
SELECT
    partition,
    next_offset,
    anchor,
    position,
    counted,
    void,
    orphans,
    foreigners,
    unreadable
FROM partition
ORDER BY partition;

-- name: update_partition
UPDATE partition
SET
    next_offset = ?,
    anchor = ?,
    position = ?,
    counted = ?,
    void = ?,
    orphans = ?,
    foreigners = ?,
    unreadable = ?
WHERE partition = ?;

-- name: select_subject
SELECT
    sequence,
    digest,
    position,
    cold_sequence,
    places
FROM subject
WHERE subject = ?;

-- name: select_subjects
-- Many at once, named in a JSON array.
SELECT
    subject,
    sequence,
    digest,
    position,
    cold_sequence,
    places
FROM subject
WHERE subject IN (SELECT value FROM json_each(?));

-- name: upsert_subject
INSERT OR REPLACE INTO subject (subject, sequence, digest, position, cold_sequence, places)
VALUES (?, ?, ?, ?, ?, ?);

-- name: select_hot
SELECT
    sequence,
    count,
    previous,
    command,
    digest,
    position,
    at_offset,
    value
FROM hot
WHERE subject = ?
    AND sequence > ?
ORDER BY sequence;

-- name: select_hot_places
SELECT
    at_offset,
    position
FROM hot
WHERE subject = ?
ORDER BY sequence;

-- name: select_hot_record
SELECT
    digest,
    position
FROM hot
WHERE subject = ?
    AND sequence = ?;

-- name: insert_hot
INSERT INTO hot (
    subject,
    sequence,
    count,
    previous,
    command,
    digest,
    position,
    at_offset,
    value
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: delete_hot
DELETE FROM hot
WHERE subject = ?;

-- name: insert_key
INSERT OR IGNORE INTO key (key, subject)
VALUES (?, ?);

-- name: insert_milestone
INSERT OR IGNORE INTO milestone (partition, position, at_offset)
VALUES (?, ?, ?);

-- name: select_milestone
SELECT
    position,
    at_offset
FROM milestone
WHERE partition = ?
    AND position <= ?
ORDER BY position DESC
LIMIT 1;

-- name: insert_odd
INSERT OR REPLACE INTO odd (partition, at_offset, class, subject, reason)
VALUES (?, ?, ?, ?, ?);

-- name: select_odd
SELECT
    partition,
    at_offset,
    class,
    subject,
    reason
FROM odd
ORDER BY
    partition,
    at_offset
LIMIT ?;

-- name: add_type_count
INSERT INTO type_count (type, events)
VALUES (?, ?)
ON CONFLICT (type) DO UPDATE
SET events = events + excluded.events;

-- name: select_type_counts
SELECT
    type,
    events
FROM type_count
ORDER BY
    events DESC,
    type;

-- name: count_subjects
SELECT
    count(*),
    count(*) FILTER (WHERE cold_sequence < sequence)
FROM subject;

-- name: select_subject_of_command
-- A command's header is its id, a space and a fingerprint.
SELECT subject
FROM key
WHERE key = :key
UNION ALL
SELECT subject
FROM hot
WHERE substr(command, 1, length(:command_id) + 1) = :command_id || ' '
LIMIT 1;
