"""The views are the same wherever the ledger is, and however many partitions it has."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from consumers import projector
from consumers.following import Pace
from consumers.projector import Options
from consumers.source import opened
from consumers.standing import status
from domain.application import TICKETS
from domain.events import TicketAssigned, TicketOpened, TicketProgressed
from domain.values import Channel, Method, Origin, WorkKind
from eventstore.copying import copy
from eventstore.kafka.genesis import create_ledger
from eventstore.kafka.relay import Relay
from eventstore.kafka.settings import KafkaSettings, LedgerSettings, write_settings
from eventstore.kafka.store import KafkaStore
from eventstore.kafka.stream_reader import READER_VARIABLE
from eventstore.sqlite import SQLiteStore
from projections.connection import connect
from projections.errors import NewerEvent, NotPublished
from projections.places import PROJECTIONS_FOLDER
from tests.consumers.conftest import NOON, StreamInMemory
from tests.projections.harness import Stream

ROOT = Path(__file__).parents[2]
NAME = "agent_queue"
SMALL = Pace(live_events_max=150, catch_up_events_max=150)

Tables = dict[str, list[tuple[Any, ...]]]


def tables(folder: Path) -> Tables:
    """Every published row of all projections, but for its place in the stream."""
    connection = connect(folder)
    try:
        columns = connection.execute(
            "SELECT database_name, table_name, list('\"' || column_name || '\"') "
            "FROM duckdb_columns() "
            "WHERE database_name NOT IN ('memory', 'system', 'temp') AND NOT internal "
            "AND table_name NOT IN ('fence', 'position') "
            "AND column_name NOT IN ('position', 'partition', 'batch') GROUP BY ALL"
        ).fetchall()
        return {
            f"{database}.{table}": connection.execute(
                f"SELECT {', '.join(sorted(names))} FROM {database}.main.{table} ORDER BY ALL"
            ).fetchall()
            for database, table, names in columns
        }
    finally:
        connection.close()


@pytest.fixture(scope="module")
def expected(ledger_of_300: Path, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """What an embedded ledger's projectors publish."""
    folder = Path(shutil.copytree(ledger_of_300, tmp_path_factory.mktemp("whole") / "ledger"))
    projector.run_all(folder)
    return tables(folder)


