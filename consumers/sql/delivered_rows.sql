-- Events one by one, whatever their bytes are.
SELECT
    partition,
    position,
    body,
    TRY(decode(body)) AS text
FROM (
    SELECT
        unnest($partitions::INTEGER[]) AS partition,
        unnest($positions::BIGINT[]) AS position,
        unnest($bodies::BLOB[]) AS body
)
