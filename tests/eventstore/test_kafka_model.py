"""The store on a log that does its worst: every schedule ends in the truth, told truly."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from eventstore import ledger as ledger_module
from eventstore.kafka.reading import IndexReader
from eventstore.kafka.store import KafkaStore
from eventstore.kafka.writing import Writer
from eventstore.ledger import Ledger
from eventstore.store import Counted as CountedSave
from tests.eventstore.kafka_world import Ask, Do, Land, Rebuild, Replace, Restart, Step, Wait, World
from tests.eventstore.simulated_log import FIRST_SEND, Answer, Fault

pytestmark = pytest.mark.unit

WRITERS = st.integers(0, 2)
ASKS = st.builds(Ask, st.integers(0, 1), st.integers(0, 5), other=st.just(value=False)) | st.builds(
    Ask, st.just(0), st.integers(0, 5), other=st.booleans()
)
SENDS = st.lists(st.sampled_from(Fault), max_size=4).map(tuple)
ANSWERS = st.lists(st.sampled_from([*[Answer.NONE] * 4, *Answer]), max_size=6).map(tuple)
ONE_OR_MORE = st.lists(ASKS, min_size=1, max_size=1) | st.lists(ASKS, min_size=2, max_size=4)
OTHERS = st.one_of(
    st.builds(Do, WRITERS, ONE_OR_MORE.map(tuple), SENDS),
    st.builds(Land, st.booleans()),
    st.builds(Rebuild, WRITERS, st.booleans()),
)
DURING = st.lists(st.tuples(st.integers(FIRST_SEND, 8), OTHERS), max_size=3).map(tuple)
DOINGS = st.builds(Do, WRITERS, ONE_OR_MORE.map(tuple), SENDS, ANSWERS, DURING)
ORDINARY = st.one_of(
    DOINGS,
    DOINGS,
    DOINGS,
    st.builds(Land, st.booleans()),
    st.builds(Restart, WRITERS, st.booleans()),
    st.builds(Rebuild, WRITERS, st.booleans()),
    st.just(Wait()),
)
REPLACING = st.builds(
    Replace, st.integers(0, 4), st.integers(0, 6), st.sampled_from([False, False, False, True])
)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "_PAUSE_SECONDS_MAX", 0.0)


def run(steps: Sequence[Step], *, partitions: int = 1) -> list[str]:
    """What the writers were told."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), partitions)
        world.run(steps)
        return world.told


@settings(max_examples=80)
@given(st.lists(ORDINARY, min_size=1, max_size=12), st.sampled_from([1, 3]))
def test_whatever_befalls_writers_nothing_is_lost_counted_twice_or_told_falsely(
    steps: list[Step], partitions: int
) -> None:
    run(steps, partitions=partitions)


@settings(max_examples=40, phases=[Phase.explicit, Phase.generate])
@given(
    st.lists(ORDINARY, min_size=1, max_size=5),
    REPLACING,
    st.lists(ORDINARY, min_size=1, max_size=6),
)
def test_a_log_that_was_cut_or_exchanged_is_noticed_by_everybody_who_had_read_it(
    before: list[Step], replacing: Step, after: list[Step]
) -> None:
    run([*before, replacing, *after])


SLOW_FIRST = Do(0, (Ask(0, 0),), sends=(Fault.CRASH_LATE,))
"""A writer dies after sending a command that has not landed yet."""

FASTER_RIVAL = [
    Do(2, (Ask(0, 1),), during=((1, Wait()), (2, Do(0, (Ask(0, 4),))))),
    Do(0, (Ask(0, 0),)),
    Do(2, (Ask(0, 2),), during=((FIRST_SEND, Do(0, (Ask(0, 3),))),)),
]
"""Somebody else's save lands before one that was decided on the same state."""

AT_ONCE = [Do(0, (Ask(0, 0),)), Do(2, (Ask(0, 1),), during=((FIRST_SEND, Do(0, (Ask(0, 1),))),))]
"""The same command from two machines at once."""

