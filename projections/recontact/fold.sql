-- One batch of events becomes contacts, spans and tickets. A subject's order is its sequence; its
-- effective time is the running maximum of the times of ALL its events, carried in its row.

-- Ids are time-ordered, so that a range read first spares most of the tables; only constants prune.
SET VARIABLE recontact_first = (SELECT min(subject) FROM batch);

SET VARIABLE recontact_last = (SELECT max(subject) FROM batch);

-- Every event of a ticket, also one of a type not known here: each moves the ticket's effective time.
CREATE OR REPLACE TEMP TABLE touched AS
SELECT DISTINCT subject AS ticket
FROM batch
WHERE split_part(type, '.', 1) NOT IN ('import', 'ledger', 'agent', 'customer', 'customers', 'policy', 'tracker');

CREATE OR REPLACE TEMP TABLE ticket_before AS
SELECT s.*
FROM ticket_state AS s
SEMI JOIN touched AS t ON t.ticket = s.ticket
WHERE s.ticket BETWEEN getvariable('recontact_first') AND getvariable('recontact_last');

CREATE OR REPLACE TEMP TABLE timed AS
SELECT
    b.subject AS ticket,
    b.sequence,
    greatest(
        max(b.time) OVER (PARTITION BY b.subject ORDER BY b.sequence ROWS UNBOUNDED PRECEDING),
        s.effective_at
    ) AS effective_at,
    b.type,
    b.partition,
    b.position,
    b.recordedtime AS recorded_at,
    b.data
FROM batch AS b
SEMI JOIN touched AS t ON t.ticket = b.subject
LEFT JOIN ticket_before AS s ON s.ticket = b.subject;

-- A promise ends only by an event that names it: the first such event says how it ended.
CREATE OR REPLACE TEMP TABLE promise_step AS
WITH line AS (
    SELECT
        ticket,
        sequence,
        promise AS made,
        NULL AS ended_id,
        CASE WHEN promise.state <> 'running' THEN promise.state END AS ended,
        sequence AS made_sequence
    FROM ticket_before
    WHERE promise IS NOT NULL
        AND ticket IN (SELECT ticket FROM timed WHERE type LIKE 'next_update.%')
    UNION ALL
    SELECT
        ticket,
        sequence,
        CASE
            WHEN type = 'next_update.promised' THEN {
                'id': data.promise_id,
                'state': 'running',
                'due_at': data.due_at,
                'instance': data.instance,
                'message_id': data.message_id
            }
        END AS made,
        CASE WHEN type <> 'next_update.promised' THEN data.promise_id END AS ended_id,
        CASE type
            WHEN 'next_update.kept' THEN CASE WHEN effective_at > data.due_at THEN 'kept_late' ELSE 'kept' END
            WHEN 'next_update.superseded' THEN 'superseded'
            WHEN 'next_update.cancelled' THEN 'cancelled'
        END AS ended,
        CASE WHEN type = 'next_update.promised' THEN sequence END AS made_sequence
    FROM timed
    WHERE type IN ('next_update.promised', 'next_update.kept', 'next_update.superseded', 'next_update.cancelled')
),
attributed AS (
    SELECT
        ticket,
        sequence,
        last_value(made IGNORE NULLS) OVER earlier AS made,
        last_value(made_sequence IGNORE NULLS) OVER earlier AS made_sequence,
        ended_id,
        ended
    FROM line
    WINDOW earlier AS (PARTITION BY ticket ORDER BY sequence ROWS UNBOUNDED PRECEDING)
),
ended AS (
    SELECT
        ticket,
        sequence,
        made,
        first_value(CASE WHEN ended_id IS NULL OR ended_id = made.id THEN ended END IGNORE NULLS) OVER (
            PARTITION BY ticket, made_sequence
            ORDER BY sequence
            ROWS UNBOUNDED PRECEDING
        ) AS ended
    FROM attributed
    WHERE made IS NOT NULL
)
SELECT
    ticket,
    sequence,
    {
        'id': made.id,
        'state': coalesce(ended, 'running'),
        'due_at': made.due_at,
        'instance': made.instance,
        'message_id': made.message_id
    } AS promise
FROM ended;

