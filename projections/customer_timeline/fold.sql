-- Folds one batch into case_state, entry and agent_name.
-- Old rows of the touched tickets stand before their new events; state follows the sequence.

-- Ticket ids are time-ordered: literal bounds let a batch of young tickets skip the old rows.
SET VARIABLE first_ticket = (SELECT min(subject) FROM batch);

SET VARIABLE last_ticket = (SELECT max(subject) FROM batch);

CREATE OR REPLACE TEMP TABLE known_case AS
SELECT *
FROM case_state
WHERE ticket BETWEEN getvariable('first_ticket') AND getvariable('last_ticket')
    AND ticket IN (SELECT subject FROM batch);

-- A subject is a ticket from its opening on. Every event moves the effective time, also internal ones.
CREATE OR REPLACE TEMP TABLE ticket_event AS
WITH ticket AS (
    SELECT ticket, effective_at FROM known_case
    UNION ALL
    SELECT subject, NULL FROM batch WHERE type = 'ticket.opened' AND sequence = 1
)
SELECT
    subject AS ticket,
    sequence,
    batch.type,
    greatest(
        ticket.effective_at,
        max(batch.time) OVER (PARTITION BY subject ORDER BY sequence ROWS UNBOUNDED PRECEDING)
    ) AS effective_at,
    batch.recordedtime AS recorded_at
FROM batch
JOIN ticket ON ticket.ticket = batch.subject;

-- The whitelist: each field is read under the event types it is public in, and under no other.
CREATE OR REPLACE TEMP TABLE public_fact AS
SELECT
    event.ticket,
    event.sequence,
    event.type,
    event.effective_at,
    event.recorded_at,
    CASE event.type
        WHEN 'ticket.opened' THEN 'new'
        WHEN 'ticket.status_changed' THEN data."to"
        WHEN 'ticket.resolved' THEN 'resolved'
        WHEN 'ticket.closed' THEN 'closed'
        WHEN 'ticket.reopened' THEN 'open'
    END AS set_status,
    -- Here and below '' and [] say "cleared", so that NULL can say "not touched".
    CASE event.type
        WHEN 'ticket.opened' THEN ''
        WHEN 'ticket.assigned' THEN data."to"
        WHEN 'ticket.handed_over' THEN data."to"
        WHEN 'ticket.unassigned' THEN ''
    END AS set_owner,
    CASE event.type
        WHEN 'ticket.opened' THEN coalesce(data.requester.id, '')
        WHEN 'ticket.requester_changed' THEN coalesce(data."to", '')
    END AS set_customer,
    CASE event.type
        WHEN 'ticket.opened' THEN coalesce(data.category, [])
        WHEN 'ticket.categorized' THEN coalesce(from_json(data."to", '["VARCHAR"]'), [])
    END AS set_category,
    CASE event.type
        WHEN 'ticket.opened' THEN FALSE
        WHEN 'ticket.escalated' THEN data.to_level <> 'L1'
        WHEN 'ticket.deescalated' THEN data.to_level <> 'L1'
    END AS set_specialist,
    -- A bot's message is never a reply.
    event.type = 'message.sent' AND data.author = 'human' AS answers,
    CASE event.type
        WHEN 'message.sent' THEN data.next_update_by
        WHEN 'next_update.promised' THEN data.due_at
    END AS due_at,
    CASE WHEN starts_with(event.type, 'next_update.') THEN data.promise_id END AS promise_id,
    CASE event.type
        WHEN 'next_update.missed' THEN coalesce(data.instance, 1)
        WHEN 'next_update.promised' THEN CASE WHEN data.instance > 1 THEN NULL ELSE 0 END
        WHEN 'next_update.kept' THEN 0
        WHEN 'next_update.superseded' THEN 0
        WHEN 'next_update.cancelled' THEN 0
    END AS set_misses,
    event.type = 'sla.breached' AND data.metric = 'resolution' AS breaches,
    CASE
        WHEN event.type = 'ticket.closed' THEN
            CASE data.reason WHEN 'confirmed' THEN 'you' WHEN 'timeout' THEN 'time' ELSE 'us' END
    END AS set_closed_by,
    CASE
        WHEN event.type = 'ticket.opened' AND data.origin = 'customer' THEN 'customer'
        WHEN event.type = 'ticket.reopened'
            AND (data.message_id IS NOT NULL OR starts_with(batch.actor, 'customer:'))
            THEN 'customer'
        WHEN event.type = 'ticket.closed' AND data.reason = 'confirmed' THEN 'customer'
        WHEN event.type IN ('message.received', 'resolution.confirmed', 'resolution.rejected')
            THEN 'customer'
        WHEN event.type = 'message.sent' AND data.author = 'human'
            AND (data.agent_id IS NOT NULL OR json_type(data.agent_display) = 'VARCHAR')
            THEN 'agent'
        WHEN event.type = 'ticket.resolved' AND data.resolver IS NOT NULL THEN 'agent'
        WHEN event.type IN ('ticket.assigned', 'ticket.handed_over') THEN 'agent'
        ELSE 'us'
    END AS side,
    CASE event.type
        WHEN 'message.sent' THEN data.agent_id
        WHEN 'ticket.resolved' THEN data.resolver
        WHEN 'ticket.assigned' THEN data."to"
        WHEN 'ticket.handed_over' THEN data."to"
    END AS agent,
    -- A promise made by a message is told by that message, if it said so.
    event.type = 'next_update.promised' AND data.message_id IS NOT NULL AS promised_by_message
