"""On a cluster the automation records the same, once the relay has published; two may run."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from domain.application import TICKETS
from domain.values import Channel
from eventstore.kafka.genesis import create_ledger
from eventstore.kafka.relay import Relay
from eventstore.kafka.settings import (
    KafkaSettings,
    LedgerSettings,
    read_settings,
    write_settings,
)
from eventstore.kafka.store import KafkaStore
from tests.consumers.desk import Desk, Recorded, new_desk
from tests.consumers.test_automation_processes import EVERYTHING


@pytest.fixture(params=[1, 3])
def on_kafka(request: pytest.FixtureRequest, kafka: str, tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "on-kafka"
    name = f"test-{uuid.uuid4().hex[:12]}"
    settings = LedgerSettings(name=name, kafka=KafkaSettings(bootstrap_servers=kafka))
    create_ledger(folder, settings, time_zone="UTC", partitions=request.param)
    with closing(KafkaStore.open(folder, application=TICKETS)) as store:
        yield Desk(folder, store)


def live(desk: Desk) -> None:
    """A morning at the desk: six tickets, a question, a merge."""
    desk.publish(EVERYTHING)
    desk.agent("ayu")
    for number in range(6):
        desk.open(f"T{number}", subject="refund" if number == 3 else None)
        desk.wait(minutes=7)
    desk.do(
        "T1",
        lambda t: t.reply(
            message_id="m", channel=Channel.EMAIL, at=desk.now, agent_id="ayu", asks=True
        ),
    )
    desk.do("T4", lambda t: t.merge_into(desk.ticket("T5")))
    desk.wait(days=3)


def relay(desk: Desk) -> None:
    with Relay.open(desk.folder) as running:
        running.run()


def recorded(desk: Desk) -> dict[str, list[Recorded]]:
    """What the automation recorded of each ticket."""
    found: dict[str, list[Recorded]] = {}
    for number in range(6):
        found[f"T{number}"] = desk.recorded_of(f"T{number}")
    return found


@pytest.mark.kafka
def test_it_records_what_it_would_record_in_one_file_once_the_relay_has_published(
    on_kafka: Desk, tmp_path: Path
) -> None:
    with new_desk(tmp_path / "embedded") as embedded:
        live(embedded)
        embedded.automate()
        expected = recorded(embedded)
    live(on_kafka)

    with on_kafka.automation() as automation:
        before = automation.run_until(on_kafka.now)
        assert (before.fired, before.placed) == (0, 0)
        assert before.missing > 0
        relay(on_kafka)
        automation.run_until(on_kafka.now)
        relay(on_kafka)
        again = automation.run_until(on_kafka.now)

    assert recorded(on_kafka) == expected
    assert (again.fired, again.placed, again.missing) == (0, 0, 0)


@pytest.mark.kafka
def test_two_machines_record_every_fact_once(on_kafka: Desk, tmp_path: Path) -> None:
    live(on_kafka)
    relay(on_kafka)
    write_settings(tmp_path / "other", read_settings(on_kafka.folder))
    with closing(KafkaStore.open(tmp_path / "other", application=TICKETS)) as store:
        other = Desk(tmp_path / "other", store, now=on_kafka.now)
        with on_kafka.automation() as one, other.automation() as two:
            one.catch_up()
            two.catch_up()
            one.run_until(on_kafka.now)
            two.run_until(on_kafka.now)
            relay(on_kafka)
            assert two.run_until(on_kafka.now).fired == 0

        facts = [fact for of_ticket in recorded(other).values() for fact in of_ticket]
        commands = Counter(record.headers.command for record in store.records())

    assert len(facts) > 20
    assert set(commands.values()) == {1}
