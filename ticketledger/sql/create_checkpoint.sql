-- How far each subscriber is, beside its results: both change in one transaction or not at all.
CREATE TABLE IF NOT EXISTS ticketledger_checkpoint (
    subscriber TEXT NOT NULL,
    "partition" INTEGER NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (subscriber, "partition")
)
