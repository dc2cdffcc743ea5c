"""What can be wrong with following a ledger, beside what keeps its store from being read.

SubscriptionError
├── SubscriptionInvalid   an argument that makes no sense
├── PositionAhead         a position beyond the stream's end: another ledger, or a restored one
├── PositionGap           the stream skipped a position
├── UnreadableEvent       an event that cannot be read, and the follower did not say to go on
└── AlreadyTaken          a checkpoint is at this position already, or beyond it

Where the ledger itself cannot be read, `ticketledger.eventstore.errors.StoreError` is raised.
No message tells what an event contains.
"""

from __future__ import annotations


class SubscriptionError(Exception):
    """A ledger cannot be followed like this, or not any further."""


class SubscriptionInvalid(SubscriptionError):
    """An argument makes no sense. Nothing was read."""


class PositionAhead(SubscriptionError):
    """The follower knows of events that the stream does not have.

    Going on would skip whatever takes their place, so nothing is delivered.
    """

    def __init__(self, *, partition: int, position: int, last_position: int) -> None:
        self.partition = partition
        self.position = position
        self.last_position = last_position
        super().__init__(
            f"the follower is at position {position} of partition {partition}, the stream ends at "
            f"{last_position}: this is another ledger, one restored from an older backup, or a "
            f"stream that is still being published again; check which, and discard the follower's "
            f"results with its positions if they are of another ledger"
        )


class PositionGap(SubscriptionError):
    """Positions are dense: a skipped one means that the stream is damaged or misread."""

    def __init__(self, *, partition: int, expected: int, found: int) -> None:
        self.partition = partition
        self.expected = expected
        self.found = found
        super().__init__(
            f"expected position {expected} of partition {partition} and got {found}; nothing "
            f"behind the gap was delivered; check the log: ticketledger log verify"
        )


class UnreadableEvent(SubscriptionError):
    """An event cannot be read. What comes before it was delivered."""

    def __init__(self, *, partition: int, position: int) -> None:
        self.partition = partition
        self.position = position
        super().__init__(
            f"the event at position {position} of partition {partition} cannot be read; check the "
            f"log: ticketledger log verify. To go on past such events, give subscribe() an "
            f"`on_unreadable` that keeps note of them"
        )


class AlreadyTaken(SubscriptionError):
    """The results of this position are stored. Taking it again would count it twice."""

    def __init__(self, subscriber: str, *, partition: int, position: int, stored: int) -> None:
        self.partition = partition
        self.position = position
        self.stored = stored
        super().__init__(
            f"{subscriber} has stored position {stored} of partition {partition}, and was given "
            f"{position}; nothing was changed. If another process follows under this name, stop "
            f"one of the two, then begin again after checkpoint.positions()"
        )
