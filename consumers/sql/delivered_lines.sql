-- Events as texts of a few thousand lines, an event a line: handed over one by one, or all in one
-- text, they take longer to arrive than to parse.
SELECT
    $partition::INTEGER AS partition,
    first + unnest(range(len(lines))) AS position,
    NULL::BLOB AS body,
    unnest(lines) AS text
FROM (
    SELECT
        first,
        string_split(chunk, chr(10)) AS lines
    FROM (
        SELECT
            unnest($firsts::BIGINT[]) AS first,
            unnest($chunks::VARCHAR[]) AS chunk
    )
)