@pytest.fixture(scope="module", params=[1, 3])
def relayed(
    request: pytest.FixtureRequest,
    kafka: str,
    ledger_of_300: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> LedgerSettings:
    """The same ledger on a cluster, relayed."""
    folder = tmp_path_factory.mktemp("relayed")
    name = f"test-{uuid.uuid4().hex[:12]}"
    settings = LedgerSettings(name=name, kafka=KafkaSettings(bootstrap_servers=kafka))
    create_ledger(folder, settings, time_zone="Europe/Berlin", partitions=request.param)
    embedded = SQLiteStore.open(ledger_of_300, application=TICKETS)
    with closing(embedded), closing(KafkaStore.open(folder, application=TICKETS)) as target:
        assert copy(embedded, target).complete
    with Relay.open(folder) as relay:
        relay.run()
    return settings


@pytest.fixture
def on_kafka(relayed: LedgerSettings, tmp_path: Path) -> Path:
    """The same as another machine has it, which only follows."""
    write_settings(tmp_path / "on-kafka", relayed)
    return tmp_path / "on-kafka"


@pytest.mark.kafka
@pytest.mark.parametrize("reader", ["plain", "fast"])
def test_the_views_are_those_of_the_embedded_ledger(
    on_kafka: Path, expected: Tables, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(READER_VARIABLE, reader)

    done = projector.run_all(on_kafka, options=Options(pace=SMALL))

    assert tables(on_kafka) == expected
    assert all(progress.caught_up for progress in done.values())
    assert {(one.state, one.lag_events, one.published_position) for one in status(on_kafka)} == {
        ("caught up", 0, done[NAME].last_position)
    }


@pytest.mark.kafka
def test_what_a_second_relay_repeats_changes_nothing(
    on_kafka: Path, expected: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eventstore.kafka import relay as relaying
    from eventstore.kafka.settings import read_settings
    from eventstore.kafka.stream_end import NOTHING

    write_settings(tmp_path / "other", read_settings(on_kafka))
    with monkeypatch.context() as patched, Relay.open(tmp_path / "other") as relay:
        patched.setattr(relaying, "end_of", lambda *_: NOTHING)  # it looked before the first began
        assert relay.run().published > 700

    projector.run_all(on_kafka, options=Options(pace=SMALL))

    assert tables(on_kafka) == expected


@pytest.mark.kafka
def test_a_killed_projector_goes_on_from_its_last_commit(
    on_kafka: Path, expected: Tables, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(2):
        program = [sys.executable, "-m", "tests.consumers.crashing", str(on_kafka), NAME]
        done = subprocess.run(
            [*program, str(chance.randint(1, 250)), "run"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=False,
        )
        assert done.returncode in (0, -signal.SIGKILL)

    projector.run_all(on_kafka)

    assert tables(on_kafka) == expected


@pytest.mark.kafka
def test_the_views_can_be_had_as_recorded_at_a_position_of_each_partition(
    on_kafka: Path, tmp_path: Path
) -> None:
    with opened(on_kafka) as source:
        half = {n: source.last_position(n) // 2 for n in range(source.partitions)}

    projector.build_until(on_kafka, position=half, target_folder=tmp_path / "half", names=[NAME])

    connection = connect(tmp_path / "half", names=[NAME])
    found = connection.execute("SELECT partition, position FROM agent_queue.position").fetchall()
    connection.close()
    assert dict(found) == half


@pytest.fixture
def three() -> Stream:
    """A ticket in each of three partitions."""
    stream = Stream(partitions=3)
    for number in range(3):
        opening = TicketOpened(
            number=f"N{number}", channel=Channel.EMAIL, live=False, origin=Origin.CUSTOMER
        )
        stream.save(ticket(number), opening, at=NOON)
    return stream


def ticket(number: int) -> str:
    return f"01930c1e-0000-7000-8000-00000000000{number}"


def options_for(stream: Stream, **others: Any) -> Options:
    pace = Pace(clock=lambda: NOON, wait=lambda stop, _: stop.is_set(), publish_interval_seconds=0)
    return Options(open_source=StreamInMemory(stream).open, pace=pace, **others)


@pytest.mark.unit
def test_readers_never_see_one_partition_ahead_of_the_others(tmp_path: Path, three: Stream) -> None:
    """Its times would say that everything is known up to then."""
    projector.run(tmp_path, NAME, options=options_for(three))
    for number in range(3):
        three.save(ticket(number), TicketProgressed(kind=WorkKind.WORK), at=NOON.replace(hour=13))
    seen: list[list[tuple[int, int]]] = []

    def look(_: object) -> None:
        connection = connect(tmp_path, names=[NAME])
        rows = connection.execute("SELECT partition, position FROM agent_queue.position ORDER BY 1")
        seen.append(rows.fetchall())
        connection.close()

    projector.run(tmp_path, NAME, options=options_for(three, on_progress=look))

    before = [(0, 1), (1, 1), (2, 1)]
    assert seen == [before, before, before]
    look(None)
    assert seen[-1] == [(0, 2), (1, 2), (2, 2)]


@pytest.mark.unit
def test_a_projector_of_an_older_release_stops_before_a_newer_event_in_any_partition(
    tmp_path: Path, three: Stream
) -> None:
    three.unknown(ticket(1), at=NOON, event_type="ticketledger.ticket.opened.v2")
    three.save(ticket(2), TicketAssigned(to="ayu", method=Method.MANUAL), at=NOON)

    with pytest.raises(NewerEvent, match=r"ticket\.opened\.v2 needs a newer release"):
        projector.run(tmp_path, NAME, options=options_for(three))

    with pytest.raises(NotPublished):
        connect(tmp_path, names=[NAME])
    [standing] = [
        one for one in status(tmp_path, open_source=StreamInMemory(three).open) if one.name == NAME
    ]
    assert standing.state == "stopped"
    assert not (tmp_path / PROJECTIONS_FOLDER / NAME / "published.json").exists()
