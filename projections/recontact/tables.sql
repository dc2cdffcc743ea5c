-- Contacts are appended and never rewritten; only a ticket's own row and its conversations are replaced.
-- Pairs are computed when somebody asks (views.sql), so that a contact that comes late needs no repair.

CREATE TABLE ticket_state (
    ticket VARCHAR NOT NULL,
    sequence BIGINT NOT NULL,
    effective_at TIMESTAMPTZ NOT NULL,
    number VARCHAR,
    origin VARCHAR,
    channel VARCHAR,
    orders VARCHAR[],
    customer VARCHAR,
    category VARCHAR,
    follows VARCHAR,
    queue VARCHAR,
    first_queue VARCHAR,
    first_queue_at TIMESTAMPTZ,
    first_queue_sequence BIGINT,
    owner VARCHAR,
    status VARCHAR,
    answered BOOLEAN,
    resolver VARCHAR,
    promise STRUCT(id VARCHAR, state VARCHAR, due_at TIMESTAMPTZ, instance INTEGER, message_id VARCHAR, made_at TIMESTAMPTZ),
    span_since TIMESTAMPTZ
);

COMMENT ON TABLE ticket_state IS 'One row a ticket: its state after the last event folded in, which also is its open span.';
COMMENT ON COLUMN ticket_state.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN ticket_state.sequence IS 'Sequence of the last event folded in.';
COMMENT ON COLUMN ticket_state.effective_at IS 'Effective time of that event: the running maximum over all events of the ticket.';
COMMENT ON COLUMN ticket_state.number IS 'The number people use for the ticket.';
COMMENT ON COLUMN ticket_state.origin IS 'Who caused the ticket: customer, company or split.';
COMMENT ON COLUMN ticket_state.channel IS 'The channel the ticket was opened on.';
COMMENT ON COLUMN ticket_state.orders IS 'The orders named at the opening, each once; empty if none.';
COMMENT ON COLUMN ticket_state.customer IS 'The requester; NULL if unknown.';
COMMENT ON COLUMN ticket_state.category IS 'The top-level category; NULL if unknown.';
COMMENT ON COLUMN ticket_state.follows IS 'The ticket this one follows.';
COMMENT ON COLUMN ticket_state.queue IS 'The queue it is in; NULL if in none.';
COMMENT ON COLUMN ticket_state.first_queue IS 'The first queue it ever entered.';
COMMENT ON COLUMN ticket_state.first_queue_at IS 'When it entered its first queue.';
COMMENT ON COLUMN ticket_state.first_queue_sequence IS 'Sequence of the event by which it entered its first queue.';
COMMENT ON COLUMN ticket_state.owner IS 'The agent who has it; NULL if nobody has.';
COMMENT ON COLUMN ticket_state.status IS 'new, open, pending, on_hold, resolved or closed.';
COMMENT ON COLUMN ticket_state.answered IS 'Whether a human of ours has ever written to the customer on it.';
COMMENT ON COLUMN ticket_state.resolver IS 'Who resolved it last; NULL if never resolved or by nobody in particular.';
COMMENT ON COLUMN ticket_state.promise IS 'The last promise of a next update: its id, running, kept, kept_late, superseded or cancelled, first due, instance, the message that made it, and when.';
COMMENT ON COLUMN ticket_state.span_since IS 'Since when resolution, owner, resolver and promise stand as they do.';

CREATE TABLE ticket_span (
    ticket VARCHAR NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    until TIMESTAMPTZ NOT NULL,
    unresolved BOOLEAN,
    owner VARCHAR,
    resolver VARCHAR,
    promise STRUCT(id VARCHAR, state VARCHAR, due_at TIMESTAMPTZ, instance INTEGER, message_id VARCHAR, made_at TIMESTAMPTZ)
);

COMMENT ON TABLE ticket_span IS 'Closed spans: who answered for a ticket from one instant up to another, and what was promised. Appended only.';
COMMENT ON COLUMN ticket_span.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN ticket_span.since IS 'First instant of the span.';
COMMENT ON COLUMN ticket_span.until IS 'First instant that is no longer in the span.';
COMMENT ON COLUMN ticket_span.unresolved IS 'Whether the ticket still had to be brought to a solution.';
COMMENT ON COLUMN ticket_span.owner IS 'The agent who had it; NULL if nobody had.';
COMMENT ON COLUMN ticket_span.resolver IS 'Who had resolved it last.';
COMMENT ON COLUMN ticket_span.promise IS 'The last promise of a next update, as in ticket_state.';

