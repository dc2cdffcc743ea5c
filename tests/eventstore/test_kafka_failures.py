"""What can go wrong with a ledger on a cluster, on a real broker: each row of the failure table."""

from __future__ import annotations

import json
import random
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.main import run as command_line
from eventstore.errors import OutcomeUnknown, RecordTooLarge
from eventstore.kafka import reading
from eventstore.kafka.errors import IndexUnusable, LogReplaced, RecordRejected, TopicUnsuitable
from eventstore.kafka.genesis import create_ledger
from eventstore.kafka.index import Index
from eventstore.kafka.rebuilding import rebuild_index
from eventstore.kafka.settings import KafkaSettings, LedgerSettings, write_settings
from eventstore.kafka.store import KafkaStore
from eventstore.kafka.topics import create_topics
from eventstore.ledger import Ledger
from tests.broker.cluster import Cluster
from tests.eventstore.kafka_log import (
    configure,
    delete_before,
    delete_topic,
    put,
    view_of_topic,
)
from tests.eventstore.tally import TALLIES, Counted, TallyLedger, command, count

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parents[2]
Open = Callable[[str], TallyLedger]


@pytest.fixture
def settings(ledger_name: str, kafka: str) -> LedgerSettings:
    return LedgerSettings(name=ledger_name, kafka=KafkaSettings(bootstrap_servers=kafka))


@pytest.fixture
def open_in(settings: LedgerSettings, tmp_path: Path) -> Iterator[Open]:
    """Opens the ledger in a folder of that name, as another process or machine would."""
    opened: list[KafkaStore] = []

    def open_one(folder: str) -> TallyLedger:
        create_ledger(tmp_path / folder, settings, time_zone="UTC")
        opened.append(KafkaStore.open(tmp_path / folder, application=TALLIES))
        return Ledger(opened[-1], TALLIES)

    yield open_one
    for store in opened:
        store.close()


def store_of(ledger: TallyLedger) -> KafkaStore:
    assert isinstance(ledger.store, KafkaStore)
    return ledger.store


def process(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.eventstore.kafka_writers", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_command_whose_writer_was_killed_before_it_knew_answers_what_came_of_it(
    open_in: Open, settings: LedgerSettings, tmp_path: Path
) -> None:
    ledger = open_in("here")
    with process("dying", tmp_path / "here", "c-1") as writer:
        writer.communicate()
    assert writer.returncode == -signal.SIGKILL

    answer = ledger.execute("t-1", command("c-1"), count())

    assert answer.repeated
    assert answer.position == 1
    assert len(view_of_topic(settings.kafka, settings.log_topic).counted) == 1


