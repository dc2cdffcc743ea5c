-- What still has to be sent, and how far the stream was read. No personal text stands here.

CREATE TABLE IF NOT EXISTS about (
    source TEXT NOT NULL
) STRICT;

-- The id of the event at the position shows whether it is still the same log.
CREATE TABLE IF NOT EXISTS position (
    partition INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    event TEXT
) STRICT;

-- A surface is told what was recorded since it was configured.
CREATE TABLE IF NOT EXISTS surface (
    name TEXT PRIMARY KEY,
    since TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS letter (
    id TEXT PRIMARY KEY,
    ticket TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    event TEXT NOT NULL,
    surface TEXT NOT NULL,
    fact TEXT NOT NULL,
    planned_at TEXT NOT NULL,
    next_at TEXT NOT NULL,
    attempts_max INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    given_up INTEGER NOT NULL,
    reason TEXT,
    template TEXT,
    language TEXT,
    sha256 TEXT
) STRICT;

CREATE INDEX IF NOT EXISTS letter_by_state ON letter (state, next_at);

-- What came of all letters so far, by outcome.
CREATE TABLE IF NOT EXISTS tally (
    what TEXT PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT;