CREATE TABLE conversation (
    ticket VARCHAR NOT NULL,
    channel VARCHAR NOT NULL,
    sequence BIGINT NOT NULL,
    last_at TIMESTAMPTZ NOT NULL,
    live BOOLEAN NOT NULL,
    customer VARCHAR,
    contact_sequence BIGINT,
    neutral BOOLEAN
);

COMMENT ON TABLE conversation IS 'One row a ticket and channel: the latest run of messages, which the next message may join.';
COMMENT ON COLUMN conversation.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN conversation.channel IS 'The channel of the messages.';
COMMENT ON COLUMN conversation.sequence IS 'Sequence of the run''s last message, theirs or ours.';
COMMENT ON COLUMN conversation.last_at IS 'Effective time of the run''s last message.';
COMMENT ON COLUMN conversation.live IS 'Whether both sides are present: then the run goes on within 60 minutes, otherwise within 15.';
COMMENT ON COLUMN conversation.customer IS 'Whose run it is; NULL if the requester is unknown.';
COMMENT ON COLUMN conversation.contact_sequence IS 'The contact this run is: sequence of the customer''s first message in it; NULL if only we wrote so far.';
COMMENT ON COLUMN conversation.neutral IS 'Whether all messages of the customer in it were neutral so far; NULL if there is none.';

CREATE TABLE contact_start (
    ticket VARCHAR NOT NULL,
    sequence BIGINT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    customer VARCHAR,
    number VARCHAR NOT NULL,
    form VARCHAR NOT NULL,
    channel VARCHAR,
    intent VARCHAR,
    neutral BOOLEAN NOT NULL,
    category VARCHAR,
    orders VARCHAR[] NOT NULL,
    follows VARCHAR,
    queue VARCHAR,
    owner VARCHAR,
    status VARCHAR,
    stage VARCHAR,
    resolver VARCHAR,
    promise STRUCT(id VARCHAR, state VARCHAR, due_at TIMESTAMPTZ, instance INTEGER, message_id VARCHAR, made_at TIMESTAMPTZ),
    recorded_at TIMESTAMPTZ NOT NULL,
    partition INTEGER NOT NULL,
    position BIGINT NOT NULL
);

COMMENT ON TABLE contact_start IS 'One row a contact, as it was when its first message came. Appended only. Those of unknown customers are kept here, but in no figure.';
COMMENT ON COLUMN contact_start.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN contact_start.sequence IS 'Sequence of the contact''s first event within the ticket; with the ticket it names the contact.';
COMMENT ON COLUMN contact_start.started_at IS 'Effective time of the contact''s first event.';
COMMENT ON COLUMN contact_start.customer IS 'The requester at that moment; NULL if unknown.';
COMMENT ON COLUMN contact_start.number IS 'The number people use for the ticket.';
COMMENT ON COLUMN contact_start.form IS 'opening, message, or reopening (without a message).';
COMMENT ON COLUMN contact_start.channel IS 'How the customer reached out; of a reopening without a message, the channel the ticket was opened on.';
COMMENT ON COLUMN contact_start.intent IS 'Why the first message was written, as far as known; NULL for openings and reopenings.';
COMMENT ON COLUMN contact_start.neutral IS 'Whether the first message was thanks, an answer to our question, or new information.';
COMMENT ON COLUMN contact_start.category IS 'Top-level category known at that moment; NULL if unknown.';
COMMENT ON COLUMN contact_start.orders IS 'The orders of the ticket; empty if none.';
COMMENT ON COLUMN contact_start.follows IS 'The ticket that this one follows, as known at that moment.';
COMMENT ON COLUMN contact_start.queue IS 'The queue at that moment; NULL if in none.';
COMMENT ON COLUMN contact_start.owner IS 'The owner at that moment; NULL if nobody.';
COMMENT ON COLUMN contact_start.status IS 'The status at that moment, before what the contact brought about.';
COMMENT ON COLUMN contact_start.stage IS 'The stage the customer saw at that moment.';
COMMENT ON COLUMN contact_start.resolver IS 'Who had resolved the ticket last at that moment.';
COMMENT ON COLUMN contact_start.promise IS 'The last promise of a next update at that moment, as in ticket_state.';
COMMENT ON COLUMN contact_start.recorded_at IS 'When the contact''s first event was recorded.';
COMMENT ON COLUMN contact_start.partition IS 'Partition of the contact''s first event.';
COMMENT ON COLUMN contact_start.position IS 'Position of the contact''s first event.';

