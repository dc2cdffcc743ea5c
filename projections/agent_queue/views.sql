-- Nothing stored depends on a clock: what is overdue or at risk is reckoned here, as of the moment
-- asked for, which is the watermark unless said otherwise.

-- Lanes: VIPs and critical tickets go first; a ticket that waits for its customer or for a third
-- party, with nothing due, stands behind all that can be worked on. A VIP is a customer of the tier
-- vip: what else a policy gives the fast lane is the routing's to judge. At risk is what is overdue,
-- a clock that warned or breached, a missed promise, and a promise of which three quarters of the
-- time have passed.
CREATE OR REPLACE MACRO queue_item_as_of(as_of := NULL) AS TABLE
WITH known AS (
    SELECT w.as_of AS until
    FROM agent_queue.main.watermark AS w
),
asked AS (
    SELECT coalesce(CAST(as_of AS TIMESTAMPTZ), k.until) AS moment
    FROM known AS k
),
clocked AS (
    SELECT
        c.ticket,
        arg_min(c.metric, row(c.due, c.metric)) FILTER (WHERE c.due IS NOT NULL) AS sla_clock,
        min(c.due) AS sla_due,
        string_agg(replace(c.metric, '_', ' '), ', ' ORDER BY c.metric) FILTER (
            WHERE c.breached_at IS NOT NULL
        ) AS breached,
        string_agg(replace(c.metric, '_', ' '), ', ' ORDER BY c.metric) FILTER (
            WHERE c.warned_at IS NOT NULL
                AND c.breached_at IS NULL
        ) AS warned
    FROM agent_queue.main.clock AS c
    GROUP BY c.ticket
),
tiered AS (
    SELECT
        c.customer,
        coalesce(m.tier, c.tier) AS tier
    FROM agent_queue.main.customer AS c
    LEFT JOIN agent_queue.main.customer AS m ON m.customer = c.merged_into
),
reminded AS (
    SELECT
        r.ticket,
        min(r.due) AS reminder_due
    FROM agent_queue.main.reminder AS r
    GROUP BY r.ticket
),
item AS (
    SELECT
        t.*,
        a.moment,
        c.sla_clock,
        c.sla_due,
        c.breached,
        c.warned,
        r.reminder_due,
        lower(v.tier) = 'vip' AS vip,
        least(t.promise_due, c.sla_due) AS due,
        CASE
            WHEN c.sla_due <= coalesce(t.promise_due, c.sla_due) THEN c.sla_clock
            WHEN t.promise_due IS NOT NULL THEN 'promise'
        END AS clock,
        make_timestamptz(
            epoch_us(t.promise_due) - (epoch_us(t.promise_due) - epoch_us(t.promise_made)) // 4
        ) AS risky_from
    FROM agent_queue.main.ticket AS t
    CROSS JOIN asked AS a
    LEFT JOIN clocked AS c ON c.ticket = t.ticket
    LEFT JOIN tiered AS v ON v.customer = t.requester
    LEFT JOIN reminded AS r ON r.ticket = t.ticket
    WHERE t.status NOT IN ('resolved', 'closed')
),
laned AS (
    SELECT
        *,
        CASE
            WHEN vip THEN 'VIP'
            WHEN priority = 'critical' THEN 'critical'
            WHEN status IN ('pending', 'on_hold') AND due IS NULL THEN 'waiting'
            ELSE 'regular'
        END AS lane,
        CASE priority
            WHEN 'critical' THEN 1
            WHEN 'high' THEN 2
            WHEN 'medium' THEN 3
            WHEN 'low' THEN 4
            ELSE 5
        END AS priority_rank,
        coalesce(moment > due, FALSE) AS overdue,
        nullif(
            concat_ws(
                '; ',
                breached || ' breached',
                CASE
                    WHEN promise_misses > 1 THEN 'promise missed ' || promise_misses || ' times'
                    WHEN promise_misses = 1 THEN 'promise missed'
                    WHEN moment > promise_due THEN 'promise overdue'
                    WHEN moment >= risky_from THEN 'promise near its due'
                END,
                CASE
                    WHEN breached IS NULL AND moment > sla_due THEN replace(sla_clock, '_', ' ') || ' overdue'
                END,
                warned || ' warned'
            ),
            ''
        ) AS risk
    FROM item
)
SELECT
    l.ticket,
    l.number,
    l.queue,
    row_number() OVER (
        PARTITION BY l.queue
        ORDER BY
            CASE l.lane WHEN 'waiting' THEN 3 WHEN 'regular' THEN 2 ELSE 1 END,
            l.priority_rank,
            l.due NULLS LAST,
            l.unresolved_since,
            l.number,
            l.ticket
    ) AS rank,
    concat_ws(
        '; ',
        CASE l.lane
            WHEN 'VIP' THEN 'fast lane: VIP'
            WHEN 'critical' THEN 'fast lane: critical'
            WHEN 'waiting' THEN 'behind the others: ' || replace(l.status, '_', ' ')
        END,
        coalesce('priority ' || l.priority, 'no priority'),
        CASE
            WHEN l.overdue
            THEN replace(l.clock, '_', ' ') || ' overdue since ' || strftime(l.due, '%Y-%m-%d %H:%M')
            WHEN l.due IS NOT NULL
            THEN replace(l.clock, '_', ' ') || ' due ' || strftime(l.due, '%Y-%m-%d %H:%M')
            ELSE 'nothing due'
        END,
        'unresolved since ' || strftime(l.unresolved_since, '%Y-%m-%d %H:%M')
    ) AS why,
    l.lane,
    l.priority,
    l.level,
    l.owner,
    l.status,
    l.requester,
    l.category,
    l.opened_at,
    l.since,
    l.unresolved_since,
    l.waiting_since,
    l.due AS next_due,
    l.clock AS next_due_clock,
    l.promise_due,
    l.promise_misses,
    l.sla_clock,
    l.sla_due,
    l.overdue,
    l.risk IS NOT NULL AS at_risk,
    l.risk,
    l.times_escalated,
    l.times_reopened,
    l.deferred,
    l.reminder_due,
    l.policy,
    l.policy_version,
    l.moment AS as_of
