SELECT
    "partition",
    position
FROM ticketledger_checkpoint
WHERE subscriber = $subscriber
ORDER BY "partition"
