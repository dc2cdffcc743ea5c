-- The projections that are published.
SELECT DISTINCT projection
FROM projection_position
WHERE state = 'published'
ORDER BY projection;
