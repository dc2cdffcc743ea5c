-- What people and programs query. Facts alone: no view looks at the clock.

CREATE OR REPLACE VIEW customer_case AS
WITH standing AS (
    SELECT
        *,
        status NOT IN ('resolved', 'closed') AS is_ongoing
    FROM customer_timeline.main.case_state
)

SELECT
    standing.ticket,
    standing.number,
    standing.customer,
    standing.subject,
    standing.category,
    ['received', 'in_review', 'being_worked_on', 'resolved'][standing.stage_index] AS stage,
    standing.stage_index,
    4 AS stage_count,
    standing.stage_label,
    CASE WHEN is_ongoing THEN 'ongoing' ELSE 'resolved' END AS state,
    list_filter(
        [
            CASE WHEN is_ongoing AND standing.specialist THEN 'with_a_specialist' END,
            CASE WHEN standing.status = 'pending' THEN 'waiting_for_you' END,
            CASE WHEN is_ongoing AND standing.times_reopened > 0 THEN 'reopened' END
        ],
        lambda badge: badge IS NOT NULL
    ) AS badges,
    coalesce(agent_name.display, standing.owner) AS agent,
    standing.opened_at,
    standing.last_update_at,
    CASE WHEN is_ongoing THEN standing.promise_due_at END AS next_update_by,
    CASE WHEN is_ongoing THEN standing.resolution_expected_by END AS resolution_expected_by,
    CASE
        WHEN standing.status = 'closed' THEN NULL
        WHEN standing.status = 'resolved' THEN 'confirm'
        WHEN standing.status = 'pending' THEN 'answer'
        WHEN standing.resolution_breached OR standing.promise_misses > 1 THEN 'escalate'
        WHEN standing.promise_misses = 1 THEN 'follow_up'
        ELSE 'wait'
    END AS next_action,
    CASE
        WHEN standing.status = 'closed' AND standing.merged_into IS NOT NULL THEN 'merged'
        WHEN standing.status = 'closed' THEN 'closed'
        WHEN standing.status = 'resolved' THEN 'solution_given'
        WHEN standing.status = 'pending' THEN 'we_asked_you'
        WHEN standing.resolution_breached THEN 'resolution_overdue'
        WHEN standing.promise_misses > 1 THEN 'promise_missed_again'
        WHEN standing.promise_misses = 1 THEN 'promise_missed'
        WHEN standing.promise_id IS NOT NULL THEN 'promise_running'
        ELSE 'in_progress'
    END AS next_action_why,
    coalesce(standing.order_refs, []) AS order_refs,
    standing.times_reopened,
    CASE WHEN NOT is_ongoing THEN standing.resolved_at END AS resolved_at,
    CASE WHEN NOT is_ongoing THEN standing.confirmed_at END AS confirmed_at,
    CASE WHEN standing.status = 'closed' THEN standing.closed_at END AS closed_at,
    CASE WHEN standing.status = 'closed' THEN standing.closed_by END AS closed_by,
    CASE WHEN standing.status = 'closed' THEN standing.merged_into END AS merged_into,
    list_filter(
        [CASE WHEN standing.csat_asked THEN 'csat' END, CASE WHEN standing.ces_asked THEN 'ces' END],
        lambda survey: survey IS NOT NULL
    ) AS surveys,
    CASE WHEN is_ongoing THEN 1 ELSE 2 END AS list_rank
FROM standing
LEFT JOIN customer_timeline.main.agent_name ON agent_name.agent = standing.owner;