-- What each event changes; an empty text says "nobody" or "none", NULL says "as before".
CREATE OR REPLACE TEMP TABLE step AS
WITH change AS (
    SELECT
        ticket,
        sequence,
        effective_at,
        TRUE AS carried,
        NULL AS type,
        span_since AS since,
        {
            'number': number,
            'origin': origin,
            'channel': channel,
            'orders': orders
        } AS opening,
        coalesce(customer, '') AS customer,
        coalesce(category, '') AS category,
        coalesce(follows, '') AS follows,
        coalesce(queue, '') AS queue,
        coalesce(owner, '') AS owner,
        status,
        answered,
        coalesce(resolver, '') AS resolver,
        promise
    FROM ticket_before
    WHERE span_since IS NOT NULL
    UNION ALL
    SELECT
        e.ticket,
        e.sequence,
        e.effective_at,
        FALSE AS carried,
        e.type,
        e.effective_at AS since,
        CASE
            WHEN e.type = 'ticket.opened' THEN {
                'number': e.data.number,
                'origin': e.data.origin,
                'channel': e.data.channel,
                'orders': list_sort(list_distinct(coalesce(e.data.order_refs, [])))
            }
        END AS opening,
        CASE e.type
            WHEN 'ticket.opened' THEN coalesce(e.data.requester.id, '')
            WHEN 'ticket.requester_changed' THEN coalesce(e.data."to", '')
        END AS customer,
        CASE e.type
            WHEN 'ticket.opened' THEN coalesce(e.data.category[1], '')
            WHEN 'ticket.categorized' THEN coalesce(json_extract_string(TRY_CAST(e.data."to" AS JSON), '$[0]'), '')
        END AS category,
        CASE
            WHEN e.type = 'ticket.opened' THEN coalesce(nullif(e.data.follows_ticket, e.ticket), '')
            WHEN e.type = 'ticket.linked' AND e.data.role = 'follows' THEN nullif(e.data.other, e.ticket)
        END AS follows,
        CASE WHEN e.type = 'ticket.queued' THEN coalesce(e.data."to", '') END AS queue,
        CASE
            WHEN e.type IN ('ticket.assigned', 'ticket.handed_over') THEN coalesce(e.data."to", '')
            WHEN e.type = 'ticket.unassigned' THEN ''
        END AS owner,
        CASE e.type
            WHEN 'ticket.opened' THEN 'new'
            WHEN 'ticket.status_changed' THEN e.data."to"
            WHEN 'ticket.resolved' THEN 'resolved'
            WHEN 'ticket.closed' THEN 'closed'
            WHEN 'ticket.reopened' THEN 'open'
        END AS status,
        CASE WHEN e.type = 'message.sent' AND e.data.author = 'human' THEN TRUE END AS answered,
        CASE WHEN e.type = 'ticket.resolved' THEN coalesce(e.data.resolver, '') END AS resolver,
        p.promise
    FROM timed AS e
    LEFT JOIN promise_step AS p ON p.ticket = e.ticket AND p.sequence = e.sequence
    WHERE e.type IN (
            'ticket.opened',
            'ticket.requester_changed',
            'ticket.categorized',
            'ticket.linked',
            'ticket.queued',
            'ticket.assigned',
            'ticket.handed_over',
            'ticket.unassigned',
            'ticket.status_changed',
            'ticket.resolved',
            'ticket.closed',
            'ticket.reopened',
            'message.received',
            'message.sent'
        )
        OR e.type LIKE 'next_update.%'
),
state AS (
    SELECT
        ticket,
        sequence,
        effective_at,
        carried,
        type,
        since,
        last_value(opening IGNORE NULLS) OVER so_far AS opening,
        nullif(last_value(customer IGNORE NULLS) OVER so_far, '') AS customer,
        nullif(last_value(category IGNORE NULLS) OVER so_far, '') AS category,
        nullif(last_value(follows IGNORE NULLS) OVER so_far, '') AS follows,
        nullif(last_value(queue IGNORE NULLS) OVER so_far, '') AS queue,
        nullif(last_value(owner IGNORE NULLS) OVER so_far, '') AS owner,
        last_value(status IGNORE NULLS) OVER so_far AS status,
        last_value(answered IGNORE NULLS) OVER so_far AS answered,
        nullif(last_value(resolver IGNORE NULLS) OVER so_far, '') AS resolver,
        last_value(promise IGNORE NULLS) OVER so_far AS promise
    FROM change
    WINDOW so_far AS (PARTITION BY ticket ORDER BY sequence ROWS UNBOUNDED PRECEDING)
)
SELECT
    *,
    status NOT IN ('resolved', 'closed') AS unresolved
FROM state;

