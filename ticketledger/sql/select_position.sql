SELECT position
FROM ticketledger_checkpoint
WHERE subscriber = $subscriber AND "partition" = $partition
