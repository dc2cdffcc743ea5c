-- What cannot be folded, and why. The loop writes the check of `data` from the domain's events.
CREATE OR REPLACE TEMP TABLE rejected AS
SELECT
    partition,
    position,
    reason
FROM (
    SELECT
        partition,
        position,
        CASE
            WHEN type IS NULL
                OR subject IS NULL
                OR sequence IS NULL
                OR time IS NULL
                OR recordedtime IS NULL
            THEN CASE
                WHEN TRY_CAST(text AS JSON) IS NULL THEN 'not a JSON text'
                WHEN type IS NULL THEN 'the envelope has no type'
                WHEN subject IS NULL THEN 'the envelope has no subject'
                WHEN sequence IS NULL THEN 'the envelope has no readable sequence'
                WHEN time IS NULL THEN 'the envelope has no readable time'
                ELSE 'the envelope has no readable recordedtime'
            END
            /*the check of data*/
        END AS reason
    FROM arrived
)
WHERE reason IS NOT NULL;
