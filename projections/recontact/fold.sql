-- One batch of events becomes contacts, spans and tickets. A subject's order is its sequence; its
-- effective time is the running maximum of the times of ALL its events, carried in its row.

-- Ids are time-ordered, so that a range read first spares most of the tables; only constants prune.
SET VARIABLE recontact_first = (SELECT min(subject) FROM batch);

SET VARIABLE recontact_last = (SELECT max(subject) FROM batch);

-- Every event of a ticket counts, also one of a type not known here: each moves the effective time. Within
-- the batch a ticket goes by a small number, which is sorted and compared faster than its id.
CREATE OR REPLACE TEMP TABLE touched AS
SELECT
    ticket,
    row_number() OVER () AS key
FROM (
    SELECT DISTINCT subject AS ticket
    FROM batch
    WHERE split_part(type, '.', 1) NOT IN ('import', 'ledger', 'agent', 'customer', 'customers', 'policy', 'tracker')
);

CREATE OR REPLACE TEMP TABLE ticket_before AS
SELECT
    t.key,
    s.*
FROM ticket_state AS s
INNER JOIN touched AS t ON t.ticket = s.ticket
WHERE s.ticket BETWEEN getvariable('recontact_first') AND getvariable('recontact_last');

-- A promise ends only by an event that names it: the first such event says how it ended.
CREATE OR REPLACE TEMP TABLE promise_step AS
WITH promising AS (
    SELECT
        key,
        ticket
    FROM touched
    WHERE ticket IN (SELECT subject FROM batch WHERE type LIKE 'next_update.%')
),
event AS (
    SELECT
        p.key,
        b.sequence,
        greatest(
            max(b.time) OVER (PARTITION BY p.key ORDER BY b.sequence ROWS UNBOUNDED PRECEDING),
            s.effective_at
        ) AS effective_at,
        b.type,
        CASE WHEN b.type LIKE 'next_update.%' THEN b.data END AS data
    FROM batch AS b
    INNER JOIN promising AS p ON p.ticket = b.subject
    LEFT JOIN ticket_before AS s ON s.key = p.key
),
line AS (
    SELECT
        s.key,
        s.sequence,
        s.promise AS made,
        NULL AS ended_id,
        CASE WHEN s.promise.state <> 'running' THEN s.promise.state END AS ended,
        s.effective_at,
        s.sequence AS made_sequence
    FROM ticket_before AS s
    SEMI JOIN promising AS p ON p.key = s.key
    WHERE s.promise IS NOT NULL
    UNION ALL
    SELECT
        key,
        sequence,
        CASE
            WHEN type = 'next_update.promised' THEN {
                'id': data.promise_id,
                'state': 'running',
                'due_at': data.due_at,
                'instance': data.instance,
                'message_id': data.message_id,
                'made_at': effective_at
            }
        END AS made,
        CASE WHEN type <> 'next_update.promised' THEN data.promise_id END AS ended_id,
        CASE type
            WHEN 'next_update.kept' THEN 'kept'
            WHEN 'next_update.superseded' THEN 'superseded'
            WHEN 'next_update.cancelled' THEN 'cancelled'
        END AS ended,
        effective_at,
        CASE WHEN type = 'next_update.promised' THEN sequence END AS made_sequence
    FROM event
    WHERE type IN ('next_update.promised', 'next_update.kept', 'next_update.superseded', 'next_update.cancelled')
),
attributed AS (
    SELECT
        key,
        sequence,
        last_value(made IGNORE NULLS) OVER so_far AS made,
        last_value(made_sequence IGNORE NULLS) OVER so_far AS made_sequence,
        ended_id,
        ended,
        effective_at
    FROM line
    WINDOW so_far AS (PARTITION BY key ORDER BY sequence ROWS UNBOUNDED PRECEDING)
),
concluded AS (
    SELECT
        key,
        sequence,
        made,
        -- A miss moves the due of a promise that runs on; kept in time is kept by the first one.
        first_value(
            CASE
                WHEN ended = 'kept' AND ended_id = made.id AND effective_at > made.due_at THEN 'kept_late'
                WHEN ended_id IS NULL OR ended_id = made.id THEN ended
            END IGNORE NULLS
        ) OVER (
            PARTITION BY key, made_sequence
            ORDER BY sequence
            ROWS UNBOUNDED PRECEDING
        ) AS ended
    FROM attributed
    WHERE made IS NOT NULL
)
SELECT
    key,
    sequence,
    {
        'id': made.id,
        'state': coalesce(ended, 'running'),
        'due_at': made.due_at,
        'instance': made.instance,
        'message_id': made.message_id,
        'made_at': made.made_at
    } AS promise
