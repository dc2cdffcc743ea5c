"""What another program may rely on when it follows a ledger."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

import ticketledger
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from tests.eventstore.tally import NOON, TALLIES, TYPE, command, count, new_store
from tests.ticketledger.streams import CLOSED, OPENED, StreamInMemory
from ticketledger import subscription
from ticketledger.subscription import Delivery, Skipped, Subscription, Unreadable, Wanted

pytestmark = pytest.mark.unit


def _followed(stream: StreamInMemory, **options: Any) -> list[Delivery]:
    return list(Subscription(stream, **{"follow": False, **options}))


def _wanted(*types: str, subject: str | None = None) -> Wanted:
    return Wanted.of(types, subject)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """An embedded ledger with five events of two tallies."""
    folder = tmp_path / "ledger"
    store = new_store(folder)
    tallies = Ledger(store, TALLIES)
    for number in range(5):
        tallies.execute(f"tally-{number % 2}", command(f"c{number}"), count(number + 1))
    store.close()
    return folder


def _store(folder: Path) -> SQLiteStore:
    return SQLiteStore.open(folder, application=TALLIES)


def test_an_embedded_ledger_is_followed_from_its_first_event_to_its_last(ledger: Path) -> None:
    with ticketledger.subscribe(ledger, follow=False) as deliveries:
        found = list(deliveries)

    assert [(one.partition, one.position) for one in found] == [(0, n) for n in range(1, 6)]
    event = found[0].event
    assert (event.type, event.subject, event.sequence) == (TYPE, "tally-0", 1)
    assert (event.time, event.actor, event.commandid) == (NOON, "agent:ayu", "c0")
    assert event.data == {"number": 1}
    assert json.loads(found[0].body)["id"] == event.id


def test_a_position_that_was_kept_is_where_the_next_run_goes_on(ledger: Path) -> None:
    first = ticketledger.subscribe(ledger, follow=False)
    kept = [next(first), next(first)][-1]
    first.close()

    by_number = ticketledger.subscribe(ledger, after=kept.position, follow=False)
    by_mapping = ticketledger.subscribe(ledger, after={0: kept.position}, follow=False)

    assert [one.position for one in by_number] == [one.position for one in by_mapping] == [3, 4, 5]


def test_a_follower_waits_for_events_until_it_is_told_to_stop(ledger: Path) -> None:
    stop = threading.Event()
    store = _store(ledger)
    found: list[int] = []

    with ticketledger.subscribe(
        ledger, after=4, stop=stop, poll_interval_seconds=0.01
    ) as deliveries:
        for one in deliveries:
            found.append(one.position)
            if one.position == 5:
                Ledger(store, TALLIES).execute("tally-9", command("later"), count())
            else:
                stop.set()
    store.close()

    assert found == [5, 6]


def test_a_stopped_follower_delivers_nothing_more_of_what_it_has_read() -> None:
    stop = threading.Event()
    deliveries = Subscription(StreamInMemory().tickets(5), stop=stop)
    next(deliveries)
    stop.set()

    assert list(deliveries) == []
    assert deliveries.positions == {0: 1}


def test_without_follow_what_comes_during_the_run_is_left_to_the_next_one() -> None:
    stream = StreamInMemory().tickets(2)
    deliveries = Subscription(stream, follow=False)
    first = next(deliveries)
    stream.tickets(3)

    assert len([first, *deliveries]) == 6


@pytest.mark.parametrize("partitions", [1, 3])
def test_order_holds_within_each_partition_and_nothing_is_missing(
    partitions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "BATCH_EVENTS", 2)
    stream = StreamInMemory(partitions).tickets(7)

    found = _followed(stream)

    for partition, bodies in enumerate(stream.bodies):
        assert [one.body for one in found if one.partition == partition] == bodies
    assert stream.closed


def test_each_partition_goes_on_from_its_own_position() -> None:
    stream = StreamInMemory(3).tickets(6)

    found = _followed(stream, after={0: 6, 1: 4})

    assert [(one.partition, one.position) for one in found] == [
        *((1, position) for position in (5, 6)),
        *((2, position) for position in range(1, 7)),
    ]


def test_events_that_a_reader_repeats_are_delivered_once() -> None:
    stream = StreamInMemory(3).tickets(6)
    stream.repeats = 2

    found = _followed(stream, after={0: 3})

    assert len(found) == len({(one.partition, one.position) for one in found}) == 15


@pytest.mark.parametrize(
    ("wanted", "positions"),
    [
        (_wanted(OPENED), [1, 2]),
        (_wanted(OPENED, CLOSED), [1, 2, 5, 6]),
        (_wanted("ticketledger.ticket.*"), [1, 2, 5, 6]),
        (_wanted("*.closed.v?", subject="ticket-1"), [6]),
        (_wanted(subject="ticket-0"), [1, 3, 5]),
        (_wanted("ticketledger.ticket"), []),
    ],
)
def test_events_are_picked_by_type_and_by_subject(wanted: Wanted, positions: list[int]) -> None:
    found = _followed(StreamInMemory().tickets(2), wanted=wanted)

    assert [one.position for one in found] == positions


def test_one_type_may_be_named_without_a_list() -> None:
    assert Wanted.of(OPENED, None) == Wanted.of([OPENED], None)


def test_an_event_by_another_writer_is_picked_all_the_same() -> None:
    """Its attributes stand in another order, so it has to be read first."""
    stream = StreamInMemory().tickets(1)
    fields = json.loads(stream.bodies[0][0])
    data = fields.pop("data")
    other = json.dumps({**dict(sorted(fields.items(), reverse=True)), "data": data})
    stream.bodies[0][0] = other.replace(', "data": ', ',"data":').encode()

    assert [one.position for one in _followed(stream, wanted=_wanted(OPENED))] == [1]
    assert _followed(stream, wanted=_wanted(CLOSED, subject="ticket-1")) == []


def test_a_subject_that_json_has_to_escape_is_found() -> None:
    stream = StreamInMemory().event('the "first"', OPENED, 1).event("the last", OPENED, 1)

    found = _followed(stream, wanted=_wanted(subject='the "first"'))

    assert [one.event.subject for one in found] == ['the "first"']


def test_positions_of_events_not_picked_are_offered_so_that_they_can_be_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subscription, "BATCH_EVENTS", 3)
    stream = StreamInMemory(2).tickets(4)
    skipped: list[Skipped] = []

    found = _followed(stream, wanted=_wanted(OPENED), on_skipped=skipped.append)

    assert [(one.partition, one.position) for one in found] == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert skipped == [Skipped(0, 3), Skipped(1, 3), Skipped(0, 6), Skipped(1, 6)]


def test_a_skipped_position_is_offered_only_after_what_was_delivered_before_it() -> None:
    told: list[str] = []
    deliveries = Subscription(
        StreamInMemory().tickets(1),
        wanted=_wanted(OPENED),
        follow=False,
        on_skipped=lambda place: told.append(f"skipped to {place.position}"),
    )
    told += (f"took {one.position}" for one in deliveries)

    assert told == ["took 1", "skipped to 3"]


TRUNCATED = b'{"specversion":"1.0","id":"x","type":"t","subject":"s","sequence":"1","data":{}}'
BROKEN = [
    TRUNCATED,
    b"",
    b"[]",
    b'{"specversion":"1.0"}',
    b"\xff\xfe",
    b'[{"specversion":"1.0","id":"a"},{"data":{}}]',
]


@pytest.mark.parametrize("body", BROKEN)
def test_an_event_that_cannot_be_read_stops_the_follower_behind_what_came_before(
    body: bytes,
) -> None:
    deliveries = Subscription(StreamInMemory().tickets(1).raw(body), follow=False)

    assert [next(deliveries).position for _ in range(3)] == [1, 2, 3]
    with pytest.raises(ticketledger.UnreadableEvent, match="position 4 of partition 0"):
        next(deliveries)
    assert deliveries.positions == {0: 3}


def test_data_that_is_broken_makes_the_event_unreadable() -> None:
    stream = StreamInMemory().tickets(1)
    stream.bodies[0][1] = stream.bodies[0][1].replace(b'{"n":1}', b'{"n":1')

    with pytest.raises(ticketledger.UnreadableEvent, match="position 2"):
        _followed(stream)


def test_an_event_that_is_plainly_not_picked_need_not_be_readable() -> None:
    stream = StreamInMemory().raw(TRUNCATED).tickets(1)

    found = _followed(stream, wanted=_wanted(CLOSED))

    assert [one.position for one in found] == [4]


@pytest.mark.parametrize("body", [body for body in BROKEN if body is not TRUNCATED])
def test_a_follower_that_takes_note_of_unreadable_events_goes_on(body: bytes) -> None:
    stream = StreamInMemory().raw(body).tickets(1)
    noted: list[Unreadable] = []

    found = _followed(stream, wanted=_wanted(CLOSED), on_unreadable=noted.append)

    assert noted == [Unreadable(0, 1, body)]
    assert [one.position for one in found] == [4]


def test_no_error_tells_what_an_event_contains() -> None:
    stream = StreamInMemory().raw(b'{"specversion":"1.0","secret":"my card is 1234","data":{}}')

    with pytest.raises(ticketledger.UnreadableEvent) as raised:
        _followed(stream)

    assert "1234" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_types_that_this_release_does_not_know_are_delivered_like_all_others() -> None:
    stream = StreamInMemory().event("s", "weather.changed.v7", 1, data=b'{"to":"rain"}')

    (found,) = _followed(stream)

    assert found.event.data == {"to": "rain"}


def test_data_that_is_no_json_object_comes_as_bytes() -> None:
    (found,) = _followed(StreamInMemory().event("s", "t", 1, data=b"\x00\x01"))

    assert found.event.data == b"\x00\x01"


def test_a_gap_in_the_stream_stops_the_follower_before_it() -> None:
    class Gappy(StreamInMemory):
        def read(self, *args: Any, **options: Any) -> list[tuple[int, bytes]]:
            return [row for row in super().read(*args, **options) if row[0] != 3]

    deliveries = Subscription(Gappy().tickets(2), follow=False)

    assert [next(deliveries).position for _ in range(2)] == [1, 2]
    with pytest.raises(ticketledger.PositionGap, match=r"expected position 3 .* got 4"):
        next(deliveries)


def test_a_position_beyond_the_streams_end_is_refused(ledger: Path) -> None:
    """Else what takes the place of the missing events would be skipped in silence."""
    with pytest.raises(ticketledger.PositionAhead, match="the stream ends at 5"):
        ticketledger.subscribe(ledger, after=6)


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (5, "has 3 partitions"),
        ({3: 1}, "names partition 3"),
        ({0: -1}, "below 0"),
    ],
)
def test_positions_that_cannot_be_of_this_ledger_are_refused(after: Any, sentence: str) -> None:
    with pytest.raises(ticketledger.SubscriptionInvalid, match=sentence):
        Subscription(StreamInMemory(3).tickets(9), after=after)


@pytest.mark.parametrize("options", [{"types": ""}, {"types": [OPENED, ""]}, {"subject": ""}])
def test_an_empty_name_does_not_mean_everything(ledger: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ticketledger.SubscriptionInvalid, match="leave it out"):
        ticketledger.subscribe(ledger, **options)


def test_a_folder_without_a_ledger_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="there is no ledger at"):
        ticketledger.subscribe(tmp_path / "nowhere")


def test_what_the_package_offers_is_there() -> None:
    assert [name for name in ticketledger.__all__ if not hasattr(ticketledger, name)] == []
    assert not hasattr(ticketledger, "publish")
