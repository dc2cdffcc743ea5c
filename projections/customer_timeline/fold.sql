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

-- A subject is a ticket from its opening on. Numbers sort several times faster than ids.
CREATE OR REPLACE TEMP TABLE touched_ticket AS
SELECT
    ticket,
    row_number() OVER () AS ticket_no,
    effective_at
FROM (
    SELECT ticket, effective_at FROM known_case
    UNION ALL
    SELECT subject, NULL FROM batch WHERE type = 'ticket.opened' AND sequence = 1
);

-- Every event of a ticket moves its effective time, also those the customer never sees.
-- step_no orders all events of all tickets by ticket and sequence, in one number.
CREATE OR REPLACE TEMP TABLE ticket_event AS
SELECT
    batch.partition,
    batch.position,
    touched.ticket_no,
    touched.ticket_no << 32 | batch.sequence AS step_no,
    batch.sequence,
    greatest(
        touched.effective_at,
        max(batch.time) OVER (
            PARTITION BY touched.ticket_no ORDER BY batch.sequence ROWS UNBOUNDED PRECEDING
        )
    ) AS effective_at
FROM batch
JOIN touched_ticket AS touched ON touched.ticket = batch.subject;

-- The whitelist: each field is read under the event types it is public in, and under no other.
-- '' and [] say "cleared", so that NULL can say "not touched".
CREATE OR REPLACE TEMP TABLE fact AS
SELECT
    event.ticket_no,
    event.step_no,
    event.sequence,
    event.effective_at,
    recordedtime AS recorded_at,
    type,
    CASE WHEN type = 'ticket.opened' THEN data.number END AS number,
    -- The words of an opening that is not the customer's own are ours, for ourselves.
    CASE WHEN type = 'ticket.opened' AND data.origin = 'customer'
        AND json_type(data.subject) = 'VARCHAR'
        THEN data.subject ->> '$'
    END AS subject,
    CASE WHEN type = 'ticket.opened' THEN data.order_refs END AS order_refs,
    CASE WHEN type = 'ticket.opened' THEN event.effective_at END AS opened_at,
    CASE type
        WHEN 'ticket.opened' THEN 'new'
        WHEN 'ticket.status_changed' THEN data."to"
        WHEN 'ticket.resolved' THEN 'resolved'
        WHEN 'ticket.closed' THEN 'closed'
        WHEN 'ticket.reopened' THEN 'open'
    END AS set_status,
    CASE type
        WHEN 'ticket.opened' THEN ''
        WHEN 'ticket.assigned' THEN data."to"
        WHEN 'ticket.handed_over' THEN data."to"
        WHEN 'ticket.unassigned' THEN ''
    END AS set_owner,
    CASE type
        WHEN 'ticket.opened' THEN coalesce(data.requester.id, '')
        WHEN 'ticket.requester_changed' THEN coalesce(data."to", '')
    END AS set_customer,
    CASE type
        WHEN 'ticket.opened' THEN coalesce(data.category, [])
        WHEN 'ticket.categorized' THEN coalesce(from_json(data."to", '["VARCHAR"]'), [])
    END AS set_category,
    CASE type
        WHEN 'ticket.opened' THEN FALSE
        WHEN 'ticket.escalated' THEN data.to_level <> 'L1'
        WHEN 'ticket.deescalated' THEN data.to_level <> 'L1'
    END AS set_specialist,
    -- A bot's message is never a reply.
    CASE
        WHEN type = 'ticket.opened' THEN FALSE
        WHEN type = 'message.sent' AND data.author = 'human' THEN TRUE
    END AS set_answered,
    CASE
        WHEN type IN (
            'next_update.promised',
            'next_update.missed',
            'next_update.kept',
            'next_update.superseded',
            'next_update.cancelled'
        )
            THEN data.promise_id
    END AS promise_id,
    CASE type
        WHEN 'message.sent' THEN data.next_update_by
        WHEN 'next_update.promised' THEN data.due_at
        WHEN 'next_update.missed' THEN data.next_due_at
    END AS due_at,
    -- A message says itself what it promises.
    type = 'next_update.promised' AND data.message_id IS NULL AS promises_silently,
    CASE type
        WHEN 'ticket.opened' THEN 0
        WHEN 'next_update.promised' THEN 0
        WHEN 'next_update.missed' THEN data.instance
    END AS set_misses,
    -- Of the clocks only the one that the customer is told of: by when the case will be solved.
    type IN ('sla.started', 'sla.resumed', 'sla.paused', 'sla.fulfilled', 'sla.cancelled')
        AND data.metric = 'resolution' AS moves_expected,
    CASE WHEN type IN ('sla.started', 'sla.resumed') AND data.metric = 'resolution'
        THEN data.due_at
    END AS expected_at,
    CASE WHEN type = 'ticket.stage_changed'
        THEN list_position(
            ['received', 'in_review', 'being_worked_on', 'resolved'],
            data."to"
        )
    END AS set_stage,
    CASE WHEN type = 'ticket.stage_changed' THEN coalesce(data.label, '') END AS set_stage_label,
    CASE WHEN type = 'ticket.merged' THEN data.target_number END AS merged_into,
    CASE WHEN type IN ('survey.sent', 'survey.answered') AND data.kind = 'csat'
        THEN type = 'survey.sent'
    END AS set_csat_asked,
    CASE WHEN type IN ('survey.sent', 'survey.answered') AND data.kind = 'ces'
        THEN type = 'survey.sent'
    END AS set_ces_asked,
    CASE WHEN type = 'attachment.added' AND data."public" THEN data.reference END AS attachment,
    CASE WHEN type = 'attachment.added' AND data."public" THEN data.media_type END AS media_type,
    type = 'sla.breached' AND data.metric = 'resolution' AS breaches,
    CASE WHEN type = 'ticket.resolved' OR (type = 'ticket.status_changed' AND data."to" = 'resolved')
        THEN event.effective_at
    END AS resolved_at,
    CASE WHEN type = 'resolution.confirmed' THEN event.effective_at END AS confirmed_at,
    CASE WHEN type = 'ticket.closed' OR (type = 'ticket.status_changed' AND data."to" = 'closed')
        THEN event.effective_at
    END AS closed_at,
    CASE
        WHEN type <> 'ticket.closed' THEN NULL
        WHEN data.reason = 'confirmed' THEN 'you'
        WHEN data.reason = 'timeout' THEN 'time'
        ELSE 'us'
    END AS set_closed_by,
    CASE
        WHEN type IN ('message.received', 'resolution.confirmed', 'resolution.rejected')
            OR (type = 'ticket.opened' AND data.origin = 'customer')
            OR (type = 'ticket.closed' AND data.reason = 'confirmed')
            OR (
                type = 'ticket.reopened'
                AND (data.message_id IS NOT NULL OR starts_with(actor, 'customer:'))
            )
            OR (type = 'attachment.added' AND starts_with(actor, 'customer:'))
            OR type = 'survey.answered'
            THEN 'customer'
        WHEN type IN ('ticket.assigned', 'ticket.handed_over')
            OR (type = 'ticket.resolved' AND data.resolver IS NOT NULL)
            OR (
                type = 'message.sent' AND data.author = 'human'
                AND (data.agent_id IS NOT NULL OR json_type(data.agent_display) = 'VARCHAR')
            )
            THEN 'agent'
        ELSE 'us'
    END AS side,
    CASE type
        WHEN 'ticket.assigned' THEN data."to"
        WHEN 'ticket.handed_over' THEN data."to"
        WHEN 'ticket.resolved' THEN data.resolver
        WHEN 'message.sent' THEN data.agent_id
    END AS agent,
    CASE WHEN type = 'message.sent' AND json_type(data.agent_display) = 'VARCHAR'
        THEN data.agent_display ->> '$'
    END AS agent_display,
    CASE WHEN type IN ('ticket.opened', 'ticket.acknowledged', 'message.received', 'message.sent')
        THEN data.channel
    END AS channel,
    -- What is sealed is an object. note.added has a body too, and is not in this list.
    CASE WHEN type IN ('message.received', 'message.sent')
        OR (type = 'ticket.opened' AND data.origin = 'customer')
        THEN json_type(data.body)
    END AS text_type,
    CASE WHEN text_type = 'VARCHAR' THEN data.body ->> '$' END AS "text",
    NULL::INTEGER AS known_stage,
    NULL::BIGINT AS known_reopenings,
    NULL::TIMESTAMPTZ AS known_update_at