-- Runs of messages on one ticket and channel. A message of ours joins a run as theirs do, but is no contact.
CREATE OR REPLACE TEMP TABLE message AS
SELECT
    s.ticket,
    e.data.channel AS channel,
    s.sequence,
    s.effective_at AS said_at,
    s.type = 'message.sent' AS ours,
    e.data.live AS live,
    s.customer,
    s.type = 'message.received' AND e.data.intent IN ('thanks', 'answer', 'new_info') AS neutral
FROM step AS s
INNER JOIN timed AS e ON e.ticket = s.ticket AND e.sequence = s.sequence
WHERE s.type IN ('message.received', 'message.sent')
    OR (s.type = 'ticket.opened' AND e.data.origin = 'customer');

CREATE OR REPLACE TEMP TABLE spoken AS
WITH line AS (
    SELECT
        c.ticket,
        c.channel,
        c.sequence,
        c.last_at AS said_at,
        TRUE AS carried,
        c.contact_sequence IS NULL AS ours,
        c.live,
        c.customer,
        c.contact_sequence,
        c.neutral
    FROM conversation AS c
    SEMI JOIN message AS m ON m.ticket = c.ticket AND m.channel = c.channel
    WHERE c.ticket BETWEEN getvariable('recontact_first') AND getvariable('recontact_last')
    UNION ALL
    SELECT
        ticket,
        channel,
        sequence,
        said_at,
        FALSE AS carried,
        ours,
        live,
        customer,
        CASE WHEN NOT ours THEN sequence END AS contact_sequence,
        CASE WHEN NOT ours THEN neutral END AS neutral
    FROM message
),
present AS (
    SELECT
        * EXCLUDE (live),
        coalesce(last_value(live IGNORE NULLS) OVER so_far, channel IN ('phone', 'chat')) AS live,
        lag(said_at) OVER so_far AS before_at,
        customer IS DISTINCT FROM lag(customer) OVER so_far AS other_customer
    FROM line
    WINDOW so_far AS (PARTITION BY ticket, channel ORDER BY sequence ROWS UNBOUNDED PRECEDING)
)
SELECT
    * EXCLUDE (before_at, other_customer),
    sum(CASE
        WHEN before_at IS NULL
            OR other_customer
            OR said_at > before_at + CASE WHEN live THEN INTERVAL 60 MINUTE ELSE INTERVAL 15 MINUTE END
        THEN 1
        ELSE 0
    END) OVER (PARTITION BY ticket, channel ORDER BY sequence ROWS UNBOUNDED PRECEDING) AS run
FROM present;

CREATE OR REPLACE TEMP TABLE run AS
SELECT
    ticket,
    channel,
    run,
    max(sequence) AS sequence,
    max(said_at) AS last_at,
    arg_max(live, sequence) AS live,
    arg_max_null(customer, sequence) AS customer,
    min(contact_sequence) AS contact_sequence,
    bool_and(neutral) AS neutral,
    arg_min(neutral, sequence) AS began_neutral,
    min(sequence) FILTER (WHERE NOT carried AND NOT neutral) AS turned_sequence
FROM spoken
GROUP BY ticket, channel, run;

INSERT INTO contact_turn BY NAME
SELECT
    ticket,
    contact_sequence AS sequence,
    turned_sequence
FROM run
WHERE began_neutral
    AND turned_sequence IS NOT NULL
ORDER BY ticket, contact_sequence;

-- A contact is its run's first message of the customer's, or a reopening that no message explains.
INSERT INTO contact_start BY NAME
WITH start AS (
    SELECT
        ticket,
        contact_sequence AS sequence
    FROM run
    WHERE contact_sequence IS NOT NULL
    UNION ALL
    SELECT
        ticket,
        sequence
    FROM timed
    WHERE type = 'ticket.reopened'
        AND data.message_id IS NULL
),
moment AS (
    SELECT
        s.*,
        e.data,
        e.recorded_at,
        e.partition,
        e.position,
        CASE WHEN s.type = 'ticket.reopened' THEN e.data."from" ELSE s.status END AS status_then
    FROM start AS c
    INNER JOIN step AS s ON s.ticket = c.ticket AND s.sequence = c.sequence AND NOT s.carried
    INNER JOIN timed AS e ON e.ticket = c.ticket AND e.sequence = c.sequence
)
SELECT
    ticket,
    sequence,
    effective_at AS started_at,
    customer,
    coalesce(opening.number, ticket) AS number,
    CASE type
        WHEN 'ticket.opened' THEN 'opening'
        WHEN 'ticket.reopened' THEN 'reopening'
        ELSE 'message'
    END AS form,
    CASE WHEN type = 'ticket.reopened' THEN opening.channel ELSE data.channel END AS channel,
    CASE WHEN type = 'message.received' THEN data.intent END AS intent,
    type = 'message.received' AND data.intent IN ('thanks', 'answer', 'new_info') AS neutral,
    category,
    coalesce(opening.orders, []) AS orders,
    follows,
    NULL AS merged_into,
    queue,
    owner,
    status_then AS status,
    CASE
        WHEN status_then IN ('resolved', 'closed') THEN 'resolved'
        WHEN answered OR status_then IN ('pending', 'on_hold') THEN 'being_worked_on'
        WHEN owner IS NOT NULL OR status_then = 'open' THEN 'in_review'
        ELSE 'received'
    END AS stage,
    resolver,
    promise,
    recorded_at,
    partition,
    position
