-- How far a ledger's log was looked through for saves that say what they process.

-- name: create_looked_through
CREATE TABLE IF NOT EXISTS looked_through (
    partition INTEGER PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT;

-- name: select_looked_through
SELECT
    partition,
    position
FROM looked_through;

-- name: note_looked_through
INSERT INTO looked_through (partition, position)
VALUES (?, ?)
ON CONFLICT (partition) DO UPDATE
SET position = excluded.position;
