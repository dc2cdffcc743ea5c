"""What every store does for a ledger."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventstore.errors import LedgerClosed
from eventstore.kafka.wire import partition_of
from eventstore.rule import EMPTY, Class, Head
from eventstore.store import Counted, Lost, Save, Store
from tests.eventstore.tally import RESTING_TYPE, SOUGHT, after, save

pytestmark = pytest.mark.contract

# Where a store has three partitions, t-3, t-4, t-12 and t-19 are all in the first one.

Opener = Callable[[], Store]

EXAMPLES = itertools.count()
"""Examples share a store, each with subjects of its own."""


def test_a_new_ledger_is_empty_and_knows_what_it_was_created_with(store: Store) -> None:
    assert store.source == f"/ledgers/{store.settings.name}"
    assert store.settings.time_zone == "Europe/Berlin"
    assert store.settings.format == 1
    assert store.last_position() == 0
    assert store.read(0, 10) == []
    assert store.read(-5, 10) == []
    assert store.load("t-3").head == EMPTY


def test_positions_are_dense_from_one(store: Store) -> None:
    one, two = save("t-3", events=2), save("t-4", events=3)

    assert store.append_many([one, two]) == [Counted(1), Counted(3)]
    assert store.append_many([save("t-3", after(one))]) == [Counted(6)]

    assert [position for position, _ in store.read(0, 100)] == [1, 2, 3, 4, 5, 6]
    assert store.last_position() == 6


def test_the_stream_holds_the_bytes_that_were_saved(store: Store) -> None:
    one, two = save("t-3", events=2), save("t-4", events=3)
    store.append_many([one, two])

    bodies = [*one.record.bodies, *two.record.bodies]
    assert store.read(0, 100) == list(enumerate(bodies, start=1))
    assert store.read(2, 2) == [(3, bodies[2]), (4, bodies[3])]
    assert store.read(5, 10) == []


def test_a_subject_is_loaded_whole_or_from_a_sequence_on(store: Store) -> None:
    one = save("t-3", events=2, command_header="c-1 0123456789abcdef")
    two = save("t-3", after(one), events=3)
    store.append_many([one, save("t-4"), two])

    whole = store.load("t-3")
    assert [record.headers for record in whole.records] == [one.record.headers, two.record.headers]
    assert [record.digest for record in whole.records] == [one.record.digest, two.record.digest]
    assert [record.bodies for record in whole.records] == [one.record.bodies, two.record.bodies]
    assert [record.position for record in whole.records] == [1, 4]
    assert (whole.head, whole.position) == (after(two), 6)

    rest = store.load("t-3", after_sequence=2)
    assert (rest.head, rest.position, list(rest.records)) == (after(two), 6, [whole.records[1]])
    none = store.load("t-3", after_sequence=5)
    assert (none.head, none.position, list(none.records)) == (after(two), 6, [])


def test_many_subjects_are_loaded_at_once(store: Store) -> None:
    one, two = save("t-3", events=2), save("t-4")
    store.append_many([one, two])

    tails = store.load_many({"t-3": 0, "t-4": 1, "t-12": 0})

    assert tails == {
        "t-3": store.load("t-3"),
        "t-4": store.load("t-4", 1),
        "t-12": store.load("t-12"),
    }


def test_saves_of_one_batch_may_build_on_each_other(store: Store) -> None:
    one = save("t-3")
    two = save("t-3", after(one), events=2)

    assert store.append_many([one, two]) == [Counted(1), Counted(2)]


def test_of_two_saves_for_one_version_the_first_counts(open_again: Opener) -> None:
    store, other = open_again(), open_again()
    winner, loser = save("t-3", events=2), save("t-3", label="late")

    assert store.append_many([winner]) == [Counted(1)]
    assert other.append_many([loser]) == [Lost(Class.VOID)]
    assert other.load("t-3").head == after(winner)
    assert other.last_position() == 2


def test_what_builds_on_a_lost_save_is_lost_with_it_and_the_rest_counts(store: Store) -> None:
    store.append_many([save("t-3")])
    loser = save("t-3", label="late")
    follower = save("t-3", after(loser))

    results = store.append_many([loser, save("t-4"), follower])

    assert results == [Lost(Class.VOID), Counted(2), Lost(Class.VOID)]


@pytest.mark.parametrize("head", [Head(1, "00" * 32), Head(4, "00" * 32)])
def test_a_gap_or_a_foreign_predecessor_is_an_orphan(store: Store, head: Head) -> None:
    store.append_many([save("t-3")])

    assert store.append_many([save("t-3", head)]) == [Lost(Class.ORPHAN)]
    assert store.last_position() == 1


def test_the_same_bytes_sent_again_are_found_not_recorded(open_again: Opener) -> None:
    store, other = open_again(), open_again()
    one = save("t-3", events=2)
    two = save("t-3", after(one))
    store.append_many([one, two])

    assert other.append_many([one]) == [Counted(1, repeated=True)]
    assert other.append_many([two, two]) == [Counted(3, repeated=True)] * 2
    assert other.last_position() == 3


def test_the_same_bytes_twice_in_one_batch_count_once(store: Store) -> None:
    one = save("t-3", events=2)

    assert store.append_many([one, one]) == [Counted(1), Counted(1, repeated=True)]
    assert store.last_position() == 2


def test_a_subject_at_rest_is_loaded_like_any_other_and_goes_on(open_again: Opener) -> None:
    store, other = open_again(), open_again()
    one = save("t-3", events=2, command_header="c-1 0123456789abcdef")
    two = save("t-3", after(one), type_=RESTING_TYPE, label="x")
    store.append_many([one, save("t-4"), two])

    resting = store.load("t-3")
    assert [record.headers for record in resting.records] == [
        one.record.headers,
        two.record.headers,
    ]
    assert [record.bodies for record in resting.records] == [one.record.bodies, two.record.bodies]
    assert [record.position for record in resting.records] == [1, 4]
    assert (resting.head, resting.position) == (after(two), 4)
    assert other.load("t-3", after_sequence=2).records == resting.records[1:]
    assert store.append_many([one]) == [Counted(1, repeated=True)]
    assert store.append_many([two]) == [Counted(4, repeated=True)]

    three = save("t-3", after(two))
    assert other.append_many([three]) == [Counted(5)]
    awake = store.load("t-3")
    assert list(awake.records[:2]) == list(resting.records)
    assert [record.position for record in awake.records] == [1, 4, 5]
    assert store.load("t-3") == awake
    four = save("t-3", after(three), type_=RESTING_TYPE)
    assert store.append_many([four]) == [Counted(6)]
    assert [record.position for record in other.load("t-3").records] == [1, 4, 5, 6]
    assert store.subjects_by_key("label:x") == ["t-3"]


def test_an_empty_batch_is_nothing(store: Store) -> None:
    assert store.append_many([]) == []
    assert store.load_many({}) == {}


def test_what_one_has_appended_all_can_read(open_again: Opener) -> None:
    writer, reader = open_again(), open_again()
    assert reader.last_position() == 0

    writer.append_many([save("t-3", label="x")])

    assert reader.last_position() == 1
    assert reader.subjects_by_key("label:x") == ["t-3"]


def test_a_subject_is_found_by_a_command_that_is_sought_so_also_when_it_rests(
    store: Store,
) -> None:
    header = f"c-1 {0:016x}"
    sought = save("t-3", command_header=header, label=SOUGHT)
    assert store.append_many([sought])
    assert store.subject_of_command("c-1") == "t-3"

    store.append_many([save("t-3", after(sought), type_=RESTING_TYPE)])

    assert store.subject_of_command("c-1") == "t-3"
    assert store.subject_of_command("c-") is None


def test_subjects_are_found_by_key(store: Store) -> None:
    store.append_many(
        [save("t-4", label="ab"), save("t-3", label="ab"), save("t-12", label="abc"), save("t-19")]
    )

    assert store.subjects_by_key("label:ab") == ["t-3", "t-4"]
    assert store.subjects_by_key("label:a") == []
    assert store.keys_with_prefix("label:ab", 10) == [
        ("label:ab", "t-3"),
        ("label:ab", "t-4"),
        ("label:abc", "t-12"),
    ]
    assert store.keys_with_prefix("label:ab", 1) == [("label:ab", "t-3")]
    assert store.keys_with_prefix("label:b", 10) == []


@pytest.mark.parametrize("wildcard", ["%", "_", "*", "?", "["])
def test_a_prefix_has_no_wildcards(store: Store, wildcard: str) -> None:
    store.append_many([save("t-3", label="x")])

    assert store.keys_with_prefix(wildcard, 10) == []
    assert store.keys_with_prefix(f"label:{wildcard}", 10) == []


def test_keys_may_be_any_text(store: Store) -> None:
    label = "Grüße 🙂 'quoted' \U0010fffd"
    store.append_many([save("t-3", label=label)])

    assert store.subjects_by_key(f"label:{label}") == ["t-3"]
    assert store.keys_with_prefix(f"label:{label[:3]}", 10) == [(f"label:{label}", "t-3")]


def test_a_key_that_comes_again_changes_nothing(store: Store) -> None:
    one = save("t-3", label="x", events=2)
    store.append_many([one, save("t-3", after(one), label="x")])

    assert store.subjects_by_key("label:x") == ["t-3"]


def test_after_closing_nothing_works_but_closing(open_again: Opener) -> None:
    store = open_again()
    store.close()
    store.close()

    with pytest.raises(LedgerClosed):
        store.last_position()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    plan=st.lists(
        st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.booleans()), max_size=6),
        max_size=4,
    ),
)
def test_a_store_counts_exactly_what_the_reading_rule_counts(
    store: Store, plan: list[list[tuple[str, int, bool]]]
) -> None:
    """Whatever mixture of good, stale and repeated saves it is given, batch after batch."""
    heads: dict[str, Head] = {}
    stale: dict[str, Head] = {}
    start = store.last_position()
    example = next(EXAMPLES)
    bodies: list[bytes] = []
    for batch in plan:
        saves: list[Save] = []
        broken: set[str] = set()
        for letter, events, is_stale in batch:
            subject = _in_the_first_partition(f"{letter}-{example}")
            head = (stale if is_stale else heads).get(subject, EMPTY)
            made = save(subject, head, events=events, label=f"{len(bodies)}-{len(saves)}")
            saves.append(made)
            if head == heads.get(subject, EMPTY) and subject not in broken:
                stale[subject], heads[subject] = head, after(made)
                bodies += made.record.bodies
            else:
                broken.add(subject)
        results = store.append_many(saves)
        assert len(results) == len(saves)

    found = store.read(start, 1000)
    assert [position for position, _ in found] == list(range(start + 1, start + 1 + len(found)))
    for subject in heads:  # Between subjects the order is the store's own.
        assert _of(subject, [body for _, body in found]) == _of(subject, bodies)
    assert len(found) == len(bodies)
    for subject, head in heads.items():
        assert store.load(subject).head == head


def _in_the_first_partition(prefix: str) -> str:
    """A subject that is there with one partition and with three."""
    names = (f"{prefix}-{number}" for number in itertools.count())
    return next(name for name in names if partition_of(name, 3) == 0)


def _of(subject: str, bodies: list[bytes]) -> list[bytes]:
    return [body for body in bodies if f'"subject":"{subject}"'.encode() in body]