FROM concluded;

-- What only the opening says. A later event has it from there.
CREATE OR REPLACE TEMP TABLE opening AS
SELECT
    key,
    0 AS sequence,
    number,
    origin,
    channel,
    orders
FROM ticket_before
WHERE number IS NOT NULL
UNION ALL
SELECT
    t.key,
    e.sequence,
    e.data.number AS number,
    e.data.origin AS origin,
    e.data.channel AS channel,
    list_sort(list_distinct(coalesce(e.data.order_refs, []))) AS orders
FROM batch AS e
INNER JOIN touched AS t ON t.ticket = e.subject
WHERE e.type = 'ticket.opened';

-- What each event changes; an empty text says "nobody" or "none", NULL says "as before".
CREATE OR REPLACE TEMP TABLE step AS
WITH change AS (
    SELECT
        key,
        sequence,
        NULL AS type,
        NULL AS partition,
        NULL AS position,
        effective_at AS happened_at,
        span_since,
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
    UNION ALL
    SELECT
        t.key,
        e.sequence,
        e.type,
        e.partition,
        e.position,
        e.time AS happened_at,
        NULL AS span_since,
        CASE e.type
            WHEN 'ticket.opened' THEN coalesce(e.data.requester.id, '')
            WHEN 'ticket.requester_changed' THEN coalesce(e.data."to", '')
        END AS customer,
        CASE e.type
            WHEN 'ticket.opened' THEN coalesce(e.data.category[1], '')
            WHEN 'ticket.categorized' THEN coalesce(json_extract_string(TRY_CAST(e.data."to" AS JSON), '$[0]'), '')
        END AS category,
        CASE
            WHEN e.type = 'ticket.opened' THEN coalesce(nullif(e.data.follows_ticket, e.subject), '')
            WHEN e.type = 'ticket.linked' AND e.data.role = 'follows' THEN nullif(e.data.other, e.subject)
        END AS follows,
        CASE WHEN e.type = 'ticket.queued' THEN coalesce(e.data."to", '') END AS queue,
        CASE e.type
            WHEN 'ticket.assigned' THEN coalesce(e.data."to", '')
            WHEN 'ticket.handed_over' THEN coalesce(e.data."to", '')
            WHEN 'ticket.unassigned' THEN ''
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
    FROM batch AS e
    INNER JOIN touched AS t ON t.ticket = e.subject
    LEFT JOIN promise_step AS p ON p.key = t.key AND p.sequence = e.sequence
)
SELECT
    key,
    sequence,
    type,
    partition,
    position,
    span_since,
    max(happened_at) OVER so_far AS effective_at,
    nullif(last_value(customer IGNORE NULLS) OVER so_far, '') AS customer,
    nullif(last_value(category IGNORE NULLS) OVER so_far, '') AS category,
    nullif(last_value(follows IGNORE NULLS) OVER so_far, '') AS follows,
    nullif(last_value(queue IGNORE NULLS) OVER so_far, '') AS queue,
    nullif(last_value(owner IGNORE NULLS) OVER so_far, '') AS owner,
    last_value(status IGNORE NULLS) OVER so_far AS status,
    last_value(answered IGNORE NULLS) OVER so_far AS answered,
    nullif(last_value(resolver IGNORE NULLS) OVER so_far, '') AS resolver,
    last_value(promise IGNORE NULLS) OVER so_far AS promise,
    status IS NOT NULL OR owner IS NOT NULL OR resolver IS NOT NULL OR promise IS NOT NULL AS may_change_span,
    lead(sequence) OVER so_far IS NULL AS latest
FROM change
WINDOW so_far AS (PARTITION BY key ORDER BY sequence ROWS UNBOUNDED PRECEDING);

-- Runs of messages on one ticket and channel. A message of ours joins a run as theirs do, but is no contact.
CREATE OR REPLACE TEMP TABLE message AS
SELECT
    t.ticket,
    e.data.channel AS channel,
    s.sequence,
    s.effective_at AS said_at,
    s.type = 'message.sent' AS ours,
    e.data.live AS live,
    s.customer,
    e.data.message_id,
    s.type = 'message.received' AND e.data.intent IN ('thanks', 'answer', 'new_info') AS neutral
FROM step AS s
INNER JOIN batch AS e ON e.partition = s.partition AND e.position = s.position
INNER JOIN touched AS t ON t.key = s.key
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
        NULL AS message_id,
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
        message_id,
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

-- Which contact each message of the customer's belongs to: its intent may become known later.
INSERT INTO heard BY NAME
SELECT
    s.ticket,
    s.sequence,
    r.contact_sequence,
    s.message_id,
    s.neutral
