SELECT
    '{name}' AS projection,
    partition,
    position,
    subject,
    type,
    reason
FROM {name}.main.quarantine
