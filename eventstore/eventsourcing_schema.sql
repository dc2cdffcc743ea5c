-- What eventsourcing applications keep beside the log. Neither is part of its truth: a snapshot
-- can be taken again, and tracking belongs to whoever processes another application's events.

CREATE TABLE IF NOT EXISTS snapshot (
    purpose TEXT NOT NULL,
    originator_id TEXT NOT NULL,
    originator_version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    state BLOB NOT NULL,
    PRIMARY KEY (purpose, originator_id, originator_version)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS tracking (
    application_name TEXT PRIMARY KEY,
    notification_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
