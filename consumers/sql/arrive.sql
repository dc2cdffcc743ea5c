-- What was delivered and is not folded yet, parsed. What does not parse has NULL columns and keeps its bytes.
CREATE OR REPLACE TEMP TABLE arrived AS
WITH delivered AS (
    SELECT
        unnest($partitions::INTEGER[]) AS partition,
        unnest($positions::BIGINT[]) AS position,
        unnest($bodies::BLOB[]) AS body
),
fresh AS (
    -- A redelivery, by a second relay or after a crash, is dropped here.
    SELECT d.*
    FROM delivered AS d
    LEFT JOIN position AS p ON p.partition = d.partition
    WHERE d.position > coalesce(p.position, 0)
),
parsed AS (
    SELECT
        partition,
        position,
        body,
        TRY_CAST(TRY_CAST(TRY(decode(body)) AS JSON) AS STRUCT(
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
    FROM fresh
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
    body
FROM parsed;
