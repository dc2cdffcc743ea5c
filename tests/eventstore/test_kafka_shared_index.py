"""An index that another process of the machine makes anew, or that is wrong, misleads nobody."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from eventstore.kafka.errors import BrokerUnreachable
from eventstore.kafka.genesis import read_genesis, write_genesis
from eventstore.kafka.reading import IndexReader
from eventstore.kafka.store import KafkaStore
from eventstore.kafka.writing import Writer
from eventstore.ledger import Ledger
from eventstore.rule import Class, Head
from eventstore.store import Counted as CountedSave
from eventstore.store import Lost, Save, Settings
from tests.eventstore.simulated_log import Circumstances, Fault, SimulatedLog
from tests.eventstore.tally import RESTING_TYPE, TALLIES, after, command, count, save

pytestmark = pytest.mark.unit

SETTINGS = Settings("main", "Europe/Berlin", 1, 1)
Opened = Callable[[str], KafkaStore]


@pytest.fixture
def cluster() -> SimulatedLog:
    cluster = SimulatedLog()
    write_genesis(cluster.client(), SETTINGS)
    return cluster


@pytest.fixture
def open_in(cluster: SimulatedLog, tmp_path: Path) -> Opened:
    """The ledger in a folder of that name, as a process of its own has it."""

    def opened(folder: str) -> KafkaStore:
        return KafkaStore(
            tmp_path / folder,
            cluster.client(),
            application=TALLIES,
            bootstrap="simulated:1",
            clock=cluster.clock,
        )

    return opened


def after_every(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, act: Callable[[], None]
) -> None:
    """Once, right after a method."""
    method: Any = getattr(owner, name)
    left = [act]

    def acted(*arguments: Any, **named: Any) -> Any:
        answer = method(*arguments, **named)
        if left:
            left.pop()()
        return answer

    monkeypatch.setattr(owner, name, acted)


def test_what_was_fetched_of_another_log_is_not_served_once_the_index_was_made_anew(
    open_in: Opened, cluster: SimulatedLog
) -> None:
    here, beside = open_in("shared"), open_in("shared")
    here.append_many([save("t-1", type_=RESTING_TYPE, label="old")])
    (old,) = here.load("t-1").records
    cluster.cut([1])
    elsewhere = open_in("elsewhere")
    elsewhere.append_many([save("t-1", type_=RESTING_TYPE, label="new")])
    beside.rebuild_index()

    (new,) = here.load("t-1").records

    assert new == elsewhere.load("t-1").records[0]
    assert new.digest != old.digest


def forgetting(store: KafkaStore) -> Callable[[], None]:
    """A process begins to make its index anew, and has not read anything yet."""
    return lambda: store.index.forget(read_genesis(store.log))


ASKED: dict[str, Callable[[KafkaStore], object]] = {
    "load": lambda store: store.load("t-1").head.sequence,
    "last_position": lambda store: store.last_position(),
    "subject_count": lambda store: store.subject_count(),
    "subject_of_command": lambda store: store.subject_of_command("c-1"),
    "subjects_by_key": lambda store: store.subjects_by_key("label:here"),
    "keys_with_prefix": lambda store: store.keys_with_prefix("label:", 9),
    "read": lambda store: len(store.read(0, 9)),
    "records": lambda store: len(list(store.records())),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_nobody_answers_from_an_index_of_which_half_was_read(
    open_in: Opened, monkeypatch: pytest.MonkeyPatch, ask: Callable[[KafkaStore], object]
) -> None:
    here, beside = open_in("shared"), open_in("shared")
    here.append_many([save("t-1", label="here", command_header=f"c-1 {0:016x}")])
    expected = ask(here)
    after_every(monkeypatch, IndexReader, "to_the_end", forgetting(beside))

    assert ask(here) == expected


def test_what_was_as_of_now_stays_that_when_the_index_is_made_anew(open_in: Opened) -> None:
    here, beside = open_in("shared"), open_in("shared")
    here.append_many([save("t-1", label="here")])
    now = here.as_of_now()
    forgetting(beside)()

    assert now.subjects_by_key("label:here") == ["t-1"]
    forgetting(beside)()
    assert now.load("t-1").head.sequence == 1


def unplaced(cluster: SimulatedLog, store: KafkaStore, saved: Save) -> list[CountedSave | Lost]:
    """Append, and be acknowledged without being told where: only the index knows what became of
    it."""
    results: list[CountedSave | Lost] = []
    circumstances = Circumstances(deque([Fault.UNPLACED]))
    cluster.under(circumstances, lambda: results.extend(store.append_many([saved])))
    return results


def test_a_save_whose_index_is_being_made_anew_is_told_that_it_counts(
    open_in: Opened, cluster: SimulatedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, beside = open_in("shared"), open_in("shared")
    first = save("t-1")
    here.append_many([first])
    after_every(monkeypatch, Writer, "_send_and_read", forgetting(beside))

    assert unplaced(cluster, here, save("t-1", after(first))) == [CountedSave(2)]


def spoil_head(folder: Path, subject: str) -> Head:
    """Change what the index says of a subject's head; what it says then."""
    digest = "ab" * 32
    with closing(sqlite3.connect(folder / "index.sqlite")) as connection, connection:
        values = (bytes.fromhex(digest), subject)
        connection.execute("UPDATE subject SET digest = ? WHERE subject = ?", values)
    return Head(1, digest)


