"""Prepared saves: recorded once, only where they continue their subject, whatever others do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eventstore.commands import Command, text_fingerprint
from eventstore.envelope import read_event, write_time
from eventstore.errors import CommandInvalid, LedgerBusy
from eventstore.ledger import Ledger
from eventstore.prepared import Appender, Fate, Prepared, Told
from eventstore.sqlite import SQLiteStore
from eventstore.store import Counted as CountedSave
from eventstore.store import Lost, Save
from eventstore.verify import verify
from tests.eventstore.tally import TALLIES, TYPE, Counted, TallyLedger

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def appender(store: SQLiteStore, *, subjects_max: int = 10) -> Appender:
    return Appender(
        store,
        actor="import:x",
        correlation_id="batch",
        clock=lambda: NOON,
        subjects_max=subjects_max,
    )


def prepared(
    subject: str, command: str, *, after: int = 0, by: str | None = None, say: str = "1"
) -> Prepared:
    """One event that adds a number, by a command that says so."""
    header = f"{command} {text_fingerprint('count', 'number', say)}"
    data = f'{{"number": {say}}}'.encode()
    return Prepared(subject, header, write_time(NOON), after, by, [TYPE], [data])


def somebody_counts(ledger: TallyLedger, subject: str, command: str) -> None:
    asked = Command(command, "count", {"number": "5"}, NOON, "agent:other")
    ledger.execute(subject, asked, lambda _: [Counted(5)])


class Rivalled(SQLiteStore):
    """A store to which somebody else writes just before the next append."""

    rival: list[tuple[str, str]]

    def append_many(self, saves: Sequence[Save]) -> list[CountedSave | Lost]:
        rivals, self.rival = self.rival, []
        for subject, command in rivals:
            other = SQLiteStore.open(self.file.path.parent, application=TALLIES)
            somebody_counts(Ledger(other, TALLIES), subject, command)
            other.close()
        return super().append_many(saves)


def test_prepared_saves_build_on_each_other_in_one_batch(embedded: SQLiteStore) -> None:
    fates = appender(embedded).append(
        [prepared("a", "c-1"), prepared("b", "c-1"), prepared("a", "c-2", after=1, by="c-1")]
    )

    assert fates == [Fate.ADDED] * 3
    assert Ledger(embedded, TALLIES).load("a") == (2, 2, 3)
    assert not verify(embedded).findings


def test_what_was_prepared_is_recorded_as_a_command_would_have_been(
    embedded: SQLiteStore,
) -> None:
    appender(embedded).append([prepared("a", "c-1", say="7")])

    [(envelope, event)] = Ledger(embedded, TALLIES).history("a")
    assert (envelope.actor, envelope.commandid, envelope.correlationid) == (
        "import:x",
        "c-1",
        "batch",
    )
    assert (envelope.time, envelope.recordedtime, event) == (NOON, NOON, Counted(7))
    command = Command("c-1", "count", {"number": "7"}, NOON, "import:x")
    repeated = Ledger(embedded, TALLIES).execute("a", command, lambda _: [])
    assert repeated.repeated


def test_a_command_that_was_recorded_is_not_recorded_again(embedded: SQLiteStore) -> None:
    saves = [prepared("a", "c-1"), prepared("a", "c-2", after=1, by="c-1")]
    once = appender(embedded)

    assert once.append(saves) == [Fate.ADDED] * 2
    assert once.append(saves) == [Fate.REPEATED] * 2
    assert appender(embedded).append(saves) == [Fate.REPEATED] * 2
    assert embedded.last_position() == 2


def test_a_recorded_command_that_said_otherwise_has_overtaken_it(embedded: SQLiteStore) -> None:
    appender(embedded).append([prepared("a", "c-1", say="1")])

    assert appender(embedded).append([prepared("a", "c-1", say="2")]) == [Fate.OVERTAKEN]


def test_somebody_elses_event_overtakes_what_was_prepared(
    embedded: SQLiteStore, ledger: TallyLedger
) -> None:
    mine = appender(embedded)
    mine.append([prepared("a", "c-1")])
    somebody_counts(ledger, "a", "theirs")

    fates = mine.append([prepared("a", "c-2", after=1, by="c-1"), prepared("b", "c-1")])

    assert fates == [Fate.OVERTAKEN, Fate.ADDED]


def test_an_event_of_somebody_else_in_the_same_place_is_not_taken_for_ours(
    embedded: SQLiteStore, ledger: TallyLedger
) -> None:
    somebody_counts(ledger, "a", "theirs")

    fates = appender(embedded).append([prepared("a", "c-2", after=1, by="c-1")])

    assert fates == [Fate.OVERTAKEN]


def test_a_subject_that_went_on_elsewhere_is_looked_at_again_before_anything_is_refused(
    embedded: SQLiteStore, ledger: TallyLedger
) -> None:
    mine = appender(embedded)
    mine.append([prepared("a", "c-1")])
    somebody_counts(ledger, "a", "theirs")

    fates = mine.append([prepared("a", "c-2", after=2, by="theirs")])

    assert fates == [Fate.ADDED]


def test_a_race_that_is_lost_at_the_last_moment_loses_only_its_own_subject(folder: Path) -> None:
    SQLiteStore.create(folder, name="main", time_zone="UTC", application=TALLIES).close()
    store = Rivalled.open(folder, application=TALLIES)
    store.rival = [("a", "theirs")]

    fates = appender(store).append(
        [prepared("a", "c-1"), prepared("b", "c-1"), prepared("a", "c-2", after=1, by="c-1")]
    )

    assert fates == [Fate.OVERTAKEN, Fate.ADDED, Fate.OVERTAKEN]
    assert Ledger(store, TALLIES).load("a").state == 5
    store.close()


def test_subjects_that_are_not_kept_any_more_are_looked_up(embedded: SQLiteStore) -> None:
    mine = appender(embedded, subjects_max=1)
    mine.append([prepared("a", "c-1"), prepared("b", "c-1")])

    fates = mine.append(
        [prepared("a", "c-2", after=1, by="c-1"), prepared("b", "c-2", after=1, by="c-1")]
    )

    assert fates == [Fate.ADDED] * 2


def test_after_a_failure_the_same_saves_can_be_appended(
    embedded: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = appender(embedded)
    saves = [prepared("a", "c-1"), prepared("a", "c-2", after=1, by="c-1")]

    def fail(_: Sequence[Save]) -> list[CountedSave | Lost]:
        raise LedgerBusy(embedded.file.path, waited_seconds=1)

    with monkeypatch.context() as patched:
        patched.setattr(embedded, "append_many", fail)
        with pytest.raises(LedgerBusy):
            mine.append(saves)

    assert mine.append(saves) == [Fate.ADDED] * 2


@pytest.mark.parametrize("header", ["c-1", "c 1 0123456789abcdef", "c-1 0123456789ABCDEF"])
def test_a_header_that_no_record_can_carry_is_refused(embedded: SQLiteStore, header: str) -> None:
    with pytest.raises(CommandInvalid):
        appender(embedded).append([prepared("a", "c-1")._replace(command=header)])


def test_who_decided_a_save_may_tell_what_the_appender_would_fill_in(tmp_path: Path) -> None:
    store = SQLiteStore.create(tmp_path / "x", name="main", time_zone="UTC", application=TALLIES)
    earlier = datetime(2026, 1, 1, tzinfo=UTC)
    told = prepared("a", "k1")._replace(told=Told("customer:c1", earlier, ["id-1"]))

    fates = appender(store).append([told, prepared("b", "k2")])
    [mine, other] = [read_event(body)[0] for _, body in store.read(0, 10)]

    assert fates == [Fate.ADDED, Fate.ADDED]
    assert (mine.actor, mine.recordedtime, mine.id) == ("customer:c1", earlier, "id-1")
    assert (other.actor, other.recordedtime) == ("import:x", NOON)
    assert mine.correlationid == other.correlationid == "batch"
    assert verify(store).findings == []
    store.close()
