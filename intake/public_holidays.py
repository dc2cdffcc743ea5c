"""The public holidays of a country as dates, looked up once, when a policy is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from domain.policies.calendars import Holiday
from domain.policies.near import near
from domain.toml_lines import Place
from intake.policy_tables import HolidaysTable

_NAMES_IN = "en_US"


class NoSuchHolidays(Exception):
    """The table asks for holidays that nobody knows. `place` is the key inside the table."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message


def holidays_of(table: HolidaysTable) -> tuple[Holiday, ...]:
    """The dates of a table, in order. Raises NoSuchHolidays.

    The names are English where the library has them, whatever the machine's own language: the
    same file says the same everywhere.
    """
    dates: dict[date, str | None] = dict(_public(table))
    for day in table.except_:
        if dates.pop(day, None) is None:
            raise NoSuchHolidays(("except",), f"{day} is no holiday anyway; leave it out")
    dates |= table.also
    return tuple(Holiday(date=day, name=name) for day, name in sorted(dates.items()))


def _public(table: HolidaysTable) -> Iterator[tuple[date, str]]:
    if table.country is None:
        for name in ("subdivision", "years"):
            if getattr(table, name) is not None:
                raise NoSuchHolidays((name,), f"{name} needs a country, such as DE")
        return
    if table.years is None:
        raise NoSuchHolidays(
            ("country",),
            "the years are missing: holidays are recorded as dates, such as years = [2026, 2027]",
        )
    import holidays

    _check_place(table.country, table.subdivision, holidays.list_supported_countries())
    for year in table.years:
        found = _of_year(holidays, table, year)
        if not found:
            raise NoSuchHolidays(("years",), f"no holidays of {table.country} are known for {year}")
        yield from found


def _of_year(library: Any, table: HolidaysTable, year: int) -> list[tuple[date, str]]:
    """English names if there are some; a language that it lacks is the library's own then."""
    found = library.country_holidays(
        table.country, subdiv=table.subdivision, years=year, language=_NAMES_IN
    )
    return sorted((day, name) for day, name in found.items() if day.year == year)


def _check_place(country: str, subdivision: str | None, known: dict[str, list[str]]) -> None:
    if country not in known:
        raise NoSuchHolidays(
            ("country",),
            f"no country is called {country}; it is a code such as DE or ID{near(country, known)}",
        )
    if subdivision is not None and subdivision not in known[country]:
        there = ", ".join(known[country]) or "none"
        raise NoSuchHolidays(
            ("subdivision",),
            f"{country} has no {subdivision}{near(subdivision, known[country])} "
            f"(there are {there})",
        )
