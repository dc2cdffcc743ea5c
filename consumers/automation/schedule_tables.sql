-- What the automation keeps between two looks at the log. All of it follows from the log.

CREATE TABLE IF NOT EXISTS about (
    source TEXT NOT NULL,      -- of which ledger
    changes INTEGER NOT NULL   -- counts what is said of policies, agents and customers: caches are old then
) STRICT;

-- Up to where the stream was read, and the last event that was: the anchor in this very log.
CREATE TABLE IF NOT EXISTS position (
    partition INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    event TEXT
) STRICT;

-- Every ticket of which something may be due: what is unresolved, or was touched, or has a due row.
CREATE TABLE IF NOT EXISTS ticket (
    id TEXT PRIMARY KEY,
    number TEXT,
    sequence INTEGER NOT NULL DEFAULT 0,   -- of the ticket as it was looked at last
    touched INTEGER NOT NULL DEFAULT 0,    -- how often something happened to it since; 0: nothing
    owner TEXT,
    active INTEGER NOT NULL DEFAULT 0,     -- new or open: it counts as its owner's load
    waiting_since TEXT,                    -- since when it waits for an owner; NULL: it does not
    lane INTEGER NOT NULL DEFAULT 1,       -- 0: the VIP lane, which goes first
    deferred INTEGER NOT NULL DEFAULT 0,   -- it was said already that nobody could be given it
    fresh INTEGER NOT NULL DEFAULT 0,      -- routing has to look at it (again)
    problem TEXT                           -- why it is left alone until something happens to it
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS ticket_touched ON ticket (id) WHERE touched > 0;
CREATE INDEX IF NOT EXISTS ticket_owned ON ticket (owner) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS ticket_waiting ON ticket (lane, waiting_since, id)
    WHERE waiting_since IS NOT NULL;

-- What falls due, in the order in which it is recorded.
CREATE TABLE IF NOT EXISTS due (
    ticket TEXT NOT NULL,
    at TEXT NOT NULL,
    place INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    instance INTEGER NOT NULL,
    PRIMARY KEY (ticket, kind, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS due_in_order ON due (at, place, name, ticket);

CREATE TABLE IF NOT EXISTS agent (
    id TEXT PRIMARY KEY,
    last_assigned_at TEXT
) STRICT, WITHOUT ROWID;
