-- As of which moments what is committed is true, as ISO texts in UTC.
SELECT
    strftime(any_value(w.as_of) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') AS as_of,
    strftime(max(p.effective) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') AS effective,
    strftime(max(p.recorded) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') AS recorded
FROM watermark AS w
LEFT JOIN position AS p ON TRUE;
