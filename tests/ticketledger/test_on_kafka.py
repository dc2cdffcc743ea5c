"""A ledger on a cluster is followed as an embedded one is, through what a relay publishes."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import ticketledger
from eventstore.kafka.genesis import create_ledger
from eventstore.kafka.relay import Relay
from eventstore.kafka.settings import KafkaSettings, LedgerSettings, write_settings
from eventstore.kafka.store import KafkaStore
from eventstore.rule import EMPTY, Head
from tests.eventstore.tally import TALLIES, TYPE, after, save

pytestmark = pytest.mark.kafka

SUBJECTS = [f"tally-{number}" for number in range(8)]
Record = Callable[[], None]


@pytest.fixture(params=[1, 3])
def ledger(
    request: pytest.FixtureRequest, kafka: str, ledger_name: str, tmp_path: Path
) -> LedgerSettings:
    """A ledger on a cluster, in the folder `ledger`, with one partition or three."""
    settings = LedgerSettings(name=ledger_name, kafka=KafkaSettings(bootstrap_servers=kafka))
    create_ledger(
        tmp_path / "ledger", settings, time_zone="Europe/Berlin", partitions=request.param
    )
    return settings


@pytest.fixture
def record(ledger: LedgerSettings, tmp_path: Path) -> Record:
    """Saves two events of each subject."""
    heads: dict[str, Head] = {}

    def once() -> None:
        with closing(KafkaStore.open(tmp_path / "ledger", application=TALLIES)) as store:
            saves = [
                save(subject, heads.get(subject, EMPTY), events=2, source=store.source)
                for subject in SUBJECTS
            ]
            store.append_many(saves)
        heads.update({one.record.headers.subject: after(one) for one in saves})

    return once


def _relay(folder: Path) -> None:
    with Relay.open(folder) as relay:
        relay.run()


def test_every_counted_event_is_delivered_once_though_two_relays_repeat_each_other(
    ledger: LedgerSettings, record: Record, tmp_path: Path
) -> None:
    write_settings(tmp_path / "elsewhere", ledger)
    results = sqlite3.connect(tmp_path / "results")
    results.execute("CREATE TABLE effect (subject TEXT, sequence INTEGER)")
    checkpoint = ticketledger.Checkpoint(results, "tallies")

    for folder in ("ledger", "elsewhere", "ledger"):
        record()
        _relay(tmp_path / folder)
        with ticketledger.subscribe(
            tmp_path / "ledger", after=checkpoint.positions(), follow=False
        ) as deliveries:
            for one in deliveries:
                with checkpoint.advance(one):
                    place = (one.event.subject, one.event.sequence)
                    results.execute("INSERT INTO effect VALUES (?, ?)", place)

    effects = results.execute("SELECT subject, sequence FROM effect").fetchall()
    positions = checkpoint.positions()
    results.close()
    assert sorted(effects) == [(subject, n) for subject in SUBJECTS for n in range(1, 7)]
    assert sum(positions.values()) == len(effects)


def test_a_follower_gets_what_is_published_while_it_waits(
    ledger: LedgerSettings, record: Record, tmp_path: Path
) -> None:
    stop = threading.Event()
    found: list[tuple[str, int]] = []

    def publish() -> None:
        record()
        _relay(tmp_path / "ledger")

    publishing = threading.Thread(target=publish)
    with ticketledger.subscribe(tmp_path / "ledger", types=TYPE, stop=stop) as deliveries:
        publishing.start()
        for one in deliveries:
            found.append((one.event.subject, one.event.sequence))
            if len(found) == 2 * len(SUBJECTS):
                stop.set()
    publishing.join()

    assert sorted(found) == [(subject, n) for subject in SUBJECTS for n in (1, 2)]
