INSERT INTO ticketledger_checkpoint (subscriber, "partition", position)
VALUES ($subscriber, $partition, $position)
ON CONFLICT (subscriber, "partition") DO UPDATE SET position = excluded.position
