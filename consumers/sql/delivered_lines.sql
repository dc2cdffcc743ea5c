-- Many events as one text, an event a line: handing them over one by one takes longer than parsing.
CREATE OR REPLACE TEMP TABLE delivered AS
SELECT
    $partition::INTEGER AS partition,
    $first_position::BIGINT + unnest(range(len(lines))) AS position,
    NULL::BLOB AS body,
    unnest(lines) AS text
FROM (SELECT string_split($lines::VARCHAR, chr(10)) AS lines);