FROM moment
ORDER BY started_at, ticket, sequence;

DELETE FROM conversation
USING message AS m
WHERE conversation.ticket = m.ticket
    AND conversation.channel = m.channel
    AND conversation.ticket BETWEEN getvariable('recontact_first') AND getvariable('recontact_last');

INSERT INTO conversation BY NAME
SELECT
    ticket,
    channel,
    sequence,
    last_at,
    live,
    customer,
    contact_sequence,
    neutral
FROM run
QUALIFY row_number() OVER (PARTITION BY ticket, channel ORDER BY run DESC) = 1
ORDER BY ticket, channel;

-- Spans of what a re-contact is charged to: a new one begins where any of it changes.
CREATE OR REPLACE TEMP TABLE span_begun AS
SELECT
    ticket,
    sequence,
    since,
    lead(since) OVER (PARTITION BY ticket ORDER BY sequence) AS until,
    unresolved,
    owner,
    resolver,
    promise
FROM (
    SELECT
        *,
        lag({'u': unresolved, 'o': owner, 'r': resolver, 'p': promise}) OVER (PARTITION BY ticket ORDER BY sequence)
            IS DISTINCT FROM {'u': unresolved, 'o': owner, 'r': resolver, 'p': promise} AS changes
    FROM step
)
WHERE changes;

-- One that lasted no time held at no instant.
INSERT INTO ticket_span BY NAME
SELECT
    ticket,
    since,
    until,
    unresolved,
    owner,
    resolver,
    promise
FROM span_begun
WHERE until > since
ORDER BY ticket, since;

CREATE OR REPLACE TEMP TABLE ticket_after AS
WITH reached AS (
    SELECT
        ticket,
        max(sequence) AS sequence,
        max(effective_at) AS effective_at,
        arg_min(
            {'queue': data."to", 'at': effective_at, 'sequence': sequence},
            sequence
        ) FILTER (WHERE type = 'ticket.queued' AND data."to" IS NOT NULL) AS first_queued
    FROM timed
    GROUP BY ticket
),
last_step AS (
    SELECT *
    FROM step
    QUALIFY row_number() OVER (PARTITION BY ticket ORDER BY sequence DESC) = 1
)
SELECT
    r.ticket,
    r.sequence,
    r.effective_at,
    s.opening.number AS number,
    s.opening.origin AS origin,
    s.opening.channel AS channel,
    s.opening.orders AS orders,
    s.customer,
    s.category,
    s.follows,
    s.queue,
    coalesce(b.first_queue, r.first_queued.queue) AS first_queue,
    coalesce(b.first_queue_at, r.first_queued."at") AS first_queue_at,
    coalesce(b.first_queue_sequence, r.first_queued.sequence) AS first_queue_sequence,
    s.owner,
    s.status,
    s.answered,
    s.resolver,
    s.promise,
    o.since AS span_since
FROM reached AS r
LEFT JOIN last_step AS s ON s.ticket = r.ticket
LEFT JOIN ticket_before AS b ON b.ticket = r.ticket
LEFT JOIN span_begun AS o ON o.ticket = r.ticket AND o.until IS NULL;

DELETE FROM ticket_state
USING touched AS t
WHERE ticket_state.ticket = t.ticket
    AND ticket_state.ticket BETWEEN getvariable('recontact_first') AND getvariable('recontact_last');

INSERT INTO ticket_state BY NAME
SELECT *
FROM ticket_after
ORDER BY ticket;
