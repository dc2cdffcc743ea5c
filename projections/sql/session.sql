-- What every reader's session has beside the projections' own views.

CREATE SCHEMA session;

CREATE TABLE session.setting (
    name VARCHAR,
    value VARCHAR
);

CREATE TABLE session.published (
    projection VARCHAR,
    number BIGINT,
    version INTEGER,
    published_at TIMESTAMPTZ
);

CREATE VIEW session.position AS
SELECT
    NULL::VARCHAR AS projection,
    NULL::INTEGER AS partition,
    NULL::BIGINT AS position,
    NULL::TIMESTAMPTZ AS as_of,
    NULL::TIMESTAMPTZ AS effective,
    NULL::TIMESTAMPTZ AS recorded
WHERE FALSE;

CREATE VIEW session.quarantined AS
SELECT
    NULL::VARCHAR AS projection,
    NULL::INTEGER AS partition,
    NULL::BIGINT AS position,
    NULL::VARCHAR AS subject,
    NULL::VARCHAR AS type,
    NULL::VARCHAR AS reason
WHERE FALSE;

CREATE VIEW projection_position AS
SELECT
    s.projection AS projection,
    s.version AS version,
    p.partition AS partition,
    p.position AS position,
    p.as_of AS as_of,
    p.effective AS effective,
    p.recorded AS recorded,
    s.published_at AS published_at,
    CASE
        WHEN s.number IS NULL
        THEN 'not published yet; run: ticketledger project run ' || s.projection
        ELSE 'published'
    END AS state
FROM session.published AS s
LEFT JOIN session.position AS p USING (projection)
ORDER BY projection, partition;

COMMENT ON VIEW projection_position IS 'How far each projection is: what every other view here is true as of. One row a projection and partition.';
COMMENT ON COLUMN projection_position.projection IS 'Name of the projection.';
COMMENT ON COLUMN projection_position.version IS 'Version of its tables and fold.';
COMMENT ON COLUMN projection_position.partition IS 'Partition of the stream; the embedded log has only 0.';
COMMENT ON COLUMN projection_position.position IS 'Dense number of the last event that the views contain.';
COMMENT ON COLUMN projection_position.as_of IS 'Watermark: up to when everything is known, over all unfinished sources.';
COMMENT ON COLUMN projection_position.effective IS 'Latest time of occurrence taken in.';
COMMENT ON COLUMN projection_position.recorded IS 'Latest time of recording taken in.';
COMMENT ON COLUMN projection_position.published_at IS 'When this version was published.';
COMMENT ON COLUMN projection_position.state IS 'published, or what to run so that it is.';

CREATE VIEW quarantined_event AS
SELECT
    projection,
    partition,
    position,
    subject,
    type,
    reason
FROM session.quarantined
ORDER BY projection, partition, position;

COMMENT ON VIEW quarantined_event IS 'Events that a projection could not read and set aside: the tickets they belong to lack them.';
COMMENT ON COLUMN quarantined_event.projection IS 'The projection that could not read it.';
COMMENT ON COLUMN quarantined_event.partition IS 'Partition of the stream.';
COMMENT ON COLUMN quarantined_event.position IS 'Position of the event; the log has its bytes.';
COMMENT ON COLUMN quarantined_event.subject IS 'Whose event it is, where that could be read.';
COMMENT ON COLUMN quarantined_event.type IS 'Type of the event, where that could be read.';
COMMENT ON COLUMN quarantined_event.reason IS 'Why it could not be read.';

CREATE VIEW session.description AS
WITH things AS (
    SELECT 1 AS rank, 'view' AS kind, view_name AS name, NULL AS column_name, NULL AS type, comment
    FROM duckdb_views()
    WHERE NOT internal AND database_name = 'memory' AND schema_name = 'main'
    UNION ALL
    SELECT
        2,
        'macro',
        function_name || '(' || array_to_string(parameters, ', ') || ')',
        NULL,
        CASE function_type WHEN 'table_macro' THEN 'table' ELSE 'value' END,
        comment
    FROM duckdb_functions()
    WHERE NOT internal AND database_name = 'memory' AND schema_name = 'main'
    UNION ALL
    SELECT 3, 'table', database_name || '.main.' || table_name, NULL, NULL, comment
    FROM duckdb_tables()
    WHERE NOT internal AND database_name <> 'memory'
    UNION ALL
    SELECT
        CASE WHEN database_name = 'memory' THEN 1 ELSE 3 END,
        'column',
        CASE WHEN database_name = 'memory' THEN table_name ELSE database_name || '.main.' || table_name END,
        column_name,
        data_type,
        comment
    FROM duckdb_columns()
    WHERE NOT internal AND schema_name = 'main'
)
SELECT kind, name, column_name, type, comment
FROM things
ORDER BY rank, name, column_name NULLS FIRST;
