"""Creating and opening a ledger: what is there, what is not, and what to do about it."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import pytest

from eventstore.envelope import read_event
from eventstore.errors import (
    EventUnreadable,
    LedgerBusy,
    LedgerDamaged,
    LedgerExists,
    LedgerMissing,
    LedgerTooNew,
    LedgerUnwritable,
    NotALedger,
    OutcomeUnknown,
    SettingsInvalid,
)
from eventstore.record import Headers, digest, value_of
from eventstore.sqlite import SQLiteStore
from eventstore.sqlite_creation import APPLICATION_ID, check_file
from eventstore.sqlite_file import SQLiteFile
from tests.eventstore.tally import TALLIES, TallyApplication, new_store, open_store, save

pytestmark = pytest.mark.unit


def file_of(folder: Path) -> Path:
    return folder / "ledger.sqlite"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_ledger_begins_with_a_genesis_record_outside_the_stream(folder: Path) -> None:
    store = new_store(folder)
    with store.file.reading() as connection:
        (record,) = connection.execute("SELECT * FROM record").fetchall()
        (event,) = connection.execute("SELECT * FROM event").fetchall()
    store.close()

    headers = Headers(subject="ledger-0", sequence=1, count=1)
    envelope, data = read_event(event[2])
    assert record == (0, 1, "ledger-0", 1, 1, None, None, digest(headers, value_of([event[2]])), 0)
    assert event[:2] == (0, "ticketledger.ledger.created.v1")
    assert (envelope.source, envelope.subject, envelope.sequence) == (
        "/ledgers/main",
        "ledger-0",
        1,
    )
    assert json.loads(data) == {
        "name": "main", "partitions": 1, "time_zone": "Europe/Berlin", "format": 1
    }  # fmt: skip


def test_a_save_is_durable_when_it_is_acknowledged(embedded: SQLiteStore) -> None:
    with embedded.file.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_creating_makes_the_folders_and_leaves_one_file(tmp_path: Path) -> None:
    new_store(tmp_path / "a" / "b c" / "ü?#%").close()

    assert names_in(tmp_path / "a" / "b c" / "ü?#%") == ["ledger.sqlite"]


def test_a_ledger_is_never_created_over_another(folder: Path) -> None:
    new_store(folder).close()
    before = file_of(folder).read_bytes()

    with pytest.raises(LedgerExists, match="already; open it, or choose another"):
        new_store(folder)
    assert file_of(folder).read_bytes() == before


def test_of_many_who_create_at_once_one_does(folder: Path) -> None:
    results: list[str] = []

    def create() -> None:
        try:
            new_store(folder).close()
            results.append("created")
        except LedgerExists:
            results.append("exists")

    threads = [threading.Thread(target=create) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["created"] + ["exists"] * 5
    assert names_in(folder) == ["ledger.sqlite"]


@pytest.mark.parametrize("name", ["", "a b", "ä", ".x", "x" * 101, "a/b", "a\n"])
def test_a_name_can_be_part_of_a_topic_and_a_source(folder: Path, name: str) -> None:
    with pytest.raises(SettingsInvalid, match="name"):
        SQLiteStore.create(folder, name=name, time_zone="UTC", application=TALLIES)
    assert not folder.exists()


@pytest.mark.parametrize("time_zone", ["", "Mars/Olympus", "../etc/passwd", "Europe", "Europe/"])
def test_a_time_zone_is_one_that_is_known(folder: Path, time_zone: str) -> None:
    with pytest.raises(SettingsInvalid, match="time zone"):
        SQLiteStore.create(folder, name="main", time_zone=time_zone, application=TALLIES)


def test_a_missing_folder_and_a_folder_without_a_ledger_are_told_apart(folder: Path) -> None:
    with pytest.raises(LedgerMissing, match="the folder does not exist; create one"):
        open_store(folder)
    folder.mkdir()
    with pytest.raises(LedgerMissing, match=r"the folder has no ledger.sqlite; create one"):
        open_store(folder)
    assert names_in(folder) == []


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"PK\x03\x04" + b"x" * 5000, "no SQLite database"),
        (b"SQLite format 3\x00" + b"x" * 50, "no SQLite database"),
    ],
)
def test_a_file_that_is_no_database_is_not_touched(
    folder: Path, content: bytes, found: str
) -> None:
    folder.mkdir()
    file_of(folder).write_bytes(content)

    with pytest.raises(NotALedger, match=found):
        open_store(folder)
    assert file_of(folder).read_bytes() == content


def test_a_folder_of_that_name_is_no_ledger(folder: Path) -> None:
    file_of(folder).mkdir(parents=True)

    with pytest.raises(NotALedger, match="no file"):
        open_store(folder)


def test_a_database_of_another_program_is_not_ours(folder: Path) -> None:
    folder.mkdir()
    connection = sqlite3.connect(file_of(folder))
    connection.execute("CREATE TABLE record (x)")
    connection.close()

    with pytest.raises(NotALedger, match="another program"):
        open_store(folder)


def test_a_ledger_of_a_later_release_is_not_read_by_older_rules(folder: Path) -> None:
    new_store(folder).close()
    connection = sqlite3.connect(file_of(folder))
    connection.execute("PRAGMA user_version = 2")
    connection.close()

    with pytest.raises(LedgerTooNew, match="format 2, this release knows formats up to 1; upgrade"):
        open_store(folder)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM event", "genesis record is missing"),
        ("UPDATE event SET body = x'7b7d'", "genesis record cannot be read"),
        ("DROP TABLE event", "SQLite says SQLITE_ERROR"),
    ],
)
def test_a_ledger_without_its_beginning_is_damaged(folder: Path, statement: str, what: str) -> None:
    new_store(folder).close()
    connection = sqlite3.connect(file_of(folder), isolation_level=None)
    connection.execute(statement)
    connection.close()

    with pytest.raises(LedgerDamaged, match=what):
        open_store(folder)


def test_a_torn_file_is_damaged_and_says_so(folder: Path) -> None:
    store = new_store(folder)
    store.append_many([save(f"t-{number}", events=10) for number in range(50)])
    store.close()
    content = file_of(folder).read_bytes()
    file_of(folder).write_bytes(content[: len(content) // 3])

    with pytest.raises((LedgerDamaged, NotALedger)):
        open_store(folder).read(0, 1000)


def test_an_event_missing_beneath_a_record_is_damage_not_a_shorter_history(
    embedded: SQLiteStore,
) -> None:
    embedded.append_many([save("t-1", events=2)])
    with embedded.file.writing() as connection:
        connection.execute("DELETE FROM event WHERE position > 0")

    with pytest.raises(LedgerDamaged, match="events of t-1 at sequence 1 are missing"):
        embedded.load("t-1")


def test_a_writer_that_waits_too_long_is_told_who_is_to_blame(folder: Path) -> None:
    new_store(folder).close()
    impatient = SQLiteFile(check_file(folder), lock_timeout_seconds=0.01)
    patient = SQLiteFile(check_file(folder))

    with (
        patient.writing(),
        pytest.raises(LedgerBusy, match="nothing was recorded"),
        impatient.writing(),
    ):
        pass
    with impatient.writing():
        pass
    impatient.close()
    patient.close()


def test_reading_goes_on_while_somebody_writes(embedded: SQLiteStore) -> None:
    embedded.append_many([save("t-1")])
    with embedded.file.writing() as connection:
        connection.execute("DELETE FROM event WHERE position = 1")
        assert embedded.last_position() == 1
        assert len(embedded.read(0, 10)) == 1


def test_a_failed_transaction_leaves_nothing_behind(embedded: SQLiteStore) -> None:
    def fail() -> None:
        with embedded.file.writing() as connection:
            embedded.append_within(connection, [save("t-1")])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()

    assert embedded.last_position() == 0
    embedded.append_many([save("t-1")])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_says_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(LedgerUnwritable, match="check space and permissions"):
        new_store(tmp_path / "ledger")


def test_a_folder_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for folder in (tmp_path / "file", tmp_path / "file" / "ledger"):
        with pytest.raises(LedgerUnwritable, match="cannot be used"):
            new_store(folder)


def test_threads_share_a_store_and_take_turns(embedded: SQLiteStore) -> None:
    errors: list[Exception] = []

    def write(name: str) -> None:
        try:
            for number in range(20):
                embedded.append_many([save(f"{name}-{number}", events=2)])
                embedded.read(0, 100)
        except Exception as error:  # noqa: BLE001 - shown below
            errors.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert embedded.last_position() == 240


def test_a_forked_child_writes_through_connections_of_its_own(embedded: SQLiteStore) -> None:
    embedded.append_many([save("t-1")])
    child = os.fork()
    if child == 0:
        try:
            embedded.append_many([save("t-2")])
            embedded.close()
        finally:
            os._exit(0 if embedded.file._inherited else 1)
    _, status = os.waitpid(child, 0)

    assert status == 0
    embedded.append_many([save("t-3")])
    assert embedded.last_position() == 3
    assert embedded.load("t-2").position == 2


def test_keys_are_dropped_and_filled_again_from_the_events(embedded: SQLiteStore) -> None:
    embedded.append_many([save("t-1", label="x"), save("t-2", label="y")])
    with embedded.file.writing() as connection:
        connection.execute("DELETE FROM key")
        connection.execute("INSERT INTO key VALUES ('label:z', 't-9')")

    assert embedded.rebuild_keys() == 2
    assert embedded.keys_with_prefix("", 10) == [("label:x", "t-1"), ("label:y", "t-2")]


class Unsure(TallyApplication):
    """Cannot tell the keys of an event, and would quote it."""

    def keys(self, type_: str, data: bytes) -> Iterable[str]:
        raise ValueError(data)


def test_keys_that_cannot_be_told_leave_those_that_are_there(embedded: SQLiteStore) -> None:
    embedded.append_many([save("t-1", label="Agatha")])
    embedded.application = Unsure()

    with pytest.raises(EventUnreadable, match="t-1, position 1") as caught:
        embedded.rebuild_keys()
    assert "Agatha" not in str(caught.value)
    assert embedded.subjects_by_key("label:Agatha") == ["t-1"]


def test_a_full_disk_is_reported_and_records_nothing(embedded: SQLiteStore) -> None:
    embedded.append_many([save("t-0")])
    with embedded.file.reading() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")

    with pytest.raises(LedgerUnwritable, match="no space left; nothing was recorded"):
        embedded.append_many([save(f"t-{number}", events=10) for number in range(1, 50)])

    with embedded.file.reading() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    assert embedded.last_position() == 1
    embedded.append_many([save("t-1")])


class Failing:
    """A connection whose disk fails at the moment of commit."""

    in_transaction = False

    def execute(self, statement: str) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        error.sqlite_errorname = "SQLITE_IOERR"
        raise error


def test_a_failure_while_committing_leaves_the_outcome_unknown(embedded: SQLiteStore) -> None:
    with pytest.raises(OutcomeUnknown, match=r"SQLITE_IOERR.*repeating the command.*is safe"):
        embedded.file._commit(cast("sqlite3.Connection", Failing()))


def test_the_file_says_what_it_is(folder: Path) -> None:
    new_store(folder).close()

    assert file_of(folder).read_bytes()[68:72] == APPLICATION_ID.to_bytes(4, "big") == b"TkLg"
