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

-- What most events are not: one look at the batch spares the statements below theirs.
CREATE OR REPLACE TEMP TABLE noted AS
SELECT
    subject,
    sequence,
    time,
    type,
    data
FROM batch
WHERE starts_with(type, 'next_update.')
    OR starts_with(type, 'sla.')
    OR starts_with(type, 'reminder.')
    OR starts_with(type, 'agent.')
    OR starts_with(type, 'customer')
    OR type IN ('ticket.assignment_deferred', 'ticket.merged');

-- A promise runs until an event ends that very one, or a newer promise takes its place. A miss moves
-- its due, and it runs on.
CREATE OR REPLACE TEMP TABLE promised AS
WITH word AS (
    SELECT
        ticket,
        last_sequence AS sequence,
        promise,
        promise_due,
        promise_made,
        promise_misses AS misses,
        NULL AS misses_of,
        NULL AS ends
    FROM before
    WHERE promise IS NOT NULL
    UNION ALL
    SELECT
        e.subject,
        e.sequence,
        CASE WHEN e.type = 'next_update.promised' THEN e.data.promise_id END,
        CASE e.type
            WHEN 'next_update.promised' THEN e.data.due_at
            WHEN 'next_update.missed' THEN e.data.next_due_at
        END,
        s.effective,
        CASE e.type
            WHEN 'next_update.promised' THEN 0
            WHEN 'next_update.missed' THEN e.data.instance
        END,
        CASE WHEN e.type = 'next_update.missed' THEN e.data.promise_id END,
        CASE
            WHEN e.type NOT IN ('next_update.promised', 'next_update.missed')
            THEN e.data.promise_id
        END
    FROM noted AS e
    INNER JOIN state AS s ON s.ticket = e.subject AND s.sequence = e.sequence
    WHERE e.type IN (
        'next_update.promised',
        'next_update.missed',
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
    arg_max(promise_due, sequence) FILTER (
        WHERE promise IS NOT NULL OR misses_of = latest
    ) AS promise_due,
    arg_max(promise_made, sequence) FILTER (WHERE promise IS NOT NULL) AS promise_made,
    arg_max(misses, sequence) FILTER (
        WHERE promise IS NOT NULL OR misses_of = latest
    ) AS promise_misses
FROM step
GROUP BY ticket
HAVING max(sequence) FILTER (WHERE promise IS NOT NULL)
    > coalesce(max(sequence) FILTER (WHERE ends = latest), -1);

-- Human work: what customers, rules and assignment do is none. It counts where something rang.
CREATE OR REPLACE TEMP TABLE rung AS
SELECT ticket
FROM clock
WHERE metric = 'no_progress'
UNION
SELECT ticket
FROM reminder
UNION
SELECT subject
FROM noted
WHERE type IN ('sla.warned', 'sla.breached', 'reminder.set', 'reminder.due');

CREATE OR REPLACE TEMP TABLE worked AS
SELECT
    r.ticket,
    e.sequence
FROM batch AS e
INNER JOIN rung AS r ON r.ticket = e.subject
WHERE e.type IN (
        'ticket.progressed',
        'note.added',
        'ticket.status_changed',
        'ticket.resolved',
        'ticket.closed',
        'ticket.reopened'
    )
    OR (e.type = 'message.sent' AND e.data.author = 'human')
    OR (
        e.type IN (
            'ticket.categorized',
            'ticket.prioritized',
            'ticket.tagged',
            'ticket.untagged',
            'ticket.field_changed'
        )
        AND e.data.method = 'agent'
    );

-- What became of the clocks of tickets of which anything is told of any. The clock without progress
-- is recorded only when it rings: it is known from there until somebody works on the ticket.
CREATE OR REPLACE TEMP TABLE clock_step AS
WITH told AS (
    SELECT
        e.subject AS ticket,
        e.data.metric AS metric,
        e.sequence,
        substr(e.type, length('sla.') + 1) AS word,
        s.effective AS began_at,
        e.data.due_at AS due,
        CASE WHEN e.type = 'sla.warned' THEN s.effective END AS warned_at,
        CASE WHEN e.type = 'sla.breached' THEN s.effective END AS breached_at,
        s.status
    FROM noted AS e
    INNER JOIN state AS s ON s.ticket = e.subject AND s.sequence = e.sequence
    WHERE e.type IN (
        'sla.started',
        'sla.paused',
        'sla.resumed',
        'sla.warned',
        'sla.breached',
        'sla.fulfilled',
        'sla.cancelled'
    )
),
line AS (
    SELECT
        ticket,
        metric,
        sequence,
        CASE WHEN metric = 'no_progress' THEN 'rung' ELSE word END AS word,
        began_at,
        due,
        warned_at,
        breached_at
    FROM told
    WHERE metric <> 'no_progress'
        OR (word IN ('warned', 'breached') AND status IN ('new', 'open'))
    UNION ALL
    SELECT
        ticket,
        'no_progress',
        sequence,
        'cancelled',
        NULL,
        NULL,
        NULL,
        NULL
    FROM worked
)
SELECT *
FROM line
UNION ALL
SELECT
    ticket,
    metric,
    0 AS sequence,
    CASE WHEN metric = 'no_progress' THEN 'rung' ELSE 'started' END,
    began_at,
    due,
    warned_at,
    breached_at
FROM clock
WHERE ticket BETWEEN getvariable('first_ticket') AND getvariable('last_ticket')
    AND ticket IN (SELECT ticket FROM line);

DELETE FROM clock
WHERE ticket BETWEEN getvariable('first_ticket') AND getvariable('last_ticket')
    AND ticket IN (SELECT ticket FROM clock_step);

-- A clock is there from its last start, unless it was fulfilled or cancelled after that. Whatever is
-- told of a clock that is not there changes nothing.
INSERT INTO clock BY NAME
WITH bounded AS (
    SELECT
        *,
        max(sequence) FILTER (WHERE word IN ('started', 'rung')) OVER of_clock AS last_begun,
        coalesce(max(sequence) FILTER (WHERE word IN ('fulfilled', 'cancelled')) OVER of_clock, -1)
            AS last_ended
    FROM clock_step
    WINDOW of_clock AS (PARTITION BY ticket, metric)
)
SELECT
    ticket,
    metric,
    arg_min(began_at, sequence) AS began_at,
    -- Paused, it is due at no moment: NULL counts.
    arg_max_null(due, sequence) FILTER (WHERE word IN ('started', 'paused', 'resumed', 'rung')) AS due,
    min(warned_at) AS warned_at,
    min(breached_at) AS breached_at
FROM bounded
WHERE last_begun > last_ended
    AND sequence > last_ended
    AND (word = 'rung' OR sequence >= last_begun)
GROUP BY ticket, metric
ORDER BY ticket, metric;

-- An agent's reminders. One that rang stays until somebody works on the ticket. Their texts are the
-- agent's own, and are not read.
CREATE OR REPLACE TEMP TABLE reminder_step AS
WITH line AS (
    SELECT
        e.subject AS ticket,
        e.data.reminder_id AS reminder,
        e.sequence,
        e.type AS word,
        s.effective AS told_at,
        e.data.agent_id AS agent,
        e.data.due_at AS due
    FROM noted AS e
    INNER JOIN state AS s ON s.ticket = e.subject AND s.sequence = e.sequence
    WHERE e.type IN ('reminder.set', 'reminder.due', 'reminder.cancelled')
),
known AS (
    SELECT *
    FROM reminder
    WHERE ticket BETWEEN getvariable('first_ticket') AND getvariable('last_ticket')
        AND (ticket IN (SELECT ticket FROM line) OR ticket IN (SELECT ticket FROM worked))
)
SELECT *
FROM line
UNION ALL
SELECT
    ticket,
    reminder,
    0 AS sequence,
    'reminder.set',
    set_at,
    agent,
    due
FROM known
UNION ALL
SELECT
    ticket,
    reminder,
    0 AS sequence,
    'reminder.due',
    rang_at,
    agent,
    due
FROM known
WHERE rang_at IS NOT NULL;

DELETE FROM reminder
WHERE ticket BETWEEN getvariable('first_ticket') AND getvariable('last_ticket')
    AND ticket IN (SELECT ticket FROM reminder_step);

INSERT INTO reminder BY NAME
WITH bounded AS (
    SELECT
        *,
        max(sequence) FILTER (WHERE word = 'reminder.set') OVER of_reminder AS last_set
    FROM reminder_step
    WINDOW of_reminder AS (PARTITION BY ticket, reminder)
),
-- Of what was said before it was last set, nothing counts.
now AS (
    SELECT
        ticket,
        reminder,
        arg_max(told_at, sequence) FILTER (WHERE word = 'reminder.set') AS set_at,
        arg_max_null(agent, sequence) FILTER (WHERE word = 'reminder.set') AS agent,
        arg_max(due, sequence) FILTER (WHERE word = 'reminder.set') AS due,
        arg_min(told_at, sequence) FILTER (WHERE word = 'reminder.due') AS rang_at,
        min(sequence) FILTER (WHERE word = 'reminder.due') AS rang
    FROM bounded
    WHERE sequence >= last_set
    GROUP BY ticket, reminder
    HAVING count(*) FILTER (WHERE word = 'reminder.cancelled') = 0
),
last_work AS (
    SELECT
        ticket,
        max(sequence) AS sequence
    FROM worked
    GROUP BY ticket
)
SELECT
    n.ticket,
    n.reminder,
    n.agent,
    n.set_at,
    n.due,
    n.rang_at
FROM now AS n
LEFT JOIN last_work AS w ON w.ticket = n.ticket
WHERE n.rang IS NULL
    OR w.sequence IS NULL
    OR w.sequence < n.rang
ORDER BY n.ticket, n.reminder;

-- What is rarely told: why nobody could be given the ticket, where it went on, which rules hold.
CREATE OR REPLACE TEMP TABLE told AS
WITH deferred AS (
    SELECT ticket
    FROM before
    WHERE deferred IS NOT NULL
    UNION
    SELECT subject
    FROM noted
    WHERE type = 'ticket.assignment_deferred'
),
line AS (
    SELECT
        subject AS ticket,
        sequence,
        type,
        data
    FROM noted
    WHERE type IN ('ticket.assignment_deferred', 'ticket.merged', 'sla.applied', 'sla.removed')
    UNION ALL
    SELECT
        d.ticket,
        e.sequence,
        e.type,
        e.data
    FROM batch AS e
    INNER JOIN deferred AS d ON d.ticket = e.subject
    WHERE e.type IN ('ticket.assigned', 'ticket.handed_over')
)
SELECT
    ticket,
    arg_max(
        CASE WHEN type = 'ticket.assignment_deferred' THEN data.reason ELSE '' END,
        sequence
    ) FILTER (
        WHERE type IN ('ticket.assignment_deferred', 'ticket.assigned', 'ticket.handed_over')
    ) AS deferred,
    arg_max(data.target_number, sequence) FILTER (WHERE type = 'ticket.merged') AS merged_into,
    arg_max(
        CASE WHEN type = 'sla.applied' THEN data.policy ELSE '' END,
        sequence
    ) FILTER (WHERE type IN ('sla.applied', 'sla.removed')) AS policy,
    arg_max(data.version, sequence) FILTER (WHERE type = 'sla.applied') AS policy_version
FROM line
GROUP BY ticket;

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
    coalesce(p.promise_misses, 0) AS promise_misses,
    nullif(coalesce(d.deferred, b.deferred), '') AS deferred,
    coalesce(d.merged_into, b.merged_into) AS merged_into,
    nullif(coalesce(d.policy, b.policy), '') AS policy,
    CASE WHEN coalesce(d.policy, b.policy) <> '' THEN coalesce(d.policy_version, b.policy_version) END
        AS policy_version,
    coalesce(b.times_escalated, 0) + c.escalated AS times_escalated,
    coalesce(b.times_reopened, 0) + c.reopened AS times_reopened,
    l.last_sequence,
    l.last_effective
FROM latest AS l
INNER JOIN span_now AS s ON s.ticket = l.ticket AND s.until IS NULL
INNER JOIN counted AS c ON c.ticket = l.ticket
LEFT JOIN waiting AS w ON w.ticket = l.ticket
LEFT JOIN promised AS p ON p.ticket = l.ticket
LEFT JOIN told AS d ON d.ticket = l.ticket
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
    FROM noted
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

-- Customers, as far as lanes go by them: their tier now, and as whom they are known since a merge.
CREATE OR REPLACE TEMP TABLE customer_now AS
WITH line AS (
    SELECT
        CASE WHEN type = 'customers.merged' THEN data."from" ELSE data.customer_id END AS customer,
        sequence,
        CASE
            WHEN type = 'customer.profiled' THEN coalesce(data.customer_tier, '')
            WHEN type = 'customer.erased' AND data.scope = 'everything' THEN ''
        END AS tier,
        CASE WHEN type = 'customers.merged' THEN data."to" END AS merged_into
    FROM noted
    WHERE type IN ('customer.profiled', 'customer.erased', 'customers.merged')
)
SELECT *
FROM line
UNION ALL
SELECT
    customer,
    0 AS sequence,
    coalesce(tier, '') AS tier,
    merged_into
FROM customer
WHERE customer IN (SELECT customer FROM line);

DELETE FROM customer
WHERE customer IN (SELECT customer FROM customer_now);

INSERT INTO customer BY NAME
SELECT
    customer,
    nullif(arg_max(tier, sequence), '') AS tier,
    arg_max(merged_into, sequence) AS merged_into
FROM customer_now
GROUP BY customer
ORDER BY customer;