STALE_READER = [
    Do(0, (Ask(0, 1), Ask(0, 4), Ask(0, 0))),
    Do(2, (Ask(0, 2),)),
    Do(0, (Ask(0, 3),)),
    Do(2, (Ask(0, 2),)),
]
"""A machine that has not read on is asked for what was refused, and would now be allowed."""

REGROWN = [
    Do(0, (Ask(0, 0),)),
    Do(0, (Ask(1, 0),)),
    Restart(0),
    Replace(0, anew=4),
    Do(1, (Ask(1, 1),)),
]
"""The log is deleted, and one of the same name has grown longer than what was read."""

SENT_AFTER = [Do(0, (Ask(0, 0),)), Replace(1, anew=2), Do(0, (Ask(0, 1),)), Do(0, (Ask(0, 4),))]
"""The log is cut and goes on otherwise under a writer that has it open."""


@pytest.mark.parametrize(
    "steps",
    [
        [SLOW_FIRST, Do(2, (Ask(0, 0),), during=((4, Land()),)), Do(1, (Ask(0, 0),))],
        [SLOW_FIRST, Land(), Do(0, (Ask(0, 0),))],
        FASTER_RIVAL,
        AT_ONCE,
        STALE_READER,
        REGROWN,
        SENT_AFTER,
    ],
)
def test_schedules_that_once_were_or_would_be_told_falsely_are_told_truly(
    steps: list[Step],
) -> None:
    run(steps)


def without_comparing_digests(patch: pytest.MonkeyPatch) -> None:
    """Whoever's record has our sequence is taken for ours."""

    def twin(self: Writer, one: Any) -> CountedSave:
        position = self._reader.index.heads([one.subject])[one.subject][1]
        return CountedSave(position - one.save.record.headers.count + 1)

    patch.setattr(Writer, "_twin", twin)


def without_looking_for_the_command_again(patch: pytest.MonkeyPatch) -> None:
    """Whether a command is recorded is asked at the first attempt only."""
    once: Any = Ledger._attempt
    seen: list[Any] = []

    def attempt(self: Any, standing: Any, request: Any) -> Any:
        if any(request is one for one in seen):
            standing = standing._replace(commands={})
        seen.append(request)
        return once(self, standing, request)

    patch.setattr(Ledger, "_attempt", attempt)


def without_catching_up(patch: pytest.MonkeyPatch) -> None:
    """Decided, and refused, on what the index has."""
    patch.setattr(KafkaStore, "load_many", lambda self, after: self.reader.load_many(after))


def without_an_anchor(patch: pytest.MonkeyPatch) -> None:
    """A log is trusted to be what it was."""
    patch.setattr(IndexReader, "_check_anchor", lambda _: None)


def without_making_sure(patch: pytest.MonkeyPatch) -> None:
    """The anchor is looked at only after sending."""
    look: Any = Writer._look_before

    def look_before(self: Writer, sendings: Any) -> None:
        with pytest.MonkeyPatch.context() as meanwhile:
            meanwhile.setattr(self._reader, "make_sure", lambda: None)
            look(self, sendings)

    patch.setattr(Writer, "_look_before", look_before)


@pytest.mark.parametrize(
    ("switch_off", "steps", "complaint"),
    [
        (without_comparing_digests, FASTER_RIVAL, "answered as recorded, and 0 times recorded"),
        (without_looking_for_the_command_again, AT_ONCE, "2 times recorded"),
        (without_catching_up, STALE_READER, "at no moment of the asking was that true"),
        (without_an_anchor, REGROWN, "served from an index of a log that is no more"),
        (without_making_sure, SENT_AFTER, "sent to a log that was replaced"),
    ],
)
def test_a_store_that_leaves_one_rule_out_is_found_out(
    switch_off: Callable[[pytest.MonkeyPatch], None],
    steps: list[Step],
    complaint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    switch_off(monkeypatch)

    with pytest.raises(AssertionError, match=complaint):
        run(steps)
