"""The relay publishes each event that counts at its position, whatever happens to it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from eventstore.errors import StoreError
from eventstore.kafka.applying import PartitionState
from eventstore.kafka.clients import TopicPartition, kafka_errors
from eventstore.kafka.errors import (
    HeldByAnotherRelay,
    LogReplaced,
    RelayStopped,
    StreamBroken,
)
from eventstore.kafka.relay import Relay, RelayProgress
from eventstore.kafka.relay_index import INDEX_NAME, RelayIndex
from eventstore.kafka.stream_reader import TopicStream
from eventstore.kafka.stream_writer import READABLE, UNREADABLE, Numbered, StreamWriter
from eventstore.kafka.topic_log import TopicLog
from eventstore.kafka.wire import message_of, partition_of
from eventstore.record import Headers, seal
from tests.eventstore.stream.conftest import Made, OnKafka

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parents[3]
TICKETS = [f"t-{number}" for number in range(12)]
RELAY = """
import sys
from pathlib import Path
from eventstore.kafka.relay import Relay
with Relay.open(Path(sys.argv[1])) as relay:
    print("ready", flush=True)
    relay.run(follow=True, on_progress=lambda done: print(done.published, flush=True))
"""


def relay_process(folder: Path) -> subprocess.Popen[bytes]:
    """A relay of its own process, past its start-up."""
    process = subprocess.Popen(
        [sys.executable, "-c", RELAY, str(folder)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def first_seen(rows: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """What a follower takes: it passes over positions that it has seen."""
    taken: list[tuple[int, bytes]] = []
    for position, body in rows:
        if position > len(taken):
            assert position == len(taken) + 1
            taken.append((position, body))
        else:
            assert taken[position - 1][1] == body
    return taken


def test_the_stream_is_what_counts_in_the_log_numbered(ledger: OnKafka) -> None:
    ledger.record(*TICKETS, events=2)
    ledger.record(*TICKETS[:3])

    done = ledger.relay()

    assert ledger.published() == ledger.in_log()
    assert done.published == 27
    assert done.caught_up
    for raws in ledger.in_topic().values():
        for number, raw in enumerate(raws, start=1):
            assert dict(raw.headers) == {"content-type": READABLE, "position": b"%d" % number}
            assert raw.key is not None
            assert b'"subject":"' + raw.key in (raw.value or b"")


def test_a_relay_goes_on_where_the_stream_ends(ledger: OnKafka) -> None:
    ledger.record(*TICKETS)
    ledger.relay()
    ledger.record(*TICKETS[:5], events=3)

    assert ledger.relay().published == 15
    assert ledger.relay().published == 0
    assert ledger.published() == ledger.in_log()


def test_a_relay_without_its_index_repeats_nothing(ledger: OnKafka) -> None:
    ledger.record(*TICKETS)
    ledger.relay()
    RelayIndex.delete(ledger.folder, INDEX_NAME)
    ledger.record("t-1")

    assert ledger.relay().published == 1
    assert ledger.published() == ledger.in_log()


def test_a_damaged_index_of_a_relay_is_made_anew(ledger: OnKafka) -> None:
    ledger.record(*TICKETS)
    ledger.relay()
    RelayIndex.delete(ledger.folder, INDEX_NAME)
    (ledger.folder / INDEX_NAME).write_bytes(b"no database" * 1000)

    assert ledger.relay().published == 0


def test_a_stream_that_was_deleted_is_published_again_byte_for_byte(ledger: OnKafka) -> None:
    ledger.record(*TICKETS, events=2)
    ledger.relay()
    before = ledger.in_topic()

    ledger.renew_stream()
    ledger.relay()

    after = ledger.in_topic()
    assert {n: [r[:5] for r in raws] for n, raws in after.items()} == {
        n: [r[:5] for r in raws] for n, raws in before.items()
    }


def test_what_does_not_count_is_not_in_the_stream_and_what_cannot_be_read_keeps_its_places(
    ledger: OnKafka,
) -> None:
    ledger.record("t-1")
    partition = partition_of("t-1", ledger.partitions)
    head = ledger.heads["t-1"]
    headers = Headers("t-1", head.sequence + 1, 2, head.digest, None)
    unreadable = seal(headers, [b'{"not":"ours"}', b"\xff{"])
    late = seal(Headers("t-1", 1, 1, None, None), [b"{}"])
    log = TopicLog(ledger.settings.kafka, ledger.settings.log_topic)
    with closing(log):
        now_ms = int(time.time() * 1000)
        for record in (late, unreadable):
            message = message_of(record, partition=partition, timestamp_ms=now_ms)
            log.send([message], timeout_seconds=10)

    ledger.relay()

    first, second, third = ledger.in_topic()[partition]
    assert dict(first.headers)["content-type"] == READABLE
    assert dict(second.headers) == {"content-type": UNREADABLE, "position": b"2"}
    assert dict(third.headers) == {"content-type": UNREADABLE, "position": b"3"}
    assert second.value == unreadable.value
    assert third.value == b""
    assert ledger.relay().published == 0


def test_two_relays_only_repeat_each_other(
    ledger: OnKafka, tmp_path: Path, reader: TopicStream
) -> None:
    other = ledger.elsewhere(tmp_path / "other")
    processes = [relay_process(ledger.folder), relay_process(other)]
    try:
        for _ in range(4):
            ledger.record(*TICKETS, events=3)
        expected = ledger.in_log()
        for number, rows in expected.items():
            taken: list[tuple[int, bytes]] = []
            while len(taken) < len(rows):
                taken += reader.read(number, len(taken), 1000, timeout_seconds=30)
            assert taken == rows
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    ledger.relay()

    assert {n: first_seen(rows) for n, rows in ledger.published().items()} == expected


def test_a_relay_killed_at_any_moment_leaves_no_gap(ledger: OnKafka, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(3):
        ledger.record(*TICKETS, events=chance.randint(1, 40))
        process = relay_process(ledger.folder)
        killer = threading.Timer(chance.uniform(0, 0.6), process.kill)
        killer.start()
        process.communicate()
        killer.join()
        assert process.returncode == -signal.SIGKILL

    ledger.relay()

    assert {n: first_seen(rows) for n, rows in ledger.published().items()} == ledger.in_log()


@pytest.mark.parametrize("acknowledged", [0, 1, 5])
def test_a_failure_while_sending_commits_nothing_and_the_next_relay_goes_on(
    ledger: OnKafka, monkeypatch: pytest.MonkeyPatch, acknowledged: int
) -> None:
    """As it is when some of a batch arrive and the rest does not."""
    ledger.record(*TICKETS, events=2)
    whole = StreamWriter.write

    def in_part(writer: StreamWriter, events: list[Numbered]) -> None:
        whole(writer, events[:acknowledged])
        raise RelayStopped("topic", position=events[acknowledged].position, reason="told to")

    with monkeypatch.context() as patched:
        patched.setattr(StreamWriter, "write", in_part)
        with pytest.raises(RelayStopped, match="start it again"):
            ledger.relay()
    positions = [state.position for state in _states(ledger).values()]
    assert positions == [0] * ledger.partitions

    assert ledger.relay().published == 24 - acknowledged
    assert ledger.published() == ledger.in_log()


def noisy_event(position: int, size: int) -> Numbered:
    """One that zstd cannot make smaller."""
    noise = random.Random(position).randbytes(size)
    return Numbered(0, position, b"t", noise, is_readable=True)


def test_nothing_overtakes_an_event_that_the_broker_does_not_take(on_kafka: Made) -> None:
    ledger = on_kafka(1)
    ledger.limit_stream_messages(250_000)
    writer = StreamWriter(ledger.settings.kafka, ledger.settings.stream_topic)

    sizes = [100_000, 100_000, 100_000, 300_000, *[100_000] * 20]
    events = [noisy_event(position, size) for position, size in enumerate(sizes, start=1)]
    with pytest.raises(RelayStopped, match="start it again"):
        writer.write(events)
    with pytest.raises(RelayStopped):
        writer.write([noisy_event(25, 10)])
    writer.close()

    positions = [position for position, _ in ledger.published()[0]]
    assert positions == list(range(1, len(positions) + 1))
    assert len(positions) < 4


def test_nothing_overtakes_what_a_forgetful_broker_refuses_before_the_relay_has_noticed(
    on_kafka: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that lost what it had taken sees a gap in the producer's numbers. kafka-python gives
    up what is on its way then, numbers anew and goes on with what waits, unless it is stopped."""
    ledger = on_kafka(1)
    writer = StreamWriter(ledger.settings.kafka, ledger.settings.stream_topic)
    writer.write([noisy_event(position, 10) for position in (1, 2, 3)])
    place = TopicPartition(ledger.settings.stream_topic, 0)
    writer._producer._transaction_manager.increment_sequence_number(place, 1)
    begin = StreamWriter._begin
    futures: list[Any] = []

    def begin_and_look_away(self: StreamWriter, event: Numbered) -> Any:
        futures.append(begin(self, event))
        if event.position == 60:  # The last; all is refused, published or given up before we look.
            for future in futures:
                with suppress(kafka_errors.KafkaError):
                    future.get(timeout=30)
        return futures[-1]

    monkeypatch.setattr(StreamWriter, "_begin", begin_and_look_away)
    with pytest.raises(RelayStopped, match="start it again"):
        writer.write([noisy_event(position, 100_000) for position in range(4, 61)])
    writer.close()

    assert [position for position, _ in ledger.published()[0]] == [1, 2, 3]


