"""What the customer may never read: the whitelist, searched for in every cell and byte."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.reading import Delivered
from consumers.working_file import OnUnreadable, WorkingFile
from domain.events import NoteAdded, TicketRequesterChanged
from domain.values import Sealed, SealedText, Status
from projections.customer_timeline import INTERNAL, PROJECTION, PUBLIC
from tests.projections.canaries import (
    EVENTS,
    MARK,
    MARKED_NUMBER,
    MARKED_SHARE,
    MARKED_YEAR,
    PUBLIC_MARK,
    Minting,
    fields_of,
    words_of,
)
from tests.projections.customer_events import (
    T1,
    case,
    entries,
    opened,
    replied,
    told,
    when,
    wrote,
)
from tests.projections.harness import Folded, fold

pytestmark = pytest.mark.unit

OWN_WORDS = {"agent", "customer", "us", "you", "time", "confirmed", "resolved", "closed", "merged"}
"""Words that the fold writes itself and that some internal enumeration has too."""

TICKETS = 20
"""In one stream: a batch costs much, one more ticket little."""

SEALED = Sealed(sealed=SealedText(key="k1", nonce="n1", text="c2VjcmV0"))


def test_every_event_of_the_catalogue_is_decided_about_public_or_internal() -> None:
    assert set(PUBLIC) | INTERNAL == set(EVENTS)
    assert set(PUBLIC) & INTERNAL == set()


def test_the_whitelist_names_only_fields_that_there_are() -> None:
    unknown = {
        kind: wrong
        for kind, public in PUBLIC.items()
        if (wrong := {name.partition(".")[0] for name in public.fields} - fields_of(kind))
    }

    assert unknown == {}


def test_no_field_is_parsed_that_is_public_nowhere() -> None:
    parsed: dict[str, Any] = dict(duckdb.type(PROJECTION.data).children)
    leaves = {
        f"{name}.{leaf}" if leaf else name
        for name, kind in parsed.items()
        for leaf in (dict(kind.children) if kind.id == "struct" else [""])
    }

    assert leaves == {name for public in PUBLIC.values() for name in public.fields}


def test_the_fold_looks_at_no_event_type_beside_the_whitelist() -> None:
    named = set(re.findall(r"'([a-z_]+\.[a-z_]+)'", PROJECTION.fold_sql))

    assert named == set(PUBLIC)


def marked_stream(chance: Random) -> list[Delivered]:
    """Tickets that saw events of the whole catalogue, each in its own order, up to some moment."""
    minting = Minting(chance)
    start = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    bodies: list[bytes] = []
    for ticket in range(TICKETS):
        later = sorted(set(EVENTS) - {"ticket.opened"}) * 2
        chance.shuffle(later)
        kinds = ["ticket.opened", *later[: chance.randrange(len(later))]]
        for sequence, kind in enumerate(kinds, start=1):
            public = PUBLIC[kind].shown if kind in PUBLIC else frozenset[str]()
            at = start + timedelta(minutes=sequence)
            bodies.append(
                minting.event(kind, public, subject=f"t{ticket}", sequence=sequence, at=at)
            )
    return [(0, position, body) for position, body in enumerate(bodies, start=1)]


@settings(max_examples=settings().max_examples // 20)
@given(chance=st.randoms(use_true_random=True), cut=st.floats(0, 1))
def test_nothing_outside_the_whitelist_reaches_the_file(chance: Random, cut: float) -> None:
    stream = marked_stream(chance)
    half = round(cut * len(stream))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "customer_timeline.duckdb"
        cells = cells_of(path, [stream[:half], stream[half:]])
        published = path.read_bytes()

    text = "\n".join(sorted(cells))
    assert PUBLIC_MARK in text
    assert PUBLIC_MARK.encode() in published, "the search in the bytes finds nothing at all"
    assert MARK not in text
    assert MARK.encode() not in published
    assert str(MARKED_YEAR) not in text
    assert not re.search(rf"\b{str(MARKED_NUMBER)[:3]}\d{{6}}\b", text)
    assert str(MARKED_SHARE)[:6] not in text
    assert internal_words() & cells == set()


def cells_of(path: Path, batches: list[list[Delivered]]) -> set[str]:
    """Fold into a file without compression; every cell of every table in it, as text."""
    file = WorkingFile(PROJECTION, path=path, token="t", threads=1)
    connection = file.connection
    try:
        connection.execute("SET force_compression = 'uncompressed'").fetchall()
        for batch in filter(None, batches):
            applied = file.apply(file.stage(batch), on_unreadable=OnUnreadable.STOP)
            assert applied.stopped_by is None
        connection.execute("CHECKPOINT customer_timeline").fetchall()
        columns = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE database_name = 'customer_timeline'"
        ).fetchall()
        assert {"case_state", "entry", "agent_name", "quarantine"} <= {name for name, _ in columns}
        return {
            cell
            for table, column in columns
            for (cell,) in connection.execute(
                f'SELECT DISTINCT "{column}"::VARCHAR FROM customer_timeline.main."{table}"'
            ).fetchall()
            if cell is not None
        }
    finally:
        file.close()


def internal_words() -> set[str]:
    """Words of enumerations that stand in no public field."""
    shown: dict[str, AbstractSet[str]] = {
        kind: set(public.shown) for kind, public in PUBLIC.items() if kind in EVENTS
    }
    hidden: dict[str, AbstractSet[str]] = {
        kind: fields_of(kind) - shown.get(kind, set()) for kind in EVENTS
    }
    found = words_of(hidden) - words_of(shown) - OWN_WORDS
    assert {"critical", "status_chase", "L2", "spam", "no_progress", "human"} <= found
    return found


def test_an_event_that_cannot_be_read_leaves_no_bytes_behind() -> None:
    broken = b'{"type":"ticketledger.note.added.v1","data":{"body":"he is rude"}}'
    with Folded(PROJECTION) as folded:
        folded.feed([(0, 1, broken)])
        [row] = folded.rows("SELECT * FROM quarantine")

    assert (row["position"], row["body"]) == (1, None)
    assert "rude" not in str(row)


def test_an_internal_note_is_no_entry() -> None:
    note = NoteAdded(note_id="n1", body="he is rude")

    assert entries(told(("10:00", [opened(), note])), "kind") == [("opened",)]


def test_a_sealed_text_is_not_shown_and_says_so() -> None:
    stream = told(("10:00", [opened(subject=SEALED, body=SEALED), replied(body=SEALED)]))
    stream.save(T1, replied("Hello", agent_display=SEALED, agent_id="b7"), at=when("11:00"))

    assert case(stream)["subject"] is None
    assert entries(stream, '"text"', "text_hidden", "who") == [
        (None, "sealed", "customer"),
        (None, "sealed", "Ayu"),
        ("Hello", None, "b7"),
    ]


def test_a_text_that_looks_sealed_is_still_a_text() -> None:
    body = '{"sealed": {"key": "k", "nonce": "n", "text": "t"}}'

    assert entries(told(("10:00", [opened(body=body)])), '"text"') == [(body,)]


def passed_on(*changes: tuple[str | None, str | None], cut: bool = False) -> Folded:
    """A ticket of customer x (or the first known one) whose requester changes again and again."""
    former = changes[0][0]
    requester = None if former is None else opened().requester
    stream = told(
        ("10:00", [opened(requester=requester), replied("Dear Xenia")]),
        ("10:10", [wrote("I am Xenia", status=Status.OPEN)]),
    )
    for hour, (old, new) in enumerate(changes, start=11):
        stream.save(T1, TicketRequesterChanged(from_=old, to=new), at=when(f"{hour}:00"))
        stream.save(T1, replied(f"Dear {new}"), at=when(f"{hour}:30"))
    pieces = [[event] for event in stream.delivered()] if cut else [stream.delivered()]
    return Folded(PROJECTION).feed(*pieces).with_views()


def texts(folded: Folded) -> list[tuple[Any, ...]]:
    return folded.query(
        'SELECT customer, "text", text_hidden FROM customer_timeline ORDER BY sequence'
    )


@pytest.mark.parametrize("cut", [False, True])
def test_the_next_customer_of_a_ticket_reads_nothing_of_the_former_one(cut: bool) -> None:
    with passed_on(("x", "y"), cut=cut) as folded:
        assert texts(folded) == [
            ("y", None, "another_customer"),
            ("y", None, "another_customer"),
            ("y", None, "another_customer"),
            ("y", "Dear y", None),
        ]
        [row] = folded.rows("SELECT * FROM customer_case")
        assert (row["customer"], row["subject"], row["order_refs"]) == ("y", None, [])
        assert not any("Xenia" in line for rows in folded.tables().values() for line in rows)


def test_the_former_customer_has_no_such_case_any_more() -> None:
    with passed_on(("x", "y")) as folded:
        for view in ("customer_case", "customer_timeline"):
            assert folded.query(f"SELECT 1 FROM {view} WHERE customer = 'x'") == []


@pytest.mark.parametrize("cut", [False, True])
def test_what_was_taken_out_does_not_come_back_with_the_ticket(cut: bool) -> None:
    with passed_on(("x", "y"), ("y", "x"), cut=cut) as folded:
        shown = [text for _, text, _ in texts(folded)]

    assert shown == [None, None, None, None, "Dear x"]


def test_losing_its_customer_hides_the_texts_too() -> None:
    with passed_on(("x", None)) as folded:
        assert [text for _, text, _ in texts(folded)] == [None, None, None, "Dear None"]


def test_an_unknown_callers_ticket_keeps_its_texts_when_the_caller_is_known() -> None:
    with passed_on((None, "x")) as folded:
        assert [text for _, text, _ in texts(folded)] == [
            "They sent me home.",
            "Dear Xenia",
            "I am Xenia",
            "Dear x",
        ]


def test_a_change_to_the_same_customer_hides_nothing() -> None:
    with passed_on(("x", "x")) as folded:
        assert [hidden for _, _, hidden in texts(folded)] == [None] * 4


def test_a_ticket_is_passed_on_without_touching_its_neighbours() -> None:
    stream = told(("10:00", [opened()])).save(
        "01930c1e-0000-7000-8000-000000000002", opened(number="N2"), at=when("10:00")
    )
    stream.save(T1, TicketRequesterChanged(from_="x", to="y"), at=when("11:00"))

    with fold(PROJECTION, stream) as folded:
        assert folded.query('SELECT number, "text" FROM customer_timeline ORDER BY number') == [
            ("N1", None),
            ("N2", "They sent me home."),
        ]