FROM laned AS l
ORDER BY l.queue NULLS LAST, rank;

COMMENT ON MACRO TABLE queue_item_as_of IS 'The queues with what is overdue and at risk as of a moment; columns as in queue_item.';

CREATE OR REPLACE VIEW queue_item AS
SELECT *
FROM queue_item_as_of();

COMMENT ON VIEW queue_item IS 'What the agents do next: one row an unresolved ticket, ranked within its queue, and why it ranks there.';
COMMENT ON COLUMN queue_item.ticket IS 'Id of the ticket.';
COMMENT ON COLUMN queue_item.number IS 'Number that people use.';
COMMENT ON COLUMN queue_item.queue IS 'Queue it is in; NULL if in none.';
COMMENT ON COLUMN queue_item.rank IS 'Place in its queue, 1 first: by lane, priority, soonest due, longest unresolved.';
COMMENT ON COLUMN queue_item.why IS 'Why it ranks there, in words.';
COMMENT ON COLUMN queue_item.lane IS 'VIP and critical go first, then regular, then waiting: pending or on hold with nothing due.';
COMMENT ON COLUMN queue_item.priority IS 'critical, high, medium or low; NULL if none is set.';
COMMENT ON COLUMN queue_item.level IS 'Support level: L1, L2 or manager.';
COMMENT ON COLUMN queue_item.owner IS 'Agent who owns it; NULL if nobody.';
COMMENT ON COLUMN queue_item.status IS 'new, open, pending or on_hold.';
COMMENT ON COLUMN queue_item.requester IS 'Customer behind the ticket; NULL if unknown.';
COMMENT ON COLUMN queue_item.category IS 'Category path, the widest level first.';
COMMENT ON COLUMN queue_item.opened_at IS 'When the ticket was opened.';
COMMENT ON COLUMN queue_item.since IS 'Since when queue, owner, status, priority and level are all as they are.';
COMMENT ON COLUMN queue_item.unresolved_since IS 'When it was opened or last came back.';
COMMENT ON COLUMN queue_item.waiting_since IS 'Since when the customer waits for a word from us; NULL while it is not our turn.';
COMMENT ON COLUMN queue_item.next_due IS 'Soonest due of its clocks and its promise, a missed one included; NULL if nothing is due.';
COMMENT ON COLUMN queue_item.next_due_clock IS 'What is due then: promise, or the name of a clock.';
COMMENT ON COLUMN queue_item.promise_due IS 'By when the running promise has us write.';
COMMENT ON COLUMN queue_item.promise_misses IS 'How often in a row the running promise was missed.';
COMMENT ON COLUMN queue_item.sla_clock IS 'Service-level clock that is due first, one that breached included; NULL if none runs.';
COMMENT ON COLUMN queue_item.sla_due IS 'When that clock is due, or was; NULL if none runs.';
COMMENT ON COLUMN queue_item.overdue IS 'Whether next_due has passed.';
COMMENT ON COLUMN queue_item.at_risk IS 'Whether it is overdue, a clock warned or breached, the promise was missed, or three quarters of the promised time have passed.';
COMMENT ON COLUMN queue_item.risk IS 'What of that holds, in words; NULL if it is not at risk.';
COMMENT ON COLUMN queue_item.times_escalated IS 'How often it was escalated.';
COMMENT ON COLUMN queue_item.times_reopened IS 'How often it came back from resolved or closed.';
COMMENT ON COLUMN queue_item.deferred IS 'Why nobody could be given it: all_at_capacity, offline or no_skill; NULL if that is not so.';
COMMENT ON COLUMN queue_item.reminder_due IS 'For when the next reminder on it was set, or one that rang and nobody has worked on it since.';
COMMENT ON COLUMN queue_item.policy IS 'Policy whose targets hold for it; NULL if none does.';
COMMENT ON COLUMN queue_item.policy_version IS 'Version of that policy.';
COMMENT ON COLUMN queue_item.as_of IS 'The moment that overdue and at_risk refer to.';