COMMENT ON VIEW customer_case IS 'One row a ticket, as its customer may see it. List them by list_rank, last_update_at DESC, ticket.';
COMMENT ON COLUMN customer_case.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN customer_case.number IS 'The number people use for the ticket.';
COMMENT ON COLUMN customer_case.customer IS 'The opaque id of the customer whose case it is now; NULL if unknown.';
COMMENT ON COLUMN customer_case.subject IS 'What the case is about, in the words of its opening; NULL if none, sealed, not the customer''s own words, or another customer''s.';
COMMENT ON COLUMN customer_case.category IS 'The category, widest level first; NULL if none.';
COMMENT ON COLUMN customer_case.stage IS 'received, in_review, being_worked_on or resolved; it goes back only by a reopening or by hand.';
COMMENT ON COLUMN customer_case.stage_index IS 'Which step of the stepper that is, from 1.';
COMMENT ON COLUMN customer_case.stage_count IS 'How many steps the stepper has.';
COMMENT ON COLUMN customer_case.stage_label IS 'What somebody called the stage for the customer; NULL if nobody did.';
COMMENT ON COLUMN customer_case.state IS 'ongoing, or resolved (which includes closed).';
COMMENT ON COLUMN customer_case.badges IS 'with_a_specialist, waiting_for_you, reopened: those that hold, while the case is ongoing.';
COMMENT ON COLUMN customer_case.agent IS 'Who has the case: the public name they last signed with, else their opaque id; NULL if nobody has it.';
COMMENT ON COLUMN customer_case.opened_at IS 'When the case was opened (effective time).';
COMMENT ON COLUMN customer_case.last_update_at IS 'When the last public entry happened (effective time).';
COMMENT ON COLUMN customer_case.next_update_by IS 'By when the next update is promised; NULL if no promise runs. It may have passed.';
COMMENT ON COLUMN customer_case.resolution_expected_by IS 'By when the case is expected to be resolved; NULL if nothing was said, or while it is not our turn. It may have passed.';
COMMENT ON COLUMN customer_case.next_action IS 'What the customer can do: answer, confirm, wait, follow_up or escalate; NULL when the case is closed.';
COMMENT ON COLUMN customer_case.next_action_why IS 'The fact behind it: we_asked_you, solution_given, promise_running, in_progress, promise_missed, promise_missed_again, resolution_overdue, merged or closed.';
COMMENT ON COLUMN customer_case.order_refs IS 'The orders the case is about, as named at its opening; empty if none, or another customer''s.';
COMMENT ON COLUMN customer_case.times_reopened IS 'How often the case came back after it was resolved or closed.';
COMMENT ON COLUMN customer_case.resolved_at IS 'When it was resolved, if it is; NULL also if it was closed without a solution.';
COMMENT ON COLUMN customer_case.confirmed_at IS 'When the customer confirmed the solution, if they did.';
COMMENT ON COLUMN customer_case.closed_at IS 'When it was closed, if it is.';
COMMENT ON COLUMN customer_case.closed_by IS 'Who closed it: you (the customer confirmed), time (no word came) or us.';
COMMENT ON COLUMN customer_case.merged_into IS 'Number of the case in which it goes on, if it was merged.';
COMMENT ON COLUMN customer_case.surveys IS 'The surveys that the customer was asked to answer and has not: csat (how satisfied they are), ces (how much effort it took).';
COMMENT ON COLUMN customer_case.list_rank IS 'The group in a customer''s list: 1 ongoing, 2 resolved.';

CREATE OR REPLACE VIEW customer_timeline AS
SELECT
    entry.ticket || '/' || entry.sequence AS entry,
    entry.ticket,
    case_state.number,
    case_state.customer,
    entry.sequence,
    entry.happened_at,
    entry.recorded_at,
    entry.kind,
    CASE entry.side
        WHEN 'agent' THEN coalesce(entry.agent_display, agent_name.display, entry.agent)
        ELSE entry.side
    END AS who,
    entry.side,
    entry.channel,
    ['received', 'in_review', 'being_worked_on', 'resolved'][entry.stage_index] AS stage,
    entry.stage_index,
    entry."text",
    entry.text_hidden,
    entry.promise_due_at,
    entry.attachment,
    entry.media_type
FROM customer_timeline.main.entry
JOIN customer_timeline.main.case_state ON case_state.ticket = entry.ticket
LEFT JOIN customer_timeline.main.agent_name ON agent_name.agent = entry.agent;

COMMENT ON VIEW customer_timeline IS 'One row a public entry of a case; in order: ticket, sequence. Made from the whitelist in projections/customer_timeline/__init__.py alone.';
COMMENT ON COLUMN customer_timeline.entry IS 'The entry''s id: ticket and sequence of the event it came from.';
COMMENT ON COLUMN customer_timeline.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN customer_timeline.number IS 'The number people use for the ticket.';
COMMENT ON COLUMN customer_timeline.customer IS 'The opaque id of the customer whose case it is now; NULL if unknown.';
COMMENT ON COLUMN customer_timeline.sequence IS 'The place of the event in its ticket: the order of the timeline.';
COMMENT ON COLUMN customer_timeline.happened_at IS 'When it happened (effective time: it never runs back within a ticket).';
COMMENT ON COLUMN customer_timeline.recorded_at IS 'When the ledger took it in.';
COMMENT ON COLUMN customer_timeline.kind IS 'opened, acknowledged, customer_message, our_message, stage_moved, waiting_for_you, work_resumed, with_a_specialist, next_update_promised, next_update_missed, attachment, survey_asked, survey_answered, resolved, confirmed, rejected, merged, closed or reopened.';
COMMENT ON COLUMN customer_timeline.who IS 'Whose doing it was: customer, the public name (else the opaque id) of the agent, or us.';
COMMENT ON COLUMN customer_timeline.side IS 'Which side that is: customer, agent or us.';
COMMENT ON COLUMN customer_timeline.channel IS 'How it travelled, where something was sent or said.';
COMMENT ON COLUMN customer_timeline.stage IS 'The stage of the case after it.';
COMMENT ON COLUMN customer_timeline.stage_index IS 'Which step of the stepper that is, from 1.';
COMMENT ON COLUMN customer_timeline."text" IS 'What was said; NULL if nothing was, or if it is not shown.';
COMMENT ON COLUMN customer_timeline.text_hidden IS 'Why a text or a file is not shown: sealed, or another_customer (the ticket was theirs then); else NULL.';
COMMENT ON COLUMN customer_timeline.promise_due_at IS 'By when this entry promised the next update; of a missed one: by when it is promised now.';
COMMENT ON COLUMN customer_timeline.attachment IS 'Reference of the file that was added for the customer to see too; its bytes are kept elsewhere.';
COMMENT ON COLUMN customer_timeline.media_type IS 'What kind of file that is.';
