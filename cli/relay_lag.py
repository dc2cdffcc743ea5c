"""How far the stream of a ledger on Kafka is behind its log: what no projector can know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cli.context import as_called
from cli.log_reading import last_positions

if TYPE_CHECKING:
    from eventstore.store import Store


def stream_lag(folder: Path, store: Store) -> int:
    """How many events count and are not in the stream yet; 0 for an embedded ledger."""
    from eventstore.opening import is_on_kafka

    if not is_on_kafka(folder):
        return 0
    from contextlib import closing

    from eventstore.stream import open_stream

    with closing(open_stream(folder)) as stream:
        published = sum(stream.last_position(number) for number in range(stream.partitions))
    return max(0, sum(last_positions(store).values()) - published)


def advice(lag: int, folder: Path) -> str:
    """What to say of a stream that is behind."""
    from eventstore.kafka.relay_lock import is_relay_at_work

    events = "1 event" if lag == 1 else f"{lag:,} events"
    if is_relay_at_work(folder):
        return f"the stream is {events} behind the log; the relay is at it"
    start = as_called("ticketledger relay --follow, or ticketledger up")
    return f"the stream is {events} behind the log, and no relay works here; start one: {start}"
