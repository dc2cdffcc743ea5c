"""Ledgers of tallies on a cluster, and streams written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from eventstore.kafka.clients import admin, config_resource
from eventstore.kafka.genesis import create_ledger
from eventstore.kafka.log import Acknowledged
from eventstore.kafka.relay import Relay, RelayProgress
from eventstore.kafka.settings import KafkaSettings, LedgerSettings, write_settings
from eventstore.kafka.store import KafkaStore
from eventstore.kafka.stream_end import position_of
from eventstore.kafka.stream_reader import TopicStream
from eventstore.kafka.stream_writer import READABLE
from eventstore.kafka.topic_log import TopicLog
from eventstore.kafka.wire import Message, Raw
from eventstore.rule import EMPTY, Head
from eventstore.store import Save
from tests.eventstore.tally import TALLIES, after, save

_NOW_MS = 1_790_000_000_000


@dataclass
class OnKafka:
    """A ledger on a cluster, with its folder on this machine."""

    folder: Path
    settings: LedgerSettings
    partitions: int
    heads: dict[str, Head] = field(default_factory=dict)

    def elsewhere(self, folder: Path) -> Path:
        """The same ledger as another machine has it."""
        write_settings(folder, self.settings)
        return folder

    def record(self, *subjects: str, events: int = 1) -> None:
        """Save a record for each of these subjects."""
        store = KafkaStore.open(self.folder, application=TALLIES)
        with closing(store):
            saves: list[Save] = []
            for subject in subjects:
                head = self.heads.get(subject, EMPTY)
                saves.append(save(subject, head, events=events, source=store.source))
                self.heads[subject] = after(saves[-1])
            store.append_many(saves)

    def in_log(self) -> dict[int, list[tuple[int, bytes]]]:
        """What the stream has to hold."""
        store = KafkaStore.open(self.folder, application=TALLIES)
        with closing(store):
            return {
                number: store.read(0, 100_000, partition=number)
                for number in range(self.partitions)
            }

    def relay(self, folder: Path | None = None) -> RelayProgress:
        """Publish what there is."""
        with Relay.open(folder or self.folder) as relay:
            return relay.run()

    def in_topic(self) -> dict[int, list[Raw]]:
        """The stream's records, as they are."""
        topic = TopicLog(self.settings.kafka, self.settings.stream_topic)
        with closing(topic):
            return {number: _whole(topic, number) for number in range(self.partitions)}

    def published(self) -> dict[int, list[tuple[int, bytes]]]:
        """Position and value of each record of the stream."""
        return {
            number: [(position_of(raw.headers) or 0, raw.value or b"") for raw in raws]
            for number, raws in self.in_topic().items()
        }

    def publish_by_hand(self, *positions: int, partition: int = 0) -> None:
        """Records with these positions, in this order."""
        topic = TopicLog(self.settings.kafka, self.settings.stream_topic)
        with closing(topic):
            for position in positions:
                headers = [("content-type", READABLE), ("position", b"%d" % position)]
                message = Message(partition, b"t", headers, b'{"n":%d}' % position, _NOW_MS)
                (result,) = topic.send([message], timeout_seconds=10)
                assert isinstance(result, Acknowledged)

    def limit_stream_messages(self, size: int) -> None:
        """Let the broker take no batch into the stream that has more bytes."""
        resource = config_resource(
            self.settings.stream_topic, configs={"max.message.bytes": str(size)}
        )
        with closing(admin(self.settings.kafka)) as client:
            client.alter_configs([resource])

    def renew_stream(self) -> None:
        """Delete the stream's topic and make it again."""
        with closing(admin(self.settings.kafka)) as client:
            client.delete_topics([self.settings.stream_topic])
            while self.settings.stream_topic in client.list_topics():
                pass
        create_ledger(
            self.folder, self.settings, time_zone="Europe/Berlin", partitions=self.partitions
        )


def _whole(topic: TopicLog, partition: int) -> list[Raw]:
    found: list[Raw] = []
    end = topic.ends()[partition]
    while len(found) < end:
        found += topic.scan(partition, len(found), timeout_seconds=1.0)
    return found


Made = Callable[[int], OnKafka]


@pytest.fixture
def on_kafka(kafka: str, ledger_name: str, tmp_path: Path) -> Made:
    """Makes a ledger of so many partitions."""

    def made(partitions: int) -> OnKafka:
        settings = LedgerSettings(name=ledger_name, kafka=KafkaSettings(bootstrap_servers=kafka))
        folder = tmp_path / "ledger"
        create_ledger(folder, settings, time_zone="Europe/Berlin", partitions=partitions)
        return OnKafka(folder, settings, partitions)

    return made


@pytest.fixture(params=[1, 3])
def ledger(request: pytest.FixtureRequest, on_kafka: Made) -> OnKafka:
    """An empty ledger, of one partition and of three."""
    return on_kafka(request.param)


@pytest.fixture(params=["plain", "fast"])
def reader(
    request: pytest.FixtureRequest, ledger: OnKafka, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TopicStream]:
    """Both ways to read a stream."""
    from eventstore.kafka.stream_reader import READER_VARIABLE, open_reader

    monkeypatch.setenv(READER_VARIABLE, request.param)
    opened = open_reader(ledger.folder)
    yield opened
    opened.close()
