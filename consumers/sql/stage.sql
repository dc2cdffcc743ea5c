-- A delivery, parsed. What does not parse has NULL columns and keeps its bytes.
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
    FROM delivered
)
SELECT
    partition,
    position,
    CASE
        WHEN event.type LIKE 'ticketledger.%.v1' THEN substr(event.type, 14, length(event.type) - 16)
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
FROM parsed;
