-- What eventsourcing's recorders ask of the tables beside a log, each under its name.

-- name: insert_snapshot
INSERT INTO snapshot (purpose, originator_id, originator_version, topic, state)
VALUES (?, ?, ?, ?, ?);

-- name: select_snapshots
SELECT
    originator_version,
    topic,
    state
FROM snapshot
WHERE purpose = :purpose
    AND originator_id = :originator_id
    AND originator_version BETWEEN :first AND :last
ORDER BY originator_version
LIMIT :limit;

-- name: select_snapshots_from_the_last
SELECT
    originator_version,
    topic,
    state
FROM snapshot
WHERE purpose = :purpose
    AND originator_id = :originator_id
    AND originator_version BETWEEN :first AND :last
ORDER BY originator_version DESC
LIMIT :limit;

-- name: advance_tracking
-- Nothing is returned if the application has been tracked that far already.
INSERT INTO tracking (application_name, notification_id)
VALUES (:application_name, :notification_id)
ON CONFLICT (application_name) DO UPDATE
SET notification_id = excluded.notification_id
WHERE tracking.notification_id < excluded.notification_id
RETURNING notification_id;

-- name: select_tracking
SELECT notification_id
FROM tracking
WHERE application_name = :application_name;
