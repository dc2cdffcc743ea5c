"""Whoever follows a stream gets each event once, in order, or is told that one is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventstore.kafka.errors import KafkaSettingsInvalid, StreamBroken, TopicMissing
from eventstore.kafka.settings import KafkaSettings, LedgerSettings, write_settings
from eventstore.kafka.stream_reader import READER_VARIABLE, TopicStream, open_reader
from eventstore.kafka.topic_log import TopicLog
from eventstore.stream import EmbeddedStream, open_stream
from tests.eventstore.stream.conftest import OnKafka
from tests.eventstore.tally import after, new_store, save

pytestmark = pytest.mark.kafka

TICKETS = [f"t-{number}" for number in range(12)]


def bodies(*positions: int) -> list[tuple[int, bytes]]:
    return [(position, b'{"n":%d}' % position) for position in positions]


@pytest.mark.unit
def test_an_embedded_stream_is_the_log_in_one_partition(tmp_path: Path) -> None:
    store = new_store(tmp_path / "ledger")
    saved = save("t-1", events=3)
    store.append_many([saved])
    stream = open_stream(tmp_path / "ledger")

    assert isinstance(stream, EmbeddedStream)
    assert stream.partitions == 1
    assert stream.last_position(0) == 3
    assert stream.read(0, 1, 5) == list(enumerate(saved.record.bodies, start=1))[1:]
    assert stream.read(0, 3, 5, timeout_seconds=0.01) == []
    assert (stream.read(1, 0, 5), stream.last_position(1)) == ([], 0)
    store.append_many([save("t-1", after(saved))])
    assert [position for position, _ in stream.read(0, 3, 5, timeout_seconds=30)] == [4]
    stream.close()
    store.close()


def test_a_stream_is_read_in_pieces_from_any_position(ledger: OnKafka, reader: TopicStream) -> None:
    ledger.record(*TICKETS, events=2)
    ledger.relay()

    assert reader.partitions == ledger.partitions
    for number, rows in ledger.in_log().items():
        assert reader.read(number, 0, 1000) == rows
        assert reader.last_position(number) == len(rows)
        assert reader.read(number, len(rows), 10) == []
        pieces = [row for after in range(0, len(rows), 3) for row in reader.read(number, after, 3)]
        assert pieces == rows
        assert reader.read(number, 1, 2) == rows[1:3]


def test_what_is_published_later_is_waited_for(ledger: OnKafka, reader: TopicStream) -> None:
    assert reader.read(0, 0, 10) == []
    assert reader.read(0, 0, 10, timeout_seconds=0.2) == []
    assert reader.last_position(0) == 0

    ledger.publish_by_hand(1, 2)

    assert reader.read(0, 0, 1, timeout_seconds=30) == bodies(1)
    assert reader.read(0, 1, 10, timeout_seconds=30) == bodies(2)
    ledger.publish_by_hand(3)
    assert reader.read(0, 2, 10, timeout_seconds=30) == bodies(3)
    assert reader.last_position(0) == 3


def test_what_two_relays_repeat_is_given_once(ledger: OnKafka, reader: TopicStream) -> None:
    ledger.publish_by_hand(1, 2, 1, 3, 2, 3, 4, 5, 4)

    assert reader.last_position(0) == 5
    assert reader.read(0, 0, 100) == bodies(1, 2, 3, 4, 5)
    for after_position in range(5):
        assert reader.read(0, after_position, 1) == bodies(after_position + 1)
    ledger.publish_by_hand(5, 6, 4, 5)
    assert reader.last_position(0) == 6
    assert reader.read(0, 5, 100) == bodies(6)


def test_a_missing_position_is_an_error(ledger: OnKafka, reader: TopicStream) -> None:
    ledger.publish_by_hand(1, 2, 1, 4)

    assert reader.read(0, 0, 100) == bodies(1, 2)  # what comes before it is whole
    for _ in range(2):
        with pytest.raises(StreamBroken, match="position 3 is missing: 4 follows at offset 3"):
            reader.read(0, 2, 100)
    assert reader.read(0, 0, 1) == bodies(1)


def test_a_stream_that_does_not_begin_at_its_first_position_is_an_error(
    ledger: OnKafka, reader: TopicStream
) -> None:
    ledger.publish_by_hand(3)

    with pytest.raises(StreamBroken, match="says position 3 at offset 0"):
        reader.last_position(0)
    with pytest.raises(StreamBroken, match="position 1 is missing"):
        reader.read(0, 0, 100)


def test_a_record_without_a_position_is_an_error(ledger: OnKafka, reader: TopicStream) -> None:
    from eventstore.kafka.wire import Message

    topic = TopicLog(ledger.settings.kafka, ledger.settings.stream_topic)
    topic.send([Message(0, b"t", [], b"{}", 1_700_000_000_000)], timeout_seconds=10)
    topic.close()

    with pytest.raises(StreamBroken, match="without a position at offset 0"):
        reader.last_position(0)
    with pytest.raises(StreamBroken, match="offset 0 has no position"):
        reader.read(0, 0, 10)


def test_a_follower_of_a_stream_that_is_published_again_waits_for_what_it_has_not_seen(
    ledger: OnKafka, reader: TopicStream
) -> None:
    ledger.publish_by_hand(1, 2, 3)
    assert reader.read(0, 0, 10) == bodies(1, 2, 3)

    ledger.renew_stream()
    assert reader.read(0, 3, 10) == []
    ledger.publish_by_hand(1, 2)
    assert reader.last_position(0) == 2
    assert reader.read(0, 3, 10) == []
    ledger.publish_by_hand(3, 4)

    assert reader.read(0, 3, 10, timeout_seconds=30) == bodies(4)


def test_a_ledger_without_a_stream_is_said_to_be_missing(kafka: str, tmp_path: Path) -> None:
    settings = LedgerSettings(name="nowhere", kafka=KafkaSettings(bootstrap_servers=kafka))
    write_settings(tmp_path, settings)
    stream = open_stream(tmp_path)

    with pytest.raises(TopicMissing, match=r"nowhere\.events"):
        assert stream.partitions
    stream.close()


@pytest.mark.unit
def test_a_reader_that_does_not_exist_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = LedgerSettings(name="n", kafka=KafkaSettings(bootstrap_servers="127.0.0.1:1"))
    monkeypatch.setenv(READER_VARIABLE, "quick")

    with pytest.raises(KafkaSettingsInvalid, match="must be fast or plain"):
        open_reader(tmp_path, settings=settings)
