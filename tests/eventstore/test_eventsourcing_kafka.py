"""What eventsourcing applications on Kafka may rely on beyond eventsourcing's own test cases."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import (
    InfrastructureFactory,
    IntegrityError,
    InterfaceError,
    ProgrammingError,
    StoredEvent,
    Tracking,
)
from eventsourcing.tests import application as their_application

from eventstore.commands import Command
from eventstore.kafka.eventsourcing_kafka import KafkaFactory
from eventstore.kafka.genesis import create_ledger
from eventstore.kafka.settings import KafkaSettings, LedgerSettings
from eventstore.kafka.tracking import FILE_NAME
from eventstore.store import Counted, Lost, Save

ROOT = Path(__file__).parents[2]
NOBODY = "127.0.0.1:1"

LOOKED_FOR = {
    "not at all": """
import sys, eventstore.kafka.settings
vars(eventstore.kafka)
assert not {"eventsourcing", "kafka"} & set(sys.modules)
""",
    "when the package was imported long before": """
import eventstore.kafka.settings
from eventsourcing.persistence import InfrastructureFactory
try:
    InfrastructureFactory.construct({"PERSISTENCE_MODULE": "eventstore.kafka"})
except OSError as error:
    assert "LEDGER_FOLDER" in str(error)
else:
    raise AssertionError
""",
    "by its topic": """
from eventsourcing.utils import resolve_topic
found = resolve_topic("eventstore.kafka:KafkaFactory")
assert found.__module__ == "eventstore.kafka.eventsourcing_kafka"
""",
    "by a wrong name": """
import eventstore.kafka
assert not hasattr(eventstore.kafka, "Other")
""",
}
UNREACHABLE = """
import sys
from eventsourcing.persistence import OperationalError
from eventstore.kafka import KafkaFactory
variables = {
    "LEDGER_FOLDER": sys.argv[1],
    "TICKETLEDGER_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "TICKETLEDGER_KAFKA_CONNECT_SECONDS": "0.2",
}
try:
    KafkaFactory(variables)
except OperationalError as error:
    assert "no Kafka broker answers" in str(error)
else:
    raise AssertionError