FROM batch
JOIN ticket_event AS event
    ON event.partition = batch.partition AND event.position = batch.position
WHERE type IN (
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
    'sla.started',
    'sla.paused',
    'sla.resumed',
    'sla.breached',
    'sla.fulfilled',
    'sla.cancelled',
    'ticket.stage_changed',
    'ticket.merged',
    'attachment.added',
    'survey.sent',
    'survey.answered'
);

-- The old row of a ticket is its first fact: like an opening it sets everything.
INSERT INTO fact BY NAME
SELECT
    touched.ticket_no,
    touched.ticket_no << 32 | known.sequence AS step_no,
    known.sequence,
    known.effective_at,
    'known' AS type,
    known.number,
    known.subject,
    known.order_refs,
    known.opened_at,
    known.status AS set_status,
    coalesce(known.owner, '') AS set_owner,
    coalesce(known.customer, '') AS set_customer,
    coalesce(known.category, []) AS set_category,
    known.specialist AS set_specialist,
    known.answered AS set_answered,
    known.promise_id,
    known.promise_due_at AS due_at,
    FALSE AS promises_silently,
    known.promise_misses AS set_misses,
    TRUE AS moves_expected,
    known.resolution_expected_by AS expected_at,
    coalesce(known.stage_label, '') AS set_stage_label,
    known.merged_into,
    known.csat_asked AS set_csat_asked,
    known.ces_asked AS set_ces_asked,
    known.resolution_breached AS breaches,
    known.resolved_at,
    known.confirmed_at,
    known.closed_at,
    known.closed_by AS set_closed_by,
    known.stage_index AS known_stage,
    known.times_reopened AS known_reopenings,
    known.last_update_at AS known_update_at
