-- Ticket ids are ordered by time, so that these bounds spare most of a big table.
SET VARIABLE first_ticket = (SELECT min(subject) FROM batch);

SET VARIABLE last_ticket = (SELECT max(subject) FROM batch);

CREATE OR REPLACE TEMP TABLE before AS
SELECT *
FROM ticket
WHERE ticket BETWEEN getvariable('first_ticket') AND getvariable('last_ticket')
    AND ticket IN (SELECT subject FROM batch);

-- Without an opening there is no ticket.
CREATE OR REPLACE TEMP TABLE touched AS
SELECT ticket
FROM before
UNION ALL
SELECT subject
FROM batch
WHERE type = 'ticket.opened';

-- What each touched ticket is, then each of its new events, with what it sets. An empty text says
-- "set to nothing"; NULL says "not touched".
CREATE OR REPLACE TEMP TABLE line AS
SELECT
    ticket,
    last_sequence AS sequence,
    last_effective AS time,
    'before' AS type,
    coalesce(queue, '') AS queue,
    coalesce(owner, '') AS owner,
    status,
    coalesce(priority, '') AS priority,
    level
FROM before
UNION ALL
SELECT
    subject,
    sequence,
    time,
    CASE WHEN type = 'message.sent' AND data.author <> 'human' THEN 'bot' ELSE type END,
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
    CASE type
        WHEN 'ticket.opened' THEN coalesce(data.priority, '')
        WHEN 'ticket.prioritized' THEN coalesce(data."to", '')
    END,
    CASE type
        WHEN 'ticket.opened' THEN 'L1'
        WHEN 'ticket.escalated' THEN data.to_level
        WHEN 'ticket.deescalated' THEN data.to_level
    END
FROM batch
SEMI JOIN touched ON touched.ticket = batch.subject;

-- What each ticket is after each of these events. Its effective time never runs back.
CREATE OR REPLACE TEMP TABLE state AS
SELECT
    ticket,
    sequence,
    type,
    max(time) OVER history AS effective,
    last_value(queue IGNORE NULLS) OVER history AS queue,
    last_value(owner IGNORE NULLS) OVER history AS owner,
    last_value(status IGNORE NULLS) OVER history AS status,
    last_value(priority IGNORE NULLS) OVER history AS priority,
    last_value(level IGNORE NULLS) OVER history AS level
FROM line
WINDOW history AS (PARTITION BY ticket ORDER BY sequence ROWS UNBOUNDED PRECEDING);

-- What each event did: whether the state is another one now, and whether the ticket came back.
-- Other events do neither.
CREATE OR REPLACE TEMP TABLE turn AS
SELECT
    *,
    was IS NULL OR was IS DISTINCT FROM row(queue, owner, status, priority, level) AS is_other,
    type <> 'before'
    AND status NOT IN ('resolved', 'closed')
    AND (was.status IS NULL OR was.status IN ('resolved', 'closed')) AS comes_back
