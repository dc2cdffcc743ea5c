-- Totals of the log (SQLite). The genesis record counts as a record, its event is not in the stream.
SELECT
    (SELECT count(*) FROM record) AS records,
    (SELECT count(DISTINCT subject) FROM record WHERE number > 0) AS subjects,
    (SELECT count(*) FROM event WHERE position > 0) AS events;
