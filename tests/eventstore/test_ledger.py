"""Commands: each recorded once, each decided on the true state, each answered truly."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventstore import ledger as ledger_module
from eventstore.errors import (
    ChainBroken,
    CommandIdReused,
    EventUnreadable,
    RecordTooLarge,
    SubjectInvalid,
    TooManyRivals,
)
from eventstore.ledger import Ledger, Outcome
from eventstore.rule import EMPTY, Head
from eventstore.sqlite import SQLiteStore
from eventstore.store import Counted as CountedSave
from eventstore.store import Lost, Save, StoredRecord, Tail
from tests.eventstore.tally import (
    LIMIT,
    NOON,
    TALLIES,
    Counted,
    LimitReached,
    TallyApplication,
    TallyLedger,
    after,
    command,
    count,
    nothing,
    save,
)

pytestmark = pytest.mark.unit


class Rival:
    """A store between whose reading and writing somebody else acts."""

    def __init__(self, store: SQLiteStore, act: Callable[[], None], *, times: int = 1) -> None:
        self._store = store
        self._act = act
        self._times = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def append_many(self, saves: Sequence[Save]) -> list[CountedSave | Lost]:
        if self._times and saves:
            self._times -= 1
            self._act()
        return self._store.append_many(saves)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "_PAUSE_SECONDS_MAX", 0.0)


@pytest.fixture
def other(embedded: SQLiteStore) -> TallyLedger:
    """A second process, as far as the first can tell."""
    return Ledger(embedded, TALLIES)


def outcome(answer: Outcome[Counted] | Exception) -> Outcome[Counted]:
    assert not isinstance(answer, Exception)
    return answer


def test_a_command_is_decided_recorded_and_answered(ledger: TallyLedger) -> None:
    answer = ledger.execute("t-1", command("c-1", 5), count(5))

    assert answer == Outcome("t-1", "c-1", (Counted(5),), 1, 1, repeated=False)
    loaded = ledger.load("t-1")
    assert (loaded.state, loaded.sequence, loaded.position) == (5, 1, 1)


def test_a_subject_without_events_has_no_state(ledger: TallyLedger) -> None:
    loaded = ledger.load("t-1")

    assert (loaded.state, loaded.sequence, loaded.position) == (None, 0, 0)
    assert ledger.history("t-1") == []


def test_the_envelope_says_when_by_whom_and_because_of_what(embedded: SQLiteStore) -> None:
    ledger = Ledger(embedded, TALLIES, clock=lambda: NOON + timedelta(hours=1))
    asked = command("c-1", correlation_id="b-7", causation_id="e-3", actor="import:csv")
    ledger.execute("t-1", asked, lambda _: [Counted(1), Counted(2)])

    envelopes = [envelope for envelope, _ in ledger.history("t-1")]
    assert [envelope.sequence for envelope in envelopes] == [1, 2]
    assert len({envelope.id for envelope in envelopes}) == 2
    for envelope in envelopes:
        assert envelope.time == NOON
        assert envelope.recordedtime == NOON + timedelta(hours=1)
        assert (envelope.actor, envelope.commandid) == ("import:csv", "c-1")
        assert (envelope.correlationid, envelope.causationid) == ("b-7", "e-3")
        assert (envelope.source, envelope.subject) == ("/ledgers/main", "t-1")


def test_a_repeated_command_is_answered_with_what_came_of_it_then(
    ledger: TallyLedger, other: TallyLedger
) -> None:
    first = ledger.execute("t-1", command("c-1", 5), lambda _: [Counted(2), Counted(3)])
    ledger.execute("t-1", command("c-2"), count())

    for asked in (ledger, other):
        again = asked.execute("t-1", command("c-1", 5), count(99))
        assert again == first._replace(repeated=True)
    assert ledger.load("t-1").state == 6


def test_the_same_id_with_other_content_is_an_error(
    ledger: TallyLedger, other: TallyLedger
) -> None:
    ledger.execute("t-1", command("c-1", 5), count(5))

    for asked in (ledger, other):
        with pytest.raises(CommandIdReused, match="command c-1 is recorded on t-1"):
            asked.execute("t-1", command("c-1", 6), count(6))
    assert ledger.load("t-1").state == 5


def test_of_a_derived_id_the_first_wins_whatever_the_content(ledger: TallyLedger) -> None:
    ledger.execute("t-1", command("due-1", 5, derived=True), count(5))

    assert ledger.execute("t-1", command("due-1", 6, derived=True), count(6)).repeated
    assert ledger.load("t-1").state == 5


def test_command_ids_belong_to_one_subject(ledger: TallyLedger) -> None:
    ledger.execute("t-1", command("c-1"), count())

    assert not ledger.execute("t-2", command("c-1"), count()).repeated


def test_a_refusal_records_nothing_and_the_id_stays_free(ledger: TallyLedger) -> None:
    with pytest.raises(LimitReached):
        ledger.execute("t-1", command("c-1"), count(LIMIT + 1))

    assert not ledger.execute("t-1", command("c-1"), count()).repeated


def test_deciding_that_there_is_nothing_to_do_records_nothing(ledger: TallyLedger) -> None:
    ledger.execute("t-1", command("c-1"), count())

    answer = ledger.execute("t-1", command("c-2"), nothing)

    assert answer == Outcome("t-1", "c-2", (), 1, 1, repeated=False)
    assert ledger.store.last_position() == 1


def test_who_loses_a_race_decides_again_on_the_new_state(embedded: SQLiteStore) -> None:
    other = Ledger(embedded, TALLIES)
    rival = Rival(embedded, lambda: void(other.execute("t-1", command("r-1"), count(10))))
    ledger = Ledger(rival, TALLIES)
    seen: list[int | None] = []

    def decide(state: int | None) -> list[Counted]:
        seen.append(state)
        return [Counted(1)]

    answer = ledger.execute("t-1", command("c-1"), decide)

    assert seen == [None, 10]
    assert (answer.sequence, answer.repeated) == (2, False)
    assert other.load("t-1").state == 11


def test_the_same_command_from_two_processes_counts_once(embedded: SQLiteStore) -> None:
    other = Ledger(embedded, TALLIES)
    rival = Rival(embedded, lambda: void(other.execute("t-1", command("c-1"), count())))

    answer = Ledger(rival, TALLIES).execute("t-1", command("c-1"), count())

    assert answer.repeated
    assert other.load("t-1").state == 1


def test_a_refusal_on_a_kept_state_is_asked_again_on_the_newest(
    ledger: TallyLedger, other: TallyLedger
) -> None:
    ledger.execute("t-1", command("c-1"), count(LIMIT))
    other.execute("t-1", command("c-2"), count(-LIMIT))

    assert ledger.execute("t-1", command("c-3"), count(1)).sequence == 3


def test_nothing_to_do_on_a_kept_state_is_asked_again_on_the_newest(
    ledger: TallyLedger, other: TallyLedger
) -> None:
    ledger.execute("t-1", command("c-1"), count(1))
    other.execute("t-1", command("c-2"), count(1))

    answer = ledger.execute("t-1", command("c-3"), lambda s: [Counted(1)] if s == 2 else [])

    assert answer.events == (Counted(1),)


def test_a_refusal_after_a_lost_race_reaches_the_caller(embedded: SQLiteStore) -> None:
    other = Ledger(embedded, TALLIES)
    rival = Rival(embedded, lambda: void(other.execute("t-1", command("r-1"), count(LIMIT))))

    with pytest.raises(LimitReached):
        Ledger(rival, TALLIES).execute("t-1", command("c-1"), count(1))


def test_who_always_loses_is_told_so_in_the_end(embedded: SQLiteStore) -> None:
    other = Ledger(embedded, TALLIES)
    numbers = iter(range(1000))
    rival = Rival(
        embedded,
        lambda: void(other.execute("t-1", command(f"r-{next(numbers)}"), count())),
        times=1000,
    )
    ledger = Ledger(rival, TALLIES)

    with pytest.raises(TooManyRivals, match="repeat the command with the same id"):
        ledger.execute("t-1", command("c-1"), count())
    (answer,) = ledger.execute_many([("t-1", command("c-1"), count())])
    assert isinstance(answer, TooManyRivals)


def test_a_bulk_is_decided_in_order_each_on_what_those_before_left(ledger: TallyLedger) -> None:
    answers = ledger.execute_many(
        [
            ("t-1", command("c-1"), count(1)),
            ("t-2", command("c-2"), count(5)),
            ("t-1", command("c-3"), lambda state: [Counted(state or -1)] * 2),
            ("t-1", command("c-4"), nothing),
        ]
    )

    assert answers == [
        Outcome("t-1", "c-1", (Counted(1),), 1, 1, repeated=False),
        Outcome("t-2", "c-2", (Counted(5),), 1, 2, repeated=False),
        Outcome("t-1", "c-3", (Counted(1), Counted(1)), 3, 4, repeated=False),
        Outcome("t-1", "c-4", (), 3, 4, repeated=False),
    ]
    assert ledger.load("t-1").state == 3


def test_one_refusal_in_a_bulk_does_not_stop_the_others(ledger: TallyLedger) -> None:
    answers = ledger.execute_many(
        [
            ("t-1", command("c-1"), count(LIMIT)),
            ("t-1", command("c-2"), count(1)),
            ("müller", command("c-3"), count(1)),
            ("t-1", command("c-4"), count(-1)),
            ("t-1", command("c-5"), count(1, label="x" * 1_000_001)),
        ]
    )

    assert [type(answer) for answer in answers] == [
        Outcome, LimitReached, SubjectInvalid, Outcome, RecordTooLarge
    ]  # fmt: skip
    assert ledger.load("t-1").state == LIMIT - 1


def test_a_bulk_repeated_is_answered_and_adds_nothing(
    ledger: TallyLedger, other: TallyLedger
) -> None:
    requests = [(f"t-{n % 3}", command(f"c-{n}", n), count(n)) for n in range(20)]
    first = ledger.execute_many(requests)

    for asked in (ledger, other):
        again = asked.execute_many(requests)
        assert again == [outcome(answer)._replace(repeated=True) for answer in first]
    assert ledger.store.last_position() == 20


def test_a_command_twice_in_one_bulk_counts_once(ledger: TallyLedger) -> None:
    first, again, changed = ledger.execute_many(
        [
            ("t-1", command("c-1", 5), count(5)),
            ("t-1", command("c-1", 5), count(5)),
            ("t-1", command("c-1", 6), count(6)),
        ]
    )

    assert again == outcome(first)._replace(repeated=True)
    assert isinstance(changed, CommandIdReused)
    assert ledger.load("t-1").state == 5


def test_a_repeat_in_a_bulk_is_answered_with_the_place_of_the_first(ledger: TallyLedger) -> None:
    first, _, again = ledger.execute_many(
        [
            ("t-1", command("c-1"), count()),
            ("t-1", command("c-2"), count()),
            ("t-1", command("c-1"), count()),
        ]
    )

    assert (outcome(first).sequence, outcome(first).position) == (1, 1)
    assert again == outcome(first)._replace(repeated=True)


def test_a_bulk_that_loses_a_race_decides_that_subject_again(embedded: SQLiteStore) -> None:
    other = Ledger(embedded, TALLIES)
    rival = Rival(embedded, lambda: void(other.execute("t-1", command("r-1"), count(10))))
    ledger = Ledger(rival, TALLIES)
    seen: list[int | None] = []

    def decide(state: int | None) -> list[Counted]:
        seen.append(state)
        return [Counted(1)]

    answers = ledger.execute_many(
        [
            ("t-1", command("c-1"), decide),
            ("t-2", command("c-2"), count(1)),
            ("t-1", command("c-3"), decide),
        ]
    )

    assert seen == [None, 1, 10, 11]
    assert [outcome(answer).sequence for answer in answers] == [2, 1, 3]
    assert [outcome(answer).position for answer in answers] == [3, 2, 4]
    assert other.load("t-1").state == 12


def test_a_refusal_that_rested_on_a_lost_save_is_decided_again(embedded: SQLiteStore) -> None:
    other = Ledger(embedded, TALLIES)
    rival = Rival(embedded, lambda: void(other.execute("t-1", command("r-1"), count(-LIMIT))))
    ledger = Ledger(rival, TALLIES)

    answers = ledger.execute_many(
        [("t-1", command("c-1"), count(LIMIT)), ("t-1", command("c-2"), count(1))]
    )

    assert [outcome(answer).sequence for answer in answers] == [2, 3]


def test_an_empty_bulk_is_nothing(ledger: TallyLedger) -> None:
    assert ledger.execute_many([]) == []


def test_a_kept_state_gives_way_when_many_subjects_are_used(embedded: SQLiteStore) -> None:
    ledger = Ledger(embedded, TALLIES, states_max=2)
    for number in range(10):
        ledger.execute(f"t-{number % 5}", command(f"c-{number}"), count(number))

    assert [ledger.load(f"t-{number}").state for number in range(5)] == [5, 7, 9, 11, 13]


def test_a_save_over_the_limit_is_refused_before_anything_is_recorded(ledger: TallyLedger) -> None:
    with pytest.raises(RecordTooLarge, match="the field label"):
        ledger.execute("t-1", command("c-1"), count(label="x" * 1_000_000))

    assert ledger.store.last_position() == 0


class Forgetful(TallyApplication):
    """An older release, to which an event of today means nothing."""

    def decode(self, type_: str, data: bytes) -> Counted:
        raise ValueError(data)


def test_an_event_that_cannot_be_read_is_named_by_place_and_not_quoted(
    embedded: SQLiteStore, ledger: TallyLedger
) -> None:
    ledger.execute("t-1", command("c-1"), count(label="Agatha"))

    with pytest.raises(EventUnreadable) as caught:
        Ledger(embedded, Forgetful()).load("t-1")

    assert "t-1, sequence 1, position 1" in str(caught.value)
    assert "Agatha" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


class Exchanged:
    """A store whose history is not the one that was read from it before."""

    def __init__(self, store: SQLiteStore, tail: Tail) -> None:
        self._store = store
        self._tail = tail

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def load_many(self, after: Mapping[str, int]) -> dict[str, Tail]:
        return dict.fromkeys(after, self._tail)


FOREIGN = save("t-1", Head(1, "00" * 32))
STORED = StoredRecord(FOREIGN.record.headers, FOREIGN.record.digest, 2, FOREIGN.record.bodies)


@pytest.mark.parametrize(
    "tail",
    [
        Tail(EMPTY, 0, ()),
        Tail(Head(1, "00" * 32), 1, ()),
        Tail(after(FOREIGN), 2, [STORED]),
    ],
)
def test_a_history_that_was_exchanged_beneath_us_is_not_served(
    embedded: SQLiteStore, ledger: TallyLedger, tail: Tail
) -> None:
    ledger.execute("t-1", command("c-1"), count())
    ledger.store = Exchanged(embedded, tail)

    with pytest.raises(ChainBroken, match="t-1"):
        ledger.load("t-1")


def test_an_orphan_of_ours_is_an_alarm_not_a_lost_race(
    embedded: SQLiteStore, ledger: TallyLedger
) -> None:
    ledger.execute("t-1", command("c-1"), count())
    with embedded.file.writing() as connection:
        connection.execute("UPDATE record SET digest = ? WHERE number = 1", ("00" * 32,))

    with pytest.raises(ChainBroken, match="does not continue as it began"):
        ledger.execute("t-1", command("c-2"), count())
    with pytest.raises(ChainBroken, match="does not continue as it began"):
        ledger.execute_many([("t-1", command("c-2"), count())])


EXAMPLES = itertools.count()
"""Examples share a ledger, each with subjects of its own."""

COMMANDS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 5), st.integers(-3, 3), st.booleans()),
    max_size=25,
)


def one(ledger: TallyLedger, *request: Any) -> Outcome[Counted] | Exception:
    """Execute alone, with a refusal as the answer."""
    try:
        return ledger.execute(*request)
    except (LimitReached, CommandIdReused) as refusal:
        return refusal


def digested(answer: Outcome[Counted] | Exception) -> object:
    """An answer without what tells two subjects apart."""
    if isinstance(answer, Exception):
        return type(answer)
    return answer.events, answer.sequence, answer.repeated


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(plan=COMMANDS, size=st.integers(1, 6))
def test_in_bulk_or_one_by_one_commands_come_to_the_same(
    embedded: SQLiteStore, plan: list[tuple[str, int, int, bool]], size: int
) -> None:
    """Repeats, reused ids, refusals and empty decisions included."""
    example = next(EXAMPLES)

    def decide(number: int, *, empty: bool) -> Callable[[int | None], list[Counted]]:
        def count_between(state: int | None) -> list[Counted]:
            if not 0 <= (state or 0) + number <= 4:
                raise LimitReached
            return [] if empty else [Counted(number)]

        return count_between

    def requests(kind: str) -> list[tuple[str, Any, Any]]:
        return [
            (f"{kind}-{letter}-{example}", command(f"c-{n}", number), decide(number, empty=empty))
            for letter, n, number, empty in plan
        ]

    ledger = Ledger(embedded, TALLIES)
    start = embedded.last_position()
    one_by_one = [digested(one(ledger, *request)) for request in requests("one")]
    middle = embedded.last_position()
    todo, in_bulk = requests("many"), []
    for at in range(0, len(todo), size):
        in_bulk += [digested(answer) for answer in ledger.execute_many(todo[at : at + size])]

    assert in_bulk == one_by_one
    assert embedded.last_position() - middle == middle - start
    for letter in "ab":
        alone, many = (ledger.load(f"{kind}-{letter}-{example}") for kind in ("one", "many"))
        assert (alone.state, alone.sequence) == (many.state, many.sequence)


def void(_: object) -> None:
    """Do something for its effect."""


def test_saves_made_without_a_ledger_are_seen_by_it(
    embedded: SQLiteStore, ledger: TallyLedger
) -> None:
    embedded.append_many([save("t-1", events=3)])

    assert ledger.load("t-1").state == 6