CREATE OR REPLACE VIEW queue_depth AS
SELECT
    queue,
    count(*) AS unresolved,
    count(*) FILTER (WHERE status = 'new') AS new,
    count(*) FILTER (WHERE status = 'open') AS open,
    count(*) FILTER (WHERE status = 'pending') AS pending,
    count(*) FILTER (WHERE status = 'on_hold') AS on_hold,
    count(*) FILTER (WHERE owner IS NULL) AS unassigned,
    count(*) FILTER (WHERE priority = 'critical') AS critical,
    count(*) FILTER (WHERE overdue) AS overdue,
    count(*) FILTER (WHERE at_risk) AS at_risk,
    min(unresolved_since) AS oldest_since,
    min(next_due) AS next_due,
    any_value(as_of) AS as_of
FROM queue_item
GROUP BY queue
ORDER BY unresolved DESC, queue;

COMMENT ON VIEW queue_depth IS 'How much waits in each queue: one row a queue with unresolved tickets.';
COMMENT ON COLUMN queue_depth.queue IS 'The queue; NULL: tickets in none.';
COMMENT ON COLUMN queue_depth.unresolved IS 'Unresolved tickets: the sum of new, open, pending and on_hold.';
COMMENT ON COLUMN queue_depth.new IS 'Tickets that nobody has begun.';
COMMENT ON COLUMN queue_depth.open IS 'Tickets being worked on.';
COMMENT ON COLUMN queue_depth.pending IS 'Tickets that wait for their customer.';
COMMENT ON COLUMN queue_depth.on_hold IS 'Tickets that wait for a third party.';
COMMENT ON COLUMN queue_depth.unassigned IS 'Unresolved tickets without an owner.';
COMMENT ON COLUMN queue_depth.critical IS 'Unresolved tickets of critical priority.';
COMMENT ON COLUMN queue_depth.overdue IS 'Tickets whose next due has passed.';
COMMENT ON COLUMN queue_depth.at_risk IS 'Tickets overdue or close to it.';
COMMENT ON COLUMN queue_depth.oldest_since IS 'Since when the oldest of them is unresolved.';
COMMENT ON COLUMN queue_depth.next_due IS 'Soonest due of all of them.';
COMMENT ON COLUMN queue_depth.as_of IS 'The moment that overdue and at_risk refer to.';

