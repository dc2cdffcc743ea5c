-- What drives re-contacts: of each dimension the values with the most of them.
SELECT *
FROM recontact_drivers(
    scope := $scope,
    window_hours := $hours,
    from_ts := $since,
    to_ts := $until,
    as_of := $as_of
)
WHERE $dimension IS NULL
    OR dimension = $dimension
QUALIFY row_number() OVER (
    PARTITION BY dimension
    ORDER BY
        recontacts DESC,
        contacts DESC,
        "value"
) <= $limit
ORDER BY
    dimension,
    recontacts DESC,
    contacts DESC,
    "value";