def test_a_save_that_only_a_wrong_index_takes_for_an_orphan_is_recorded(
    open_in: Opened, tmp_path: Path
) -> None:
    here = open_in("here")
    here.append_many([save("t-1")])
    spoil_head(tmp_path / "here", "t-1")

    answer = Ledger(here, TALLIES).execute("t-1", command("c-1"), count())

    assert (answer.sequence, answer.position) == (2, 2)


def test_a_writer_that_sees_its_own_orphan_makes_its_index_anew_and_decides_again(
    open_in: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = open_in("here")
    here.append_many([save("t-1")])
    right = here.index.heads(["t-1"])["t-1"][0]
    wrong = spoil_head(tmp_path / "here", "t-1")
    made: list[str | None] = []
    rebuild = here.rebuild_index

    def rebuild_and_note() -> None:
        rebuild()
        made.append(here.index.generation())

    def mend() -> None:
        """Somebody else who made it anew, say."""
        with here.index.file.writing() as connection:
            values = (bytes.fromhex(right.digest or ""),)
            connection.execute("UPDATE subject SET digest = ? WHERE subject = 't-1'", values)

    monkeypatch.setattr(here._writer, "_rebuild", rebuild_and_note)
    after_every(monkeypatch, Writer, "_send", mend)

    assert here.append_many([save("t-1", wrong)]) == [Lost(Class.VOID)]
    assert len(made) == 1
    assert here.index.partitions()[0].orphans == 1
    assert here.index.heads(["t-1"])["t-1"][0] == right


def test_a_history_of_another_log_is_never_sent(open_in: Opened) -> None:
    here = open_in("here")
    here.append_many([save("t-1")])

    assert here.append_many([save("t-1", Head(1, "ab" * 32))]) == [Lost(Class.ORPHAN)]
    assert here.index.partitions()[0].next_offset == 2


def test_a_broker_that_vanishes_after_sending_leaves_the_save_to_be_tried_again(
    open_in: Opened, cluster: SimulatedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be a lie that nothing was recorded."""
    here = open_in("here")
    twin: Any = Writer._twin
    asked: list[None] = []

    def twin_once_unreachable(self: Writer, one: Any) -> Any:
        asked.append(None)
        if len(asked) == 1:
            raise BrokerUnreachable("nowhere", tried="simulated", waited_seconds=0)
        return twin(self, one)

    monkeypatch.setattr(Writer, "_twin", twin_once_unreachable)

    assert unplaced(cluster, here, save("t-1")) == [CountedSave(1)]
    assert len(asked) == 2
