-- Which subject a command was recorded on (SQLite). The fingerprint stands behind the id.
SELECT subject
FROM record
WHERE substr(command, 1, length($id) + 1) = $id || ' '
LIMIT 1;
