-- What readers ask. Pairs are computed when asked, inside [from, to + window], with both bounds on the
-- scan. Parameters have no types, so that '2026-03-01' and a TIMESTAMPTZ both do; texts are read in the
-- session's zone, which is the ledger's reporting zone. No column is named like a parameter.

-- ── Contacts ────────────────────────────────────────────────────────────────────────────────────

CREATE OR REPLACE MACRO recontact_share(part, whole) AS part / nullif(whole, 0);

COMMENT ON MACRO recontact_share IS 'Part of a whole, between 0 and 1; NULL of nothing. A building block.';

-- A promise is missed once its due has passed and no update came; a repeated instance means just that.
CREATE OR REPLACE MACRO recontact_promise_state(made, moment) AS CASE
    WHEN made IS NULL THEN 'none'
    WHEN made.state <> 'running' THEN made.state
    WHEN made.instance > 1 OR made.due_at < moment THEN 'missed'
    ELSE 'running'
END;

COMMENT ON MACRO recontact_promise_state IS 'How a promise of a next update stood at a moment: none, running, missed, kept, kept_late, superseded or cancelled. A building block.';

-- The contacts whose messages turned out to be of another intent: the last word on each message holds.
CREATE OR REPLACE VIEW recontact_verdict AS
WITH reread AS (
    SELECT
        h.ticket,
        h.sequence,
        h.contact_sequence,
        arg_max(c.intent, c.sequence) AS intent
    FROM recontact.main.heard AS h
    INNER JOIN recontact.main.classified AS c
        ON c.ticket = h.ticket
        AND c.message_id = h.message_id
        AND c.sequence > h.sequence
    GROUP BY h.ticket, h.sequence, h.contact_sequence
)
SELECT
    h.ticket,
    h.contact_sequence AS sequence,
    bool_and(coalesce(r.intent IN ('thanks', 'answer', 'new_info'), h.neutral)) AS neutral,
    max(r.intent) FILTER (WHERE r.sequence = h.contact_sequence) AS intent
FROM recontact.main.heard AS h
LEFT JOIN reread AS r ON r.ticket = h.ticket AND r.sequence = h.sequence
WHERE row(h.ticket, h.contact_sequence) IN (SELECT row(ticket, contact_sequence) FROM reread)
GROUP BY h.ticket, h.contact_sequence;

COMMENT ON VIEW recontact_verdict IS 'What became known later about contacts: one row a contact of which a message was classified again. A building block.';
COMMENT ON COLUMN recontact_verdict.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN recontact_verdict.sequence IS 'Sequence of the contact''s first event.';
COMMENT ON COLUMN recontact_verdict.neutral IS 'Whether all its messages are neutral, as known now.';
COMMENT ON COLUMN recontact_verdict.intent IS 'Why its first message was written, if that became known later.';

-- Merged customers are one person, whenever they reached out; a merged ticket is the one it goes on as.
CREATE OR REPLACE VIEW recontact_start AS
SELECT
    c.* REPLACE (
        coalesce(p.goes_on_as, c.customer) AS customer,
        coalesce(v.intent, c.intent) AS intent,
        CASE
            WHEN v.ticket IS NOT NULL THEN v.neutral AND c.form <> 'opening'
            ELSE c.neutral AND t.ticket IS NULL
        END AS neutral
    ),
    g.goes_on_as AS merged_into
FROM recontact.main.contact_start AS c
LEFT JOIN recontact.main.contact_turn AS t ON t.ticket = c.ticket AND t.sequence = c.sequence
LEFT JOIN recontact_verdict AS v ON v.ticket = c.ticket AND v.sequence = c.sequence
LEFT JOIN recontact.main.merged AS p ON p.kind = 'customer' AND p.source = c.customer
LEFT JOIN recontact.main.merged AS g ON g.kind = 'ticket' AND g.source = c.ticket;

COMMENT ON VIEW recontact_start IS 'The contacts, with what became known later: intents, merged customers, merged tickets. A building block.';
COMMENT ON COLUMN recontact_start.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN recontact_start.sequence IS 'Sequence of the contact''s first event within the ticket.';
COMMENT ON COLUMN recontact_start.started_at IS 'When it began.';
COMMENT ON COLUMN recontact_start.customer IS 'The customer, as they are known since merges.';
COMMENT ON COLUMN recontact_start.number IS 'The number people use for the ticket.';
COMMENT ON COLUMN recontact_start.form IS 'opening, message, or reopening (without a message).';
COMMENT ON COLUMN recontact_start.channel IS 'How the customer reached out.';
COMMENT ON COLUMN recontact_start.intent IS 'Why its first message was written, as known now.';
COMMENT ON COLUMN recontact_start.neutral IS 'Whether all its messages are neutral, as known now.';
COMMENT ON COLUMN recontact_start.category IS 'Top-level category known at that moment.';
COMMENT ON COLUMN recontact_start.orders IS 'The orders of the ticket.';
COMMENT ON COLUMN recontact_start.follows IS 'The ticket that this one follows.';
COMMENT ON COLUMN recontact_start.queue IS 'The queue at that moment.';
COMMENT ON COLUMN recontact_start.owner IS 'The owner at that moment.';
COMMENT ON COLUMN recontact_start.status IS 'The status at that moment.';
COMMENT ON COLUMN recontact_start.stage IS 'The stage the customer saw.';
COMMENT ON COLUMN recontact_start.resolver IS 'Who had resolved the ticket last.';
COMMENT ON COLUMN recontact_start.promise IS 'The last promise of a next update at that moment.';
COMMENT ON COLUMN recontact_start.recorded_at IS 'When the contact''s first event was recorded.';
COMMENT ON COLUMN recontact_start.partition IS 'Partition of that event.';
COMMENT ON COLUMN recontact_start.position IS 'Position of that event.';
COMMENT ON COLUMN recontact_start.merged_into IS 'The ticket in which this one goes on.';

CREATE OR REPLACE VIEW contact AS
SELECT
    c.customer,
    c.ticket,
    c.sequence,
    c.number,
    c.started_at,
    c.form,
    c.channel,
    c.intent,
    c.neutral,
    c.category,
    c.orders,
    c.follows,
    c.merged_into,
    c.queue,
    CASE WHEN c.sequence < s.first_queue_sequence THEN s.first_queue ELSE c.queue END AS taken_by_queue,
    c.owner,
    c.status,
    c.stage,
    c.resolver,
    recontact_promise_state(c.promise, c.started_at) AS promise,
    c.promise.due_at AS promise_due_at,
    c.recorded_at,
    c.partition,
    c.position
FROM recontact_start AS c
LEFT JOIN recontact.main.ticket_state AS s ON s.ticket = c.ticket
WHERE c.customer IS NOT NULL;

