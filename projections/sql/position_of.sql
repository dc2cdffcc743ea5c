SELECT
    '{name}' AS projection,
    p.partition,
    p.position,
    w.as_of,
    p.effective,
    p.recorded
FROM {name}.main.watermark AS w
LEFT JOIN {name}.main.position AS p ON TRUE
