-- Ticket ids are ordered by time, so that these bounds spare most of a big table.
SET VARIABLE first_ticket = (SELECT min(subject) FROM batch);

SET VARIABLE last_ticket = (SELECT max(subject) FROM batch);

CREATE OR REPLACE TEMP TABLE before AS
SELECT *
FROM ticket
WHERE ticket BETWEEN getvariable('first_ticket') AND getvariable('last_ticket')
    AND ticket IN (SELECT subject FROM batch);

-- What is known of each touched ticket, then each of its new events, with what it sets. An empty
-- text says "set to nothing"; NULL says "not touched". Without an opening there is no ticket.
CREATE OR REPLACE TEMP TABLE line AS
SELECT
    ticket,
    last_sequence AS sequence,
    last_effective AS time,
    TRUE AS is_before,
    'before' AS type,
    number,
    coalesce(requester, '') AS requester,
    coalesce(category, '') AS category,
    coalesce(queue, '') AS queue,
    coalesce(owner, '') AS owner,
    status,
    coalesce(priority, '') AS priority,
    level,
    promise,
    promise_due,
    NULL AS ends_promise,
    NULL AS author,
    since,
    unresolved_since,
    waiting_since,
    promise_made
FROM before
UNION ALL
SELECT
    subject,
    sequence,
    time,
    FALSE,
    type,
    CASE WHEN type = 'ticket.opened' THEN data.number END,
    CASE
        WHEN type = 'ticket.opened' THEN coalesce(data.requester.id, '')
        WHEN type = 'ticket.requester_changed' THEN coalesce(data."to", '')
    END,
    CASE
        WHEN type = 'ticket.opened'
        THEN coalesce(array_to_string(TRY_CAST(TRY_CAST(data.category AS JSON) AS VARCHAR[]), ' / '), '')
        WHEN type = 'ticket.categorized'
        THEN coalesce(array_to_string(TRY_CAST(TRY_CAST(data."to" AS JSON) AS VARCHAR[]), ' / '), '')
    END,
    CASE type
        WHEN 'ticket.opened' THEN ''
        WHEN 'ticket.queued' THEN coalesce(data."to", '')
    END,
    CASE type
        WHEN 'ticket.opened' THEN ''
        WHEN 'ticket.assigned' THEN data."to"
        WHEN 'ticket.handed_over' THEN data."to"
        WHEN 'ticket.unassigned' THEN ''
    END,
    CASE type
        WHEN 'ticket.opened' THEN 'new'
        WHEN 'ticket.status_changed' THEN data."to"
        WHEN 'ticket.resolved' THEN 'resolved'
        WHEN 'ticket.closed' THEN 'closed'
        WHEN 'ticket.reopened' THEN 'open'
    END,
    CASE
        WHEN type = 'ticket.opened' THEN coalesce(data.priority, '')
        WHEN type = 'ticket.prioritized' THEN coalesce(data."to", '')
    END,
    CASE
        WHEN type = 'ticket.opened' THEN 'L1'
        WHEN type IN ('ticket.escalated', 'ticket.deescalated') THEN data.to_level
    END,
    CASE WHEN type = 'next_update.promised' THEN data.promise_id END,
    CASE WHEN type = 'next_update.promised' THEN data.due_at END,
    CASE
        WHEN type IN ('next_update.kept', 'next_update.superseded', 'next_update.cancelled')
        THEN data.promise_id
    END,
    CASE WHEN type = 'message.sent' THEN data.author END,
    NULL,
    NULL,
    NULL,
    NULL
FROM batch
WHERE subject IN (
    SELECT ticket FROM before
    UNION ALL
    SELECT subject FROM batch WHERE type = 'ticket.opened'
);

-- The last word on what needs no history.
CREATE OR REPLACE TEMP TABLE latest AS
SELECT
    ticket,
    arg_max(number, sequence) AS number,
    arg_max(requester, sequence) AS requester,
    arg_max(category, sequence) AS category,
    max(sequence) AS last_sequence,
    max(time) AS last_effective,
    min(time) FILTER (WHERE type = 'ticket.opened') AS opened_at
FROM line
GROUP BY ticket;

-- What each ticket is after each of these events. Its effective time never runs back.
CREATE OR REPLACE TEMP TABLE state AS
SELECT
    ticket,
    sequence,
    type,
    is_before,
    max(time) OVER history AS effective,
    last_value(queue IGNORE NULLS) OVER history AS queue,
    last_value(owner IGNORE NULLS) OVER history AS owner,
    last_value(status IGNORE NULLS) OVER history AS status,
    last_value(priority IGNORE NULLS) OVER history AS priority,
    last_value(level IGNORE NULLS) OVER history AS level,
    promise,
    promise_due,
    ends_promise,
    author,
    since,
    unresolved_since,
    waiting_since,
    promise_made
FROM line
WINDOW history AS (PARTITION BY ticket ORDER BY sequence ROWS UNBOUNDED PRECEDING);

-- What each event did: whether the state is another one now, whether the ticket came back, whose
-- turn it is. The customer waits from an opening, a message or a return until a human's public
-- message, and not while we wait for them. Other events do none of this.
CREATE OR REPLACE TEMP TABLE turn AS
SELECT
    ticket,
    sequence,
    type,
    is_before,
    effective,
    queue,
    owner,
    status,
    priority,
    level,
    since,
    unresolved_since,
    waiting_since,
    was_status,
    is_before
    OR was IS NULL
    OR was IS DISTINCT FROM row(queue, owner, status, priority, level) AS is_other,
    NOT is_before
    AND status NOT IN ('resolved', 'closed')
    AND (was_status IS NULL OR was_status IN ('resolved', 'closed')) AS comes_back,
    CASE
        WHEN is_before THEN if(waiting_since IS NULL, 'ours', 'theirs')
        WHEN type = 'message.sent' AND author = 'human' THEN 'ours'
        WHEN type = 'message.received' AND status NOT IN ('resolved', 'closed') THEN 'theirs'
        WHEN status IN ('pending', 'resolved', 'closed') AND status IS DISTINCT FROM was_status
        THEN 'ours'
        WHEN status NOT IN ('pending', 'resolved', 'closed')
            AND (was_status IS NULL OR was_status IN ('pending', 'resolved', 'closed'))
        THEN 'theirs'
    END AS wait