CREATE OR REPLACE VIEW agent_workload AS
WITH desk AS (
    SELECT
        owner AS agent,
        count(*) FILTER (WHERE status IN ('new', 'open')) AS active,
        count(*) FILTER (WHERE status = 'pending') AS waiting_on_customer,
        count(*) FILTER (WHERE status = 'on_hold') AS on_hold,
        count(*) AS unresolved,
        count(*) FILTER (WHERE overdue) AS overdue,
        count(*) FILTER (WHERE at_risk) AS at_risk,
        arg_min(number, row(unresolved_since, number)) AS oldest,
        min(unresolved_since) AS oldest_since,
        min(next_due) AS next_due
    FROM queue_item
    WHERE owner IS NOT NULL
    GROUP BY owner
),
reminded AS (
    SELECT
        coalesce(r.agent, t.owner) AS agent,
        min(r.due) AS next_reminder
    FROM agent_queue.main.reminder AS r
    INNER JOIN agent_queue.main.ticket AS t ON t.ticket = r.ticket
    WHERE coalesce(r.agent, t.owner) IS NOT NULL
    GROUP BY coalesce(r.agent, t.owner)
)
SELECT
    agent,
    coalesce(d.active, 0) AS active,
    a.capacity,
    coalesce(d.active, 0) > a.capacity AS over_capacity,
    coalesce(d.waiting_on_customer, 0) AS waiting_on_customer,
    coalesce(d.on_hold, 0) AS on_hold,
    coalesce(d.unresolved, 0) AS unresolved,
    coalesce(d.overdue, 0) AS overdue,
    coalesce(d.at_risk, 0) AS at_risk,
    d.oldest,
    d.oldest_since,
    d.next_due,
    r.next_reminder,
    a.skills,
    a.languages,
    a.level,
    a.roles,
    a.availability,
    a.available_since,
    (SELECT w.as_of FROM agent_queue.main.watermark AS w) AS as_of
FROM desk AS d
FULL JOIN agent_queue.main.agent AS a USING (agent)
LEFT JOIN reminded AS r USING (agent)
ORDER BY active DESC, agent;

COMMENT ON VIEW agent_workload IS 'What each agent has on their desk: one row an agent who owns an unresolved ticket or of whom anything is recorded.';
COMMENT ON COLUMN agent_workload.agent IS 'Id of the agent.';
COMMENT ON COLUMN agent_workload.active IS 'Tickets that are new or open: these count against the capacity.';
COMMENT ON COLUMN agent_workload.capacity IS 'How many active tickets the agent takes; NULL if not recorded: as many as the policy says.';
COMMENT ON COLUMN agent_workload.over_capacity IS 'Whether there are more; NULL if the capacity is not recorded.';
COMMENT ON COLUMN agent_workload.waiting_on_customer IS 'Pending tickets.';
COMMENT ON COLUMN agent_workload.on_hold IS 'Tickets that wait for a third party.';
COMMENT ON COLUMN agent_workload.unresolved IS 'All of them: active, waiting on the customer, on hold.';
COMMENT ON COLUMN agent_workload.overdue IS 'Tickets whose next due has passed.';
COMMENT ON COLUMN agent_workload.at_risk IS 'Tickets overdue or close to it.';
COMMENT ON COLUMN agent_workload.oldest IS 'Number of the ticket that is unresolved the longest; NULL without tickets.';
COMMENT ON COLUMN agent_workload.oldest_since IS 'Since when that one is.';
COMMENT ON COLUMN agent_workload.next_due IS 'Soonest due of all of them.';
COMMENT ON COLUMN agent_workload.next_reminder IS 'For when the next of their reminders was set, or one that rang and nobody has worked on the ticket since.';
COMMENT ON COLUMN agent_workload.skills IS 'What the agent can do; NULL if not recorded.';
COMMENT ON COLUMN agent_workload.languages IS 'Languages the agent speaks; NULL if not recorded.';
COMMENT ON COLUMN agent_workload.level IS 'Support level on which the agent works: L1, L2 or manager; NULL if not recorded, which counts as L1.';
COMMENT ON COLUMN agent_workload.roles IS 'Roles of the agent; NULL if not recorded.';
COMMENT ON COLUMN agent_workload.availability IS 'online, away or offline; NULL if not recorded.';
COMMENT ON COLUMN agent_workload.available_since IS 'Since when the availability is as it is.';
COMMENT ON COLUMN agent_workload.as_of IS 'The moment that overdue and at_risk refer to.';

CREATE OR REPLACE MACRO at_risk_as_of(as_of := NULL) AS TABLE
SELECT
    i.ticket,
    i.number,
    i.queue,
    i.owner,
    i.status,
    i.priority,
    i.level,
    i.next_due,
    i.next_due_clock,
    i.overdue,
    i.risk,
    round((epoch_us(i.next_due) - epoch_us(i.as_of)) / 1e6)::BIGINT AS seconds_left,
    i.as_of