"""

Opener = Callable[..., KafkaFactory]


@pytest.fixture
def open_factory(kafka: str, ledger_name: str, tmp_path: Path) -> Iterator[Opener]:
    """Opens one ledger, by default from one folder; further variables are given by name."""
    opened: list[KafkaFactory] = []

    def open_one(folder: str = "here", **variables: str) -> KafkaFactory:
        env = {
            "PERSISTENCE_MODULE": "eventstore.kafka",
            "LEDGER_FOLDER": str(tmp_path / folder),
            "LEDGER_NAME": ledger_name,
            "TICKETLEDGER_KAFKA_BOOTSTRAP_SERVERS": kafka,
        }
        factory = InfrastructureFactory.construct(env | variables)
        assert isinstance(factory, KafkaFactory)
        opened.append(factory)
        return factory

    yield open_one
    for factory in opened:
        factory.close()


def stored(originator_id: UUID, version: int = 1, *, topic: str = "t") -> StoredEvent:
    return StoredEvent(originator_id, version, topic, b"{}")


class _Killed(BaseException):
    """What a process never survives."""


def killed_after_the_save(factory: KafkaFactory, *, processing: Tracking) -> None:
    """Process a notification, and die when the save counts and nothing else is written yet."""
    store = factory.datastore.store
    append_many = store.append_many

    def append_and_die(saves: Sequence[Save]) -> list[Counted | Lost]:
        append_many(saves)
        raise _Killed

    recorder = factory.process_recorder()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "append_many", append_and_die)
        with pytest.raises(_Killed):
            recorder.insert_events([stored(uuid4())], tracking=processing)


@pytest.mark.kafka
@pytest.mark.parametrize("folder", ["here", "another-machine"])
def test_who_dies_between_a_save_and_its_tracking_is_found_to_have_processed_it(
    open_factory: Opener, folder: str
) -> None:
    killed_after_the_save(open_factory(), processing=Tracking("Lending / Süd", 7))

    recorder = open_factory(folder).process_recorder()

    assert recorder.max_tracking_id("Lending / Süd") == 7
    with pytest.raises(IntegrityError, match="processed up to 7 or beyond"):
        recorder.insert_events([stored(uuid4())], tracking=Tracking("Lending / Süd", 7))
    assert recorder.max_notification_id() == 1


@pytest.mark.kafka
def test_a_process_that_lives_on_sees_what_a_dead_one_processed(open_factory: Opener) -> None:
    living = open_factory().process_recorder()
    living.insert_events([stored(uuid4())], tracking=Tracking("upstream", 1))
    killed_after_the_save(open_factory(), processing=Tracking("upstream", 2))

    with pytest.raises(IntegrityError, match="processed up to 2"):
        living.insert_events([stored(uuid4())], tracking=Tracking("upstream", 2))

    assert living.insert_events([stored(uuid4())], tracking=Tracking("upstream", 3)) == [3]


@pytest.mark.kafka
def test_tracking_of_saves_survives_the_file_it_is_kept_in(
    open_factory: Opener, tmp_path: Path
) -> None:
    factory = open_factory()
    recorder = factory.process_recorder()
    recorder.insert_events([stored(uuid4())], tracking=Tracking("upstream", 4))
    recorder.insert_tracking(Tracking("upstream", 5))
    factory.close()
    (tmp_path / "here" / FILE_NAME).unlink()

    # That number 5 called for nothing is not in the log: it will be processed once more.
    assert open_factory().process_recorder().max_tracking_id("upstream") == 4


@pytest.mark.kafka
def test_a_save_that_processes_a_notification_has_its_own_command_id(open_factory: Opener) -> None:
    recorder = open_factory().process_recorder()
    command = Command("c-1", "lend", {}, datetime(2026, 11, 22, tzinfo=UTC), "agent:ayu")
    posing = Command("tracking:9:x", "lend", {}, datetime(2026, 11, 22, tzinfo=UTC), "agent:ayu")

    with pytest.raises(ProgrammingError, match="under an id made from it"):
        recorder.insert_events([stored(uuid4())], tracking=Tracking("x", 1), command=command)
    with pytest.raises(ProgrammingError, match="or name it otherwise"):
        recorder.insert_events([stored(uuid4())], command=posing)

    assert recorder.max_notification_id() is None
    assert recorder.insert_events([stored(uuid4())], command=command) == [1]


@pytest.mark.kafka
def test_of_two_who_save_the_same_version_one_is_told_of_the_other(
    open_factory: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, fast = open_factory(), open_factory("another-machine")
    originator_id = uuid4()
    append_many = slow.datastore.store.append_many

    def append_late(saves: Sequence[Save]) -> list[Counted | Lost]:
        fast.application_recorder().insert_events([stored(originator_id, topic="fast")])
        return append_many(saves)

    monkeypatch.setattr(slow.datastore.store, "append_many", append_late)
    recorder = slow.application_recorder()

    with pytest.raises(IntegrityError, match=f"version 1 of {originator_id} first"):
        recorder.insert_events([stored(originator_id, topic="slow")])

    assert [event.topic for event in recorder.select_events(originator_id)] == ["fast"]


@pytest.mark.kafka
def test_events_from_the_middle_of_a_save_on_are_all_given(open_factory: Opener) -> None:
    recorder = open_factory().application_recorder()
    originator_id = uuid4()
    saved = [stored(originator_id, version) for version in range(5)]
    recorder.insert_events(saved[:3])
    recorder.insert_events(saved[3:])

    for known in (open_factory("another-machine").application_recorder(), recorder):
        for gt in range(-1, 6):
            assert known.select_events(originator_id, gt=gt) == saved[gt + 1 :]
            assert known.select_events(originator_id, gt=gt, lte=3) == saved[gt + 1 : 4]


@pytest.mark.kafka
def test_a_ledger_of_several_partitions_takes_saves_and_gives_no_notifications(
    open_factory: Opener, kafka: str, ledger_name: str, tmp_path: Path
) -> None:
    settings = LedgerSettings(name=ledger_name, kafka=KafkaSettings(bootstrap_servers=kafka))
    create_ledger(tmp_path / "here", settings, time_zone="UTC", partitions=3)
    recorder = open_factory().application_recorder()
    saved = stored(uuid4())
    recorder.insert_events([saved])

    assert recorder.select_events(saved.originator_id) == [saved]
    with pytest.raises(ProgrammingError, match="has 3 partitions"):
        recorder.select_notifications(1, 10)
    with pytest.raises(ProgrammingError, match="has 3 partitions"):
        recorder.max_notification_id()
    with pytest.raises(ProgrammingError, match="has 3 partitions"):
        recorder.subscribe()


@pytest.mark.kafka
def test_a_save_of_two_originators_is_refused_on_kafka_too(open_factory: Opener) -> None:
    recorder = open_factory().application_recorder()

    with pytest.raises(ProgrammingError, match="events of one originator, this one of 2"):
        recorder.insert_events([stored(uuid4()), stored(uuid4())])

    assert recorder.max_notification_id() is None


@pytest.mark.kafka
def test_no_topics_are_created_where_that_is_switched_off(open_factory: Opener) -> None:
    with pytest.raises(InterfaceError, match="has no topic"):
        open_factory(CREATE_TABLE="no")


@pytest.mark.kafka
def test_the_package_serves_under_the_name_it_has_in_the_wheel(
    kafka: str, ledger_name: str, tmp_path: Path
) -> None:
    env = {
        "PERSISTENCE_MODULE": "ticketledger.eventstore.kafka",
        "LEDGER_FOLDER": str(tmp_path / "bank"),
        "BANKACCOUNTS_LEDGER_NAME": ledger_name,
        "BANKACCOUNTS_TICKETLEDGER_KAFKA_BOOTSTRAP_SERVERS": kafka,
    }
    with their_application.BankAccounts(env=env) as application:
        account = application.open_account("Alice", "alice@example.com")
        application.credit_account(account, Decimal("10.00"))
        factory: Any = application.factory

        assert application.get_balance(account) == Decimal("10.00")
        assert type(factory).__module__.startswith("ticketledger.eventstore.kafka")
        assert factory.datastore.store.settings.name == ledger_name


@pytest.mark.unit
def test_an_address_that_is_missing_is_asked_for_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ProgrammingError, match="TICKETLEDGER_KAFKA_BOOTSTRAP_SERVERS"):
        KafkaFactory({"LEDGER_FOLDER": str(tmp_path)})


@pytest.mark.unit
def test_a_folder_that_names_another_ledger_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "ledger.toml").write_text('name = "a"\n[kafka]\nbootstrap_servers = "x:1"\n')

    with pytest.raises(OSError, match=r"LEDGER_NAME is b, and .*ledger.toml names a"):
        KafkaFactory({"LEDGER_FOLDER": str(tmp_path), "LEDGER_NAME": "b"})


@pytest.mark.unit
def test_a_folder_with_a_ledger_of_its_own_is_not_taken_to_kafka(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").touch()

    with pytest.raises(InterfaceError, match=r"has a ledger.sqlite"):
        KafkaFactory(
            {"LEDGER_FOLDER": str(tmp_path), "TICKETLEDGER_KAFKA_BOOTSTRAP_SERVERS": NOBODY}
        )


@pytest.mark.unit
@pytest.mark.parametrize("code", LOOKED_FOR.values(), ids=LOOKED_FOR)
def test_the_factory_is_imported_when_it_is_looked_for_and_not_before(code: str) -> None:
    run_apart(code)


@pytest.mark.unit
def test_a_broker_that_does_not_answer_is_an_operational_error(tmp_path: Path) -> None:
    # Apart, since kafka-python leaves a socket behind where it cannot connect.
    run_apart(UNREACHABLE, str(tmp_path))


def run_apart(code: str, *arguments: str) -> None:
    """Run some lines in a process of their own."""
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
