-- What the customer sees, as tables. Nothing internal is kept here, not even between batches:
-- the file is published as it is, so what is not public must not be in it (see __init__.py).

CREATE TABLE case_state (
    ticket VARCHAR NOT NULL,
    sequence BIGINT NOT NULL,
    effective_at TIMESTAMPTZ NOT NULL,
    number VARCHAR,
    customer VARCHAR,
    subject VARCHAR,
    category VARCHAR[],
    order_refs VARCHAR[],
    opened_at TIMESTAMPTZ,
    status VARCHAR,
    owner VARCHAR,
    answered BOOLEAN NOT NULL,
    specialist BOOLEAN NOT NULL,
    times_reopened BIGINT NOT NULL,
    stage_index INTEGER NOT NULL,
    promise_id VARCHAR,
    promise_due_at TIMESTAMPTZ,
    promise_misses INTEGER NOT NULL,
    resolution_expected_by TIMESTAMPTZ,
    stage_label VARCHAR,
    merged_into VARCHAR,
    csat_asked BOOLEAN NOT NULL,
    ces_asked BOOLEAN NOT NULL,
    resolution_breached BOOLEAN NOT NULL,
    resolved_at TIMESTAMPTZ,
    confirmed_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ,
    closed_by VARCHAR,
    last_update_at TIMESTAMPTZ
);

COMMENT ON TABLE case_state IS 'One row a ticket: what the view customer_case shows, and what folding the next event needs.';
COMMENT ON COLUMN case_state.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN case_state.sequence IS 'The sequence of the ticket''s last event that is folded in.';
COMMENT ON COLUMN case_state.effective_at IS 'The effective time of that event: the running maximum over all events of the ticket.';
COMMENT ON COLUMN case_state.number IS 'The number people use for the ticket.';
COMMENT ON COLUMN case_state.customer IS 'The opaque id of the customer whose case it is now; NULL if unknown.';
COMMENT ON COLUMN case_state.subject IS 'What the customer''s case is about, in the words of its opening; NULL if none, sealed, not the customer''s own words, or another customer''s.';
COMMENT ON COLUMN case_state.category IS 'The category, widest level first.';
COMMENT ON COLUMN case_state.order_refs IS 'The orders named at the opening; NULL if none, or another customer''s.';
COMMENT ON COLUMN case_state.opened_at IS 'When the case was opened (effective time).';
COMMENT ON COLUMN case_state.status IS 'new, open, pending, on_hold, resolved or closed.';
COMMENT ON COLUMN case_state.owner IS 'The opaque id of the agent who has the case; NULL if nobody has it.';
COMMENT ON COLUMN case_state.answered IS 'Whether a human of ours has ever written to the customer on this case.';
COMMENT ON COLUMN case_state.specialist IS 'Whether the case is above the first level.';
COMMENT ON COLUMN case_state.times_reopened IS 'How often the case came back after it was resolved or closed.';
COMMENT ON COLUMN case_state.stage_index IS 'The stepper: 1 received, 2 in review, 3 being worked on, 4 resolved; it goes back only by a reopening or by hand.';
COMMENT ON COLUMN case_state.promise_id IS 'The running promise of a next update; NULL if none runs.';
COMMENT ON COLUMN case_state.promise_due_at IS 'By when the running promise is due.';
COMMENT ON COLUMN case_state.promise_misses IS 'How often in a row the running promise was missed.';
COMMENT ON COLUMN case_state.resolution_expected_by IS 'By when the case is expected to be resolved; NULL if nothing was said, or while it is not our turn.';
COMMENT ON COLUMN case_state.stage_label IS 'What somebody called the stage for the customer; NULL if nobody did.';
COMMENT ON COLUMN case_state.merged_into IS 'Number of the case in which it goes on.';
COMMENT ON COLUMN case_state.csat_asked IS 'Whether the customer was asked how satisfied they are, and has not answered.';
COMMENT ON COLUMN case_state.ces_asked IS 'Whether the customer was asked how much effort it took, and has not answered.';
COMMENT ON COLUMN case_state.resolution_breached IS 'Whether the case took longer than promised since it was opened or last reopened.';
COMMENT ON COLUMN case_state.resolved_at IS 'When it was last resolved, since its last reopening.';
COMMENT ON COLUMN case_state.confirmed_at IS 'When the customer confirmed the solution, since the last reopening.';
COMMENT ON COLUMN case_state.closed_at IS 'When it was closed, since its last reopening.';
COMMENT ON COLUMN case_state.closed_by IS 'Who closed it last: you (the customer confirmed), time (no word came) or us.';
COMMENT ON COLUMN case_state.last_update_at IS 'The effective time of the last public entry.';

CREATE TABLE entry (
    ticket VARCHAR NOT NULL,
    sequence BIGINT NOT NULL,
    happened_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ,
    kind VARCHAR NOT NULL,
    side VARCHAR NOT NULL,
    agent VARCHAR,
    agent_display VARCHAR,
    channel VARCHAR,
    stage_index INTEGER NOT NULL,
    "text" VARCHAR,
    text_hidden VARCHAR,
    promise_due_at TIMESTAMPTZ,
    attachment VARCHAR,
    media_type VARCHAR
);

COMMENT ON TABLE entry IS 'One row a public entry of a ticket''s timeline; its key is that of the event it came from.';
COMMENT ON COLUMN entry.ticket IS 'The ticket''s id: the subject of the event.';
COMMENT ON COLUMN entry.sequence IS 'The sequence of the event within its ticket.';
COMMENT ON COLUMN entry.happened_at IS 'When it happened (effective time: it never runs back within a ticket).';
COMMENT ON COLUMN entry.recorded_at IS 'When the ledger took it in.';
COMMENT ON COLUMN entry.kind IS 'What happened; the values are listed at the view customer_timeline.';
COMMENT ON COLUMN entry.side IS 'Whose doing it was: customer, agent or us.';
COMMENT ON COLUMN entry.agent IS 'The opaque id of the agent whose doing it was.';
COMMENT ON COLUMN entry.agent_display IS 'The public name under which the agent signed this message.';
COMMENT ON COLUMN entry.channel IS 'How it travelled.';
COMMENT ON COLUMN entry.stage_index IS 'Where the stepper stood after it: 1 to 4.';
COMMENT ON COLUMN entry."text" IS 'What was said, to or by the customer whose case it is.';
COMMENT ON COLUMN entry.text_hidden IS 'Why a text is not shown: sealed, or another_customer.';
COMMENT ON COLUMN entry.promise_due_at IS 'By when this entry promised the next update.';
COMMENT ON COLUMN entry.attachment IS 'Reference of the file that was added, if it is for the customer too.';
COMMENT ON COLUMN entry.media_type IS 'What kind of file that is.';

CREATE TABLE agent_name (
    agent VARCHAR NOT NULL,
    display VARCHAR NOT NULL,
    effective_at TIMESTAMPTZ NOT NULL,
    ticket VARCHAR NOT NULL,
    sequence BIGINT NOT NULL
);

COMMENT ON TABLE agent_name IS 'One row an agent: the public name under which they last signed a message to any customer.';
COMMENT ON COLUMN agent_name.agent IS 'The opaque id of the agent.';
COMMENT ON COLUMN agent_name.display IS 'The public name.';
COMMENT ON COLUMN agent_name.effective_at IS 'The effective time of that message.';
COMMENT ON COLUMN agent_name.ticket IS 'The ticket of that message: with its sequence it breaks ties.';
COMMENT ON COLUMN agent_name.sequence IS 'The sequence of that message within its ticket.';
