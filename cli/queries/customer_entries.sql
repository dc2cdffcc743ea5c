-- The public entries of a case, in order.
SELECT
    sequence,
    happened_at,
    kind,
    who,
    side,
    channel,
    stage,
    "text",
    text_hidden,
    promise_due_at,
    attachment,
    media_type
FROM customer_timeline
WHERE ticket = $ticket
ORDER BY sequence;
