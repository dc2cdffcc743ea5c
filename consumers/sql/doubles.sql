-- The same position twice in one delivery is one event.
CREATE OR REPLACE TEMP TABLE arrived AS
SELECT *
FROM arrived
QUALIFY row_number() OVER (PARTITION BY partition, position) = 1;