CREATE TABLE contact_turn (
    ticket VARCHAR NOT NULL,
    sequence BIGINT NOT NULL,
    turned_sequence BIGINT NOT NULL
);

COMMENT ON TABLE contact_turn IS 'Contacts whose first message was neutral and a later one in the same run was not. Appended only.';
COMMENT ON COLUMN contact_turn.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN contact_turn.sequence IS 'Sequence of the contact''s first event.';
COMMENT ON COLUMN contact_turn.turned_sequence IS 'Sequence of the first message in it that was not neutral.';

CREATE TABLE heard (
    ticket VARCHAR NOT NULL,
    sequence BIGINT NOT NULL,
    contact_sequence BIGINT NOT NULL,
    message_id VARCHAR NOT NULL,
    neutral BOOLEAN NOT NULL
);

COMMENT ON TABLE heard IS 'One row a message of a customer''s, and the contact that it belongs to. Appended only.';
COMMENT ON COLUMN heard.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN heard.sequence IS 'Sequence of the message within its ticket.';
COMMENT ON COLUMN heard.contact_sequence IS 'Sequence of the first event of its contact.';
COMMENT ON COLUMN heard.message_id IS 'Id of the message.';
COMMENT ON COLUMN heard.neutral IS 'Whether it was thanks, an answer or new information, as known when it came.';

CREATE TABLE classified (
    ticket VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    sequence BIGINT NOT NULL,
    intent VARCHAR NOT NULL
);

COMMENT ON TABLE classified IS 'What became known later about why a message was written. Appended only.';
COMMENT ON COLUMN classified.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN classified.message_id IS 'Id of the message.';
COMMENT ON COLUMN classified.sequence IS 'Sequence of the event that says so: the last one holds.';
COMMENT ON COLUMN classified.intent IS 'Why it was written.';

CREATE TABLE delivery (
    ticket VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    sequence BIGINT NOT NULL,
    reported_at TIMESTAMPTZ NOT NULL,
    delivery VARCHAR NOT NULL
);

COMMENT ON TABLE delivery IS 'What channels said about messages of ours. Appended only.';
COMMENT ON COLUMN delivery.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN delivery.message_id IS 'Id of the message.';
COMMENT ON COLUMN delivery.sequence IS 'Sequence of the report within its ticket.';
COMMENT ON COLUMN delivery.reported_at IS 'Effective time of the report.';
COMMENT ON COLUMN delivery.delivery IS 'delivered, failed or read.';

CREATE TABLE look (
    ticket VARCHAR NOT NULL,
    tracker VARCHAR,
    look VARCHAR NOT NULL,
    looked_at TIMESTAMPTZ NOT NULL
);

COMMENT ON TABLE look IS 'When customers looked at a ticket''s tracker or opened a notification of it. Appended only.';
COMMENT ON COLUMN look.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN look.tracker IS 'Subject of the tracker''s events; NULL of a notification.';
COMMENT ON COLUMN look.look IS 'impression, click, visit or detail of a tracker; opened of a notification.';
COMMENT ON COLUMN look.looked_at IS 'Effective time of the look.';

CREATE TABLE merge (
    kind VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    sequence BIGINT NOT NULL
);

COMMENT ON TABLE merge IS 'Merges of tickets and of customers, as recorded. Appended only.';
COMMENT ON COLUMN merge.kind IS 'ticket or customer.';
COMMENT ON COLUMN merge.source IS 'What was merged.';
COMMENT ON COLUMN merge.target IS 'Into what.';
COMMENT ON COLUMN merge.sequence IS 'Sequence of the event on the source: the last one holds.';

CREATE TABLE merged (
    kind VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    goes_on_as VARCHAR NOT NULL
);

COMMENT ON TABLE merged IS 'Where each chain of merges ends: one row a merged ticket or customer.';
COMMENT ON COLUMN merged.kind IS 'ticket or customer.';
COMMENT ON COLUMN merged.source IS 'The merged ticket or customer.';
COMMENT ON COLUMN merged.goes_on_as IS 'The ticket or customer that it goes on as.';
