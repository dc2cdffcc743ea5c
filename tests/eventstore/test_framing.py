"""Events written many at a time have the very bytes that they have one by one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstore.envelope import SEQUENCE_MAX, Envelope, write_event, write_time
from eventstore.errors import EventInvalid
from eventstore.framing import Frame

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

filled = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
moments = st.datetimes(timezones=st.just(UTC))


@given(
    shared=st.fixed_dictionaries(
        {
            "source": filled,
            "actor": filled,
            "recordedtime": moments,
            "correlationid": st.none() | filled,
        }
    ),
    save=st.fixed_dictionaries({"subject": filled, "commandid": filled}),
    time=moments,
    first=st.integers(1, SEQUENCE_MAX - 2),
    types=st.lists(filled, min_size=1, max_size=3),
)
def test_a_frame_writes_what_is_written_one_by_one(
    shared: dict[str, object],
    save: dict[str, object],
    time: datetime,
    first: int,
    types: list[str],
) -> None:
    ids = [f"01930c1e-0000-7000-8000-{number:012x}" for number in range(len(types))]
    data = [f'{{"number":{number}}}'.encode() for number in range(len(types))]

    frame = Frame(**shared)  # type: ignore[arg-type]
    written = frame.write_save(
        ids,
        types,
        data,
        sequence=first,
        time=write_time(time),
        **save,  # type: ignore[arg-type]
    )

    assert written == [
        write_event(
            Envelope(id=id_, type=type_, sequence=first + number, time=time, **shared, **save),  # type: ignore[arg-type]
            said,
        )
        for number, (id_, type_, said) in enumerate(zip(ids, types, data, strict=True))
    ]


@pytest.mark.parametrize("sequence", [0, SEQUENCE_MAX])
def test_a_frame_refuses_sequences_that_have_no_ten_digits(sequence: int) -> None:
    frame = Frame(source="/ledgers/main", actor="a", recordedtime=NOON, correlationid=None)

    with pytest.raises(EventInvalid):
        frame.write_save(
            ["1", "2"],
            ["t", "t"],
            [b"{}", b"{}"],
            subject="s",
            sequence=sequence,
            time=write_time(NOON),
            commandid="c",
        )
