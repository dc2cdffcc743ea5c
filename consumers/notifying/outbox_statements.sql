-- name: positions
SELECT partition, position FROM position ORDER BY partition

-- name: anchors
SELECT partition, position, event FROM position WHERE event IS NOT NULL

-- name: begin_partition
INSERT INTO position (partition, position, event) VALUES (:partition, :position, :event)

-- name: advance
-- Only from where the reader began: nobody else may have moved it meanwhile.
UPDATE position SET position = :to, event = :event
WHERE partition = :partition AND position = :from

-- name: surfaces
SELECT name, since FROM surface

-- name: add_surface
INSERT INTO surface (name, since) VALUES (:name, :since)

-- name: drop_surface
DELETE FROM surface WHERE name = :name

-- name: add
-- What is there already stays as it is: reading again adds nothing.
INSERT OR IGNORE INTO letter VALUES (
    :id, :ticket, :sequence, :event, :surface, :fact, :planned_at, :next_at, :attempts_max, :state,
    :attempts, :given_up, :reason, :template, :language, :sha256
)

-- name: one
SELECT * FROM letter WHERE id = :id

-- name: in_state
SELECT * FROM letter WHERE state = :state ORDER BY next_at, rowid LIMIT :limit

-- name: due
-- Surfaces whose transport is to be left in peace for a while wait.
SELECT * FROM letter
WHERE state = 'waiting' AND next_at <= :now
    AND surface NOT IN (SELECT value FROM json_each(:resting))
    AND surface IN (SELECT value FROM json_each(:served))
ORDER BY next_at, rowid
LIMIT 1

-- name: change
UPDATE letter
SET next_at = :next_at, attempts_max = :attempts_max, state = :state, attempts = :attempts,
    given_up = :given_up, reason = :reason, template = :template, language = :language,
    sha256 = :sha256
WHERE id = :id

-- name: drop
DELETE FROM letter WHERE id = :id

-- name: count
INSERT INTO tally (what, count) VALUES (:what, :count)
ON CONFLICT (what) DO UPDATE SET count = count + excluded.count

-- name: tally
SELECT what, count FROM tally ORDER BY what

-- name: states
SELECT state, surface, count(*), sum(attempts > 0), min(next_at) FROM letter GROUP BY state, surface
