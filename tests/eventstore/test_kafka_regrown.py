"""A log that was created again and outgrew the index before anybody looked."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventstore.kafka.errors import LogReplaced
from eventstore.kafka.genesis import write_genesis
from eventstore.kafka.reading import ANCHOR_SECONDS
from eventstore.kafka.store import KafkaStore
from eventstore.store import Settings
from tests.eventstore.simulated_log import Clock, SimulatedLog
from tests.eventstore.tally import TALLIES, save

pytestmark = pytest.mark.unit

SETTINGS = Settings("main", "Europe/Berlin", 1, 1)


def store_on(cluster: SimulatedLog, folder: Path, clock: Clock) -> KafkaStore:
    return KafkaStore(
        folder, cluster.client(), application=TALLIES, bootstrap="simulated:1", clock=clock
    )


def test_its_first_record_gives_it_away(tmp_path: Path) -> None:
    """By then the last record that was read is the new log's: comparing that finds nothing."""
    clock = Clock()
    cluster, other = SimulatedLog(), SimulatedLog()
    for one in (cluster, other):
        write_genesis(one.client(), SETTINGS)
    store = store_on(cluster, tmp_path / "ours", clock)
    store.append_many([save("t-1")])
    elsewhere = store_on(other, tmp_path / "theirs", clock)
    elsewhere.append_many([save(f"t-{number}") for number in range(2, 9)])

    cluster.partitions = other.partitions
    assert store.load("t-5").records  # The anchor was looked at a moment ago.

    clock.sleep(ANCHOR_SECONDS + 1)
    with pytest.raises(LogReplaced, match="genesis record"):
        store.load("t-5")
