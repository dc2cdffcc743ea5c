-- A delivery, parsed and checked. What cannot be folded has a reason and keeps its bytes; the check
-- of `data` is written by the loop, from the domain's events.
CREATE TABLE memory.main./*the table*/ AS
WITH parsed AS (
    SELECT
        partition,
        position,
        body,
        text,
        TRY_CAST(TRY_CAST(text AS JSON) AS STRUCT(
            type VARCHAR,
            subject VARCHAR,
            sequence VARCHAR,
            time TIMESTAMPTZ,
            recordedtime TIMESTAMPTZ,
            actor VARCHAR,
            correlationid VARCHAR,
            commandid VARCHAR,
            data /*the projection's fields*/
        )) AS event
    FROM (
        /*what was delivered*/
    )
),
typed AS (
    SELECT
        partition,
        position,
        CASE
            WHEN event.type LIKE 'ticketledger.%.v1'
            THEN substr(event.type, 14, length(event.type) - 16)
            ELSE event.type
        END AS type,
        event.subject AS subject,
        -- Ten digits: a JSON text with leading zeros is a number only to SQL.
        TRY_CAST(event.sequence AS BIGINT) AS sequence,
        event.time AS time,
        event.recordedtime AS recordedtime,
        event.actor AS actor,
        event.correlationid AS correlationid,
        event.commandid AS commandid,
        event.data AS data,
        text,
        body
    FROM parsed
),
checked AS (
    SELECT
        *,
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
    FROM typed
)
SELECT
    * EXCLUDE (text, body),
    CASE WHEN reason IS NOT NULL THEN coalesce(body, encode(text)) END AS body
FROM checked;
