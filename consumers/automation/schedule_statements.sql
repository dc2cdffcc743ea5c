-- name: positions
SELECT partition, position FROM position ORDER BY partition

-- name: anchors
SELECT partition, position, event FROM position WHERE event IS NOT NULL

-- name: begin_partition
INSERT OR IGNORE INTO position (partition, position) VALUES (:partition, 0)

-- name: advance
-- Only from where this reader began: another one on the same file may have been faster.
UPDATE position SET position = :to, event = :event
WHERE partition = :partition AND position = :from

-- name: touch
-- What its row tells already is nothing new.
INSERT INTO ticket (id, touched) VALUES (:id, 1)
ON CONFLICT (id) DO UPDATE SET touched = touched + 1 WHERE sequence < :sequence

-- name: rest
-- Nothing is due on it and nobody has it in hand: there is nothing to begin with.
UPDATE ticket SET touched = touched + 1 WHERE id = :id AND sequence < :sequence

-- name: touch_again
INSERT INTO ticket (id, touched) VALUES (:id, 1)
ON CONFLICT (id) DO UPDATE SET touched = touched + 1

-- name: touch_owned
UPDATE ticket SET touched = touched + 1 WHERE owner = :agent

-- name: touch_all
UPDATE ticket SET touched = touched + 1

-- name: rules_changed
UPDATE about SET changes = changes + 1

-- name: changes
SELECT changes FROM about

-- name: assigned
INSERT INTO agent (id, last_assigned_at) VALUES (:agent, :at)
ON CONFLICT (id) DO UPDATE SET last_assigned_at = max(coalesce(last_assigned_at, ''), :at)

-- name: last_assigned
SELECT id, last_assigned_at FROM agent

-- name: touched
SELECT id, touched FROM ticket WHERE touched > 0 ORDER BY id LIMIT :limit

-- name: touched_one
SELECT id, touched FROM ticket WHERE id = :id

-- name: load_before
SELECT owner FROM ticket WHERE id = :id AND active AND owner IS NOT NULL

-- name: drop_dues
DELETE FROM due WHERE ticket = :id

-- name: add_due
INSERT OR REPLACE INTO due (ticket, at, place, kind, name, instance)
VALUES (:ticket, :at, :place, :kind, :name, :instance)

-- name: keep
-- What was touched meanwhile stays touched.
UPDATE ticket
SET number = :number,
    sequence = :sequence,
    touched = CASE WHEN touched = :touched THEN 0 ELSE touched END,
    owner = :owner,
    active = :active,
    waiting_since = :waiting_since,
    lane = :lane,
    deferred = :deferred,
    fresh = :waiting_since IS NOT NULL,
    problem = :problem
WHERE id = :id AND sequence <= :sequence

-- name: forget
DELETE FROM ticket WHERE id = :id AND touched = :touched AND sequence <= :sequence

-- name: room
-- Somebody may have room now: whoever waits is looked at again.
UPDATE ticket SET fresh = 1 WHERE waiting_since IS NOT NULL

-- name: set_aside
-- What was touched meanwhile stays touched, and is looked at again.
UPDATE ticket
SET problem = :problem,
    fresh = 0,
    touched = CASE WHEN touched = :touched THEN 0 ELSE touched END
WHERE id = :id

-- name: due
SELECT due.at, due.place, due.name, due.ticket, due.kind
FROM due
JOIN ticket ON ticket.id = due.ticket
WHERE due.at <= :until AND ticket.problem IS NULL
ORDER BY due.at, due.place, due.name, due.ticket
LIMIT :limit

-- name: overdue
SELECT count(*) FROM due JOIN ticket ON ticket.id = due.ticket
WHERE due.at <= :until AND ticket.problem IS NULL

-- name: next_due
SELECT min(due.at) FROM due JOIN ticket ON ticket.id = due.ticket WHERE ticket.problem IS NULL

-- name: upcoming
SELECT due.at, due.kind, due.name, due.instance, due.ticket, ticket.number, ticket.owner
FROM due
JOIN ticket ON ticket.id = due.ticket
WHERE due.at <= :until
ORDER BY due.at, due.place, due.name, due.ticket
LIMIT :limit

-- name: to_route
SELECT id, lane, deferred FROM ticket
WHERE waiting_since IS NOT NULL AND fresh AND problem IS NULL
ORDER BY lane, waiting_since, id

-- name: routed
UPDATE ticket SET fresh = 0 WHERE id = :id AND sequence = :sequence

-- name: still_waiting
-- Nobody has room any more: what was deferred before stays so.
UPDATE ticket SET fresh = 0 WHERE waiting_since IS NOT NULL AND deferred AND lane >= :lane

-- name: load
SELECT owner, count(*) FROM ticket WHERE active AND owner IS NOT NULL GROUP BY owner

-- name: problems
SELECT id, number, problem FROM ticket WHERE problem IS NOT NULL ORDER BY id

-- name: counts
SELECT (SELECT count(*) FROM ticket),
    (SELECT count(*) FROM ticket WHERE touched > 0),
    (SELECT count(*) FROM ticket WHERE waiting_since IS NOT NULL),
    (SELECT count(*) FROM due)
