-- The contacts behind a rate, the latest first.
SELECT *
FROM recontact_contacts(
    scope := $scope,
    window_hours := $hours,
    from_ts := $since,
    to_ts := $until,
    as_of := $as_of
)
WHERE (NOT $followed OR followed)
    AND ($customer IS NULL OR customer = $customer)
ORDER BY
    started_at DESC,
    number,
    sequence
LIMIT $limit;