FROM queue_item_as_of(as_of := as_of) AS i
WHERE i.at_risk
ORDER BY i.next_due NULLS LAST, i.number;

COMMENT ON MACRO TABLE at_risk_as_of IS 'Tickets overdue or close to it as of a moment; columns as in at_risk.';

CREATE OR REPLACE VIEW at_risk AS
SELECT *
FROM at_risk_as_of();

COMMENT ON VIEW at_risk IS 'Unresolved tickets that are overdue or close to it, the most urgent first.';
COMMENT ON COLUMN at_risk.ticket IS 'Id of the ticket.';
COMMENT ON COLUMN at_risk.number IS 'Number that people use.';
COMMENT ON COLUMN at_risk.queue IS 'Queue it is in; NULL if in none.';
COMMENT ON COLUMN at_risk.owner IS 'Agent who owns it; NULL if nobody.';
COMMENT ON COLUMN at_risk.status IS 'new, open, pending or on_hold.';
COMMENT ON COLUMN at_risk.priority IS 'critical, high, medium or low; NULL if none is set.';
COMMENT ON COLUMN at_risk.level IS 'Support level: L1, L2 or manager.';
COMMENT ON COLUMN at_risk.next_due IS 'Soonest due of its clocks and its promise.';
COMMENT ON COLUMN at_risk.next_due_clock IS 'What is due then: promise, or the name of a clock.';
COMMENT ON COLUMN at_risk.overdue IS 'Whether it has passed.';
COMMENT ON COLUMN at_risk.risk IS 'Why it is at risk, in words.';
COMMENT ON COLUMN at_risk.seconds_left IS 'Seconds from as_of to next_due; negative once it has passed.';
COMMENT ON COLUMN at_risk.as_of IS 'The moment asked about.';

CREATE OR REPLACE VIEW unassigned AS
SELECT
    ticket,
    number,
    queue,
    rank,
    why,
    priority,
    level,
    status,
    unresolved_since,
    waiting_since,
    next_due,
    next_due_clock,
    as_of
FROM queue_item
WHERE owner IS NULL
ORDER BY queue NULLS LAST, rank;

COMMENT ON VIEW unassigned IS 'Unresolved tickets that nobody owns, in the order in which to take them.';
COMMENT ON COLUMN unassigned.ticket IS 'Id of the ticket.';
COMMENT ON COLUMN unassigned.number IS 'Number that people use.';
COMMENT ON COLUMN unassigned.queue IS 'Queue it is in; NULL if in none.';
COMMENT ON COLUMN unassigned.rank IS 'Place in its queue among all unresolved tickets, 1 first.';
COMMENT ON COLUMN unassigned.why IS 'Why it ranks there, in words.';
COMMENT ON COLUMN unassigned.priority IS 'critical, high, medium or low; NULL if none is set.';
COMMENT ON COLUMN unassigned.level IS 'Support level: L1, L2 or manager.';
COMMENT ON COLUMN unassigned.status IS 'new, open, pending or on_hold.';
COMMENT ON COLUMN unassigned.unresolved_since IS 'When it was opened or last came back.';
COMMENT ON COLUMN unassigned.waiting_since IS 'Since when the customer waits for a word from us; NULL while it is not our turn.';
COMMENT ON COLUMN unassigned.next_due IS 'Soonest due of its clocks and its promise.';
COMMENT ON COLUMN unassigned.next_due_clock IS 'What is due then: promise, or the name of a clock.';
COMMENT ON COLUMN unassigned.as_of IS 'The moment that the wording of `why` refers to.';

CREATE OR REPLACE MACRO promises_due(within := INTERVAL '24 hours', as_of := NULL) AS TABLE
SELECT
    i.ticket,
    i.number,
    i.queue,
    i.owner,
    i.status,
    i.requester,
    i.promise_due AS due,
    i.promise_due < i.as_of AS overdue,
    i.promise_misses AS missed,
    round((epoch_us(i.promise_due) - epoch_us(i.as_of)) / 1e6)::BIGINT AS seconds_left,
    i.as_of
FROM queue_item_as_of(as_of := as_of) AS i
WHERE i.promise_due <= i.as_of + CAST(within AS INTERVAL)
    OR i.promise_misses > 0
