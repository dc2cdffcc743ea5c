-- One row a ticket, which holds its open span, and one row a closed span: both ends, never rewritten.
-- One row a clock that is there, and one a reminder; one row an agent or customer of whom anything
-- is recorded.

CREATE TABLE ticket (
    ticket VARCHAR NOT NULL,
    number VARCHAR NOT NULL,
    requester VARCHAR,
    category VARCHAR,
    queue VARCHAR,
    owner VARCHAR,
    status VARCHAR NOT NULL,
    priority VARCHAR,
    level VARCHAR NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    unresolved_since TIMESTAMPTZ NOT NULL,
    waiting_since TIMESTAMPTZ,
    promise VARCHAR,
    promise_made TIMESTAMPTZ,
    promise_due TIMESTAMPTZ,
    promise_misses INTEGER NOT NULL,
    deferred VARCHAR,
    merged_into VARCHAR,
    policy VARCHAR,
    policy_version INTEGER,
    times_escalated INTEGER NOT NULL,
    times_reopened INTEGER NOT NULL,
    last_sequence BIGINT NOT NULL,
    last_effective TIMESTAMPTZ NOT NULL
);

CREATE TABLE span (
    ticket VARCHAR NOT NULL,
    number VARCHAR NOT NULL,
    queue VARCHAR,
    owner VARCHAR,
    status VARCHAR NOT NULL,
    priority VARCHAR,
    level VARCHAR NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    until TIMESTAMPTZ NOT NULL,
    unresolved_since TIMESTAMPTZ NOT NULL
);

CREATE TABLE clock (
    ticket VARCHAR NOT NULL,
    metric VARCHAR NOT NULL,
    began_at TIMESTAMPTZ NOT NULL,
    due TIMESTAMPTZ,
    warned_at TIMESTAMPTZ,
    breached_at TIMESTAMPTZ
);

CREATE TABLE reminder (
    ticket VARCHAR NOT NULL,
    reminder VARCHAR NOT NULL,
    agent VARCHAR,
    set_at TIMESTAMPTZ NOT NULL,
    due TIMESTAMPTZ NOT NULL,
    rang_at TIMESTAMPTZ
);

CREATE TABLE customer (
    customer VARCHAR NOT NULL,
    tier VARCHAR,
    merged_into VARCHAR
);

CREATE TABLE agent (
    agent VARCHAR NOT NULL,
    availability VARCHAR,
    available_since TIMESTAMPTZ,
    capacity INTEGER,
    skills VARCHAR[],
    languages VARCHAR[],
    level VARCHAR,
    roles VARCHAR[],
    last_sequence BIGINT NOT NULL,
    last_effective TIMESTAMPTZ NOT NULL
);

COMMENT ON TABLE ticket IS 'Every ticket as it stands: one row each. Its current state holds since `since`.';
COMMENT ON COLUMN ticket.ticket IS 'Id of the ticket, ordered by time.';
COMMENT ON COLUMN ticket.number IS 'Number that people use.';
COMMENT ON COLUMN ticket.requester IS 'Customer behind the ticket; NULL if unknown.';
COMMENT ON COLUMN ticket.category IS 'Category path, the widest level first, levels joined by " / ".';
COMMENT ON COLUMN ticket.queue IS 'Queue it is in; NULL if in none.';
COMMENT ON COLUMN ticket.owner IS 'Agent who owns it; NULL if nobody.';
COMMENT ON COLUMN ticket.status IS 'new, open, pending, on_hold, resolved or closed.';
COMMENT ON COLUMN ticket.priority IS 'critical, high, medium or low; NULL if none is set.';
COMMENT ON COLUMN ticket.level IS 'Support level: L1, L2 or manager.';
COMMENT ON COLUMN ticket.since IS 'Since when queue, owner, status, priority and level are all as they are.';
COMMENT ON COLUMN ticket.opened_at IS 'When the ticket was opened.';
COMMENT ON COLUMN ticket.unresolved_since IS 'When it was opened or last came back; a resolved one: when it last had.';
COMMENT ON COLUMN ticket.waiting_since IS 'Since when the customer waits for a word from us; NULL while it is not our turn.';
COMMENT ON COLUMN ticket.promise IS 'Running promise of the next update; NULL if none runs.';
COMMENT ON COLUMN ticket.promise_made IS 'When the running promise was made.';
COMMENT ON COLUMN ticket.promise_due IS 'By when the running promise has us write.';
COMMENT ON COLUMN ticket.promise_misses IS 'How often in a row the running promise was missed.';
COMMENT ON COLUMN ticket.deferred IS 'Why nobody could be given it: all_at_capacity, offline or no_skill; NULL if that is not so.';
COMMENT ON COLUMN ticket.merged_into IS 'Number of the ticket in which it goes on; NULL if it was not merged.';
COMMENT ON COLUMN ticket.policy IS 'Policy whose targets hold for it; NULL if none does.';
COMMENT ON COLUMN ticket.policy_version IS 'Version of that policy.';
COMMENT ON COLUMN ticket.times_escalated IS 'How often it was escalated.';
COMMENT ON COLUMN ticket.times_reopened IS 'How often it came back from resolved or closed.';
COMMENT ON COLUMN ticket.last_sequence IS 'Sequence of its last event.';
COMMENT ON COLUMN ticket.last_effective IS 'Effective time of its last event.';