FROM (
    SELECT
        *,
        lag({
            'queue': queue,
            'owner': owner,
            'status': status,
            'priority': priority,
            'level': level
        }) OVER history AS was
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

-- The last word on what needs no history.
CREATE OR REPLACE TEMP TABLE latest AS
SELECT
    ticket,
    arg_max(number, sequence) AS number,
    arg_max(requester, sequence) AS requester,
    arg_max(category, sequence) AS category,
    max(sequence) AS last_sequence,
    max(time) AS last_effective,
    min(opened_at) AS opened_at
FROM (
    SELECT
        ticket,
        number,
        coalesce(requester, '') AS requester,
        coalesce(category, '') AS category,
        last_sequence AS sequence,
        last_effective AS time,
        opened_at
    FROM before
    UNION ALL
    SELECT
        subject,
        CASE WHEN type = 'ticket.opened' THEN data.number END,
        CASE type
            WHEN 'ticket.opened' THEN coalesce(data.requester.id, '')
            WHEN 'ticket.requester_changed' THEN coalesce(data."to", '')
        END,
        CASE type
            WHEN 'ticket.opened'
            THEN coalesce(array_to_string(TRY_CAST(TRY_CAST(data.category AS JSON) AS VARCHAR[]), ' / '), '')
            WHEN 'ticket.categorized'
            THEN coalesce(array_to_string(TRY_CAST(TRY_CAST(data."to" AS JSON) AS VARCHAR[]), ' / '), '')
        END,
        sequence,
        time,
        CASE WHEN type = 'ticket.opened' THEN time END
    FROM batch
    SEMI JOIN touched ON touched.ticket = batch.subject
)
GROUP BY ticket;

-- The spans of touched tickets from the one that was open; the last of each ticket is open now.
CREATE OR REPLACE TEMP TABLE span_now AS
SELECT
    t.ticket,
    l.number,
    nullif(t.queue, '') AS queue,
    nullif(t.owner, '') AS owner,
    t.status,
    nullif(t.priority, '') AS priority,
    t.level,
    if(t.type = 'before', b.since, t.effective) AS since,
    lead(t.effective) OVER history AS until,
    last_value(
        CASE
            WHEN t.type = 'before' THEN b.unresolved_since
            WHEN t.comes_back THEN t.effective
        END IGNORE NULLS
    ) OVER history AS unresolved_since
FROM turn AS t
INNER JOIN latest AS l ON l.ticket = t.ticket
LEFT JOIN before AS b ON b.ticket = t.ticket
WHERE t.is_other
WINDOW history AS (PARTITION BY t.ticket ORDER BY t.sequence ROWS UNBOUNDED PRECEDING);

-- A state that lasted no time was nobody's state.
INSERT INTO span BY NAME
SELECT *
FROM span_now
WHERE until > since;

-- Whose turn it is: the customer waits from an opening, a message or a return until a human's
-- public message, and not while we wait for them; that is, since their first turn after our last.
CREATE OR REPLACE TEMP TABLE waiting AS
WITH wait AS (
    SELECT
        t.ticket,
        t.sequence,
        if(t.type = 'before', b.waiting_since, t.effective) AS since,
        CASE
            WHEN t.type = 'before' THEN b.waiting_since IS NULL
            WHEN t.type = 'message.sent' THEN TRUE
            WHEN t.type = 'message.received'
            THEN CASE WHEN t.status NOT IN ('resolved', 'closed') THEN FALSE END
            WHEN t.status IS DISTINCT FROM t.was.status
            THEN CASE
                WHEN t.status IN ('pending', 'resolved', 'closed') THEN TRUE
                WHEN t.was.status IS NULL OR t.was.status IN ('pending', 'resolved', 'closed')
                THEN FALSE
            END
        END AS is_over
    FROM turn AS t
    LEFT JOIN before AS b ON b.ticket = t.ticket
),
answered AS (
    SELECT
        ticket,
        max(sequence) FILTER (WHERE is_over) AS sequence
    FROM wait
    GROUP BY ticket
)
SELECT
    w.ticket,
    arg_min(w.since, w.sequence) AS waiting_since
FROM wait AS w
INNER JOIN answered AS a ON a.ticket = w.ticket
WHERE NOT w.is_over
    AND w.sequence > coalesce(a.sequence, -1)
GROUP BY w.ticket;

-- A promise runs until an event ends that very one, or a newer promise takes its place.
CREATE OR REPLACE TEMP TABLE promised AS
WITH word AS (
    SELECT
        ticket,
        last_sequence AS sequence,
        promise,
        promise_due,
        promise_made,
        NULL AS ends
    FROM before
    WHERE promise IS NOT NULL
    UNION ALL
    SELECT
        e.subject,
        e.sequence,
        CASE WHEN e.type = 'next_update.promised' THEN e.data.promise_id END,
        CASE WHEN e.type = 'next_update.promised' THEN e.data.due_at END,
        s.effective,
        CASE WHEN e.type <> 'next_update.promised' THEN e.data.promise_id END
    FROM batch AS e
    INNER JOIN state AS s ON s.ticket = e.subject AND s.sequence = e.sequence
    WHERE e.type IN (
        'next_update.promised',
        'next_update.kept',
        'next_update.superseded',
        'next_update.cancelled'
    )
),
step AS (
    SELECT
        *,
        last_value(promise IGNORE NULLS) OVER (
            PARTITION BY ticket
            ORDER BY sequence
            ROWS UNBOUNDED PRECEDING
        ) AS latest
    FROM word
)
SELECT
    ticket,
    arg_max(promise, sequence) FILTER (WHERE promise IS NOT NULL) AS promise,
    arg_max(promise_due, sequence) FILTER (WHERE promise IS NOT NULL) AS promise_due,
    arg_max(promise_made, sequence) FILTER (WHERE promise IS NOT NULL) AS promise_made
FROM step
GROUP BY ticket
HAVING max(sequence) FILTER (WHERE promise IS NOT NULL)
    > coalesce(max(sequence) FILTER (WHERE ends = latest), -1);

CREATE OR REPLACE TEMP TABLE counted AS
SELECT
    ticket,
    count(*) FILTER (WHERE type = 'ticket.escalated') AS escalated,
    count(*) FILTER (WHERE comes_back AND was.status IS NOT NULL) AS reopened
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
    l.opened_at,
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

-- Agents, each as they are now. A description tells all of it, so the last one holds; who is told to
-- be as they are already has been so since the first time. Effective times never run back.
CREATE OR REPLACE TEMP TABLE agent_now AS
WITH told AS (
    SELECT
        data.agent_id AS agent,
        sequence,
        time,
        CASE WHEN type = 'agent.availability_changed' THEN data."to" END AS availability,
        NULL::TIMESTAMPTZ AS since,
        CASE
            WHEN type = 'agent.skills_changed'
            THEN {
                'capacity': data.capacity,
                'skills': data.skills,
                'languages': data.languages,
                'level': data.level,
                'roles': data.roles
            }
        END AS described
    FROM batch
    WHERE type IN ('agent.availability_changed', 'agent.skills_changed')
),
line AS (
    SELECT *
    FROM told
    UNION ALL
    SELECT
        agent,
        last_sequence,
        last_effective,
        availability,
        available_since,
        {
            'capacity': capacity,
            'skills': skills,
            'languages': languages,
            'level': level,
            'roles': roles
        }
    FROM agent
    WHERE agent IN (SELECT agent FROM told)
),
state AS (
    SELECT
        agent,
        sequence,
        since,
        described,
        max(time) OVER history AS effective,
        last_value(availability IGNORE NULLS) OVER history AS availability
    FROM line
    WINDOW history AS (PARTITION BY agent ORDER BY sequence ROWS UNBOUNDED PRECEDING)
),
turn AS (
    SELECT
        *,
        availability IS DISTINCT FROM lag(availability) OVER (
            PARTITION BY agent
            ORDER BY sequence
        ) AS is_other
    FROM state
)
SELECT
    agent,
    arg_max(availability, sequence) AS availability,
    arg_max(coalesce(since, effective), sequence) FILTER (WHERE is_other) AS available_since,
    arg_max(described, sequence) AS described,
    max(sequence) AS last_sequence,
    max(effective) AS last_effective
FROM turn
GROUP BY agent;

DELETE FROM agent
WHERE agent IN (SELECT agent FROM agent_now);

INSERT INTO agent BY NAME
SELECT
    agent,
    availability,
    available_since,
    described.capacity AS capacity,
    described.skills AS skills,
    described.languages AS languages,
    described.level AS level,
    described.roles AS roles,
    last_sequence,
    last_effective
FROM agent_now
ORDER BY agent;