FROM ticket_event AS event
JOIN batch ON batch.subject = event.ticket AND batch.sequence = event.sequence
WHERE event.type IN (
    'ticket.opened',
    'ticket.acknowledged',
    'ticket.requester_changed',
    'ticket.categorized',
    'ticket.assigned',
    'ticket.handed_over',
    'ticket.unassigned',
    'ticket.escalated',
    'ticket.deescalated',
    'ticket.status_changed',
    'ticket.resolved',
    'ticket.closed',
    'ticket.reopened',
    'message.received',
    'message.sent',
    'resolution.confirmed',
    'resolution.rejected',
    'next_update.promised',
    'next_update.kept',
    'next_update.superseded',
    'next_update.cancelled',
    'next_update.missed',
    'sla.breached'
);

-- The stepper after each public fact. It moves back only by a reopening, which is an entry and a badge.
CREATE OR REPLACE TEMP TABLE step AS
WITH row_of_ticket AS (
    SELECT
        ticket,
        sequence,
        NULL AS type,
        effective_at,
        status AS set_status,
        coalesce(owner, '') AS set_owner,
        specialist AS set_specialist,
        answered AS answers,
        announced_due_at AS due_at,
        FALSE AS promised_by_message,
        resolution_breached AS breaches,
        times_reopened AS reopened_before,
        stage_index AS stage_before,
        resolved_at,
        confirmed_at,
        closed_at
    FROM known_case
    UNION ALL BY NAME
    SELECT
        ticket,
        sequence,
        type,
        effective_at,
        set_status,
        set_owner,
        set_specialist,
        answers,
        due_at,
        promised_by_message,
        breaches,
        CASE WHEN set_status = 'resolved' THEN effective_at END AS resolved_at,
        CASE WHEN type = 'resolution.confirmed' THEN effective_at END AS confirmed_at,
        CASE WHEN set_status = 'closed' THEN effective_at END AS closed_at
    FROM public_fact
),