def test_a_stream_that_is_ahead_of_the_log_stops_the_relay(ledger: OnKafka) -> None:
    ledger.record("t-1")
    partition = partition_of("t-1", ledger.partitions)
    ledger.relay()
    ledger.publish_by_hand(2, partition=partition)

    with pytest.raises(StreamBroken, match="it ends at 2, the log at 1"):
        ledger.relay()


def test_a_stream_of_another_log_stops_the_relay(ledger: OnKafka) -> None:
    ledger.record("t-1", "t-1")
    ledger.publish_by_hand(1, partition=partition_of("t-1", ledger.partitions))

    with pytest.raises(StreamBroken, match="at position 1, is not the one in the log"):
        ledger.relay()


def test_a_relay_notices_an_exchanged_stream_of_the_length_it_knows(ledger: OnKafka) -> None:
    ledger.record("t-1")
    ledger.relay()
    ledger.renew_stream()
    ledger.publish_by_hand(1, partition=partition_of("t-1", ledger.partitions))

    with pytest.raises(StreamBroken, match="at position 1, is not the one in the log"):
        ledger.relay()


def test_a_stream_that_vanishes_under_a_running_relay_stops_it_before_it_leaves_a_gap(
    on_kafka: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = on_kafka(1)
    ledger.record(*TICKETS)
    monkeypatch.setattr("eventstore.kafka.relay.ANCHOR_SECONDS", 0)
    with Relay.open(ledger.folder) as relay:
        relay.run()
        ledger.renew_stream()
        ledger.record("t-1")
        with pytest.raises(RelayStopped, match="deleted and created again"):
            relay._catch_up(threading.Event(), lambda _: None)
    ledger.relay()

    assert ledger.published() == ledger.in_log()


def test_a_log_that_is_not_the_one_before_stops_the_relay(
    ledger: OnKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.record(*TICKETS)
    ledger.relay()
    ends = TopicLog.ends

    def shorter(log: TopicLog) -> dict[int, int]:
        less = 5 if log.topic.endswith(".log") else 0
        return {number: max(1, end - less) for number, end in ends(log).items()}

    monkeypatch.setattr(TopicLog, "ends", shorter)
    with pytest.raises(LogReplaced, match="is not the log that was read before"):
        ledger.relay()


def test_one_relay_works_with_a_folder(ledger: OnKafka) -> None:
    with Relay.open(ledger.folder) as relay:
        with pytest.raises(HeldByAnotherRelay, match="needs a ledger folder of its own"):
            ledger.relay()
        relay.run()
    assert ledger.relay().caught_up


def test_a_following_relay_publishes_what_comes_and_stops_when_asked(ledger: OnKafka) -> None:
    stop, told = threading.Event(), threading.Event()
    seen: list[RelayProgress] = []
    failed: list[StoreError] = []

    def note(done: RelayProgress) -> None:
        seen.append(done)
        if done.published:
            told.set()

    def follow() -> None:
        try:
            with Relay.open(ledger.folder) as relay:
                relay.run(follow=True, stop=stop, on_progress=note)
        except StoreError as error:
            failed.append(error)

    relay = threading.Thread(target=follow)
    relay.start()
    ledger.record("t-1", events=2)
    assert told.wait(60)
    stop.set()
    relay.join(60)

    assert not failed
    assert not relay.is_alive()
    assert sum(seen[-1].positions.values()) == 2
    assert ledger.published() == ledger.in_log()


def _states(ledger: OnKafka) -> dict[int, PartitionState]:
    with Relay.open(ledger.folder) as relay:
        return relay._index.partitions()