FROM known_case AS known
JOIN touched_ticket AS touched USING (ticket);

-- Where the case stands after each fact, and what the customer is told of it.
CREATE OR REPLACE TEMP TABLE step AS
-- The first fact of every ticket sets everything, so that one order over all tickets serves each.
WITH carried AS (
    SELECT
        ticket_no,
        step_no,
        type,
        effective_at,
        promises_silently,
        coalesce(known_stage, set_stage) AS told_stage,
        set_stage_label,
        set_stage IS NOT NULL AS overrides,
        attachment,
        -- Where the stepper stands follows from these; nothing else moves it.
        set_status IS NOT NULL
            OR set_owner IS NOT NULL
            OR coalesce(
                set_answered
                    AND NOT last_value(set_answered IGNORE NULLS) OVER earlier,
                FALSE
            ) AS may_move,
        type IN ('known', 'ticket.opened') AS is_first,
        last_value(set_status IGNORE NULLS) OVER upto AS status,
        last_value(set_status IGNORE NULLS) OVER earlier AS old_status,
        last_value(set_owner IGNORE NULLS) OVER upto <> '' AS owned,
        last_value(set_specialist IGNORE NULLS) OVER upto AS specialist,
        last_value(set_specialist IGNORE NULLS) OVER earlier AS old_specialist,
        last_value(set_answered IGNORE NULLS) OVER upto AS answered
    FROM fact
    WINDOW
        upto AS (ORDER BY step_no ROWS UNBOUNDED PRECEDING),
        earlier AS (ORDER BY step_no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),

-- Recorded history may leave resolved without saying "reopened"; for the customer it is the same.
staged AS (
    SELECT
        *,
        NOT is_first
            AND (
                type = 'ticket.reopened'
                OR (
                    old_status IN ('resolved', 'closed')
                    AND status NOT IN ('resolved', 'closed')
                )
            ) AS reopens,
        CASE
            WHEN NOT may_move THEN NULL
            WHEN status IN ('resolved', 'closed') THEN 4
            WHEN answered OR status IN ('pending', 'on_hold') THEN 3
            WHEN owned OR status = 'open' THEN 2
            ELSE 1
        END AS derived_stage
    FROM carried
),

cycle AS (
    SELECT
        *,
        sum((is_first OR reopens)::BIGINT) OVER (ORDER BY step_no ROWS UNBOUNDED PRECEDING)
            AS cycle_no,
        sum((is_first OR reopens OR overrides)::BIGINT) OVER (
            ORDER BY step_no ROWS UNBOUNDED PRECEDING
        ) AS stretch_no
    FROM staged
),

-- The stepper moves back only by a reopening, or by hand: the stretch that begins with either and the
-- stage in one number, of which the greatest counts.
highest AS (
    SELECT
        *,
        max(stretch_no * 8 + coalesce(told_stage, derived_stage)) OVER (
            ORDER BY step_no ROWS UNBOUNDED PRECEDING
        ) AS stage,
        max(stretch_no * 8 + coalesce(told_stage, derived_stage)) OVER (
            ORDER BY step_no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS old_stage
    FROM cycle
)

SELECT
    ticket_no,
    step_no,
    effective_at,
    cycle_no,
    reopens,
    (stage % 8)::INTEGER AS stage_index,
    -- What somebody called the stage holds until it moves on.
    CASE
        WHEN set_stage_label IS NOT NULL THEN set_stage_label
        WHEN stage > old_stage THEN ''
    END AS stage_label,
    -- The message itself comes before what it changes.
    CASE
        WHEN type = 'known' THEN NULL
        WHEN type = 'ticket.opened' THEN 'opened'
        WHEN type = 'ticket.acknowledged' THEN 'acknowledged'
        WHEN type = 'message.received' THEN 'customer_message'
        WHEN type = 'message.sent' THEN 'our_message'
        WHEN type = 'resolution.confirmed' THEN 'confirmed'
        WHEN type = 'resolution.rejected' THEN 'rejected'
        WHEN type = 'next_update.missed' THEN 'next_update_missed'
        WHEN type = 'ticket.merged' THEN 'merged'
        WHEN type = 'survey.sent' THEN 'survey_asked'
        WHEN type = 'survey.answered' THEN 'survey_answered'
        WHEN attachment IS NOT NULL THEN 'attachment'
        WHEN overrides THEN 'stage_moved'
        WHEN promises_silently THEN 'next_update_promised'
        WHEN reopens THEN 'reopened'
        WHEN status <> old_status AND status IN ('resolved', 'closed') THEN status
        WHEN status <> old_status AND status = 'pending' THEN 'waiting_for_you'
        WHEN stage > old_stage THEN 'stage_moved'
        WHEN specialist AND NOT old_specialist THEN 'with_a_specialist'
        WHEN status <> old_status AND old_status = 'pending' THEN 'work_resumed'
    END AS kind
FROM highest;

-- Up to which sequence a ticket's texts were said to or by another customer.
CREATE OR REPLACE TEMP TABLE passed_on AS
WITH requester AS (
    SELECT
        ticket_no,
        sequence,
        type,
        set_customer AS customer,
        lag(set_customer) OVER (PARTITION BY ticket_no ORDER BY sequence) AS former
    FROM fact
    WHERE set_customer IS NOT NULL
        AND ticket_no IN (SELECT ticket_no FROM fact WHERE type = 'ticket.requester_changed')
)

SELECT
    ticket_no,
    any_value(ticket) AS ticket, -- one ticket, one number
    max(sequence) AS sequence
FROM requester
JOIN touched_ticket USING (ticket_no)
WHERE type = 'ticket.requester_changed' AND former <> '' AND former <> customer
GROUP BY ticket_no;

CREATE OR REPLACE TEMP TABLE passed_on_entry AS
SELECT *
FROM entry
WHERE ticket IN (SELECT ticket FROM passed_on);

DELETE FROM entry
WHERE ticket IN (SELECT ticket FROM passed_on);

INSERT INTO entry BY NAME
SELECT
    * REPLACE (
        NULL AS "text",
        CASE WHEN coalesce("text", text_hidden, attachment) IS NOT NULL THEN 'another_customer' END
            AS text_hidden,
        NULL AS attachment,
        NULL AS media_type
    )
FROM passed_on_entry;

INSERT INTO entry BY NAME
SELECT
    touched.ticket,
    fact.sequence,
    fact.effective_at AS happened_at,
    fact.recorded_at,
    step.kind,
    fact.side,
    fact.agent,
    fact.agent_display,
    fact.channel,
    step.stage_index,
    CASE WHEN passed_on.ticket_no IS NULL THEN fact."text" END AS "text",
    CASE
        WHEN passed_on.ticket_no IS NOT NULL
            AND (fact.text_type IN ('VARCHAR', 'OBJECT') OR fact.attachment IS NOT NULL)
            THEN 'another_customer'
        WHEN fact.text_type = 'OBJECT' THEN 'sealed'
    END AS text_hidden,
    fact.due_at AS promise_due_at,
    CASE WHEN passed_on.ticket_no IS NULL THEN fact.attachment END AS attachment,
    CASE WHEN passed_on.ticket_no IS NULL THEN fact.media_type END AS media_type
FROM step
JOIN fact USING (step_no)
JOIN touched_ticket AS touched ON touched.ticket_no = fact.ticket_no
LEFT JOIN passed_on ON passed_on.ticket_no = fact.ticket_no AND passed_on.sequence > fact.sequence
WHERE step.kind IS NOT NULL;

-- The last word on each thing. What belongs to a cycle counts only if it came in the last one.
CREATE OR REPLACE TEMP TABLE latest AS
SELECT
    fact.ticket_no,
    any_value(number) AS number, -- set by the first fact alone, like the next three
    any_value(subject) AS subject,
    any_value(order_refs) AS order_refs,
    any_value(opened_at) AS opened_at,
    nullif(arg_max(set_customer, step_no), '') AS customer,
    nullif(arg_max(set_category, step_no), []) AS category,
    arg_max(set_status, step_no) AS status,
    nullif(arg_max(set_owner, step_no), '') AS owner,
    bool_or(set_answered) AS answered,
    arg_max(set_specialist, step_no) AS specialist,
    coalesce(any_value(known_reopenings), 0) + count(*) FILTER (reopens) AS times_reopened,
    arg_max(stage_index, step_no) AS stage_index,
    arg_max(promise_id, step_no) FILTER (type IN ('known', 'next_update.promised')) AS promise_id,
    arg_max(due_at, step_no) FILTER (type IN ('known', 'next_update.promised')) AS promise_due_at,
    max(step_no) FILTER (
        type IN ('known', 'next_update.promised') AND promise_id IS NOT NULL
    ) AS promised_step,
    arg_max(set_misses, step_no) FILTER (type <> 'next_update.missed') AS promise_misses,
    arg_max_null(expected_at, step_no) FILTER (moves_expected) AS resolution_expected_by,
    nullif(arg_max(stage_label, step_no), '') AS stage_label,
    arg_max(merged_into, step_no) AS merged_into,
    coalesce(arg_max(set_csat_asked, step_no), FALSE) AS csat_asked,
    coalesce(arg_max(set_ces_asked, step_no), FALSE) AS ces_asked,
    coalesce(max(cycle_no) FILTER (breaches) = max(cycle_no), FALSE) AS resolution_breached,
    CASE WHEN max(cycle_no) FILTER (resolved_at IS NOT NULL) = max(cycle_no)
        THEN max(resolved_at)
    END AS resolved_at,
    CASE WHEN max(cycle_no) FILTER (confirmed_at IS NOT NULL) = max(cycle_no)
        THEN max(confirmed_at)
    END AS confirmed_at,
    CASE WHEN max(cycle_no) FILTER (closed_at IS NOT NULL) = max(cycle_no)
        THEN max(closed_at)
    END AS closed_at,
    arg_max(set_closed_by, step_no) AS closed_by,
    greatest(
        any_value(known_update_at),
        max(fact.effective_at) FILTER (kind IS NOT NULL)
    ) AS last_update_at
FROM fact
JOIN step USING (step_no)
GROUP BY fact.ticket_no;

DELETE FROM case_state
WHERE ticket BETWEEN getvariable('first_ticket') AND getvariable('last_ticket')
    AND ticket IN (SELECT ticket FROM known_case);

INSERT INTO case_state BY NAME
WITH seen AS (
    SELECT
        ticket_no,
        max(sequence) AS sequence,
        max(effective_at) AS effective_at
    FROM ticket_event
    GROUP BY ticket_no
),

-- One promise runs at a time; it ends by its own id, in whatever order a save names the two. A miss of
-- it moves its due.
settled_promise AS (
    SELECT
        latest.ticket_no,
        bool_or(fact.type <> 'next_update.missed') AS is_over,
        arg_max(fact.set_misses, fact.step_no) AS misses,
        arg_max(fact.due_at, fact.step_no) AS due_at
    FROM latest
    JOIN fact USING (ticket_no)
    WHERE fact.type IN (
            'next_update.missed',
            'next_update.kept',
            'next_update.superseded',
            'next_update.cancelled'
        )
        AND fact.promise_id = latest.promise_id
        AND fact.step_no > latest.promised_step
    GROUP BY latest.ticket_no
)

SELECT
    touched.ticket,
    seen.sequence,
    seen.effective_at,
    latest.number,
    latest.customer,
    CASE WHEN passed_on.ticket_no IS NULL THEN latest.subject END AS subject,
    latest.category,
    CASE WHEN passed_on.ticket_no IS NULL THEN latest.order_refs END AS order_refs,
    latest.opened_at,
    latest.status,
    latest.owner,
    latest.answered,
    latest.specialist,
    latest.times_reopened,
    latest.stage_index,
    CASE WHEN settled_promise.is_over THEN NULL ELSE latest.promise_id END AS promise_id,
    CASE
        WHEN settled_promise.is_over THEN NULL
        ELSE coalesce(settled_promise.due_at, latest.promise_due_at)
    END AS promise_due_at,
    CASE
        WHEN settled_promise.is_over OR latest.promise_id IS NULL THEN 0
        ELSE coalesce(settled_promise.misses, latest.promise_misses)
    END AS promise_misses,
    latest.resolution_expected_by,
    latest.stage_label,
    latest.merged_into,
    latest.csat_asked,
    latest.ces_asked,
    latest.resolution_breached,
    latest.resolved_at,
    latest.confirmed_at,
    latest.closed_at,
    latest.closed_by,
    latest.last_update_at
FROM seen
JOIN touched_ticket AS touched USING (ticket_no)
LEFT JOIN latest USING (ticket_no)
LEFT JOIN passed_on USING (ticket_no)
LEFT JOIN settled_promise USING (ticket_no);

-- The name an agent last signed with, on whichever ticket, in an order that no cutting changes.
CREATE OR REPLACE TEMP TABLE signed AS
SELECT
    fact.agent,
    fact.agent_display AS display,
    fact.effective_at,
    touched.ticket,
    fact.sequence
FROM fact
JOIN touched_ticket AS touched USING (ticket_no)
WHERE fact.agent IS NOT NULL AND fact.agent_display IS NOT NULL;

INSERT INTO signed BY NAME
SELECT * FROM agent_name WHERE agent IN (SELECT agent FROM signed);

DELETE FROM agent_name
WHERE agent IN (SELECT agent FROM signed);

INSERT INTO agent_name BY NAME
SELECT *
FROM signed
QUALIFY row_number() OVER (
    PARTITION BY agent ORDER BY effective_at DESC, ticket DESC, sequence DESC
) = 1;