COMMENT ON VIEW contact IS 'One row a contact: a known customer reaching out, as things stood at that moment.';
COMMENT ON COLUMN contact.customer IS 'The requester at that moment; one merged into another customer is that one.';
COMMENT ON COLUMN contact.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN contact.sequence IS 'Sequence of the contact''s first event within the ticket; with the ticket it names the contact.';
COMMENT ON COLUMN contact.number IS 'The number people use for the ticket.';
COMMENT ON COLUMN contact.started_at IS 'When it began (effective time of its first event).';
COMMENT ON COLUMN contact.form IS 'opening, message, or reopening (without a message).';
COMMENT ON COLUMN contact.channel IS 'How the customer reached out.';
COMMENT ON COLUMN contact.intent IS 'Why its first message was written, as known now; NULL for openings and reopenings.';
COMMENT ON COLUMN contact.neutral IS 'Whether all its messages were thanks, answers to our questions, or new information; a neutral contact is in no rate.';
COMMENT ON COLUMN contact.category IS 'Top-level category known at that moment; NULL if unknown.';
COMMENT ON COLUMN contact.orders IS 'The orders of the ticket; empty if none.';
COMMENT ON COLUMN contact.follows IS 'The ticket that this one follows.';
COMMENT ON COLUMN contact.merged_into IS 'The ticket in which this one goes on, if it was merged; of a chain of merges the last.';
COMMENT ON COLUMN contact.queue IS 'The queue at that moment; NULL if in none.';
COMMENT ON COLUMN contact.taken_by_queue IS 'The queue at that moment; of a ticket that had not been in one yet, the first it entered.';
COMMENT ON COLUMN contact.owner IS 'The owner at that moment; NULL if nobody.';
COMMENT ON COLUMN contact.status IS 'The status at that moment.';
COMMENT ON COLUMN contact.stage IS 'The stage the customer saw: received, in_review, being_worked_on or resolved.';
COMMENT ON COLUMN contact.resolver IS 'Who had resolved the ticket last.';
COMMENT ON COLUMN contact.promise IS 'The promised next update: none, running, missed (due passed, nothing came), kept, kept_late, superseded or cancelled.';
COMMENT ON COLUMN contact.promise_due_at IS 'By when the last promised update was due.';
COMMENT ON COLUMN contact.recorded_at IS 'When the contact''s first event was recorded.';
COMMENT ON COLUMN contact.partition IS 'Partition of the contact''s first event.';
COMMENT ON COLUMN contact.position IS 'Position of the contact''s first event.';

CREATE OR REPLACE VIEW unknown_contact AS
SELECT
    c.ticket,
    c.sequence,
    c.number,
    c.started_at,
    c.form,
    c.channel
FROM recontact.main.contact_start AS c
WHERE c.customer IS NULL;

COMMENT ON VIEW unknown_contact IS 'Contacts of unknown customers: never linked, in no figure.';
COMMENT ON COLUMN unknown_contact.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN unknown_contact.sequence IS 'Sequence of the contact''s first event within the ticket.';
COMMENT ON COLUMN unknown_contact.number IS 'The number people use for the ticket.';
COMMENT ON COLUMN unknown_contact.started_at IS 'When it began (effective time of its first event).';
COMMENT ON COLUMN unknown_contact.form IS 'opening, message, or reopening (without a message).';
COMMENT ON COLUMN unknown_contact.channel IS 'How the customer reached out.';

CREATE OR REPLACE VIEW recontact_span AS
SELECT
    ticket,
    since,
    until,
    unresolved,
    owner,
    resolver,
    promise
FROM recontact.main.ticket_span
UNION ALL
SELECT
    ticket,
    span_since AS since,
    'infinity'::TIMESTAMPTZ AS until,
    status NOT IN ('resolved', 'closed') AS unresolved,
    owner,
    resolver,
    promise
FROM recontact.main.ticket_state
WHERE span_since IS NOT NULL;

COMMENT ON VIEW recontact_span IS 'Who answered for a ticket, from one instant up to another: what re-contacts are charged to.';
COMMENT ON COLUMN recontact_span.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN recontact_span.since IS 'First instant of the span.';
COMMENT ON COLUMN recontact_span.until IS 'First instant that is no longer in it; infinity for the present state.';
COMMENT ON COLUMN recontact_span.unresolved IS 'Whether the ticket still had to be brought to a solution.';
COMMENT ON COLUMN recontact_span.owner IS 'The agent who had it; NULL if nobody had.';
COMMENT ON COLUMN recontact_span.resolver IS 'Who had resolved it last.';
COMMENT ON COLUMN recontact_span.promise IS 'The last promise of a next update.';

-- ── Linking ─────────────────────────────────────────────────────────────────────────────────────

