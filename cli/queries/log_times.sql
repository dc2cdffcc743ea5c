-- From when to when things happened and were recorded (SQLite; a blob would be read as binary JSON).
SELECT
    min(json_extract(CAST(body AS TEXT), '$.time')),
    max(json_extract(CAST(body AS TEXT), '$.time')),
    min(json_extract(CAST(body AS TEXT), '$.recordedtime')),
    max(json_extract(CAST(body AS TEXT), '$.recordedtime'))
FROM event
WHERE position > 0;
