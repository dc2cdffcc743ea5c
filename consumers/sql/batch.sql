-- What the fold reads: the readable new events, without their bytes.
CREATE OR REPLACE TEMP VIEW batch AS
SELECT * EXCLUDE (text, body)
FROM arrived;