FROM spoken AS s
INNER JOIN run AS r ON r.ticket = s.ticket AND r.channel = s.channel AND r.run = s.run
WHERE NOT s.carried
    AND NOT s.ours
    AND s.message_id IS NOT NULL
ORDER BY s.ticket, s.sequence;

-- A contact is its run's first message of the customer's, or a reopening that no message explains.
INSERT INTO contact_start BY NAME
WITH start AS (
    SELECT
        t.key,
        r.contact_sequence AS sequence
    FROM run AS r
    INNER JOIN touched AS t ON t.ticket = r.ticket
    WHERE r.contact_sequence IS NOT NULL
    UNION ALL
    SELECT
        t.key,
        e.sequence
    FROM batch AS e
    INNER JOIN touched AS t ON t.ticket = e.subject
    WHERE e.type = 'ticket.reopened'
        AND e.data.message_id IS NULL
),
moment AS (
    SELECT
        s.* EXCLUDE (may_change_span, latest, span_since),
        e.subject AS ticket,
        CASE WHEN s.type = 'message.received' THEN e.data.intent END AS intent,
        e.recordedtime,
        CASE WHEN s.type = 'ticket.reopened' THEN e.data."from" ELSE s.status END AS status_then,
        o.number,
        CASE WHEN s.type = 'ticket.reopened' THEN o.channel ELSE e.data.channel END AS channel,
        o.orders
    FROM start AS c
    INNER JOIN step AS s ON s.key = c.key AND s.sequence = c.sequence
    INNER JOIN batch AS e ON e.partition = s.partition AND e.position = s.position
    ASOF LEFT JOIN opening AS o ON o.key = s.key AND o.sequence <= s.sequence
    WHERE s.type IN ('ticket.opened', 'message.received', 'ticket.reopened')
        AND e.type IN ('ticket.opened', 'message.received', 'ticket.reopened')
)
SELECT
    ticket,
    sequence,
    effective_at AS started_at,
    customer,
    coalesce(number, ticket) AS number,
    CASE type
        WHEN 'ticket.opened' THEN 'opening'
        WHEN 'ticket.reopened' THEN 'reopening'
        ELSE 'message'
    END AS form,
    channel,
    intent,
    type = 'message.received' AND intent IN ('thanks', 'answer', 'new_info') AS neutral,
    category,
    coalesce(orders, []) AS orders,
    follows,
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
    recordedtime AS recorded_at,
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

-- Spans of what a re-contact is charged to: a new one begins where any of it changes. The carried row goes
-- on with the span it was in; an event before anything is known of a ticket begins none.
CREATE OR REPLACE TEMP TABLE span_begun AS
SELECT
    key,
    since,
    lead(since) OVER (PARTITION BY key ORDER BY sequence) AS until,
    status NOT IN ('resolved', 'closed') AS unresolved,
    owner,
    resolver,
    promise
FROM (
    SELECT
        key,
        sequence,
        coalesce(span_since, effective_at) AS since,
        status,
        owner,
        resolver,
        promise,
        lag(sequence) OVER in_order IS NULL
            OR (status IN ('resolved', 'closed')) IS DISTINCT FROM (lag(status) OVER in_order IN ('resolved', 'closed'))
            OR owner IS DISTINCT FROM lag(owner) OVER in_order
            OR resolver IS DISTINCT FROM lag(resolver) OVER in_order
            OR promise IS DISTINCT FROM lag(promise) OVER in_order AS changes
    FROM step
    WHERE may_change_span
        AND status IS NOT NULL
    WINDOW in_order AS (PARTITION BY key ORDER BY sequence)
)
WHERE changes;

-- One that lasted no time held at no instant.
INSERT INTO ticket_span BY NAME
SELECT
    t.ticket,
    s.since,
    s.until,
    s.unresolved,
    s.owner,
    s.resolver,
    s.promise
FROM span_begun AS s
INNER JOIN touched AS t ON t.key = s.key
WHERE s.until > s.since
ORDER BY t.ticket, s.since;

CREATE OR REPLACE TEMP TABLE ticket_after AS
WITH queued AS (
    SELECT
        key,
        min(sequence) AS sequence,
        arg_min(queue, sequence) AS queue,
        arg_min(effective_at, sequence) AS queued_at
    FROM step
    WHERE type = 'ticket.queued'
        AND queue IS NOT NULL
    GROUP BY key
)
SELECT
    t.ticket,
    s.sequence,
    s.effective_at,
    n.number,
    n.origin,
    n.channel,
    n.orders,
    s.customer,
    s.category,
    s.follows,
    s.queue,
    coalesce(b.first_queue, q.queue) AS first_queue,
    coalesce(b.first_queue_at, q.queued_at) AS first_queue_at,
    coalesce(b.first_queue_sequence, q.sequence) AS first_queue_sequence,
    s.owner,
    s.status,
    s.answered,
    s.resolver,
    s.promise,
    o.since AS span_since
