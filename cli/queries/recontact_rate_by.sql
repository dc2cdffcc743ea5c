-- The re-contact rate for each value of a dimension: moments in their order, all else the most first.
SELECT *
FROM recontact_rate_by(
    $dimension,
    scope := $scope,
    window_hours := $hours,
    from_ts := $since,
    to_ts := $until,
    as_of := $as_of
)
ORDER BY
    CASE
        WHEN $dimension IN ('day', 'week', 'month') THEN 0
        ELSE -recontacts
    END,
    CASE
        WHEN $dimension IN ('day', 'week', 'month') THEN 0
        ELSE -contacts
    END,
    "value";
