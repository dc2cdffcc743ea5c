"""Three consumers in three languages, one stream: what they count is the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eventstore.stream import EmbeddedStream
from tests.examples.conftest import Follow, Published
from tests.real_log import RealLedger
from tests.ticketledger.streams import CLOSED, OPENED, StreamInMemory

pytestmark = pytest.mark.kafka

UNREADABLE = "(unreadable)"


def _numbered(stream: StreamInMemory, partition: int = 0) -> list[tuple[int, bytes]]:
    return list(enumerate(stream.bodies[partition], start=1))


def _digest(bodies: list[bytes]) -> str:
    digest = b""
    for body in bodies:
        digest = hashlib.sha256(digest + body).digest()
    return digest.hex()


def test_what_a_relay_repeats_is_counted_once(
    published: Callable[[int], Published], follow: Follow, tmp_path: Path
) -> None:
    stream, made = published(3), StreamInMemory(3).tickets(9)
    for partition in range(3):
        rows = _numbered(made, partition)
        stream.send([*rows[:5], *rows[2:], *rows[4:6]], partition=partition)

    summary = follow(stream, tmp_path / "state.json").summary

    assert summary == {
        "partitions": {
            str(number): {"digest": _digest(bodies), "position": 9}
            for number, bodies in enumerate(made.bodies)
        },
        "types": {OPENED: 9, "ticketledger.note.added.v1": 9, CLOSED: 9},
    }


def test_a_consumer_goes_on_from_the_positions_that_it_kept(
    published: Callable[[int], Published], follow: Follow, tmp_path: Path
) -> None:
    stream, made, state = published(1), StreamInMemory().tickets(6), tmp_path / "state.json"
    rows = _numbered(made)
    stream.send([*rows[:3], *rows[1:7]])
    first = follow(stream, state).summary
    stream.send([*rows[5:7], *rows[7:]])

    second = follow(stream, state).summary

    assert first["partitions"]["0"]["position"] == 7
    assert second["partitions"]["0"] == {"digest": _digest(made.bodies[0]), "position": 18}
    assert sum(second["types"].values()) == 18
    assert second == json.loads(state.read_text("utf-8"))


def test_an_empty_stream_is_counted_too(
    published: Callable[[int], Published], follow: Follow, tmp_path: Path
) -> None:
    assert follow(published(1), tmp_path / "state.json").summary == {"partitions": {}, "types": {}}


def test_what_is_not_an_event_is_counted_as_that(
    published: Callable[[int], Published], follow: Follow, tmp_path: Path
) -> None:
    stream, bodies = published(1), [b"[not json", b"", *StreamInMemory().tickets(1).bodies[0]]
    rows = list(enumerate(bodies, start=1))
    stream.send(rows[:2], content_type="application/octet-stream")
    stream.send(rows[2:])

    summary = follow(stream, tmp_path / "state.json").summary

    assert summary["types"][UNREADABLE] == 2
    assert summary["partitions"]["0"] == {"digest": _digest(bodies), "position": 5}


def test_a_gap_stops_a_consumer_and_what_it_kept_is_from_before(
    published: Callable[[int], Published], follow: Follow, tmp_path: Path
) -> None:
    stream, state = published(1), tmp_path / "state.json"
    rows = _numbered(StreamInMemory().tickets(2))
    stream.send(rows[:2])
    kept = follow(stream, state).summary
    stream.send(rows[3:])

    ended = follow(stream, state)

    assert ended.status == 1
    # Ours looks at the stream's end first, where there are fewer records than positions.
    told = ("expected position 3, found 4", "says position 6 at offset 4")
    assert any(words in ended.told for words in told), ended.told
    assert json.loads(state.read_text("utf-8")) == kept


def test_positions_of_another_ledger_are_refused(
    published: Callable[[int], Published], follow: Follow, tmp_path: Path
) -> None:
    state = tmp_path / "state.json"
    kept = {"partitions": {"0": {"digest": "00", "position": 7}}, "types": {}}
    state.write_text(json.dumps(kept), "utf-8")

    ended = follow(published(1), state)

    assert ended.status == 1
    assert "another ledger" in ended.told


@pytest.mark.e2e
def test_all_three_agree_on_the_real_log(
    published: Callable[[int], Published],
    imported_log: RealLedger,
    in_all: list[Follow],
    tmp_path: Path,
) -> None:
    stream, embedded = published(1), EmbeddedStream.open(imported_log.folder)
    rows = embedded.read(0, 0, 10**6)
    embedded.close()
    for first in range(0, len(rows), 20_000):
        stream.send(rows[first : first + 20_000])

    ours, *theirs = [
        follow(stream, tmp_path / f"{number}.json").summary for number, follow in enumerate(in_all)
    ]

    assert theirs == [ours, ours]
    assert ours["partitions"]["0"]["position"] == len(rows)
    assert ours["types"][OPENED] == 24_918