FROM step AS s
INNER JOIN touched AS t ON t.key = s.key
LEFT JOIN ticket_before AS b ON b.key = s.key
ASOF LEFT JOIN opening AS n ON n.key = s.key AND n.sequence <= s.sequence
LEFT JOIN queued AS q ON q.key = s.key
LEFT JOIN span_begun AS o ON o.key = s.key AND o.until IS NULL
WHERE s.latest;

DELETE FROM ticket_state
USING touched AS t
WHERE ticket_state.ticket = t.ticket
    AND ticket_state.ticket BETWEEN getvariable('recontact_first') AND getvariable('recontact_last');

INSERT INTO ticket_state BY NAME
SELECT *
FROM ticket_after
ORDER BY ticket;

-- What became known of messages later, and what came to the customer's eyes.
INSERT INTO classified BY NAME
SELECT
    subject AS ticket,
    data.message_id AS message_id,
    sequence,
    data."to" AS intent
FROM batch
WHERE type = 'message.classified'
ORDER BY ticket, sequence;

INSERT INTO delivery BY NAME
SELECT
    t.ticket,
    e.data.message_id AS message_id,
    s.sequence,
    s.effective_at AS reported_at,
    e.data.delivery AS delivery
FROM step AS s
INNER JOIN batch AS e ON e.partition = s.partition AND e.position = s.position
INNER JOIN touched AS t ON t.key = s.key
WHERE s.type = 'message.delivery_reported'
    AND e.type = 'message.delivery_reported'
ORDER BY t.ticket, s.sequence;

-- A tracker is a subject of its own, and its looks are all its events.
INSERT INTO look BY NAME
WITH viewed AS (
    SELECT
        data.ticket AS ticket,
        subject AS tracker,
        data.look AS look,
        sequence,
        time
    FROM batch
    WHERE type = 'tracker.viewed'
),
before AS (
    SELECT
        tracker,
        max(looked_at) AS looked_at
    FROM look
    WHERE tracker IN (SELECT tracker FROM viewed)
    GROUP BY tracker
)
SELECT
    v.ticket,
    v.tracker,
    v.look,
    greatest(
        max(v.time) OVER (PARTITION BY v.tracker ORDER BY v.sequence ROWS UNBOUNDED PRECEDING),
        b.looked_at
    ) AS looked_at
FROM viewed AS v
LEFT JOIN before AS b ON b.tracker = v.tracker
UNION ALL
SELECT
    t.ticket,
    NULL AS tracker,
    'opened' AS look,
    s.effective_at AS looked_at
FROM step AS s
INNER JOIN touched AS t ON t.key = s.key
WHERE s.type = 'notification.opened';

-- Tickets and customers that go on as others: what was merged, and where each chain of merges ends.
INSERT INTO merge BY NAME
SELECT
    CASE type WHEN 'ticket.merged' THEN 'ticket' ELSE 'customer' END AS kind,
    CASE type WHEN 'ticket.merged' THEN subject ELSE data."from" END AS source,
    CASE type WHEN 'ticket.merged' THEN data.target ELSE data."to" END AS target,
    sequence
FROM batch
WHERE type IN ('ticket.merged', 'customers.merged')
ORDER BY kind, source, sequence;

DELETE FROM merged
WHERE EXISTS (SELECT 1 FROM batch WHERE type IN ('ticket.merged', 'customers.merged'));

INSERT INTO merged BY NAME
WITH RECURSIVE latest AS (
    SELECT
        kind,
        source,
        arg_max(target, sequence) AS target
    FROM merge
    WHERE EXISTS (SELECT 1 FROM batch WHERE type IN ('ticket.merged', 'customers.merged'))
    GROUP BY kind, source
    HAVING arg_max(target, sequence) <> source
),
path AS (
    SELECT
        kind,
        source,
        target AS goes_on_as,
        [source, target] AS way
    FROM latest
    UNION ALL
    SELECT
        p.kind,
        p.source,
        l.target,
        list_append(p.way, l.target)
    FROM path AS p
    INNER JOIN latest AS l ON l.kind = p.kind AND l.source = p.goes_on_as
    WHERE NOT list_contains(p.way, l.target)
)
SELECT
    kind,
    source,
    arg_max(goes_on_as, len(way)) AS goes_on_as
FROM path
GROUP BY kind, source
ORDER BY kind, source;
