-- The re-contact rate of one scope and window.
SELECT *
FROM recontact_rate(
    scope := $scope,
    window_hours := $hours,
    from_ts := $since,
    to_ts := $until,
    as_of := $as_of
);