-- The contacts that can be linked: not neutral, of known customers. `ordinal` counts a customer's in order.
-- `customers_since` keeps the customers who have a contact at or after it, with their whole history.
CREATE OR REPLACE MACRO recontact_scan(scan_from, scan_to, customers_since) AS TABLE
SELECT
    row_number() OVER in_order AS ordinal,
    count(*) OVER (in_order ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS of_customer,
    c.customer,
    c.ticket,
    c.sequence,
    c.number,
    c.started_at,
    c.form,
    c.channel,
    c.category,
    c.orders,
    c.follows,
    c.merged_into,
    c.queue,
    c.owner,
    c.status,
    c.stage,
    c.resolver,
    c.promise,
    c.category IS NOT NULL OR len(c.orders) > 0 AS issue_known
FROM recontact_start AS c
WHERE c.customer IS NOT NULL
    AND NOT c.neutral
    AND c.started_at >= coalesce(scan_from::TIMESTAMPTZ, '-infinity'::TIMESTAMPTZ)
    AND c.started_at <= coalesce(scan_to::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ)
    AND (
        customers_since IS NULL
        OR c.customer IN (
            SELECT r.customer
            FROM recontact_start AS r
            WHERE r.started_at >= coalesce(customers_since::TIMESTAMPTZ, '-infinity'::TIMESTAMPTZ)
                AND r.started_at <= coalesce(scan_to::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ)
        )
    )
WINDOW in_order AS (PARTITION BY c.customer ORDER BY c.started_at, c.number, c.sequence);

COMMENT ON MACRO TABLE recontact_scan IS 'The contacts of a time range that can be linked, numbered per customer in their order. A building block.';

-- What a contact can be linked by. Two contacts of one customer are of the same issue where they share a
-- value that at least one of them owns: one's ticket may be what the other's follows, but two tickets that
-- follow a third are no pair. Merged tickets are one: they share what they go on as. A category only links contacts without orders; an unknown one links nothing.
CREATE OR REPLACE MACRO recontact_links(scope, scan_from, scan_to, customers_since) AS TABLE
WITH scanned AS MATERIALIZED (
    -- Who reached out once has nothing to be linked.
    SELECT ordinal, customer, ticket, started_at, form, category, orders, follows, merged_into
    FROM recontact_scan(scan_from, scan_to, customers_since)
    WHERE of_customer > 1
)
SELECT ordinal, customer, ticket, started_at, form, 'any' AS link, NULL AS issue, TRUE AS owned
FROM scanned
WHERE scope = 'any_issue'
UNION ALL
SELECT
    ordinal,
    customer,
    ticket,
    started_at,
    form,
    'ticket' AS link,
    coalesce(merged_into, ticket) AS issue,
    TRUE AS owned
FROM scanned
WHERE scope = 'same_issue'
UNION ALL
SELECT
    s.ordinal,
    s.customer,
    s.ticket,
    s.started_at,
    s.form,
    'ticket' AS link,
    coalesce(m.goes_on_as, s.follows) AS issue,
    FALSE AS owned
FROM scanned AS s
LEFT JOIN recontact.main.merged AS m ON m.kind = 'ticket' AND m.source = s.follows
WHERE scope = 'same_issue'
    AND s.follows IS NOT NULL
    AND coalesce(m.goes_on_as, s.follows) <> coalesce(s.merged_into, s.ticket)
UNION ALL
SELECT ordinal, customer, ticket, started_at, form, 'order' AS link, unnest(orders) AS issue, TRUE AS owned
FROM scanned
WHERE scope = 'same_issue'
    AND len(orders) > 0
UNION ALL
SELECT ordinal, customer, ticket, started_at, form, 'category' AS link, category AS issue, TRUE AS owned
FROM scanned
WHERE scope = 'same_issue'
    AND len(orders) = 0
    AND category IS NOT NULL;

COMMENT ON MACRO TABLE recontact_links IS 'The values by which contacts of a time range can be linked, one row each. A building block.';

-- Each contact's latest earlier one in the scope. Within a customer ordinals and times rise together.
CREATE OR REPLACE MACRO recontact_earlier(scope, scan_from, scan_to, customers_since) AS TABLE
SELECT
    customer,
    ordinal,
    max(earlier) AS earlier,
    max(earlier_at) AS earlier_at,
    max(started_at) AS started_at
FROM (
    SELECT
        customer,
        ordinal,
        started_at,
        CASE
            WHEN owned THEN lag(ordinal) OVER before
            ELSE max(CASE WHEN owned THEN ordinal END) OVER before
        END AS earlier,
        CASE
            WHEN owned THEN lag(started_at) OVER before
            ELSE max(CASE WHEN owned THEN started_at END) OVER before
        END AS earlier_at
    FROM recontact_links(scope, scan_from, scan_to, customers_since)
    WINDOW before AS (
        PARTITION BY customer, link, issue
        ORDER BY ordinal
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
)
WHERE earlier IS NOT NULL
GROUP BY customer, ordinal;

COMMENT ON MACRO TABLE recontact_earlier IS 'For each contact of a time range that has one: its latest earlier contact in the scope. A building block.';

-- ── Kinds, attribution, what was missing ────────────────────────────────────────────────────────

-- A window looks forward from its contact: a negative one would find nothing and call it a rate of 0.
CREATE OR REPLACE MACRO recontact_window(window_hours) AS to_microseconds(
    CASE
        WHEN window_hours <= 0 THEN error('window_hours is a number above 0, or NULL for any')
        ELSE window_hours * 3600000000
    END::BIGINT
);

COMMENT ON MACRO recontact_window IS 'A window in hours as an interval; one that is not above 0 is an error. A building block.';

-- Where a question about a period ends, not beyond `as_of`.
CREATE OR REPLACE MACRO recontact_end(to_ts, as_of) AS least(
    coalesce(to_ts::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ),
    coalesce(as_of::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ)
);

COMMENT ON MACRO recontact_end IS 'The end of a period, or as_of if that is earlier. A building block.';

-- The last moment a question needs: its period, the window behind it, and not beyond `as_of`.
CREATE OR REPLACE MACRO recontact_reach(window_hours, to_ts, as_of) AS recontact_end(
    coalesce(to_ts::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ) + recontact_window(window_hours),
    as_of
);

COMMENT ON MACRO recontact_reach IS 'The last moment that a question about a period and a window looks at. A building block.';

-- The linkable contacts up to a moment of the customers who have one in [scan_from, scan_to], with what each is
-- to all their earlier ones. A message or a
-- reopening speaks of its own ticket; an opening of the customer's tickets of the same issue: of one that
-- is unresolved at that moment if there is any, the one they last reached out on first.
CREATE OR REPLACE MACRO recontact_repeat(scan_from, scan_to) AS TABLE
WITH scanned AS MATERIALIZED (
    SELECT *
    FROM recontact_scan(NULL, scan_to, scan_from)
),
link AS MATERIALIZED (
    SELECT *
    FROM recontact_links('same_issue', NULL, scan_to, scan_from)
),
-- A contact speaks of its ticket, and of the one in which that goes on.
spoken_of AS (
    SELECT customer, ordinal, link, issue, owned, ticket, TRUE AS own
    FROM link
    UNION ALL
    SELECT l.customer, l.ordinal, l.link, l.issue, l.owned, m.goes_on_as AS ticket, FALSE AS own
    FROM link AS l
    INNER JOIN recontact.main.merged AS m ON m.kind = 'ticket' AND m.source = l.ticket
),
unresolved AS (
    SELECT
        o.customer,
        o.ordinal,
        arg_max(
            {'ticket': p.ticket, 'owner': p.owner, 'promise': p.promise},
            row(e.ordinal, e.own)
        ) AS found
    FROM link AS o
    INNER JOIN spoken_of AS e
        ON e.customer = o.customer
        AND e.link = o.link
        AND e.issue = o.issue
        AND e.ordinal < o.ordinal
        AND (e.owned OR o.owned)
    INNER JOIN recontact_span AS p
        ON p.ticket = e.ticket
        AND p.since <= o.started_at
        AND p.until > o.started_at
        AND p.unresolved
    WHERE o.form = 'opening'
    GROUP BY o.customer, o.ordinal
),
judged AS (
    SELECT
        s.*,
        CASE
            WHEN b.earlier IS NULL THEN CASE WHEN s.ordinal > 1 THEN 'new_issue' END
            WHEN s.form = 'opening' THEN CASE WHEN u.ordinal IS NULL THEN 'return' ELSE 'chase' END
            WHEN s.form = 'reopening' OR s.status IN ('resolved', 'closed') THEN 'reopen'
            ELSE 'chase'
        END AS kind,
        coalesce(e.merged_into, e.ticket) AS earlier_ticket,
        u.found AS unresolved
    FROM scanned AS s
    LEFT JOIN recontact_earlier('same_issue', NULL, scan_to, scan_from) AS b
        ON b.customer = s.customer
        AND b.ordinal = s.ordinal
    LEFT JOIN scanned AS e
        ON e.customer = b.customer
        AND e.ordinal = b.earlier
    LEFT JOIN unresolved AS u
        ON u.customer = s.customer
        AND u.ordinal = s.ordinal
),
promising AS (
    -- Chases while a promise ran: was it delivered, and did they see anything since?
    SELECT
        customer,
        ordinal,
        started_at,
        CASE WHEN form = 'opening' THEN unresolved.ticket ELSE ticket END AS ticket,
        CASE WHEN form = 'opening' THEN unresolved.promise ELSE promise END AS promise
    FROM judged
    WHERE kind = 'chase'
),
reported AS (
    SELECT
        c.customer,
        c.ordinal,
        arg_max(d.delivery, d.sequence) <> 'failed' AS delivered,
        bool_or(d.delivery = 'read') AS seen
    FROM promising AS c
    INNER JOIN recontact.main.delivery AS d
        ON d.ticket = c.ticket
        AND d.message_id = c.promise.message_id
        AND d.reported_at <= c.started_at
    GROUP BY c.customer, c.ordinal
),
-- What only flew past them is not seen.
looked AS (
    SELECT DISTINCT
        c.customer,
        c.ordinal
    FROM promising AS c
    INNER JOIN recontact.main.look AS l
        ON l.ticket = c.ticket
        AND l.looked_at > c.promise.made_at
        AND l.looked_at <= c.started_at
        AND l.look <> 'impression'
)
SELECT
    j.customer,
    j.ticket,
    j.sequence,
    j.kind,
    CASE
        WHEN j.kind IS NULL OR j.kind = 'new_issue' THEN NULL
        WHEN j.form <> 'opening' THEN j.ticket
        ELSE coalesce(j.unresolved.ticket, j.earlier_ticket)
    END AS about_ticket,
    CASE j.kind
        WHEN 'chase' THEN coalesce(CASE WHEN j.form = 'opening' THEN j.unresolved.owner ELSE j.owner END, 'Unassigned')
        WHEN 'reopen' THEN coalesce(j.resolver, 'Unassigned')
        WHEN 'return' THEN coalesce(p.resolver, 'Unassigned')
    END AS attributed_to,
    CASE
        WHEN j.kind = 'chase' THEN recontact_promise_state(
            CASE WHEN j.form = 'opening' THEN j.unresolved.promise ELSE j.promise END,
            j.started_at
        )
    END AS promise_then,
    d.delivered,
    coalesce(d.seen, FALSE) OR k.ordinal IS NOT NULL AS seen
FROM judged AS j
LEFT JOIN reported AS d
    ON d.customer = j.customer
    AND d.ordinal = j.ordinal
LEFT JOIN looked AS k
    ON k.customer = j.customer
    AND k.ordinal = j.ordinal
LEFT JOIN recontact_span AS p
    ON p.ticket = j.earlier_ticket
    AND p.since <= j.started_at
    AND p.until > j.started_at
    AND j.kind = 'return';

COMMENT ON MACRO TABLE recontact_repeat IS 'The linkable contacts up to a moment, of customers who have one in the time range: the kind of each, the ticket it is about, whom it is charged to, the promise that stood, whether it was delivered (NULL: nobody said) and anything was seen since. A building block.';

-- What was missing when a customer chased. A promise counts as delivered unless its channel says that it failed.
CREATE OR REPLACE MACRO recontact_missing(promise_then, delivered, seen) AS CASE
    WHEN promise_then = 'missed' THEN 'promise_missed'
    WHEN promise_then = 'running' AND seen THEN 'nothing'
    WHEN promise_then = 'running' AND NOT delivered THEN 'promise_not_delivered'
    WHEN promise_then = 'running' THEN 'not_seen'
    WHEN promise_then IS NOT NULL THEN 'no_promise'
END;

COMMENT ON MACRO recontact_missing IS 'What would have spared a chase: no_promise, promise_missed, promise_not_delivered or not_seen; nothing, where a running promise was seen; NULL where nobody chased. A building block.';

-- ── Rates ───────────────────────────────────────────────────────────────────────────────────────

-- Whether a contact counts: in the same-issue rates only with an issue that is known.
CREATE OR REPLACE MACRO recontact_counts(scope, issue_known) AS CASE
    WHEN scope = 'any_issue' THEN TRUE
    WHEN scope = 'same_issue' THEN issue_known
    ELSE error('scope is same_issue or any_issue')
END;

COMMENT ON MACRO recontact_counts IS 'Whether a contact counts in the rates of a scope: in the same-issue ones only with a known issue. A building block.';

-- The contacts that began in the period, and the re-contact that followed each, at the smallest gap.
CREATE OR REPLACE MACRO recontact_followed(scope, window_hours, from_ts, to_ts, as_of) AS TABLE
SELECT
    s.*,
    n.next_ordinal,
    n.next_at,
    coalesce(
        window_hours IS NULL AND n.next_at IS NOT NULL
            OR n.next_at <= s.started_at + recontact_window(window_hours),
        FALSE
    ) AS followed,
    coalesce(
        s.started_at + recontact_window(window_hours)
            <= coalesce(as_of::TIMESTAMPTZ, (SELECT w.as_of FROM recontact.main.watermark AS w)),
        FALSE
    ) AS mature
FROM recontact_scan(from_ts, recontact_reach(window_hours, to_ts, as_of), NULL) AS s
LEFT JOIN (
    SELECT
        customer,
        earlier AS ordinal,
        min(ordinal) AS next_ordinal,
        min(started_at) AS next_at
    FROM recontact_earlier(scope, from_ts, recontact_reach(window_hours, to_ts, as_of), NULL)
    GROUP BY customer, earlier
) AS n
    ON n.customer = s.customer
    AND n.ordinal = s.ordinal
WHERE s.started_at < coalesce(to_ts::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ)
    AND recontact_counts(scope, s.issue_known);

COMMENT ON MACRO TABLE recontact_followed IS 'The contacts that began in the period and count in the scope, each with its re-contact. A building block.';

CREATE OR REPLACE MACRO recontact_rate(
    scope := 'same_issue',
    window_hours := 168,
    from_ts := NULL,
    to_ts := NULL,
    as_of := NULL
) AS TABLE
SELECT
    count(*) AS contacts,
    count(*) FILTER (WHERE followed) AS recontacts,
    recontact_share(count(*) FILTER (WHERE followed), count(*)) AS rate,
    count(*) FILTER (WHERE mature) AS mature_contacts,
    count(*) FILTER (WHERE mature AND followed) AS mature_recontacts,
    recontact_share(count(*) FILTER (WHERE mature AND followed), count(*) FILTER (WHERE mature)) AS mature_rate
FROM recontact_followed(scope, window_hours, from_ts, to_ts, as_of);

COMMENT ON MACRO TABLE recontact_rate IS 'The re-contact rate, looking forward. One row: contacts that began in [from_ts, to_ts) and are not neutral; recontacts, those followed by a re-contact within the window; rate; and the same of the mature ones, whose whole window lies before the watermark (or as_of). scope: same_issue or any_issue; window_hours: above 0; NULL is any, which is never mature. Behind it: recontact_contacts.';

-- When somebody answers for a contact that nothing followed: at the end of its window.
CREATE OR REPLACE MACRO recontact_answered_at(moment, window_hours, as_of) AS least(
    coalesce(
        moment + recontact_window(window_hours),
        '9999-12-31 00:00:00+00'::TIMESTAMPTZ
    ),
    coalesce(as_of::TIMESTAMPTZ, '9999-12-31 00:00:00+00'::TIMESTAMPTZ)
);

COMMENT ON MACRO recontact_answered_at IS 'The end of a contact''s window, or as_of if that is earlier. A building block.';

-- The contacts behind a rate, each in all the dimensions it is counted by. Queues, and kinds and agents, are
-- looked up only if asked for: they need the tickets, and the customers' whole histories.
CREATE OR REPLACE MACRO recontact_detailed(
    scope,
    window_hours,
    from_ts,
    to_ts,
    as_of,
    with_queues,
    with_agents
) AS TABLE
WITH followed AS MATERIALIZED (
    SELECT *
    FROM recontact_followed(scope, window_hours, from_ts, to_ts, as_of)
),
scanned AS (
    SELECT *
    FROM recontact_scan(from_ts, recontact_reach(window_hours, to_ts, as_of), NULL)
)
SELECT
    f.customer,
    f.ticket,
    f.sequence,
    f.number,
    f.started_at,
    f.form,
    f.channel,
    f.category,
    CASE
        WHEN f.sequence < s.first_queue_sequence
            AND s.first_queue_at <= coalesce(as_of::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ)
        THEN s.first_queue
        ELSE f.queue
    END AS queue,
    CASE
        WHEN f.followed THEN r.attributed_to
        WHEN p.unresolved THEN coalesce(p.owner, 'Unassigned')
        WHEN g.unresolved THEN coalesce(g.owner, 'Unassigned')
        ELSE coalesce(p.resolver, g.resolver, 'Unassigned')
    END AS agent,
    f.stage,
    recontact_promise_state(f.promise, f.started_at) AS promise,
    f.followed,
    CASE WHEN f.followed THEN r.kind END AS kind,
    CASE WHEN f.followed THEN n.ticket END AS next_ticket,
    CASE WHEN f.followed THEN n.number END AS next_number,
    CASE WHEN f.followed THEN n.sequence END AS next_sequence,
    CASE WHEN f.followed THEN n.started_at END AS next_at,
    CASE WHEN f.followed THEN date_diff('microsecond', f.started_at, n.started_at) / 3600000000 END AS gap_hours,
    f.mature
FROM followed AS f
LEFT JOIN (
    SELECT *
    FROM recontact.main.ticket_state
    WHERE with_queues
) AS s
    ON s.ticket = f.ticket
LEFT JOIN scanned AS n
    ON n.customer = f.customer
    AND n.ordinal = f.next_ordinal
LEFT JOIN (
    SELECT *
    FROM recontact_repeat(from_ts, recontact_reach(window_hours, to_ts, as_of))
    WHERE with_agents
) AS r
    ON r.ticket = n.ticket
    AND r.sequence = n.sequence
LEFT JOIN (
    SELECT *
    FROM recontact_span
    WHERE with_agents
) AS p
    ON p.ticket = f.ticket
    AND p.since <= recontact_answered_at(f.started_at, window_hours, as_of)
    AND p.until > recontact_answered_at(f.started_at, window_hours, as_of)
LEFT JOIN (
    SELECT *
    FROM recontact_span
    WHERE with_agents
) AS g
    ON g.ticket = f.merged_into
    AND g.since <= recontact_answered_at(f.started_at, window_hours, as_of)
    AND g.until > recontact_answered_at(f.started_at, window_hours, as_of);

COMMENT ON MACRO TABLE recontact_detailed IS 'The contacts behind a rate, with or without their queues, and kinds and agents. A building block.';

CREATE OR REPLACE MACRO recontact_contacts(
    scope := 'same_issue',
    window_hours := 168,
    from_ts := NULL,
    to_ts := NULL,
    as_of := NULL
) AS TABLE
SELECT *
FROM recontact_detailed(scope, window_hours, from_ts, to_ts, as_of, TRUE, TRUE);

COMMENT ON MACRO TABLE recontact_contacts IS 'Drill-down: the contacts behind a rate, one row each, with channel, category, queue (of a ticket that had not been in one yet, the first it entered), stage and promise then; the agent who answers for it (whom its re-contact is charged to, Nobody''s being NULL; without one the owner at the end of the window, or the last resolver of a resolved ticket); whether and by what it was followed, the kind, the gap in hours, and whether it is mature.';

-- A contact's value in one dimension; of no dimension, none.
CREATE OR REPLACE MACRO recontact_valued(dimension, scope, window_hours, from_ts, to_ts, as_of) AS TABLE
SELECT
    CASE
        WHEN dimension IS NULL THEN NULL
        WHEN dimension = 'day' THEN strftime(started_at, '%Y-%m-%d')
        WHEN dimension = 'week' THEN strftime(date_trunc('week', started_at), '%Y-%m-%d')
        WHEN dimension = 'month' THEN strftime(started_at, '%Y-%m')
        WHEN dimension = 'queue' THEN coalesce(queue, 'No queue')
        WHEN dimension = 'agent' THEN coalesce(agent, 'Nobody')
        WHEN dimension = 'category' THEN category
        WHEN dimension = 'channel' THEN channel
        WHEN dimension = 'kind' THEN kind
        WHEN dimension = 'stage' THEN stage
        WHEN dimension = 'promise' THEN promise
        ELSE error('dimension is day, week, month, queue, agent, category, channel, kind, stage or promise')
    END AS "value",
    customer,
    started_at,
    followed,
    mature
FROM recontact_detailed(
    scope,
    window_hours,
    from_ts,
    to_ts,
    as_of,
    coalesce(dimension = 'queue', FALSE),
    coalesce(dimension IN ('agent', 'kind'), FALSE)
);

COMMENT ON MACRO TABLE recontact_valued IS 'The contacts behind a rate, each with its value in one dimension. A building block.';

CREATE OR REPLACE MACRO recontact_rate_by(
    dimension,
    scope := 'same_issue',
    window_hours := 168,
    from_ts := NULL,
    to_ts := NULL,
    as_of := NULL
) AS TABLE
WITH counted AS (
    -- A kind is a property of the re-contact: all contacts are what each kind is a share of.
    SELECT
        "value",
        CASE WHEN dimension = 'kind' THEN sum(count(*)) OVER () ELSE count(*) END::BIGINT AS contacts,
        count(*) FILTER (WHERE followed) AS recontacts,
        CASE
            WHEN dimension = 'kind' THEN sum(count(*) FILTER (WHERE mature)) OVER ()
            ELSE count(*) FILTER (WHERE mature)
        END::BIGINT AS mature_contacts,
        count(*) FILTER (WHERE mature AND followed) AS mature_recontacts
    FROM recontact_valued(dimension, scope, window_hours, from_ts, to_ts, as_of)
    GROUP BY "value"
)
SELECT
    "value",
    contacts,
    recontacts,
    recontact_share(recontacts, contacts) AS rate,
    mature_contacts,
    mature_recontacts,
    recontact_share(mature_recontacts, mature_contacts) AS mature_rate
FROM counted
WHERE "value" IS NOT NULL
ORDER BY "value";

COMMENT ON MACRO TABLE recontact_rate_by IS 'The re-contact rate per value of a dimension of the preceding contact: day, week (its Monday), month, queue, agent (who answers for it: Unassigned is a value, Nobody is charged with a new issue), category (unknown ones left out), channel, stage, promise; or per kind of the re-contact, as a share of all contacts. Other parameters as in recontact_rate.';

CREATE OR REPLACE MACRO recontact_back(window_hours, from_ts) AS (
    from_ts::TIMESTAMPTZ - recontact_window(window_hours)
);

COMMENT ON MACRO recontact_back IS 'The first moment that a question about repeats in a period looks at; NULL has no bound. A building block.';

CREATE OR REPLACE MACRO recontact_overview(
    scope := 'same_issue',
    window_hours := 168,
    from_ts := NULL,
    to_ts := NULL,
    as_of := NULL
) AS TABLE
WITH forward AS MATERIALIZED (
    SELECT *
    FROM recontact_followed(scope, window_hours, from_ts, to_ts, as_of)
),
backward AS (
    -- A repeat's own day: its window lies behind it, so that it is mature at once.
    SELECT
        coalesce(
            window_hours IS NULL AND b.earlier IS NOT NULL
                OR b.earlier_at >= s.started_at - recontact_window(window_hours),
            FALSE
        ) AS repeats
    FROM recontact_scan(recontact_back(window_hours, from_ts), recontact_end(to_ts, as_of), NULL) AS s
    LEFT JOIN recontact_earlier(
        scope,
        recontact_back(window_hours, from_ts),
        recontact_end(to_ts, as_of),
        NULL
    ) AS b
        ON b.customer = s.customer
        AND b.ordinal = s.ordinal
    WHERE s.started_at >= coalesce(from_ts::TIMESTAMPTZ, '-infinity'::TIMESTAMPTZ)
        AND s.started_at < coalesce(to_ts::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ)
        AND recontact_counts(scope, s.issue_known)
),
measured AS (
    SELECT 1 AS line, 'look_forward' AS measure, followed, mature
    FROM forward
    UNION ALL
    SELECT 2 AS line, 'look_back' AS measure, repeats AS followed, TRUE AS mature
    FROM backward
    UNION ALL
    SELECT 3 AS line, 'tickets' AS measure, bool_or(followed) AS followed, bool_and(mature) AS mature
    FROM forward
    GROUP BY ticket
    UNION ALL
    SELECT 4 AS line, 'customers' AS measure, bool_or(followed) AS followed, bool_and(mature) AS mature
    FROM forward
    GROUP BY customer
),
named AS (
    SELECT unnest(range(1, 5)) AS line, unnest(['look_forward', 'look_back', 'tickets', 'customers']) AS measure
)
SELECT
    n.measure,
    count(m.line) AS total,
    count(*) FILTER (WHERE m.followed) AS recontacted,
    recontact_share(count(*) FILTER (WHERE m.followed), count(m.line)) AS rate,
    count(*) FILTER (WHERE m.mature) AS mature_total,
    count(*) FILTER (WHERE m.mature AND m.followed) AS mature_recontacted,
    recontact_share(
        count(*) FILTER (WHERE m.mature AND m.followed),
        count(*) FILTER (WHERE m.mature)
    ) AS mature_rate
FROM named AS n
LEFT JOIN measured AS m ON m.line = n.line
GROUP BY n.line, n.measure
ORDER BY n.line;

COMMENT ON MACRO TABLE recontact_overview IS 'The rate four ways, a row each: look_forward (contacts followed, by the first one''s day), look_back (contacts that are re-contacts, by their own day), tickets (with a re-contact, of those with a contact), customers (likewise). A ticket or customer is mature once all its contacts in the period are.';

CREATE OR REPLACE MACRO recontact_unknown_issues(from_ts := NULL, to_ts := NULL, as_of := NULL) AS TABLE
SELECT
    s.customer,
    s.ticket,
    s.sequence,
    s.number,
    s.started_at,
    s.form,
    s.channel
FROM recontact_scan(from_ts, recontact_end(to_ts, as_of), NULL) AS s
WHERE NOT s.issue_known
    AND s.started_at < coalesce(to_ts::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ);

COMMENT ON MACRO TABLE recontact_unknown_issues IS 'The contacts of a period whose category was unknown, on tickets without an order: they count in the any-issue rates only.';

-- ── Pairs ───────────────────────────────────────────────────────────────────────────────────────

CREATE OR REPLACE MACRO recontact_pairs(
    scope := 'same_issue',
    window_hours := 168,
    from_ts := NULL,
    to_ts := NULL,
    as_of := NULL
) AS TABLE
WITH scanned AS MATERIALIZED (
    SELECT *
    FROM recontact_scan(from_ts, recontact_reach(window_hours, to_ts, as_of), NULL)
)
SELECT
    s.customer,
    e.ticket AS earlier_ticket,
    e.number AS earlier_number,
    e.sequence AS earlier_sequence,
    e.started_at AS earlier_at,
    e.channel AS earlier_channel,
    e.category AS earlier_category,
    s.ticket,
    s.number,
    s.sequence,
    s.started_at,
    s.channel,
    s.category,
    date_diff('microsecond', e.started_at, s.started_at) / 3600000000 AS gap_hours,
    r.kind,
    r.about_ticket,
    r.attributed_to,
    r.kind = 'chase' AND recontact_missing(r.promise_then, r.delivered, r.seen) <> 'nothing' AS avoidable,
    recontact_missing(r.promise_then, r.delivered, r.seen) AS missing,
    recontact_counts(scope, e.issue_known)
        AND row_number() OVER (PARTITION BY e.customer, e.ordinal ORDER BY s.ordinal) = 1 AS counted
FROM recontact_earlier(scope, from_ts, recontact_reach(window_hours, to_ts, as_of), NULL) AS b
INNER JOIN scanned AS s
    ON s.customer = b.customer
    AND s.ordinal = b.ordinal
INNER JOIN scanned AS e
    ON e.customer = b.customer
    AND e.ordinal = b.earlier
INNER JOIN recontact_repeat(from_ts, recontact_reach(window_hours, to_ts, as_of)) AS r
    ON r.ticket = s.ticket
    AND r.sequence = s.sequence
WHERE e.started_at < coalesce(to_ts::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ)
    AND s.started_at <= coalesce(
        e.started_at + recontact_window(window_hours),
        'infinity'::TIMESTAMPTZ
    );

COMMENT ON MACRO TABLE recontact_pairs IS 'Drill-down: the pairs of the scope whose earlier contact began in the period and whose gap is within the window, with the columns of recontact_pair except the scope.';

CREATE OR REPLACE VIEW recontact_pair AS
SELECT
    'same_issue' AS scope,
    *
FROM recontact_pairs(scope := 'same_issue', window_hours := NULL)
UNION ALL
SELECT
    'any_issue' AS scope,
    *
FROM recontact_pairs(scope := 'any_issue', window_hours := NULL);

COMMENT ON VIEW recontact_pair IS 'One row a scope and re-contact: a contact and its latest earlier one, of the same issue or of any. Neutral contacts are in no pair.';
COMMENT ON COLUMN recontact_pair.scope IS 'same_issue or any_issue.';
COMMENT ON COLUMN recontact_pair.customer IS 'Whose contacts they are.';
COMMENT ON COLUMN recontact_pair.earlier_ticket IS 'Ticket of the earlier contact.';
COMMENT ON COLUMN recontact_pair.earlier_number IS 'Number of that ticket.';
COMMENT ON COLUMN recontact_pair.earlier_sequence IS 'Sequence of the earlier contact within its ticket.';
COMMENT ON COLUMN recontact_pair.earlier_at IS 'When the earlier contact began.';
COMMENT ON COLUMN recontact_pair.earlier_channel IS 'Channel of the earlier contact.';
COMMENT ON COLUMN recontact_pair.earlier_category IS 'Top-level category known at the earlier contact.';
COMMENT ON COLUMN recontact_pair.ticket IS 'Ticket of the re-contact.';
COMMENT ON COLUMN recontact_pair.number IS 'Number of that ticket.';
COMMENT ON COLUMN recontact_pair.sequence IS 'Sequence of the re-contact within its ticket.';
COMMENT ON COLUMN recontact_pair.started_at IS 'When the re-contact began.';
COMMENT ON COLUMN recontact_pair.channel IS 'Channel of the re-contact.';
COMMENT ON COLUMN recontact_pair.category IS 'Top-level category known at the re-contact.';
COMMENT ON COLUMN recontact_pair.gap_hours IS 'Time between the two, in hours. Windows apply when asking: gap_hours <= 168 is 7 days.';
COMMENT ON COLUMN recontact_pair.kind IS 'chase, reopen, return or new_issue: what the re-contact is to everything the customer did before.';
COMMENT ON COLUMN recontact_pair.about_ticket IS 'The ticket the re-contact is about: its own, or for an opening the earlier one of the same issue.';
COMMENT ON COLUMN recontact_pair.attributed_to IS 'Chase: the owner then; reopen and return: the last resolver; Unassigned if nobody was; NULL for a new issue, which is nobody''s.';
COMMENT ON COLUMN recontact_pair.avoidable IS 'Whether showing progress could have prevented it: every chase at which something was missing.';
COMMENT ON COLUMN recontact_pair.missing IS 'What was missing at a chase: no_promise, promise_missed, promise_not_delivered (its channel said so), not_seen (no look at the tracker, no notification opened, the message not reported read, since the promise), or nothing.';
COMMENT ON COLUMN recontact_pair.counted IS 'Whether the rate counts this pair: once a contact, at its smallest gap, and where its issue is known.';

-- ── Drivers ─────────────────────────────────────────────────────────────────────────────────────

CREATE OR REPLACE MACRO recontact_drivers(
    scope := 'same_issue',
    window_hours := 168,
    from_ts := NULL,
    to_ts := NULL,
    as_of := NULL
) AS TABLE
WITH contacts AS MATERIALIZED (
    SELECT *
    FROM recontact_contacts(scope, window_hours, from_ts, to_ts, as_of)
),
overall AS (
    SELECT
        count(*) AS contacts,
        count(*) FILTER (WHERE followed) AS recontacts
    FROM contacts
),
valued AS (
    SELECT
        unnest(['category', 'channel', 'queue', 'agent', 'stage', 'promise']) AS dimension,
        unnest([
            coalesce(category, 'Unknown'),
            channel,
            coalesce(queue, 'No queue'),
            coalesce(agent, 'Nobody'),
            stage,
            promise
        ]) AS "value",
        followed,
        mature
    FROM contacts
),
counted AS (
    SELECT
        dimension,
        "value",
        count(*) AS contacts,
        count(*) FILTER (WHERE followed) AS recontacts,
        count(*) FILTER (WHERE mature) AS mature_contacts,
        count(*) FILTER (WHERE mature AND followed) AS mature_recontacts
    FROM valued
    GROUP BY dimension, "value"
)
SELECT
    c.dimension,
    c."value",
    c.contacts,
    c.recontacts,
    recontact_share(c.recontacts, c.contacts) AS rate,
    recontact_share(c.contacts, o.contacts) AS share_of_contacts,
    recontact_share(c.recontacts, o.recontacts) AS share_of_recontacts,
    recontact_share(o.recontacts, o.contacts) AS overall_rate,
    recontact_share(o.recontacts - c.recontacts, o.contacts - c.contacts) AS rate_without,
    c.mature_contacts,
    c.mature_recontacts,
    recontact_share(c.mature_recontacts, c.mature_contacts) AS mature_rate
FROM counted AS c
CROSS JOIN overall AS o
ORDER BY c.dimension, c.recontacts DESC, c.contacts DESC, c."value";

COMMENT ON MACRO TABLE recontact_drivers IS 'What drives re-contacts: for each category, channel, queue, agent, stage and promise state of the preceding contact: contacts, recontacts, rate, share of all contacts and of all re-contacts, the overall rate, the overall rate without them, and the counts of mature contacts. Parameters as in recontact_rate.';

-- ── Before and after ────────────────────────────────────────────────────────────────────────────

-- SplitMix64: well mixed, cheap, and the same on any machine and for ever, which `hash` does not promise.
CREATE OR REPLACE MACRO recontact_product(one, other) AS (
    (one::UHUGEINT * other::UHUGEINT) & 18446744073709551615::UHUGEINT
)::UBIGINT;

COMMENT ON MACRO recontact_product IS 'The product of two numbers modulo 2^64. A building block.';

CREATE OR REPLACE MACRO recontact_mixed(number, distance, factor) AS recontact_product(
    xor(number, number >> distance),
    factor
);

COMMENT ON MACRO recontact_mixed IS 'One round of mixing the bits of a number. A building block.';

CREATE OR REPLACE MACRO recontact_draw(seed, draw) AS (
    recontact_mixed(
        recontact_mixed(
            xor(seed, recontact_product(draw + 1, 11400714819323198485)),
            30,
            13787848793156543929
        ),
        27,
        10723151780598845931
    ) >> 11
) / 9007199254740992.0 + 5e-17;

COMMENT ON MACRO recontact_draw IS 'A number between 0 and 1, the same for the same seed and count of draw. A building block.';

-- Customers are resampled, not contacts, since one customer's contacts are not independent: each customer is
-- drawn Poisson(1) times. Customers with equal counts are interchangeable, so that k of them are drawn
-- together, Poisson(k) times: up to 16 one by one, more by the normal approximation corrected for skewness.
-- The cost follows the number of different counts, not of customers.
CREATE OR REPLACE MACRO recontact_compare(
    a_from := NULL,
    a_to := NULL,
    b_from := NULL,
    b_to := NULL,
    scope := 'same_issue',
    window_hours := 168,
    as_of := NULL,
    dimension := NULL,
    a_value := NULL,
    b_value := NULL,
    resamples := 1000
) AS TABLE
WITH asked AS MATERIALIZED (
    -- Both periods in one go; a contact may be in both.
    SELECT *
    FROM recontact_valued(
        dimension,
        scope,
        window_hours,
        CASE
            WHEN a_from IS NOT NULL AND b_from IS NOT NULL
            THEN least(a_from::TIMESTAMPTZ, b_from::TIMESTAMPTZ)
        END,
        CASE
            WHEN a_to IS NOT NULL AND b_to IS NOT NULL
            THEN greatest(a_to::TIMESTAMPTZ, b_to::TIMESTAMPTZ)
        END,
        as_of
    )
),
contacts AS MATERIALIZED (
    SELECT 'a' AS side, customer, followed, mature
    FROM asked
    WHERE (a_value IS NULL OR "value" = a_value)
        AND started_at >= coalesce(a_from::TIMESTAMPTZ, '-infinity'::TIMESTAMPTZ)
        AND started_at < coalesce(a_to::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ)
    UNION ALL
    SELECT 'b' AS side, customer, followed, mature
    FROM asked
    WHERE (b_value IS NULL OR "value" = b_value)
        AND started_at >= coalesce(b_from::TIMESTAMPTZ, '-infinity'::TIMESTAMPTZ)
        AND started_at < coalesce(b_to::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ)
),
customer_counts AS (
    SELECT
        customer,
        count(*) FILTER (WHERE side = 'a') AS a,
        count(*) FILTER (WHERE side = 'a' AND followed) AS a_followed,
        count(*) FILTER (WHERE side = 'b') AS b,
        count(*) FILTER (WHERE side = 'b' AND followed) AS b_followed
    FROM contacts
    WHERE mature OR window_hours IS NULL
    GROUP BY customer
),
alike AS MATERIALIZED (
    SELECT
        a,
        a_followed,
        b,
        b_followed,
        count(*) AS customers,
        md5_number_lower(concat_ws(' ', a, a_followed, b, b_followed)) AS seed
    FROM customer_counts
    GROUP BY a, a_followed, b, b_followed
),
drawn AS (
    SELECT
        resample,
        a,
        a_followed,
        b,
        b_followed,
        -- The quantile function of a Poisson distribution with mean 1.
        CASE
            WHEN chance <= 0.36787944117144233 THEN 0
            WHEN chance <= 0.7357588823428847 THEN 1
            WHEN chance <= 0.9196986029286058 THEN 2
            WHEN chance <= 0.9810118431238462 THEN 3
            WHEN chance <= 0.9963401531726563 THEN 4
            WHEN chance <= 0.9994058151824183 THEN 5
            WHEN chance <= 0.9999167588507119 THEN 6
            WHEN chance <= 0.9999897508033253 THEN 7
            ELSE 8
        END AS times
    FROM (
        SELECT
            *,
            recontact_draw(seed, resample * 16 + member) AS chance
        FROM (
            SELECT *, unnest(range(customers)) AS member
            FROM alike
            WHERE customers <= 16
        )
        CROSS JOIN range(resamples) AS r(resample)
    )
    UNION ALL
    SELECT
        resample,
        a,
        a_followed,
        b,
        b_followed,
        greatest(0, round(customers + sqrt(customers) * normal + (normal * normal - 1) / 6)) AS times
    FROM (
        -- Box and Muller's way from two chances to one normal deviate.
        SELECT
            *,
            sqrt(-2 * ln(recontact_draw(seed, resample * 16)))
                * cos(2 * pi() * recontact_draw(seed, resample * 16 + 1)) AS normal
        FROM alike
        CROSS JOIN range(resamples) AS r(resample)
        WHERE customers > 16
    )
),
resampled AS (
    SELECT
        resample,
        recontact_share(sum(times * a_followed), sum(times * a)) AS a_rate,
        recontact_share(sum(times * b_followed), sum(times * b)) AS b_rate
    FROM drawn
    GROUP BY resample
),
interval_of AS (
    SELECT
        quantile_cont(b_rate - a_rate, 0.025) AS absolute_low,
        quantile_cont(b_rate - a_rate, 0.975) AS absolute_high,
        quantile_cont(recontact_share(b_rate - a_rate, a_rate), 0.025) AS relative_low,
        quantile_cont(recontact_share(b_rate - a_rate, a_rate), 0.975) AS relative_high
    FROM resampled
),
measured AS (
    SELECT
        count(*) FILTER (WHERE a > 0) AS a_customers,
        coalesce(sum(a), 0)::BIGINT AS a_contacts,
        coalesce(sum(a_followed), 0)::BIGINT AS a_recontacts,
        recontact_share(sum(a_followed), sum(a)) AS a_rate,
        count(*) FILTER (WHERE b > 0) AS b_customers,
        coalesce(sum(b), 0)::BIGINT AS b_contacts,
        coalesce(sum(b_followed), 0)::BIGINT AS b_recontacts,
        recontact_share(sum(b_followed), sum(b)) AS b_rate
    FROM customer_counts
),
immature AS (
    SELECT
        count(*) FILTER (WHERE side = 'a' AND NOT mature) AS a_immature,
        count(*) FILTER (WHERE side = 'b' AND NOT mature) AS b_immature
    FROM contacts
)
SELECT
    m.*,
    m.b_rate - m.a_rate AS absolute_change,
    i.absolute_low,
    i.absolute_high,
    recontact_share(m.b_rate - m.a_rate, m.a_rate) AS relative_change,
    i.relative_low,
    i.relative_high,
    m.b_recontacts - m.a_recontacts AS count_change,
    u.a_immature,
    u.b_immature,
    window_hours IS NOT NULL AS mature
FROM measured AS m
CROSS JOIN interval_of AS i
CROSS JOIN immature AS u;

COMMENT ON MACRO TABLE recontact_compare IS 'Two periods side by side, or two cohorts: those contacts whose value of a dimension (as in recontact_rate_by) is a_value, and b_value. One row: customers, contacts, re-contacts and rate of each; absolute, relative and count change from a to b; a 95 % interval of the absolute and the relative change, resampled by customer and the same whenever the same log is asked. Contacts whose window is not over are left out and counted as a_immature and b_immature; with any window (NULL) they are all in, and mature is false.';

-- ── Who has to ask again and again ──────────────────────────────────────────────────────────────

CREATE OR REPLACE MACRO update_requesters(from_ts := NULL, to_ts := NULL, as_of := NULL) AS TABLE
WITH chase AS (
    SELECT
        s.customer,
        count(*) AS chases,
        min(s.started_at) AS first_chase_at,
        max(s.started_at) AS last_chase_at
    FROM recontact_repeat(from_ts, recontact_end(to_ts, as_of)) AS r
    INNER JOIN recontact_scan(from_ts, recontact_end(to_ts, as_of), NULL) AS s
        ON s.ticket = r.ticket
        AND s.sequence = r.sequence
    WHERE r.kind = 'chase'
        AND s.started_at < coalesce(to_ts::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ)
    GROUP BY s.customer
),
reaching AS (
    SELECT
        c.customer,
        count(*) AS contacts,
        count(DISTINCT c.ticket) AS cases
    FROM recontact_start AS c
    WHERE c.customer IS NOT NULL
        AND c.started_at >= coalesce(from_ts::TIMESTAMPTZ, '-infinity'::TIMESTAMPTZ)
        AND c.started_at <= recontact_end(to_ts, as_of)
        AND c.started_at < coalesce(to_ts::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ)
    GROUP BY c.customer
)
SELECT
    h.customer,
    h.chases,
    r.contacts,
    r.cases,
    r.contacts > 4 AS more_than_four,
    h.first_chase_at,
    h.last_chase_at
FROM chase AS h
INNER JOIN reaching AS r ON r.customer = h.customer;

COMMENT ON MACRO TABLE update_requesters IS 'The customers who chased in the period, one row each: chases, contacts (neutral ones too), cases, whether they had to contact more than 4 times, first and last chase.';

CREATE OR REPLACE MACRO update_requester_share(from_ts := NULL, to_ts := NULL, as_of := NULL) AS TABLE
SELECT
    count(*) AS customers,
    count(*) FILTER (WHERE more_than_four) AS more_than_four,
    recontact_share(count(*) FILTER (WHERE more_than_four), count(*)) AS share
FROM update_requesters(from_ts, to_ts, as_of);

COMMENT ON MACRO TABLE update_requester_share IS 'Of the customers who chased in the period, the share that had more than 4 contacts in it: one row.';

CREATE OR REPLACE MACRO update_requesters_by_contacts(from_ts := NULL, to_ts := NULL, as_of := NULL) AS TABLE
SELECT
    contacts,
    count(*) AS customers,
    recontact_share(count(*), sum(count(*)) OVER ()) AS share
FROM update_requesters(from_ts, to_ts, as_of)
GROUP BY contacts
ORDER BY contacts;

COMMENT ON MACRO TABLE update_requesters_by_contacts IS 'How many of the customers who chased had how many contacts: one row a number of contacts.';

CREATE OR REPLACE MACRO frequent_contactors(from_ts := NULL, to_ts := NULL, as_of := NULL, more_than := 4) AS TABLE
WITH cases AS (
    SELECT
        c.ticket,
        max(c.number) AS number,
        arg_max(c.customer, c.sequence) AS customer,
        count(*) AS contacts,
        min(c.started_at) AS first_at,
        max(c.started_at) AS last_at
    FROM recontact_start AS c
    WHERE c.customer IS NOT NULL
        AND c.started_at >= coalesce(from_ts::TIMESTAMPTZ, '-infinity'::TIMESTAMPTZ)
        AND c.started_at <= recontact_end(to_ts, as_of)
        AND c.started_at < coalesce(to_ts::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ)
    GROUP BY c.ticket
)
SELECT *
FROM cases
WHERE contacts > more_than;

COMMENT ON MACRO TABLE frequent_contactors IS 'The cases with more than 4 contacts (neutral ones too) in the period, one row each: ticket, number, customer of the last one, contacts, first and last.';

CREATE OR REPLACE VIEW frequent_contactor AS
SELECT *
FROM frequent_contactors();

COMMENT ON VIEW frequent_contactor IS 'The cases with more than 4 contacts, of all time.';
COMMENT ON COLUMN frequent_contactor.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN frequent_contactor.number IS 'The number people use for the ticket.';
COMMENT ON COLUMN frequent_contactor.customer IS 'Whose contact the last one was.';
COMMENT ON COLUMN frequent_contactor.contacts IS 'Number of contacts, neutral ones too.';
COMMENT ON COLUMN frequent_contactor.first_at IS 'When the first one began.';
COMMENT ON COLUMN frequent_contactor.last_at IS 'When the last one began.';