COMMENT ON TABLE span IS 'A stretch of time in which a ticket''s queue, owner, status, priority and level stayed the same, and which has ended: since <= t < until.';
COMMENT ON COLUMN span.ticket IS 'Id of the ticket.';
COMMENT ON COLUMN span.number IS 'Number that people use.';
COMMENT ON COLUMN span.queue IS 'Queue it was in; NULL if in none.';
COMMENT ON COLUMN span.owner IS 'Agent who owned it; NULL if nobody.';
COMMENT ON COLUMN span.status IS 'new, open, pending, on_hold, resolved or closed.';
COMMENT ON COLUMN span.priority IS 'critical, high, medium or low; NULL if none was set.';
COMMENT ON COLUMN span.level IS 'Support level: L1, L2 or manager.';
COMMENT ON COLUMN span.since IS 'When it began.';
COMMENT ON COLUMN span.until IS 'When the next one began.';
COMMENT ON COLUMN span.unresolved_since IS 'When the ticket was opened or last came back, as seen then.';

COMMENT ON TABLE clock IS 'Every service-level clock that runs or is paused, and the clock without progress once it rang: one row a ticket and metric.';
COMMENT ON COLUMN clock.ticket IS 'Id of the ticket.';
COMMENT ON COLUMN clock.metric IS 'first_reply, next_reply, resolution or no_progress.';
COMMENT ON COLUMN clock.began_at IS 'When it began; no_progress: when it first rang.';
COMMENT ON COLUMN clock.due IS 'When its target is reached, or was; NULL while it is paused.';
COMMENT ON COLUMN clock.warned_at IS 'When it warned that the target is near; NULL if it has not.';
COMMENT ON COLUMN clock.breached_at IS 'When the target passed; NULL if it has not.';

COMMENT ON TABLE reminder IS 'Every reminder of an agent that is to come, or that rang and nobody has worked on the ticket since: one row each.';
COMMENT ON COLUMN reminder.ticket IS 'Id of the ticket.';
COMMENT ON COLUMN reminder.reminder IS 'Id of the reminder.';
COMMENT ON COLUMN reminder.agent IS 'Whose reminder it is; NULL: the ticket''s owner''s.';
COMMENT ON COLUMN reminder.set_at IS 'When it was set.';
COMMENT ON COLUMN reminder.due IS 'For when it was set.';
COMMENT ON COLUMN reminder.rang_at IS 'When it rang; NULL if it is to come.';

COMMENT ON TABLE customer IS 'Every customer of whom a profile or a merge is recorded: one row each.';
COMMENT ON COLUMN customer.customer IS 'Id of the customer.';
COMMENT ON COLUMN customer.tier IS 'Tier of the customer; NULL if not known.';
COMMENT ON COLUMN customer.merged_into IS 'The customer who they turned out to be; NULL if they stand for themselves.';

COMMENT ON TABLE agent IS 'Every agent of whom availability or skills are recorded: one row each, as they are.';
COMMENT ON COLUMN agent.agent IS 'Id of the agent.';
COMMENT ON COLUMN agent.availability IS 'online, away or offline; NULL if never recorded.';
COMMENT ON COLUMN agent.available_since IS 'Since when the availability is as it is.';
COMMENT ON COLUMN agent.capacity IS 'How many active tickets the agent takes; NULL: as many as the policy says.';
COMMENT ON COLUMN agent.skills IS 'What the agent can do; NULL if not known.';
COMMENT ON COLUMN agent.languages IS 'Languages the agent speaks; NULL if not known.';
COMMENT ON COLUMN agent.level IS 'Support level on which the agent works: L1, L2 or manager; NULL if not known, which counts as L1.';
COMMENT ON COLUMN agent.roles IS 'Roles of the agent, from which their permissions follow; NULL if not known.';
COMMENT ON COLUMN agent.last_sequence IS 'Sequence of the agent''s last event.';
COMMENT ON COLUMN agent.last_effective IS 'Effective time of that event.';
