-- Rows waiting to be sorted. The key's text order is the rows' order; equal keys keep that of the file.

-- name: create
CREATE TABLE row (key TEXT, line INTEGER, cells TEXT, raw TEXT);

-- name: insert
INSERT INTO row VALUES (:key, :line, :cells, :raw);

-- name: select_sorted
SELECT
    line,
    cells,
    raw
FROM
    row
ORDER BY
    key,
    line;
