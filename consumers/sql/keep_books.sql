-- Position, sources and watermark go on with the rows, in the same transaction.
CREATE OR REPLACE TEMP TABLE next_position AS
SELECT
    partition,
    max(position) AS position,
    max(effective) AS effective,
    max(recorded) AS recorded
FROM (
    SELECT partition, position, effective, recorded FROM position
    UNION ALL
    SELECT partition, position, NULL, NULL FROM reached
    UNION ALL
    SELECT partition, position, time, recordedtime FROM batch
)
GROUP BY partition;

DELETE FROM position;

INSERT INTO position BY NAME
SELECT * FROM next_position ORDER BY partition;

-- A source's last effective time is the latest of its times: an effective time is a running maximum.
-- The end of a batch retires its source and says nothing about the world's time.
CREATE OR REPLACE TEMP TABLE next_source_time AS
SELECT
    source,
    max(effective) AS effective,
    bool_or(finished) AS finished
FROM (
    SELECT source, effective, finished FROM source_time
    UNION ALL
    SELECT
        CASE
            WHEN actor LIKE 'import:%' AND correlationid IS NOT NULL THEN actor || ' ' || correlationid
            ELSE 'live'
        END AS source,
        CASE WHEN type <> 'import.finished' THEN time END AS effective,
        type = 'import.finished' AS finished
    FROM batch
)
GROUP BY source;

DELETE FROM source_time;

INSERT INTO source_time BY NAME
SELECT * FROM next_source_time ORDER BY source;

DELETE FROM watermark;

INSERT INTO watermark
SELECT coalesce(min(effective) FILTER (WHERE NOT finished), max(effective))
FROM source_time;
