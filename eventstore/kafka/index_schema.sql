-- The local index of a log: where every subject stands, and the records of those that are at work.
-- A cache: everything in it follows from the log.

-- What the log's genesis records say, so that opening a ledger asks nobody.
CREATE TABLE about (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How far each partition has been read. `anchor` is the fingerprint of the record before
-- `next_offset`; `position` that of the last counted event.
CREATE TABLE partition (
    partition INTEGER PRIMARY KEY,
    next_offset INTEGER NOT NULL,
    anchor TEXT,
    position INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    void INTEGER NOT NULL,
    orphans INTEGER NOT NULL,
    foreigners INTEGER NOT NULL,
    unreadable INTEGER NOT NULL
) STRICT;

-- Heads. `position` is that of the last event. Records up to `cold_sequence` are only in the log;
-- `places` says where: varints, in pairs, each the distance of offset and position to the last.
CREATE TABLE subject (
    subject TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    digest BLOB NOT NULL,
    position INTEGER NOT NULL,
    cold_sequence INTEGER NOT NULL,
    places BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Counted records of subjects at work, whole.
CREATE TABLE hot (
    subject TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    count INTEGER NOT NULL,
    previous TEXT,
    command TEXT,
    digest TEXT NOT NULL,
    position INTEGER NOT NULL,
    at_offset INTEGER NOT NULL,
    value BLOB NOT NULL,
    UNIQUE (subject, sequence)
) STRICT;

-- Under what a subject can be found.
CREATE TABLE key (
    key TEXT NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (key, subject)
) STRICT, WITHOUT ROWID;

-- Every so often: in which record a position is.
CREATE TABLE milestone (
    partition INTEGER NOT NULL,
    position INTEGER NOT NULL,
    at_offset INTEGER NOT NULL,
    PRIMARY KEY (partition, position)
) STRICT, WITHOUT ROWID;

-- Records that honest writers on an intact log never make, and counted ones that cannot be read.
CREATE TABLE odd (
    partition INTEGER NOT NULL,
    at_offset INTEGER NOT NULL,
    class TEXT NOT NULL,
    subject TEXT,
    reason TEXT NOT NULL,
    PRIMARY KEY (partition, at_offset)
) STRICT, WITHOUT ROWID;

CREATE TABLE type_count (
    type TEXT PRIMARY KEY,
    events INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
