-- The last moment that any projection knows of.
SELECT max(effective)
FROM projection_position;
