-- What readers ask. Pairs are computed when asked, inside [from, to + window], with both bounds on the
-- scan. Parameters have no types, so that '2026-03-01' and a TIMESTAMPTZ both do; texts are read in the
-- session's zone, which is the ledger's reporting zone. No column is named like a parameter.

-- ── Contacts ────────────────────────────────────────────────────────────────────────────────────

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
    c.neutral AND t.ticket IS NULL AS neutral,
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
    CASE
        WHEN c.promise IS NULL THEN 'none'
        WHEN c.promise.state <> 'running' THEN c.promise.state
        WHEN c.promise.instance > 1 OR c.promise.due_at < c.started_at THEN 'missed'
        ELSE 'running'
    END AS promise,
    c.promise.due_at AS promise_due_at,
    c.recorded_at,
    c.partition,
    c.position
FROM recontact.main.contact_start AS c
LEFT JOIN recontact.main.contact_turn AS t ON t.ticket = c.ticket AND t.sequence = c.sequence
LEFT JOIN recontact.main.ticket_state AS s ON s.ticket = c.ticket
WHERE c.customer IS NOT NULL;

COMMENT ON VIEW contact IS 'One row a contact: a known customer reaching out, as things stood at that moment.';
COMMENT ON COLUMN contact.customer IS 'The requester at that moment.';
COMMENT ON COLUMN contact.ticket IS 'The ticket''s id.';
COMMENT ON COLUMN contact.sequence IS 'Sequence of the contact''s first event within the ticket; with the ticket it names the contact.';
COMMENT ON COLUMN contact.number IS 'The number people use for the ticket.';
COMMENT ON COLUMN contact.started_at IS 'When it began (effective time of its first event).';
COMMENT ON COLUMN contact.form IS 'opening, message, or reopening (without a message).';
COMMENT ON COLUMN contact.channel IS 'How the customer reached out.';
COMMENT ON COLUMN contact.intent IS 'Why its first message was written; NULL for openings and reopenings.';
COMMENT ON COLUMN contact.neutral IS 'Whether all its messages were thanks, answers to our questions, or new information; a neutral contact is in no rate.';
COMMENT ON COLUMN contact.category IS 'Top-level category known at that moment; NULL if unknown.';
COMMENT ON COLUMN contact.orders IS 'The orders of the ticket; empty if none.';
COMMENT ON COLUMN contact.follows IS 'The ticket that this one follows.';
COMMENT ON COLUMN contact.merged_into IS 'The ticket this one was merged into; NULL until merging is recorded.';
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
CREATE OR REPLACE MACRO recontact_scan(scan_from, scan_to) AS TABLE
SELECT
    row_number() OVER (PARTITION BY c.customer ORDER BY c.started_at, c.number, c.sequence) AS ordinal,
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
FROM recontact.main.contact_start AS c
LEFT JOIN recontact.main.contact_turn AS t ON t.ticket = c.ticket AND t.sequence = c.sequence
WHERE c.customer IS NOT NULL
    AND (NOT c.neutral OR t.ticket IS NOT NULL)
    AND c.started_at >= coalesce(scan_from::TIMESTAMPTZ, '-infinity'::TIMESTAMPTZ)
    AND c.started_at <= coalesce(scan_to::TIMESTAMPTZ, 'infinity'::TIMESTAMPTZ);

COMMENT ON MACRO TABLE recontact_scan IS 'The contacts of a time range that can be linked, numbered per customer in their order. A building block.';

-- What a contact can be linked by. Two contacts of one customer are of the same issue where they share a
-- value that at least one of them owns: one's ticket may be what the other's follows, but two tickets that
-- follow a third are no pair. A category only links contacts without orders; an unknown one links nothing.
CREATE OR REPLACE MACRO recontact_links(scope, scan_from, scan_to) AS TABLE
WITH scanned AS (
    SELECT *
    FROM recontact_scan(scan_from, scan_to)
)
SELECT ordinal, customer, ticket, started_at, form, 'all' AS issue, TRUE AS owned
FROM scanned
WHERE CASE scope
    WHEN 'any_issue' THEN TRUE
    WHEN 'same_issue' THEN FALSE
    ELSE error('scope is same_issue or any_issue')
END
UNION ALL
SELECT ordinal, customer, ticket, started_at, form, 'ticket ' || ticket AS issue, TRUE AS owned
FROM scanned
WHERE scope = 'same_issue'
UNION ALL
SELECT ordinal, customer, ticket, started_at, form, 'ticket ' || follows AS issue, FALSE AS owned
FROM scanned
WHERE scope = 'same_issue'
    AND follows IS NOT NULL
UNION ALL
SELECT ordinal, customer, ticket, started_at, form, 'ticket ' || merged_into AS issue, FALSE AS owned
FROM scanned
WHERE scope = 'same_issue'
    AND merged_into IS NOT NULL
    AND merged_into IS DISTINCT FROM follows
UNION ALL
SELECT ordinal, customer, ticket, started_at, form, 'order ' || unnest(orders) AS issue, TRUE AS owned
FROM scanned
WHERE scope = 'same_issue'
    AND len(orders) > 0
UNION ALL
SELECT ordinal, customer, ticket, started_at, form, 'category ' || category AS issue, TRUE AS owned
FROM scanned
WHERE scope = 'same_issue'
    AND len(orders) = 0
    AND category IS NOT NULL;

COMMENT ON MACRO TABLE recontact_links IS 'The values by which contacts of a time range can be linked, one row each. A building block.';

-- Each contact's latest earlier one in the scope. Within a customer ordinals and times rise together.
CREATE OR REPLACE MACRO recontact_earlier(scope, scan_from, scan_to) AS TABLE
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
    FROM recontact_links(scope, scan_from, scan_to)
    WINDOW before AS (
        PARTITION BY customer, issue
        ORDER BY ordinal
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
)
WHERE earlier IS NOT NULL
GROUP BY customer, ordinal;

COMMENT ON MACRO TABLE recontact_earlier IS 'For each contact of a time range that has one: its latest earlier contact in the scope. A building block.';
