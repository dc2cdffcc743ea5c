"""What every store does for a ledger."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventstore.errors import LedgerClosed
from eventstore.rule import EMPTY, Class, Head
from eventstore.store import Counted, Lost, Save, Store
from tests.eventstore.tally import after, save

pytestmark = pytest.mark.contract

Opener = Callable[[], Store]

EXAMPLES = itertools.count()
"""Examples share a store, each with subjects of its own."""


def test_a_new_ledger_is_empty_and_knows_what_it_was_created_with(store: Store) -> None:
    assert store.source == "/ledgers/main"
    assert store.settings.name == "main"
    assert store.settings.time_zone == "Europe/Berlin"
    assert store.settings.format == 1
    assert store.last_position() == 0
    assert store.read(0, 10) == []
    assert store.read(-5, 10) == []
    assert store.load("t-1").head == EMPTY


def test_positions_are_dense_from_one(store: Store) -> None:
    one, two = save("t-1", events=2), save("t-2", events=3)

    assert store.append_many([one, two]) == [Counted(1), Counted(3)]
    assert store.append_many([save("t-1", after(one))]) == [Counted(6)]

    assert [position for position, _ in store.read(0, 100)] == [1, 2, 3, 4, 5, 6]
    assert store.last_position() == 6


def test_the_stream_holds_the_bytes_that_were_saved(store: Store) -> None:
    one, two = save("t-1", events=2), save("t-2", events=3)
    store.append_many([one, two])

    bodies = [*one.record.bodies, *two.record.bodies]
    assert store.read(0, 100) == list(enumerate(bodies, start=1))
    assert store.read(2, 2) == [(3, bodies[2]), (4, bodies[3])]
    assert store.read(5, 10) == []


def test_a_subject_is_loaded_whole_or_from_a_sequence_on(store: Store) -> None:
    one = save("t-1", events=2, command_header="c-1 0123456789abcdef")
    two = save("t-1", after(one), events=3)
    store.append_many([one, save("t-2"), two])

    whole = store.load("t-1")
    assert [record.headers for record in whole.records] == [one.record.headers, two.record.headers]
    assert [record.digest for record in whole.records] == [one.record.digest, two.record.digest]
    assert [record.bodies for record in whole.records] == [one.record.bodies, two.record.bodies]
    assert [record.position for record in whole.records] == [1, 4]
    assert (whole.head, whole.position) == (after(two), 6)

    rest = store.load("t-1", after_sequence=2)
    assert (rest.head, rest.position, list(rest.records)) == (after(two), 6, [whole.records[1]])
    none = store.load("t-1", after_sequence=5)
    assert (none.head, none.position, list(none.records)) == (after(two), 6, [])


def test_many_subjects_are_loaded_at_once(store: Store) -> None:
    one, two = save("t-1", events=2), save("t-2")
    store.append_many([one, two])

    tails = store.load_many({"t-1": 0, "t-2": 1, "t-3": 0})

    assert tails == {
        "t-1": store.load("t-1"),
        "t-2": store.load("t-2", 1),
        "t-3": store.load("t-3"),
    }


def test_saves_of_one_batch_may_build_on_each_other(store: Store) -> None:
    one = save("t-1")
    two = save("t-1", after(one), events=2)

    assert store.append_many([one, two]) == [Counted(1), Counted(2)]


def test_of_two_saves_for_one_version_the_first_counts(open_again: Opener) -> None:
    store, other = open_again(), open_again()
    winner, loser = save("t-1", events=2), save("t-1", label="late")

    assert store.append_many([winner]) == [Counted(1)]
    assert other.append_many([loser]) == [Lost(Class.VOID)]
    assert other.load("t-1").head == after(winner)
    assert other.last_position() == 2


def test_what_builds_on_a_lost_save_is_lost_with_it_and_the_rest_counts(store: Store) -> None:
    store.append_many([save("t-1")])
    loser = save("t-1", label="late")
    follower = save("t-1", after(loser))

    results = store.append_many([loser, save("t-2"), follower])

    assert results == [Lost(Class.VOID), Counted(2), Lost(Class.VOID)]


@pytest.mark.parametrize("head", [Head(1, "00" * 32), Head(4, "00" * 32)])
def test_a_gap_or_a_foreign_predecessor_is_an_orphan(store: Store, head: Head) -> None:
    store.append_many([save("t-1")])

    assert store.append_many([save("t-1", head)]) == [Lost(Class.ORPHAN)]
    assert store.last_position() == 1


def test_the_same_bytes_sent_again_are_found_not_recorded(open_again: Opener) -> None:
    store, other = open_again(), open_again()
    one = save("t-1", events=2)
    two = save("t-1", after(one))
    store.append_many([one, two])

    assert other.append_many([one]) == [Counted(1, repeated=True)]
    assert other.append_many([two, two]) == [Counted(3, repeated=True)] * 2
    assert other.last_position() == 3


def test_the_same_bytes_twice_in_one_batch_count_once(store: Store) -> None:
    one = save("t-1", events=2)

    assert store.append_many([one, one]) == [Counted(1), Counted(1, repeated=True)]
    assert store.last_position() == 2


def test_an_empty_batch_is_nothing(store: Store) -> None:
    assert store.append_many([]) == []
    assert store.load_many({}) == {}


def test_what_one_has_appended_all_can_read(open_again: Opener) -> None:
    writer, reader = open_again(), open_again()
    assert reader.last_position() == 0

    writer.append_many([save("t-1", label="x")])

    assert reader.last_position() == 1
    assert reader.subjects_by_key("label:x") == ["t-1"]


def test_subjects_are_found_by_key(store: Store) -> None:
    store.append_many(
        [save("t-2", label="ab"), save("t-1", label="ab"), save("t-3", label="abc"), save("t-4")]
    )

    assert store.subjects_by_key("label:ab") == ["t-1", "t-2"]
    assert store.subjects_by_key("label:a") == []
    assert store.keys_with_prefix("label:ab", 10) == [
        ("label:ab", "t-1"),
        ("label:ab", "t-2"),
        ("label:abc", "t-3"),
    ]
    assert store.keys_with_prefix("label:ab", 1) == [("label:ab", "t-1")]
    assert store.keys_with_prefix("label:b", 10) == []


@pytest.mark.parametrize("wildcard", ["%", "_", "*", "?", "["])
def test_a_prefix_has_no_wildcards(store: Store, wildcard: str) -> None:
    store.append_many([save("t-1", label="x")])

    assert store.keys_with_prefix(wildcard, 10) == []
    assert store.keys_with_prefix(f"label:{wildcard}", 10) == []


def test_keys_may_be_any_text(store: Store) -> None:
    label = "Grüße 🙂 'quoted' \U0010fffd"
    store.append_many([save("t-1", label=label)])

    assert store.subjects_by_key(f"label:{label}") == ["t-1"]
    assert store.keys_with_prefix(f"label:{label[:3]}", 10) == [(f"label:{label}", "t-1")]


def test_a_key_that_comes_again_changes_nothing(store: Store) -> None:
    one = save("t-1", label="x", events=2)
    store.append_many([one, save("t-1", after(one), label="x")])

    assert store.subjects_by_key("label:x") == ["t-1"]


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
            subject = f"{letter}-{example}"
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

    assert [body for _, body in store.read(start, 1000)] == bodies
    for subject, head in heads.items():
        assert store.load(subject).head == head
