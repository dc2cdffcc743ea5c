-- The tables that the loop keeps in every projection's file, beside the projection's own.

CREATE TABLE about (
    projection VARCHAR NOT NULL,
    version INTEGER NOT NULL
);

CREATE TABLE fence (
    token VARCHAR NOT NULL
);

CREATE TABLE position (
    partition INTEGER NOT NULL,
    position BIGINT NOT NULL,
    effective TIMESTAMPTZ,
    recorded TIMESTAMPTZ
);

CREATE TABLE quarantine (
    partition INTEGER NOT NULL,
    position BIGINT NOT NULL,
    subject VARCHAR,
    type VARCHAR,
    reason VARCHAR NOT NULL,
    body BLOB
);

CREATE TABLE source_time (
    source VARCHAR NOT NULL,
    effective TIMESTAMPTZ,
    finished BOOLEAN NOT NULL
);

CREATE TABLE watermark (
    as_of TIMESTAMPTZ
);

COMMENT ON TABLE about IS 'Which projection this file holds, and which version of it: one row.';
COMMENT ON COLUMN about.projection IS 'Name of the projection.';
COMMENT ON COLUMN about.version IS 'Version of its tables and fold; another one needs a rebuild.';

COMMENT ON TABLE fence IS 'Who may commit to this file: one row.';
COMMENT ON COLUMN fence.token IS 'Token of the projector that took the file last.';

COMMENT ON TABLE position IS 'How far the stream is folded: one row a partition.';
COMMENT ON COLUMN position.partition IS 'Partition of the stream; the embedded log has only 0.';
COMMENT ON COLUMN position.position IS 'Dense number of the last event taken in.';
COMMENT ON COLUMN position.effective IS 'Latest time of occurrence taken in.';
COMMENT ON COLUMN position.recorded IS 'Latest time of recording taken in.';

COMMENT ON TABLE quarantine IS 'Events that could not be read; they are in no view.';
COMMENT ON COLUMN quarantine.partition IS 'Partition of the stream.';
COMMENT ON COLUMN quarantine.position IS 'Position of the event; the log has its bytes.';
COMMENT ON COLUMN quarantine.subject IS 'Whose event it is, where that could be read.';
COMMENT ON COLUMN quarantine.type IS 'Type of the event, where that could be read.';
COMMENT ON COLUMN quarantine.reason IS 'Why it could not be read.';
COMMENT ON COLUMN quarantine.body IS 'The bytes as they came; NULL where this file may not hold them.';

COMMENT ON TABLE source_time IS 'How far each source of facts has come; the watermark is the earliest.';
COMMENT ON COLUMN source_time.source IS 'live, or an import and its batch.';
COMMENT ON COLUMN source_time.effective IS 'Latest time of occurrence from that source.';
COMMENT ON COLUMN source_time.finished IS 'Whether the batch is complete and no longer waited for.';

COMMENT ON TABLE watermark IS 'Up to when everything is known: one row.';
COMMENT ON COLUMN watermark.as_of IS 'The earliest over the unfinished sources; with none, the latest of all.';