carried AS (
    SELECT
        *,
        last_value(set_status IGNORE NULLS) OVER upto AS status,
        last_value(set_status IGNORE NULLS) OVER earlier AS old_status,
        nullif(last_value(set_owner IGNORE NULLS) OVER upto, '') AS owner,
        last_value(set_specialist IGNORE NULLS) OVER upto AS specialist,
        last_value(set_specialist IGNORE NULLS) OVER earlier AS old_specialist,
        bool_or(answers) OVER upto AS answered,
        last_value(
            CASE WHEN type IS NULL OR type = 'message.sent' THEN due_at END IGNORE NULLS
        ) OVER upto AS announced_due_at
    FROM row_of_ticket
    WINDOW
        upto AS (PARTITION BY ticket ORDER BY sequence ROWS UNBOUNDED PRECEDING),
        earlier AS (
            PARTITION BY ticket ORDER BY sequence
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
),

-- Recorded history may leave resolved without saying "reopened"; for the customer it is the same.
reopening AS (
    SELECT
        *,
        coalesce(
            type = 'ticket.reopened'
            OR (
                old_status IN ('resolved', 'closed')
                AND status NOT IN ('resolved', 'closed')
            ),
            FALSE
        ) AS reopens
    FROM carried
),

cycle AS (
    SELECT
        *,
        sum(coalesce(reopened_before, 0) + reopens::BIGINT) OVER (
            PARTITION BY ticket ORDER BY sequence ROWS UNBOUNDED PRECEDING
        )::BIGINT AS times_reopened
    FROM reopening
),

staged AS (
    SELECT
        * EXCLUDE (resolved_at, confirmed_at, closed_at),
        max(
            CASE
                WHEN type IS NULL THEN stage_before
                WHEN status IN ('resolved', 'closed') THEN 4
                WHEN answered OR status IN ('pending', 'on_hold') THEN 3
                WHEN owner IS NOT NULL OR status = 'open' THEN 2
                ELSE 1
            END
        ) OVER this_cycle AS stage_index,
        bool_or(breaches) OVER this_cycle AS resolution_breached,
        max(resolved_at) OVER this_cycle AS resolved_at,
        max(confirmed_at) OVER this_cycle AS confirmed_at,
        max(closed_at) OVER this_cycle AS closed_at
    FROM cycle
    WINDOW this_cycle AS (
        PARTITION BY ticket, times_reopened ORDER BY sequence ROWS UNBOUNDED PRECEDING
    )
),

moved AS (
    SELECT
        *,
        lag(stage_index) OVER by_sequence AS old_stage_index,
        lead(sequence) OVER by_sequence IS NULL AS is_last
    FROM staged
    WINDOW by_sequence AS (PARTITION BY ticket ORDER BY sequence)
)

SELECT
    ticket,
    sequence,
    effective_at,
    status,
    owner,
    specialist,
    answered,
    announced_due_at,
    times_reopened,
    stage_index,
    resolution_breached,
    resolved_at,
    confirmed_at,
    closed_at,
    is_last,
    -- What the customer is told of it; NULL: nothing. The message itself comes before what it changes.
    CASE
        WHEN type IS NULL THEN NULL
        WHEN type = 'ticket.opened' THEN 'opened'
        WHEN type = 'ticket.acknowledged' THEN 'acknowledged'
        WHEN type = 'message.received' THEN 'customer_message'
        WHEN type = 'message.sent' THEN 'our_message'
        WHEN type = 'resolution.confirmed' THEN 'confirmed'
        WHEN type = 'resolution.rejected' THEN 'rejected'
        WHEN type = 'next_update.missed' THEN 'next_update_missed'
        WHEN type = 'next_update.promised'
            AND NOT (promised_by_message AND due_at IS NOT DISTINCT FROM announced_due_at)
            THEN 'next_update_promised'
        WHEN reopens THEN 'reopened'
        WHEN status <> old_status AND status IN ('resolved', 'closed') THEN status
        WHEN status <> old_status AND status = 'pending' THEN 'waiting_for_you'
        WHEN stage_index > old_stage_index THEN 'stage_moved'
        WHEN specialist AND NOT old_specialist THEN 'with_a_specialist'
        WHEN status <> old_status AND old_status = 'pending' THEN 'work_resumed'
    END AS kind
FROM moved;

-- Up to which sequence a ticket's texts were said to or by another customer.
CREATE OR REPLACE TEMP TABLE passed_on AS
WITH requester AS (
    SELECT ticket, sequence, NULL AS type, coalesce(customer, '') AS customer FROM known_case
    UNION ALL
    SELECT ticket, sequence, type, set_customer FROM public_fact WHERE set_customer IS NOT NULL
),

change AS (
    SELECT
        *,
        lag(customer) OVER (PARTITION BY ticket ORDER BY sequence) AS former
    FROM requester
)

SELECT ticket, max(sequence) AS sequence
FROM change
WHERE type = 'ticket.requester_changed' AND former <> '' AND former <> customer
GROUP BY ticket;

CREATE OR REPLACE TEMP TABLE hidden_entry AS
SELECT entry.*
FROM entry
WHERE entry.ticket IN (SELECT ticket FROM passed_on);

DELETE FROM entry
WHERE ticket IN (SELECT ticket FROM passed_on);

INSERT INTO entry BY NAME
SELECT
    * REPLACE (
        NULL AS "text",
        CASE WHEN coalesce("text", text_hidden) IS NOT NULL THEN 'another_customer' END
            AS text_hidden
    )
FROM hidden_entry;

INSERT INTO entry BY NAME
SELECT
    step.ticket,
    step.sequence,
    fact.effective_at AS happened_at,
    fact.recorded_at,
    step.kind,
    fact.side,
    fact.agent,
    CASE WHEN step.kind = 'our_message' AND json_type(data.agent_display) = 'VARCHAR'
        THEN data.agent_display ->> '$'
    END AS agent_display,
    CASE WHEN step.kind IN ('opened', 'acknowledged', 'customer_message', 'our_message')
        THEN data.channel
    END AS channel,
    step.stage_index,
    CASE WHEN step.kind IN ('opened', 'customer_message', 'our_message')
        AND passed_on.ticket IS NULL AND json_type(data.body) = 'VARCHAR'
        THEN data.body ->> '$'
    END AS "text",
    CASE
        WHEN step.kind NOT IN ('opened', 'customer_message', 'our_message') THEN NULL
        WHEN json_type(data.body) NOT IN ('VARCHAR', 'OBJECT') THEN NULL
        WHEN passed_on.ticket IS NOT NULL THEN 'another_customer'
        WHEN json_type(data.body) = 'OBJECT' THEN 'sealed'
    END AS text_hidden,
    CASE WHEN step.kind IN ('our_message', 'next_update_promised') THEN fact.due_at END
        AS promise_due_at
FROM step
JOIN public_fact AS fact ON fact.ticket = step.ticket AND fact.sequence = step.sequence
JOIN batch ON batch.subject = step.ticket AND batch.sequence = step.sequence
LEFT JOIN passed_on
    ON passed_on.ticket = step.ticket AND passed_on.sequence > step.sequence
WHERE step.kind IS NOT NULL;

CREATE OR REPLACE TEMP TABLE new_case AS
WITH opening AS (
    SELECT
        batch.subject AS ticket,
        data.number,
        CASE WHEN json_type(data.subject) = 'VARCHAR' THEN data.subject ->> '$' END AS subject,
        data.order_refs,
        event.effective_at AS opened_at
    FROM batch
    JOIN ticket_event AS event ON event.ticket = batch.subject AND event.sequence = batch.sequence
    WHERE batch.type = 'ticket.opened' AND batch.sequence = 1
    UNION ALL
    SELECT ticket, number, subject, order_refs, opened_at FROM known_case
),

-- What only the last state needs, the old row standing before the new facts.
change AS (
    SELECT
        ticket,
        sequence,
        'next_update.promised' AS type,
        coalesce(customer, '') AS set_customer,
        coalesce(category, []) AS set_category,
        promise_id,
        promise_due_at AS due_at,
        promise_misses AS set_misses,
        closed_by AS set_closed_by
    FROM known_case
    UNION ALL BY NAME
    SELECT
        ticket,
        sequence,
        type,
        set_customer,
        set_category,
        promise_id,
        due_at,
        set_misses,
        set_closed_by
    FROM public_fact
),

latest AS (
    SELECT
        ticket,
        nullif(arg_max(set_customer, sequence), '') AS customer,
        nullif(arg_max(set_category, sequence), []) AS category,
        arg_max(
            CASE WHEN type = 'next_update.promised' AND promise_id IS NOT NULL
                THEN {'id': promise_id, 'due_at': due_at, 'sequence': sequence}
            END,
            sequence
        ) AS promise,
        arg_max(set_misses, sequence) AS promise_misses,
        arg_max(set_closed_by, sequence) AS closed_by
    FROM change
    GROUP BY ticket
),

-- One promise runs at a time; it ends by its own id, in whatever order a save names the two.
ended AS (
    SELECT ticket, promise_id, max(sequence) AS sequence
    FROM public_fact
    WHERE type IN ('next_update.kept', 'next_update.superseded', 'next_update.cancelled')
    GROUP BY ticket, promise_id
),

told AS (
    SELECT ticket, max(effective_at) AS last_update_at
    FROM (
        SELECT ticket, effective_at FROM step WHERE kind IS NOT NULL
        UNION ALL
        SELECT ticket, last_update_at FROM known_case
    )
    GROUP BY ticket
),

last_event AS (
    SELECT ticket, max(sequence) AS sequence, max(effective_at) AS effective_at
    FROM ticket_event
    GROUP BY ticket
)

SELECT
    ticket,
    last_event.sequence,
    last_event.effective_at,
    opening.number,
    latest.customer,
    CASE WHEN passed_on.ticket IS NULL THEN opening.subject END AS subject,
    latest.category,
    CASE WHEN passed_on.ticket IS NULL THEN opening.order_refs END AS order_refs,
    opening.opened_at,
    step.status,
    step.owner,
    step.answered,
    step.specialist,
    step.times_reopened,
    step.stage_index,
    step.announced_due_at,
    CASE WHEN ended.ticket IS NULL THEN latest.promise.id END AS promise_id,
    CASE WHEN ended.ticket IS NULL THEN latest.promise.due_at END AS promise_due_at,
    coalesce(latest.promise_misses, 0) AS promise_misses,
    step.resolution_breached,
    step.resolved_at,
    step.confirmed_at,
    step.closed_at,
    latest.closed_by,
    told.last_update_at
FROM last_event
JOIN opening USING (ticket)
JOIN latest USING (ticket)
JOIN step USING (ticket)
JOIN told USING (ticket)
LEFT JOIN passed_on USING (ticket)
LEFT JOIN ended
    ON ended.ticket = latest.ticket
    AND ended.promise_id = latest.promise.id
    AND ended.sequence > latest.promise.sequence
WHERE step.is_last;

DELETE FROM case_state
WHERE ticket BETWEEN getvariable('first_ticket') AND getvariable('last_ticket')
    AND ticket IN (SELECT ticket FROM known_case);

INSERT INTO case_state BY NAME
SELECT * FROM new_case;

-- The name an agent last signed with, on whichever ticket, in an order that no cutting changes.
CREATE OR REPLACE TEMP TABLE new_agent_name AS
WITH signed AS (
    SELECT
        data.agent_id AS agent,
        data.agent_display ->> '$' AS display,
        event.effective_at,
        event.ticket,
        event.sequence
    FROM ticket_event AS event
    JOIN batch ON batch.subject = event.ticket AND batch.sequence = event.sequence
    WHERE event.type = 'message.sent'
        AND data.agent_id IS NOT NULL
        AND json_type(data.agent_display) = 'VARCHAR'
)

SELECT * FROM signed
UNION ALL
SELECT * FROM agent_name WHERE agent IN (SELECT agent FROM signed)
QUALIFY row_number() OVER (
    PARTITION BY agent ORDER BY effective_at DESC, ticket DESC, sequence DESC
) = 1;

DELETE FROM agent_name
WHERE agent IN (SELECT agent FROM new_agent_name);

INSERT INTO agent_name BY NAME
SELECT * FROM new_agent_name;
