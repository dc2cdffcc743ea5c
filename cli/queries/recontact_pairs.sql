-- The pairs behind a rate, the latest first.
SELECT *
FROM recontact_pairs(
    scope := $scope,
    window_hours := $hours,
    from_ts := $since,
    to_ts := $until,
    as_of := $as_of
)
WHERE $kind IS NULL
    OR kind = $kind
ORDER BY
    started_at DESC,
    number,
    sequence
LIMIT $limit;
