"""eventsourcing's contract test cases on an embedded ledger, and what is ours there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import (
    DataError,
    IntegrityError,
    InterfaceError,
    PersistenceError,
    ProgrammingError,
    StoredEvent,
    Tracking,
)
from eventsourcing.tests import application as their_application
from eventsourcing.utils import Environment
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventstore.commands import Command
from eventstore.eventsourcing_sqlite import SQLiteFactory
from eventstore.record import RECORD_BYTES_MAX
from eventstore.verify import verify

# Imported as a module: cases imported by name would be collected here as well.
from tests.eventstore.contract import eventsourcing_cases as cases

MODULE = "eventstore.eventsourcing_sqlite"

pytestmark = pytest.mark.contract


class _Embedded:
    def variables(self, folder: str) -> dict[str, str]:
        return {"PERSISTENCE_MODULE": MODULE, "LEDGER_FOLDER": folder}


class TestAggregateRecorder(_Embedded, cases.AggregateRecorderCase):
    pass


class TestAggregateRecorderFromVersionZero(TestAggregateRecorder):
    INITIAL_VERSION = 0


class TestSnapshotRecorder(_Embedded, cases.SnapshotRecorderCase):
    pass


class TestApplicationRecorder(_Embedded, cases.ApplicationRecorderCase):
    pass


class TestApplicationRecorderFromVersionZero(TestApplicationRecorder):
    INITIAL_VERSION = 0


class TestTrackingRecorder(_Embedded, cases.TrackingRecorderCase):
    pass


class TestProcessRecorder(_Embedded, cases.ProcessRecorderCase):
    pass


class TestNonInterleaving(_Embedded, cases.NonInterleavingCase):
    pass


class TestFactory(_Embedded, cases.FactoryCase):
    def expected_factory_class(self) -> type[SQLiteFactory]:
        return SQLiteFactory


class TestExampleApplication(_Embedded, cases.ExampleApplicationCase):
    expected_factory_topic = f"{MODULE}:SQLiteFactory"


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[SQLiteFactory]:
    factory = SQLiteFactory(Environment(env={"LEDGER_FOLDER": str(tmp_path / "ledger")}))
    yield factory
    factory.close()


def stored(
    originator_id: UUID | str, version: int = 1, *, topic: str = "t", state: bytes = b"{}"
) -> StoredEvent:
    return StoredEvent(originator_id, version, topic, state)


def test_a_save_of_two_originators_is_refused_and_records_neither(factory: SQLiteFactory) -> None:
    recorder = factory.application_recorder()

    with pytest.raises(ProgrammingError, match="events of one originator, this one of 2"):
        recorder.insert_events([stored(uuid4()), stored(uuid4())])

    assert recorder.max_notification_id() is None


def test_a_save_that_skips_a_version_is_refused(factory: SQLiteFactory) -> None:
    recorder = factory.application_recorder()
    originator_id = uuid4()
    recorder.insert_events([stored(originator_id, 1)])

    with pytest.raises(IntegrityError, match="its next version is 2"):
        recorder.insert_events([stored(originator_id, 3)])


def test_a_command_travels_with_its_save_and_is_recorded_once(factory: SQLiteFactory) -> None:
    recorder = factory.application_recorder()
    originator_id = uuid4()
    command = Command(
        "c-1", "open", {}, datetime(2026, 11, 22, 9, tzinfo=UTC), "agent:ayu", "batch-7"
    )
    recorder.insert_events([stored(originator_id, 1)], command=command)

    with pytest.raises(IntegrityError, match="command c-1 is recorded"):
        recorder.insert_events([stored(originator_id, 2)], command=command)

    (record,) = factory.datastore.store.load(str(originator_id)).records
    assert record.headers.command == command.header
    assert b'"actor":"agent:ayu","commandid":"c-1","correlationid":"batch-7"' in record.bodies[0]


def test_unknown_metadata_is_refused_instead_of_being_lost(factory: SQLiteFactory) -> None:
    with pytest.raises(ProgrammingError, match="unknown metadata tenant"):
        factory.application_recorder().insert_events([stored(uuid4())], tenant="x")


def test_a_state_over_the_size_limit_is_an_error_of_the_data(factory: SQLiteFactory) -> None:
    with pytest.raises(DataError, match="a record holds 1,000,000 at most"):
        factory.application_recorder().insert_events(
            [stored(uuid4(), state=b"x" * RECORD_BYTES_MAX)]
        )


def test_an_originator_id_that_cannot_be_a_header_is_refused(tmp_path: Path) -> None:
    env = Environment(env={"LEDGER_FOLDER": str(tmp_path), "ORIGINATOR_ID_TYPE": "text"})
    factory = SQLiteFactory(env)
    recorder = factory.application_recorder()

    with pytest.raises(ProgrammingError, match="printable ASCII"):
        recorder.insert_events([stored("müller")])

    recorder.insert_events([stored("mueller")])
    assert [found.originator_id for found in recorder.select_events("mueller")] == ["mueller"]
    factory.close()


def test_tracking_that_does_not_advance_takes_its_events_with_it(factory: SQLiteFactory) -> None:
    recorder = factory.process_recorder()
    recorder.insert_events([stored(uuid4())], tracking=Tracking("upstream", 5))

    with pytest.raises(IntegrityError, match="processed up to 5"):
        recorder.insert_events([stored(uuid4())], tracking=Tracking("upstream", 5))

    assert recorder.max_notification_id() == 1


def test_no_ledger_is_created_where_that_is_switched_off(tmp_path: Path) -> None:
    env = Environment(env={"LEDGER_FOLDER": str(tmp_path / "none"), "CREATE_TABLE": "no"})

    with pytest.raises(InterfaceError, match="there is no ledger"):
        SQLiteFactory(env)

    assert not (tmp_path / "none").exists()


def test_a_factory_without_a_folder_names_the_variables_it_looked_for() -> None:
    with pytest.raises(OSError, match="BANK_LEDGER_FOLDER, LEDGER_FOLDER"):
        SQLiteFactory(Environment(name="Bank"))


def test_a_closed_ledger_says_so_in_their_words(factory: SQLiteFactory) -> None:
    recorder = factory.application_recorder()
    factory.close()

    with pytest.raises(PersistenceError, match="was closed"):
        recorder.max_notification_id()


def test_an_application_leaves_an_intact_ledger_even_with_snapshots_and_tracking(
    tmp_path: Path,
) -> None:
    env = {"PERSISTENCE_MODULE": MODULE, "LEDGER_FOLDER": str(tmp_path / "bank")}
    with their_application.BankAccounts(env=env) as application:
        account = application.open_account("Alice", "alice@example.com")
        application.credit_account(account, Decimal("10.00"))
        application.take_snapshot(account)
        factory = application.factory
        assert isinstance(factory, SQLiteFactory)
        factory.tracking_recorder().insert_tracking(Tracking("upstream", 1))

        assert verify(factory.datastore.store).findings == []


def test_the_module_serves_under_the_name_it_has_in_the_wheel(tmp_path: Path) -> None:
    env = {
        "PERSISTENCE_MODULE": f"ticketledger.{MODULE}",
        "LEDGER_FOLDER": str(tmp_path / "bank"),
    }
    with their_application.BankAccounts(env=env) as application:
        account = application.open_account("Alice", "alice@example.com")

        assert application.get_balance(account) == 0
        assert type(application.factory).__module__ == f"ticketledger.{MODULE}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    states=st.lists(
        st.binary() | st.dictionaries(st.text(), st.text()).map(lambda v: json.dumps(v).encode()),
        min_size=1,
        max_size=5,
    )
)
def test_what_goes_in_comes_out_byte_for_byte(factory: SQLiteFactory, states: list[bytes]) -> None:
    recorder = factory.application_recorder()
    originator_id = uuid4()
    saved = [stored(originator_id, n, state=s) for n, s in enumerate(states, start=1)]
    ids = recorder.insert_events(saved)

    assert ids
    assert recorder.select_events(originator_id) == saved
    assert [found.state for found in recorder.select_notifications(ids[0], 10)] == states
