-- How far each published projection is, and up to when everything is known in it.
SELECT
    projection,
    coalesce(sum(position), 0)::BIGINT AS position,
    any_value(as_of) AS as_of
FROM projection_position
WHERE state = 'published'
GROUP BY projection
ORDER BY projection;
