"""Times of other systems become moments, also where the clock was moved."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.times import AMBIGUOUS_TIME, NONEXISTENT_TIME, Times

pytestmark = pytest.mark.unit


def test_a_wall_clock_time_is_taken_in_the_zone_of_its_source() -> None:
    times = Times(["%d/%m/%Y %H:%M"], "Asia/Jakarta")

    assert times.read("29/2/2016 01:16") == (datetime(2016, 2, 28, 18, 16, tzinfo=UTC), None)


def test_a_time_with_an_offset_of_its_own_ignores_the_zone() -> None:
    moment, odd = Times(["iso"], "Asia/Jakarta").read("2026-03-01T09:00:00+01:00")

    assert (moment, odd) == (datetime(2026, 3, 1, 8, tzinfo=UTC), None)


def test_an_hour_that_happens_twice_is_taken_as_the_first_and_reported() -> None:
    moment, odd = Times(["iso"], "Europe/Berlin").read("2026-10-25 02:30")

    assert (moment, odd) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), AMBIGUOUS_TIME)


def test_an_hour_that_is_skipped_is_moved_forward_and_reported() -> None:
    moment, odd = Times(["iso"], "Europe/Berlin").read("2026-03-29 02:30")

    assert (moment, odd) == (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), NONEXISTENT_TIME)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "99999999999999999999"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no format fits"):
        Times(["iso", "%d.%m.%Y", "unix"], "UTC").read(text)


def test_the_first_format_that_fits_counts() -> None:
    times = Times(["%d.%m.%Y", "unix", "unix_ms"], "UTC")

    assert times.read("01.03.2026")[0] == datetime(2026, 3, 1, tzinfo=UTC)
    assert times.read("0.5")[0] == datetime(1970, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)


@given(
    moment=st.datetimes(
        min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - hypothesis puts the zone to it
        max_value=datetime(2200, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
    )
)
def test_any_moment_is_read_back_from_iso_8601(moment: datetime) -> None:
    assert Times(["iso"], "Europe/Berlin").read(moment.isoformat()) == (moment, None)
    assert Times(["iso"], "UTC").read(moment.isoformat())[0].tzinfo is UTC


PATTERNS = [
    "%d/%m/%Y %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%d.%m.%Y",
    "%H:%M %d-%m-%Y",
    "%Y%m%d",
    "%m/%d/%Y %H",
]
TEXTS = st.one_of(
    st.datetimes().map(lambda moment: moment.strftime("%d/%m/%Y %H:%M")),
    st.text("0123456789/-.: ", max_size=18),
    st.from_regex(r"\A\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4} {0,2}\d{0,2}:?\d{0,2}(:\d{1,2})?\Z"),
)


@given(pattern=st.sampled_from(PATTERNS), text=TEXTS)
def test_a_pattern_reads_exactly_what_the_standard_library_reads(pattern: str, text: str) -> None:
    try:
        expected = datetime.strptime(text, pattern).replace(tzinfo=UTC)
    except ValueError:
        with pytest.raises(ValueError, match="no format fits"):
            Times([pattern], "UTC").read(text)
    else:
        assert Times([pattern], "UTC").read(text) == (expected, None)