ORDER BY i.promise_misses = 0, i.promise_due, i.number;

COMMENT ON MACRO TABLE promises_due IS 'Promises of a next update that fall due within a time from as_of (the watermark), and those that were missed and still run, which come first: one row a ticket. missed: how often in a row; a missed promise is due again.';

CREATE OR REPLACE MACRO reminders_due(within := INTERVAL '24 hours', as_of := NULL) AS TABLE
SELECT
    coalesce(r.agent, t.owner) AS agent,
    t.ticket,
    t.number,
    t.queue,
    t.owner,
    t.status,
    r.reminder,
    r.due,
    r.rang_at,
    r.due <= a.moment AS overdue,
    a.moment AS as_of
FROM agent_queue.main.reminder AS r
INNER JOIN agent_queue.main.ticket AS t ON t.ticket = r.ticket
CROSS JOIN (
    SELECT coalesce(CAST(as_of AS TIMESTAMPTZ), w.as_of) AS moment
    FROM agent_queue.main.watermark AS w
) AS a
WHERE r.due <= a.moment + CAST(within AS INTERVAL)
ORDER BY r.due, t.number, r.reminder;

COMMENT ON MACRO TABLE reminders_due IS 'Agents'' reminders for up to a time from as_of (the watermark), and those that rang and nobody has worked on the ticket since: one row each. Without an agent of its own a reminder is the ticket''s owner''s. Their texts stay in the log.';

CREATE OR REPLACE VIEW ticket_clock AS
SELECT
    c.ticket,
    t.number,
    c.metric,
    CASE
        WHEN c.due IS NULL THEN 'paused'
        WHEN c.breached_at IS NOT NULL THEN 'breached'
        WHEN c.warned_at IS NOT NULL THEN 'warned'
        ELSE 'running'
    END AS state,
    c.began_at,
    c.due,
    c.warned_at,
    c.breached_at,
    t.policy,
    t.policy_version
FROM agent_queue.main.clock AS c
INNER JOIN agent_queue.main.ticket AS t ON t.ticket = c.ticket
ORDER BY t.number, c.metric;

COMMENT ON VIEW ticket_clock IS 'The service-level clocks that run or are paused: one row a ticket and metric. The clock without progress is here once it rang, until somebody works on the ticket.';
COMMENT ON COLUMN ticket_clock.ticket IS 'Id of the ticket.';
COMMENT ON COLUMN ticket_clock.number IS 'Number that people use.';
COMMENT ON COLUMN ticket_clock.metric IS 'first_reply, next_reply, resolution or no_progress.';
COMMENT ON COLUMN ticket_clock.state IS 'running, warned, breached or paused; a clock that breached runs on.';
COMMENT ON COLUMN ticket_clock.began_at IS 'When it began; no_progress: when it first rang.';
COMMENT ON COLUMN ticket_clock.due IS 'When its target is reached, or was; NULL while it is paused.';
COMMENT ON COLUMN ticket_clock.warned_at IS 'When it warned; NULL if it has not.';
COMMENT ON COLUMN ticket_clock.breached_at IS 'When the target passed; NULL if it has not.';
COMMENT ON COLUMN ticket_clock.policy IS 'Policy whose targets hold.';
COMMENT ON COLUMN ticket_clock.policy_version IS 'Version of that policy.';

CREATE OR REPLACE VIEW merged_ticket AS
SELECT
    t.ticket,
    t.number,
    t.merged_into,
    t.status,
    t.since
FROM agent_queue.main.ticket AS t
WHERE t.merged_into IS NOT NULL
ORDER BY t.number;

COMMENT ON VIEW merged_ticket IS 'Tickets that go on in another one: one row each. They are closed and in no queue.';
COMMENT ON COLUMN merged_ticket.ticket IS 'Id of the ticket.';
COMMENT ON COLUMN merged_ticket.number IS 'Number that people use.';
COMMENT ON COLUMN merged_ticket.merged_into IS 'Number of the ticket in which it goes on.';
COMMENT ON COLUMN merged_ticket.status IS 'Its own status: closed.';
COMMENT ON COLUMN merged_ticket.since IS 'Since when it is so.';

