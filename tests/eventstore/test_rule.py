"""The reading rule on a simulated log: whoever reads the same records agrees on what counts."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstore.record import Headers, read_headers, write_headers
from eventstore.rule import EMPTY, Class, Head, advance, classify
from tests.eventstore.tally import after, save

pytestmark = pytest.mark.unit

SUBJECTS = ("t-1", "t-2")

Entry = tuple[list[tuple[str, bytes]], str]
"""A record in the simulated log: its headers as they travel, and its digest."""


@dataclass
class Reader:
    """Reads a log from its beginning, or on from where it stopped."""

    heads: dict[str, Head] = field(default_factory=dict)
    classes: list[Class] = field(default_factory=list)
    counted: list[tuple[Headers, str]] = field(default_factory=list)

    def read(self, log: list[Entry]) -> None:
        for pairs, digest in log[len(self.classes) :]:
            headers = read_headers(pairs)
            subject = headers.subject if headers else ""
            decided = classify(self.heads.get(subject, EMPTY), headers)
            self.classes.append(decided)
            if headers is not None and decided is Class.COUNTED:
                self.heads[subject] = advance(headers, digest)
                self.counted.append((headers, digest))


@dataclass
class Writer:
    """Honest: builds on what it has read, has one save in flight, and sends copies of it."""

    name: str
    reader: Reader = field(default_factory=Reader)
    made: int = 0

    def make(self, subject: str, events: int) -> Entry:
        self.made += 1
        head = self.reader.heads.get(subject, EMPTY)
        header = f"{self.name}-{self.made} 0123456789abcdef"
        record = save(subject, head, events=events, command_header=header).record
        return write_headers(record.headers), record.digest


def honest_log(seed: int, steps: int = 40) -> list[Entry]:
    """Three writers with stale views; copies of their saves land twice, late and out of order."""
    rng = random.Random(seed)
    writers = [Writer(name) for name in "abc"]
    log: list[Entry] = []
    in_flight: list[Entry] = []
    for _ in range(steps):
        writer = rng.choice(writers)
        if rng.random() < 0.5:
            writer.reader.read(log[: rng.randint(len(writer.reader.classes), len(log))])
        in_flight += [writer.make(rng.choice(SUBJECTS), rng.randint(1, 3))] * rng.choice(
            [1, 1, 2, 3]
        )
        while in_flight and rng.random() < 0.7:
            log.append(in_flight.pop(rng.randrange(len(in_flight))))
    return log + in_flight


@given(seed=st.integers(0, 2**32), cuts=st.lists(st.integers(0, 200), max_size=5))
def test_readers_agree_however_they_were_interrupted(seed: int, cuts: list[int]) -> None:
    log = honest_log(seed)
    at_once, in_pieces = Reader(), Reader()
    at_once.read(log)
    for cut in [*sorted(cuts), len(log)]:
        in_pieces.read(log[:cut])

    assert in_pieces == at_once


@given(seed=st.integers(0, 2**32))
def test_no_version_and_no_save_counts_twice(seed: int) -> None:
    reader = Reader()
    reader.read(honest_log(seed))

    versions = Counter(
        (headers.subject, sequence)
        for headers, _ in reader.counted
        for sequence in range(headers.sequence, headers.last_sequence + 1)
    )
    assert set(versions.values()) <= {1}
    assert len({digest for _, digest in reader.counted}) == len(reader.counted)
    for subject in SUBJECTS:
        sequences = sorted(sequence for name, sequence in versions if name == subject)
        assert sequences == list(range(1, len(sequences) + 1))


@given(seed=st.integers(0, 2**32))
def test_honest_writers_on_an_intact_log_make_no_orphan(seed: int) -> None:
    reader = Reader()
    reader.read(honest_log(seed))

    assert set(reader.classes) <= {Class.COUNTED, Class.VOID}


@given(seed=st.integers(0, 2**32))
def test_of_rivals_for_one_version_the_first_in_the_log_counts(seed: int) -> None:
    log = honest_log(seed)
    reader = Reader()
    reader.read(log)

    for (pairs, digest), decided in zip(log, reader.classes, strict=True):
        headers = read_headers(pairs)
        assert headers is not None
        is_first_of_winner = decided is Class.COUNTED
        rivals = [
            other
            for other, _ in reader.counted
            if other.subject == headers.subject and other.sequence <= headers.sequence
        ]
        assert rivals, "whoever comes first for a version that follows the head counts"
        if is_first_of_winner:
            assert (headers, digest) in reader.counted


@given(seed=st.integers(0, 2**32), place=st.integers(0, 10**6))
def test_sending_any_record_again_changes_nothing(seed: int, place: int) -> None:
    log = honest_log(seed)
    first, repeated = Reader(), Reader()
    first.read(log)
    copy = log[place % len(log)]
    at = log.index(copy) + 1 + place % (len(log) - log.index(copy))
    repeated.read([*log[:at], copy, *log[at:]])

    assert repeated.counted == first.counted
    assert repeated.heads == first.heads


@given(seed=st.integers(0, 2**32), dropped=st.integers(0, 10**6))
def test_a_record_missing_from_the_log_makes_orphans_of_those_after_it(
    seed: int, dropped: int
) -> None:
    reader = Reader()
    reader.read(honest_log(seed))
    gone = reader.counted.pop(dropped % len(reader.counted))
    rest = [(write_headers(headers), digest) for headers, digest in reader.counted]
    again = Reader()
    again.read(rest)

    for (headers, _), decided in zip(reader.counted, again.classes, strict=True):
        follows = headers.subject == gone[0].subject and headers.sequence > gone[0].sequence
        assert decided is (Class.ORPHAN if follows else Class.COUNTED)


def test_the_four_classes() -> None:
    first = save("t-1", events=2)
    head = after(first)

    assert classify(EMPTY, first.record.headers) is Class.COUNTED
    assert classify(head, first.record.headers) is Class.VOID
    assert classify(head, save("t-1", head).record.headers) is Class.COUNTED
    assert classify(head, save("t-1", Head(2, "00" * 32)).record.headers) is Class.ORPHAN
    assert classify(head, save("t-1", Head(3, head.digest)).record.headers) is Class.ORPHAN
    assert classify(EMPTY, save("t-1", head).record.headers) is Class.ORPHAN
    assert classify(head, None) is Class.FOREIGN
