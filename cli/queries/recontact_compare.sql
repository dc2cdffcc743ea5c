-- Two periods or cohorts side by side.
SELECT *
FROM recontact_compare(
    a_from := $a_since,
    a_to := $a_until,
    b_from := $b_since,
    b_to := $b_until,
    scope := $scope,
    window_hours := $hours,
    as_of := $as_of,
    dimension := $dimension,
    a_value := $a_value,
    b_value := $b_value
);
