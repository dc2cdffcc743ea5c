"""Reading a policy file: what it says, and in which line it goes wrong, all mistakes at once."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from domain.policies.conditions import LANGUAGE_PATTERN
from domain.policies.contradictions import Contradiction, contradictions
from domain.policies.policy import PERMISSION_PATTERN, POLICY_ID_PATTERN, Policy
from domain.toml_lines import Place, line_of, lines_of_keys
from domain.toml_problems import Problem, problem_of, shown, syntax_problem
from intake.errors import PolicyFileInvalid, PolicyFileNotFound
from intake.policy_tables import PolicyTable
from intake.policy_weaving import FilePlace, place_in_file, policy_of

SHIPPED = Path(__file__).parent / "policies"

_PATTERNS = {
    POLICY_ID_PATTERN: "a short name of small letters, digits, dots and dashes, such as travel",
    LANGUAGE_PATTERN: "a language is a code such as en or pt-BR",
    PERMISSION_PATTERN: "a permission is a command such as ticket.reply, or ticket.*, or *",
}
_HOLIDAYS_AHEAD = timedelta(days=60)
_ANY_CALENDAR: dict[str, Any] = {"zone": "UTC", "hours": {"mon-sun": "00:00-24:00"}}


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy as a file describes it; `warnings` say what can hardly be meant."""

    path: str
    id: str
    policy: Policy
    warnings: tuple[Problem, ...]
    digest: str
    """Of the text: the same file says the same, whatever a library says of its holidays by then."""


def shipped_policies() -> list[str]:
    """The names of the policies that come with the program."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def path_of(name_or_path: str) -> Path:
    """The file of a policy: one of ours by its name, else the path that was given."""
    is_ours = name_or_path in shipped_policies()
    return SHIPPED / f"{name_or_path}.toml" if is_ours else Path(name_or_path)


def read_policy(name_or_path: str, *, today: date | None = None) -> PolicyFile:
    """A policy by the name of a shipped one, or by the path of a file.

    Given the date, holidays that run out soon are warned of. Raises PolicyFileNotFound, or
    PolicyFileInvalid with every problem's line.
    """
    path = path_of(name_or_path)
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise PolicyFileNotFound(name_or_path, shipped=shipped_policies()) from None
    return parse_policy(text, path=str(path), today=today)


def parse_policy(text: str, *, path: str, today: date | None = None) -> PolicyFile:
    """A policy from its text; `path` is only for messages. Raises PolicyFileInvalid."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyFileInvalid(path, [syntax_problem(error, text)]) from None
    lines = lines_of_keys(text)
    problems, broken, table = _validated(raw, lines)
    policy, found = _judged(table, today)
    problems += [
        Problem(line_of(lines, one.place), f"{shown(one.place)}: {one.message}", one.is_warning)
        for one in found
        # A warning may come from what was put in place of a mistake.
        if not (broken and one.is_warning) and not _is_inside(one.place, broken)
    ]
    if any(not problem.is_warning for problem in problems):
        raise PolicyFileInvalid(path, problems)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return PolicyFile(path, table.id, policy, tuple(problems), digest)


def _judged(table: PolicyTable, today: date | None) -> tuple[Policy, list[Contradiction]]:
    """The policy of these tables, and what in it cannot be meant, with its place in the file."""
    wrong: list[Contradiction] = []
    policy = policy_of(table, wrong)
    found = contradictions(policy)
    return policy, [
        *wrong,
        *(one._replace(place=place_in_file(one.place, policy)) for one in found),
        *(_running_out(policy, today) if today else ()),
    ]


def _running_out(policy: Policy, today: date) -> Iterator[Contradiction]:
    for calendar in policy.calendars:
        last = max((holiday.date for holiday in calendar.holidays), default=date.max)
        if last < today + _HOLIDAYS_AHEAD:
            yield Contradiction(
                ("calendars", calendar.name, "holidays"),
                f"no holiday after {last} is known; add the next year and publish again",
                is_warning=True,
            )


def _validated(
    raw: dict[str, Any], lines: dict[Place, int]
) -> tuple[list[Problem], list[FilePlace], PolicyTable]:
    """The mistakes in the tables, where these stand, and the tables without them.

    What is wrong is replaced by something harmless, so that the rest can be judged in one go.
    """
    raw = deepcopy(raw)
    problems: list[Problem] = []
    broken: list[FilePlace] = []
    while True:
        try:
            return problems, broken, PolicyTable.model_validate(raw)
        except ValidationError as error:
            details = _without_consequences(error.errors(include_url=False))
        problems = problems or [
            problem_of(detail, lines, model=PolicyTable, called="a policy", patterns=_PATTERNS)
            for detail in details
        ]
        mended = [_mend(raw, detail["loc"]) for detail in details]
        assert not set(mended) <= set(broken), mended
        broken += mended


def _without_consequences(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """A list that is empty only because all that stands in it is wrong is no mistake of its own."""
    places = [one["loc"] for one in details]
    return [
        one
        for one in details
        if one["type"] != "too_short"
        or not any(place != one["loc"] and _is_inside(place, [one["loc"]]) for place in places)
    ]


def _is_inside(place: FilePlace, broken: list[FilePlace]) -> bool:
    return any(place[: len(one)] == one for one in broken)


def _mend(raw: dict[str, Any], place: FilePlace) -> FilePlace:
    """Put something harmless where a mistake is; returns the place of what was replaced."""
    depth, item = _item(place)
    if len(place) > depth and isinstance(_at(raw, place[:depth]), dict):
        item = _ANY_CALENDAR.get(str(place[depth])) if item is _ANY_CALENDAR else None
        depth += 1
    inside, key = _at(raw, place[: depth - 1]), place[depth - 1]
    if item is not None and isinstance(inside, (dict, list)):
        cast("dict[Any, Any]", inside)[key] = item
    elif item is None and isinstance(inside, dict):
        cast("dict[Any, Any]", inside).pop(key, None)
    else:  # a text, say, where a table should stand
        depth = 1
        raw.pop(str(place[0]), None)
    return place[:depth]


def _item(place: FilePlace) -> tuple[int, Any]:
    """How deep in the file the table or value of this place is, and what harms nobody there."""
    match place:
        case ("id" | "title", *_):
            return 1, "policy"
        case ("calendars", str(), *_):
            return 2, _ANY_CALENDAR
        case ("queues", str(), *_) | ("targets", int(), *_):
            return 2, {}
        case ("routing", "rules", int(), *_):
            return 3, {}
        case ("skills", int(), *_):
            return 2, "skill"
        case _:
            return 1, None


def _at(raw: dict[str, Any], place: FilePlace) -> Any:
    """What stands at a place, or None."""
    inside: Any = raw
    for part in place:
        try:
            inside = inside[part]
        except (KeyError, IndexError, TypeError):
            return None
    return inside