FROM (
    SELECT
        *,
        lag(row(queue, owner, status, priority, level)) OVER history AS was,
        lag(status) OVER history AS was_status
    FROM state
    WHERE type IN (
        'before',
        'ticket.opened',
        'ticket.queued',
        'ticket.assigned',
        'ticket.handed_over',
        'ticket.unassigned',
        'ticket.status_changed',
        'ticket.resolved',
        'ticket.closed',
        'ticket.reopened',
        'ticket.prioritized',
        'ticket.escalated',
        'ticket.deescalated',
        'message.received',
        'message.sent'
    )
    WINDOW history AS (PARTITION BY ticket ORDER BY sequence)
);

-- The spans of touched tickets from the one that was open; the last of each ticket is open now.
CREATE OR REPLACE TEMP TABLE span_now AS
SELECT
    t.ticket,
    n.number,
    nullif(t.queue, '') AS queue,
    nullif(t.owner, '') AS owner,
    t.status,
    nullif(t.priority, '') AS priority,
    t.level,
    if(t.is_before, t.since, t.effective) AS since,
    lead(t.effective) OVER history AS until,
    last_value(
        CASE
            WHEN t.is_before THEN t.unresolved_since
            WHEN t.comes_back THEN t.effective
        END IGNORE NULLS
    ) OVER history AS unresolved_since
FROM turn AS t
INNER JOIN latest AS n ON n.ticket = t.ticket
WHERE t.is_other
WINDOW history AS (PARTITION BY t.ticket ORDER BY t.sequence ROWS UNBOUNDED PRECEDING);

-- A state that lasted no time was nobody's state.
INSERT INTO span BY NAME
SELECT *
FROM span_now
WHERE until > since;

-- The customer waits since the first turn of theirs after our last one.
CREATE OR REPLACE TEMP TABLE waiting AS
WITH answered AS (
    SELECT
        ticket,
        max(sequence) FILTER (WHERE wait = 'ours') AS sequence
    FROM turn
    GROUP BY ticket
)
SELECT
    t.ticket,
    arg_min(coalesce(t.waiting_since, t.effective), t.sequence) AS waiting_since
FROM turn AS t
INNER JOIN answered AS a ON a.ticket = t.ticket
WHERE t.wait = 'theirs'
    AND t.sequence > coalesce(a.sequence, -1)
GROUP BY t.ticket;

-- A promise runs until an event ends that very one, or a newer promise takes its place.
CREATE OR REPLACE TEMP TABLE promised AS
WITH step AS (
    SELECT
        *,
        last_value(promise IGNORE NULLS) OVER (
            PARTITION BY ticket
            ORDER BY sequence
            ROWS UNBOUNDED PRECEDING
        ) AS latest
    FROM state
    WHERE promise IS NOT NULL OR ends_promise IS NOT NULL
)
SELECT
    ticket,
    arg_max(promise, sequence) FILTER (WHERE promise IS NOT NULL) AS promise,
    arg_max(promise_due, sequence) FILTER (WHERE promise IS NOT NULL) AS promise_due,
    arg_max(coalesce(promise_made, effective), sequence) FILTER (
        WHERE promise IS NOT NULL
    ) AS promise_made
FROM step
GROUP BY ticket
HAVING max(sequence) FILTER (WHERE promise IS NOT NULL)
    > coalesce(max(sequence) FILTER (WHERE ends_promise = latest), -1);

CREATE OR REPLACE TEMP TABLE counted AS
SELECT
    ticket,
    count(*) FILTER (WHERE type = 'ticket.escalated') AS escalated,
    count(*) FILTER (WHERE comes_back AND was_status IS NOT NULL) AS reopened
FROM turn
GROUP BY ticket;

DELETE FROM ticket
WHERE ticket BETWEEN getvariable('first_ticket') AND getvariable('last_ticket')
    AND ticket IN (SELECT ticket FROM before);

INSERT INTO ticket BY NAME
SELECT
    l.ticket,
    l.number,
    nullif(l.requester, '') AS requester,
    nullif(l.category, '') AS category,
    s.queue,
    s.owner,
    s.status,
    s.priority,
    s.level,
    s.since,
    coalesce(b.opened_at, l.opened_at) AS opened_at,
    s.unresolved_since,
    w.waiting_since,
    p.promise,
    p.promise_made,
    p.promise_due,
    coalesce(b.times_escalated, 0) + c.escalated AS times_escalated,
    coalesce(b.times_reopened, 0) + c.reopened AS times_reopened,
    l.last_sequence,
    l.last_effective
FROM latest AS l
INNER JOIN span_now AS s ON s.ticket = l.ticket AND s.until IS NULL
INNER JOIN counted AS c ON c.ticket = l.ticket
LEFT JOIN waiting AS w ON w.ticket = l.ticket
LEFT JOIN promised AS p ON p.ticket = l.ticket
LEFT JOIN before AS b ON b.ticket = l.ticket
ORDER BY l.ticket;