-- The open spans are in the tickets' rows, the closed ones have rows of their own: since <= ts < until.
CREATE OR REPLACE MACRO ticket_at(ts) AS TABLE
SELECT
    ticket,
    number,
    queue,
    owner,
    status,
    priority,
    level,
    since,
    until,
    unresolved_since,
    CAST(ts AS TIMESTAMPTZ) <= (SELECT max(w.as_of) FROM agent_queue.main.watermark AS w) AS mature
FROM (
    SELECT
        s.ticket,
        s.number,
        s.queue,
        s.owner,
        s.status,
        s.priority,
        s.level,
        s.since,
        s.until,
        s.unresolved_since
    FROM agent_queue.main.span AS s
    WHERE s.since <= CAST(ts AS TIMESTAMPTZ)
        AND s.until > CAST(ts AS TIMESTAMPTZ)
    UNION ALL
    SELECT
        t.ticket,
        t.number,
        t.queue,
        t.owner,
        t.status,
        t.priority,
        t.level,
        t.since,
        NULL AS until,
        t.unresolved_since
    FROM agent_queue.main.ticket AS t
    WHERE t.since <= CAST(ts AS TIMESTAMPTZ)
);

COMMENT ON MACRO TABLE ticket_at IS 'Every ticket as it stood at an instant: one row a ticket opened by then; since <= ts < until (NULL: still so). mature: everything up to then is known.';

CREATE OR REPLACE MACRO queue_at(ts) AS TABLE
SELECT
    t.ticket,
    t.number,
    t.queue,
    t.owner,
    t.status,
    t.priority,
    t.level,
    t.since,
    t.unresolved_since,
    t.mature
FROM ticket_at(ts) AS t
WHERE t.status NOT IN ('resolved', 'closed')
ORDER BY t.queue NULLS LAST, t.unresolved_since, t.number;

COMMENT ON MACRO TABLE queue_at IS 'The queues as they stood at an instant: one row an unresolved ticket, oldest first; since: since when it was in just this queue, owner, status, priority and level.';

CREATE OR REPLACE MACRO workload_at(ts) AS TABLE
SELECT
    q.owner AS agent,
    count(*) FILTER (WHERE q.status IN ('new', 'open')) AS active,
    count(*) FILTER (WHERE q.status = 'pending') AS waiting_on_customer,
    count(*) FILTER (WHERE q.status = 'on_hold') AS on_hold,
    count(*) AS unresolved,
    arg_min(q.number, row(q.unresolved_since, q.number)) AS oldest,
    min(q.unresolved_since) AS oldest_since,
    bool_and(q.mature) AS mature
FROM queue_at(ts) AS q
WHERE q.owner IS NOT NULL
GROUP BY q.owner
ORDER BY active DESC, agent;

COMMENT ON MACRO TABLE workload_at IS 'What each agent had on their desk at an instant: one row an agent who owned an unresolved ticket; active: new or open.';

CREATE OR REPLACE MACRO backlog_at(ts) AS TABLE
SELECT
    queue,
    owner,
    priority,
    status,
    age,
    count(*) AS tickets,
    min(unresolved_since) AS oldest_since,
    bool_and(mature) AS mature
FROM (
    SELECT
        q.*,
        CASE
            WHEN epoch_us(CAST(ts AS TIMESTAMPTZ)) - epoch_us(q.unresolved_since) < 86_400_000_000
            THEN '0-1 days'
            WHEN epoch_us(CAST(ts AS TIMESTAMPTZ)) - epoch_us(q.unresolved_since) < 3 * 86_400_000_000
            THEN '1-3 days'
            WHEN epoch_us(CAST(ts AS TIMESTAMPTZ)) - epoch_us(q.unresolved_since) < 7 * 86_400_000_000
            THEN '3-7 days'
            WHEN epoch_us(CAST(ts AS TIMESTAMPTZ)) - epoch_us(q.unresolved_since) < 30 * 86_400_000_000
            THEN '7-30 days'
            ELSE 'over 30 days'
        END AS age
    FROM queue_at(ts) AS q
)
GROUP BY queue, owner, priority, status, age
ORDER BY queue NULLS LAST, owner NULLS LAST, priority NULLS LAST, status, oldest_since;

COMMENT ON MACRO TABLE backlog_at IS 'The backlog at an instant, counted by queue, owner, priority, status and age (time unresolved): sum(tickets) is all of it; queue_at(ts) lists them.';