def test_of_two_writers_on_one_ticket_one_decides_again_and_both_are_told_the_truth(
    open_in: Open, settings: LedgerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, fast = open_in("slow"), open_in("fast")
    seen: list[int | None] = []
    log = store_of(slow).log
    send = log.send

    def send_second(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(log, "send", send)
        fast.execute("t-1", command("c-fast", 5), count(5))
        return send(*arguments, **named)

    monkeypatch.setattr(log, "send", send_second)

    def decide(state: int | None) -> list[Counted]:
        seen.append(state)
        return [Counted(1)]

    answer = slow.execute("t-1", command("c-slow"), decide)

    assert seen == [None, 5]
    assert (answer.sequence, answer.repeated) == (2, False)
    view = view_of_topic(settings.kafka, settings.log_topic)
    assert [entry.command for entry in view.counted] == ["c-fast", "c-slow"]
    assert (view.void, view.orphans) == (1, 0)


def test_the_same_commands_from_two_machines_at_once_count_once(
    open_in: Open, settings: LedgerSettings, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        open_in(folder)
    writers = [process("same", tmp_path / folder, 30) for folder in ("a", "b")]
    told = []
    for writer in writers:
        with writer:
            out, errors = writer.communicate()
        assert (writer.returncode, errors) == (0, "")
        told.append(json.loads(out))

    view = view_of_topic(settings.kafka, settings.log_topic)
    assert sorted(str(entry.command) for entry in view.counted) == sorted(told[0])
    for id_ in told[0]:
        (position, first), (same, second) = told[0][id_], told[1][id_]
        assert position == same
        assert [first, second].count(False) == 1
    assert view.orphans == 0


def test_a_deleted_index_costs_a_catch_up_and_nothing_else(open_in: Open, tmp_path: Path) -> None:
    ledger = open_in("here")
    ledger.execute("t-1", command("c-1", 5), count(5))
    store_of(ledger).close()
    Index.delete(tmp_path / "here")

    again = open_in("here")

    assert again.load("t-1").state == 5
    assert again.execute("t-1", command("c-1", 5), count(5)).repeated


def first_page(index: bytearray, rng: random.Random) -> None:
    index[:100] = rng.randbytes(100)


def every_other_page(index: bytearray, rng: random.Random) -> None:
    for start in range(4096, len(index), 4096):
        index[start : start + 100] = rng.randbytes(100)


def one_byte_of_an_event(index: bytearray, rng: random.Random) -> None:
    at = index.index(b'"number": 1') + len(b'"number": ')
    index[at : at + 1] = b"7"


@pytest.mark.parametrize("damage", [first_page, every_other_page, one_byte_of_an_event])
def test_a_damaged_index_is_named_and_made_anew(
    open_in: Open, tmp_path: Path, seed: int, damage: Callable[[bytearray, random.Random], None]
) -> None:
    ledger = open_in("here")
    for number in range(20):
        ledger.execute("t-1", command(f"c-{number}"), count())
    store_of(ledger).close()
    path = tmp_path / "here" / "index.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    found = bytearray(path.read_bytes())
    damage(found, random.Random(seed))
    path.write_bytes(found)

    with pytest.raises(IndexUnusable, match="log index rebuild"):
        open_in("here").load("t-1")
    rebuild_index(tmp_path / "here", application=TALLIES)

    assert open_in("here").load("t-1").state == 20


def test_the_index_of_another_ledger_is_not_used(
    open_in: Open, settings: LedgerSettings, tmp_path: Path
) -> None:
    store_of(open_in("here")).close()
    other = settings.model_copy(update={"name": f"{settings.name}-other"})
    create_ledger(tmp_path / "there", other, time_zone="UTC")
    KafkaStore.open(tmp_path / "there", application=TALLIES).close()
    (tmp_path / "there" / "index.sqlite").replace(tmp_path / "here" / "index.sqlite")

    with pytest.raises(IndexUnusable, match=rf"belongs to the log {other.name}\.log"):
        open_in("here")


@pytest.mark.parametrize("saves", [0, 5])
def test_a_log_that_was_deleted_and_created_again_is_noticed_even_by_who_had_it_open(
    open_in: Open,
    settings: LedgerSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    saves: int,
) -> None:
    monkeypatch.setattr(reading, "ANCHOR_SECONDS", -1.0)
    ledger = open_in("open")
    ledger.execute("t-1", command("c-1"), count())
    ledger.execute("t-1", command("c-2"), count())
    delete_topic(settings.kafka, settings.log_topic)
    other = open_in("other")
    for number in range(saves):
        other.execute("t-2", command(f"d-{number}"), count())

    for asked in (ledger, Ledger(KafkaStore.open(tmp_path / "open", application=TALLIES), TALLIES)):
        with pytest.raises(LogReplaced, match="nothing is served"):
            asked.load("t-1")
        with pytest.raises(LogReplaced, match="nothing is served"):
            asked.execute("t-1", command("c-3"), count())
        store_of(asked).close()

    rebuild_index(tmp_path / "open", application=TALLIES)
    assert open_in("open").load("t-1").state is None
    assert view_of_topic(settings.kafka, settings.log_topic).orphans == 0


def test_a_log_without_its_beginning_is_served_by_nobody(
    open_in: Open, settings: LedgerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ANCHOR_SECONDS", -1.0)
    ledger = open_in("here")
    ledger.execute("t-1", command("c-1"), count())
    delete_before(settings.kafka, settings.log_topic, 1)

    with pytest.raises(LogReplaced, match="begins at offset 0, found one that begins at 1"):
        ledger.load("t-1")
    with pytest.raises(TopicUnsuitable, match="its start was deleted"):
        open_in("new")


def test_a_save_over_the_limit_is_refused_before_sending(
    open_in: Open, settings: LedgerSettings
) -> None:
    ledger = open_in("here")

    with pytest.raises(RecordTooLarge, match="the field label"):
        ledger.execute("t-1", command("c-1"), lambda _: [Counted(1, "x" * 1_000_000)])

    assert view_of_topic(settings.kafka, settings.log_topic).counted == []


def test_a_save_over_the_topics_own_limit_is_refused_and_the_next_one_taken(
    open_in: Open, settings: LedgerSettings, seed: int
) -> None:
    ledger = open_in("here")
    configure(settings.kafka, settings.log_topic, {"max.message.bytes": "4000"})
    label = random.Random(seed).randbytes(10_000).hex()

    with pytest.raises(RecordRejected, match=r"max\.message\.bytes.*nothing was recorded"):
        ledger.execute("t-1", command("c-1"), lambda _: [Counted(1, label)])

    assert ledger.execute("t-1", command("c-2"), count()).position == 1


def test_odd_records_are_counted_shown_and_fail_the_verification(
    open_in: Open,
    settings: LedgerSettings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    open_in("here").execute("t-1", command("c-1"), count())
    orphan = {"format": "1", "subject": "t-1", "sequence": "7", "count": "1", "previous": "0" * 64}
    put(settings.kafka, settings.log_topic, headers=orphan, value=b"[]")
    put(settings.kafka, settings.log_topic, headers={"hello": "world"}, value=b"secret words")
    put(settings.kafka, settings.log_topic, headers=orphan | {"sequence": "0"}, value=b"[]")
    unreadable = {"format": "1", "subject": "t-9", "sequence": "1", "count": "2"}
    put(settings.kafka, settings.log_topic, headers=unreadable, value=b'[{"secret words"')

    def told(*words: str) -> tuple[int, str]:
        code = command_line(["--ledger", str(tmp_path / "here"), *words])
        printed = capsys.readouterr()
        assert "secret words" not in printed.out + printed.err
        return code, printed.out

    code, out = told("log", "stats", "--json")
    stats = json.loads(out)
    assert code == 0
    assert {name: stats[name] for name in ("orphans", "foreign", "unreadable", "void")} == {
        "orphans": 1,
        "foreign": 2,
        "unreadable": 1,
        "void": 0,
    }
    code, out = told("log", "index", "status", "--json")
    kinds = [one["kind"] for one in json.loads(out)["odd"]]
    assert (code, kinds) == (0, ["orphan", "foreign", "foreign", "unreadable"])
    assert told("log", "verify")[0] == 82


def test_an_unreachable_broker_is_said_in_plain_words(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # Bound and not listening: nobody else can be there.
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        kafka = KafkaSettings(bootstrap_servers=address, connect_seconds=2)
        write_settings(tmp_path, LedgerSettings(name="main", kafka=kafka))

        line = [sys.executable, "-m", "ticketledger", "--ledger", str(tmp_path), "log", "stats"]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)

    said = done.stderr
    assert done.returncode == 101
    assert f"no Kafka broker answers at {address}" in said
    assert "docker compose up -d kafka" in said
    assert "Traceback" not in said


def test_the_first_connection_is_given_up_within_ten_seconds_unless_told_otherwise() -> None:
    assert KafkaSettings(bootstrap_servers="nowhere:1").connect_seconds < 10


@pytest.mark.parametrize(
    ("name", "value"), [("cleanup.policy", "compact"), ("retention.ms", "1000")]
)
def test_a_topic_that_would_forget_is_refused_by_init(
    settings: LedgerSettings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
) -> None:
    create_topics(settings, partitions=1, replicas=1)
    configure(settings.kafka, settings.log_topic, {name: value})
    address = settings.kafka.bootstrap_servers

    code = command_line(
        ["--ledger", str(tmp_path / "new"), "init", "--name", settings.name, "--kafka", address]
    )

    assert code == 104
    assert f"{name} is {value}" in capsys.readouterr().err


def test_a_broker_that_falls_silent_leaves_the_outcome_unknown_and_the_command_repeatable(
    tmp_path: Path, ledger_name: str
) -> None:
    with Cluster(tmp_path / "cluster") as cluster:
        kafka = KafkaSettings(bootstrap_servers=cluster.bootstrap, deadline_seconds=3)
        create_ledger(
            tmp_path / "here", LedgerSettings(name=ledger_name, kafka=kafka), time_zone="UTC"
        )
        with closing(KafkaStore.open(tmp_path / "here", application=TALLIES)) as store:
            ledger = Ledger(store, TALLIES)
            ledger.execute("t-1", command("c-1"), count())
            cluster.pause_node(1)
            with pytest.raises(OutcomeUnknown, match=r"command c-2 .* repeating it .* is safe"):
                ledger.execute("t-1", command("c-2"), count())
            cluster.resume_node(1)

            answer = ledger.execute("t-1", command("c-2"), count())

    assert (answer.sequence, answer.position) == (2, 2)
