-- A customer's cases: ongoing ones first, the latest update first.
SELECT
    number,
    ticket,
    subject,
    category,
    stage,
    stage_index,
    state,
    badges,
    agent,
    opened_at,
    last_update_at,
    next_update_by,
    resolution_expected_by,
    next_action,
    next_action_why,
    times_reopened,
    resolved_at,
    closed_at,
    merged_into,
    order_refs
FROM customer_case
WHERE customer = $customer
ORDER BY
    list_rank,
    last_update_at DESC,
    ticket
LIMIT $limit;
