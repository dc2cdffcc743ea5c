-- What the fold reads: the readable new events, without their bytes.
CREATE OR REPLACE TEMP VIEW batch AS
SELECT * EXCLUDE (reason, body)
FROM memory.main./*the table*/
WHERE reason IS NULL;
