"""Our decoding of fetched records gives what kafka-python's own gives, and fails where it does."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstore.kafka.clients import TopicPartition, kafka_errors
from eventstore.kafka.decoding import Fetched, decode_quickly, headers_in
from eventstore.kafka.wire import Raw, headers_of

pytestmark = pytest.mark.unit

_Builder: Any = import_module("kafka.record.default_records").DefaultRecordBatchBuilder
_MemoryRecords: Any = import_module("kafka.record.memory_records").MemoryRecords
_Fetcher: Any = import_module("kafka.consumer.fetcher").Fetcher

NONE, GZIP, ZSTD = 0, 1, 4
Written = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]
"""Key, value, headers."""

sizes = st.sampled_from([0, 1, 62, 63, 64, 65, 127, 128, 8_190, 8_191, 8_192, 70_000])
texts = sizes.map(lambda size: b"x" * size)
records = st.tuples(
    st.none() | texts,
    st.none() | texts,
    st.lists(st.tuples(st.text(max_size=70), st.none() | texts), max_size=7),
)


def batch(written: list[Written], *, offset: int, compression: int = NONE) -> bytes:
    """A batch as a broker hands it out."""
    builder = _Builder(
        magic=2,
        compression_type=compression,
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 30,
    )
    for number, (key, value, headers) in enumerate(written):
        timestamp = 1_700_000_000_000 + number * 977
        builder.append(number, timestamp=timestamp, key=key, value=value, headers=headers)
    data = builder.build()
    data[:8] = offset.to_bytes(8, "big")
    return bytes(data)


class FetcherAlone:
    """A consumer of which there is nothing but what hands out what was fetched."""

    def __init__(self) -> None:
        self._fetcher: Any = type("Fetching", (), {"PartitionRecords": _Fetcher.PartitionRecords})()


def pending(data: bytes, *, quickly: bool, at: int = 0) -> Any:
    """What of these bytes is still to be handed out from an offset on, decoded by us or not."""
    consumer = FetcherAlone()
    if quickly:
        decode_quickly(consumer)
    place = TopicPartition("topic", 3)
    return consumer._fetcher.PartitionRecords(at, place, _MemoryRecords(data), check_crcs=False)


def taken(data: bytes, *, at: int = 0) -> list[Fetched]:
    """All records that our decoding finds."""
    found: list[Fetched] = pending(data, quickly=True, at=at).take()
    return found


@given(
    written=st.lists(records, min_size=1, max_size=12),
    compression=st.sampled_from([NONE, GZIP, ZSTD]),
)
def test_every_record_is_what_kafka_python_makes_of_it(
    written: list[Written], compression: int
) -> None:
    data = batch(written, offset=2**40, compression=compression)

    ours = taken(data)

    theirs = pending(data, quickly=False).take()
    assert [one[:3] for one in ours] == [(one.partition, one.offset, one.key) for one in theirs]
    assert [one[4] for one in ours] == [one.value for one in theirs]
    assert [headers_in(one[3]) for one in ours] == [
        [(name, value or b"") for name, value in one.headers] for one in theirs
    ]


def test_several_batches_are_read_on_from_the_middle_of_one() -> None:
    one: Written = (b"k", b"v", [])
    data = batch([one] * 3, offset=10) + batch([one] * 2, offset=20)

    for quickly in (True, False):
        rest = pending(data, quickly=quickly, at=11)
        offsets = [record[1] if quickly else record.offset for record in rest.take(2)]
        assert (offsets, rest.next_fetch_offset) == ([11, 12], 13)
        offsets = [record[1] if quickly else record.offset for record in rest.take(9)]
        assert (offsets, rest.next_fetch_offset) == ([20, 21], 22)
        assert not rest


def test_what_a_transaction_left_is_passed_over() -> None:
    ended = bytearray(batch([(b"\0\0\0\1", b"\0\0\0\0\0\0", [])], offset=1))
    ended[22] |= 0x20  # A control batch.
    one: Written = (b"k", b"v", [])
    data = batch([one], offset=0) + bytes(ended) + batch([one], offset=2)

    assert [offset for _, offset, *_ in taken(data)] == [0, 2]


@pytest.mark.parametrize("missing", [1, 2, 40, 64, 70, 80])
def test_a_batch_that_ends_within_a_record_is_refused(missing: int) -> None:
    data = bytearray(batch([(b"key", b"value", [("name", b"x" * 20)])] * 2, offset=0))
    del data[-missing:]
    data[8:12] = (len(data) - 12).to_bytes(4, "big")

    with pytest.raises(kafka_errors.CorruptRecordError):
        taken(bytes(data))
    theirs = pending(bytes(data), quickly=False)
    with pytest.raises(kafka_errors.CorruptRecordError):
        _ = theirs.take(), theirs.take()  # It hands out what comes before.


def test_headers_that_end_elsewhere_than_their_record_are_refused() -> None:
    [(_, _, _, written, _)] = taken(batch([(b"k", b"v", [("name", b"value")])], offset=0))

    assert headers_in(written) == [("name", b"value")]
    for wrong in (written[:-1], written + b"\0", b"", b"\x04" + written[1:]):
        with pytest.raises(kafka_errors.CorruptRecordError):
            headers_in(wrong)


def test_a_header_without_a_value_makes_a_record_foreign() -> None:
    headers: list[tuple[str, bytes | None]] = [
        ("format", b"1"),
        ("subject", b"t-1"),
        ("sequence", None),
        ("count", b"1"),
    ]
    [(partition, offset, key, written, value)] = taken(batch([(b"t-1", b"[]", headers)], offset=5))

    assert headers_of(Raw(partition, offset, key, headers_in(written), value), 1) is None
