"""A policy as settings, each with a name and a text: what `show` prints and `diff` compares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from cli.wording import label, path

if TYPE_CHECKING:
    from domain.policies.calendars import Span
    from domain.policies.conditions import Condition
    from domain.policies.policy import Policy
    from domain.policies.targets import Target

_SECONDS = "_seconds"
_OF_A_TARGET = (".seconds", ".warn_after_seconds")
_NAMES = ("date", "name", "language", "fact")
"""The fields by which one of a list is known; what has none of them is counted."""

_ORDERED = ("targets", "rules")


class Change(NamedTuple):
    """A setting that differs; None: one side does not have it."""

    setting: str
    before: str | None
    after: str | None


def changes_between(before: Policy, after: Policy) -> list[Change]:
    """Every setting that differs, in the order of the settings."""
    old, new = settings_of(before), settings_of(after)
    names = [*new, *(name for name in old if name not in new)]
    return [
        Change(name, old.get(name), new.get(name))
        for name in names
        if old.get(name) != new.get(name)
    ]


def settings_of(policy: Policy) -> dict[str, str]:
    """All settings of a policy by name, such as `waiting.reopening_window`: `7d`."""
    plain = policy.model_dump(mode="json", by_alias=True, exclude_none=True)
    for number, calendar in enumerate(policy.calendars):
        for name in ("hours", "breaks"):
            plain["calendars"][number][name] = by_day(getattr(calendar, name))
    return dict(_flat("", plain))


def by_day(spans: Sequence[Span]) -> dict[str, str]:
    """`{"monday": "09:00-12:30, 13:30-17:00"}`."""
    days: dict[str, str] = {}
    for span in spans:
        hours = f"{span.from_}-{span.to}"
        days[span.day] = f"{days[span.day]}, {hours}" if span.day in days else hours
    return days


def week(spans: Sequence[Span]) -> list[str]:
    """The same for people: `mon-fri 09:00-17:00`, days of equal hours together."""
    runs: list[tuple[str, str, str]] = []
    for day, hours in by_day(spans).items():
        if runs and runs[-1][2] == hours and _is_next(runs[-1][1], day):
            runs[-1] = (runs[-1][0], day, hours)
        else:
            runs.append((day, day, hours))
    return [
        f"{first[:3]} {hours}" if first == last else f"{first[:3]}-{last[:3]} {hours}"
        for first, last, hours in runs
    ]


def _is_next(day: str, other: str) -> bool:
    from domain.policies.calendars import WEEK, Weekday

    return WEEK.index(Weekday(other)) == WEEK.index(Weekday(day)) + 1


def condition(when: Condition) -> str:
    """A condition in words: `priority critical or high, customer tier vip`."""
    parts: list[str] = []
    for name in type(when).model_fields:
        value: tuple[str, ...] | None = getattr(when, name)
        if value is not None:
            said = path(list(value)) if name == "category" else " or ".join(value)
            parts.append(f"{label(name)} {said}")
    return ", ".join(parts) or "every case"


def target(value: Target | None) -> str:
    """A target in words: `15m, warned at 10m`."""
    from domain.policies.durations import written_in_hours

    if value is None:
        return ""
    warning = value.warn_after_seconds
    warned = f", warned at {written_in_hours(warning)}" if warning else ""
    return written_in_hours(value.seconds) + warned


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from _flat(f"{name}.{key}" if name else key, inner)
    elif isinstance(value, list) and _is_of_tables(cast("list[Any]", value)):
        yield from _flat_tables(name, cast("list[dict[str, Any]]", value))
    elif isinstance(value, list):
        yield name, ", ".join(str(one) for one in cast("list[Any]", value))
    elif name.endswith(_OF_A_TARGET):
        from domain.policies.durations import written_in_hours

        yield name.removesuffix(".seconds").removesuffix(_SECONDS), written_in_hours(value)
    elif name.endswith(_SECONDS):
        from domain.policies.durations import written

        yield name.removesuffix(_SECONDS), written(value)
    else:
        yield name, str(value)


def _is_of_tables(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(one, dict) for one in values)


def _flat_tables(name: str, tables: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """A list of tables, each by what it is known by; the order of rules is a setting, too."""
    called = _called(tables)
    if name.rpartition(".")[2] in _ORDERED and len(tables) > 1:
        yield f"{name} (order)", ", ".join(one for _, one in called)
    for (key, one), table in zip(called, tables, strict=True):
        rest = {name: value for name, value in table.items() if name != key}
        values = list(rest.values())
        if len(values) == 1 and not isinstance(values[0], (dict, list)):
            yield f"{name}.{one}", str(values[0])
        elif rest:
            yield from _flat(f"{name}.{one}", rest)
        else:
            yield f"{name}.{one}", "yes"


def _called(tables: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """By which field each table is known and what it says there, else its number from 1."""
    called: list[tuple[str, str]] = []
    for number, table in enumerate(tables, start=1):
        key = next((key for key in _NAMES if key in table), "")
        name = str(table.get(key, number))
        again = any(name == other for _, other in called)
        called.append((key, f"{name} ({number})" if again else name))
    return called
