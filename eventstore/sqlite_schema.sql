-- The tables of an embedded ledger. The file is log, index and stream in one.

-- One row a save. `number` is its place in the log, dense from 0, which is the genesis record;
-- the others are its headers, their digest, and the position of its first event.
CREATE TABLE record (
    number INTEGER PRIMARY KEY,
    format INTEGER NOT NULL,
    subject TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    count INTEGER NOT NULL,
    previous TEXT,
    command TEXT,
    digest TEXT NOT NULL,
    position INTEGER NOT NULL,
    UNIQUE (subject, sequence)
) STRICT;

-- The stream. `position` is dense from 1 (0 is the genesis event, which is not in the stream);
-- a record's events have `count` positions from the record's own.
CREATE TABLE event (
    position INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- Under what a subject can be found. Follows from the events: it can be dropped and filled again.
CREATE TABLE key (
    key TEXT NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (key, subject)
) STRICT, WITHOUT ROWID;
