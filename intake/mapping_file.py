"""Reading a mapping file, and saying in which line it goes wrong and what would be right."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from domain.happenings import ACTIVITY
from domain.snapshots import RESERVED_FIELDS
from domain.toml_lines import Place, line_of, lines_of_keys
from domain.toml_problems import Problem, problem_of, shown, syntax_problem
from domain.values import CloseReason, ResolutionCode, Status
from intake.errors import MappingInvalid, MappingNotFound
from intake.mapping import KEYS_OF_EVENTS, SOURCE_PATTERN, Activity, Mapping

SHIPPED = Path(__file__).parent / "mappings"
WORDS_FOR_TIMES = ("iso", "unix", "unix_ms")
"""Formats that strptime has no pattern for: ISO 8601, seconds or milliseconds since 1970."""

_PATTERNS = {SOURCE_PATTERN: "a short name of small letters, digits, dots and dashes"}
_A_MOMENT = datetime(2016, 12, 31, 23, 59, 58, tzinfo=UTC)
_SHAPE_COLUMNS = {
    "activity": "activity",
    "state": "snapshot",
    "modification": "snapshot",
    "reopen_count": "snapshot",
    "opened_at": "snapshot",
}


def shipped_mappings() -> list[str]:
    """The names of the mappings that come with the program."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def read_mapping(name_or_path: str | Path) -> Mapping:
    """A mapping by the name of a shipped one, or by the path of a file.

    Raises MappingNotFound, or MappingInvalid with every problem's line.
    """
    wanted = str(name_or_path)
    path = SHIPPED / f"{wanted}.toml" if wanted in shipped_mappings() else Path(wanted)
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise MappingNotFound(wanted, shipped=shipped_mappings()) from None
    return parse_mapping(text, path=str(path))


def parse_mapping(text: str, *, path: str) -> Mapping:
    """A mapping from its text; `path` is only for messages. Raises MappingInvalid."""
    lines = lines_of_keys(text)
    try:
        mapping = Mapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise MappingInvalid(path, [syntax_problem(error, text)]) from None
    except ValidationError as error:
        problems = [
            problem_of(detail, lines, model=Mapping, called="a mapping", patterns=_PATTERNS)
            for detail in error.errors(include_url=False)
        ]
        raise MappingInvalid(path, problems) from None
    wrong = [Problem(line_of(lines, place), message) for place, message in _contradictions(mapping)]
    if wrong:
        raise MappingInvalid(path, wrong)
    return mapping


Wrong = Iterator[tuple[Place, str]]


def _contradictions(mapping: Mapping) -> Wrong:
    """What each key alone does not show: words that must be known elsewhere, and double use."""
    yield from _file_format(mapping)
    yield from _shape(mapping)
    yield from _used_twice(mapping)
    yield from _reasons(mapping)
    columns = mapping.columns
    taken = RESERVED_FIELDS | {ACTIVITY, columns.state, columns.channel, columns.priority}
    for name in mapping.fields:
        if name in taken:
            yield ("fields", name), f"a field cannot be called {name}: it has a meaning; rename it"
    for activity, what in mapping.activities.items():
        yield from _activity(activity, what)


def _file_format(mapping: Mapping) -> Wrong:
    try:
        codecs.lookup(mapping.file.encoding)
    except LookupError:
        known = "utf-8, utf-8-sig, cp1252, latin-1, utf-16"
        yield (
            ("file", "encoding"),
            f"no encoding is called {mapping.file.encoding}; such as {known}",
        )
    try:
        ZoneInfo(mapping.zone)
    except (KeyError, ValueError, OSError):
        yield ("zone",), f"no time zone is called {mapping.zone}; such as UTC or Europe/Berlin"
    if mapping.file.delimiter in '"\r\n':
        yield ("file", "delimiter"), "a quote or a line end cannot delimit; such as , or ;"
    for pattern in mapping.file.times:
        if not _is_time_pattern(pattern):
            words = ", ".join(WORDS_FOR_TIMES)
            yield (
                ("file", "times"),
                f"{pattern} is no format of a time: one of {words}, or such as %d/%m/%Y %H:%M",
            )


def _is_time_pattern(pattern: str) -> bool:
    """Whether a pattern carries a whole date, so that a moment written by it can be read again."""
    if pattern in WORDS_FOR_TIMES:
        return True
    try:
        read = datetime.strptime(_A_MOMENT.strftime(pattern), pattern)  # noqa: DTZ007 - see above
    except ValueError:
        return False
    return read.date() == _A_MOMENT.date()


def _shape(mapping: Mapping) -> Wrong:
    columns = mapping.columns
    for name, shape in _SHAPE_COLUMNS.items():
        if getattr(columns, name) is not None and mapping.shape != shape:
            yield ("columns", name), f"only a log of shape {shape} has a column for {name}"
    if mapping.shape == "activity":
        if columns.activity is None:
            yield ("columns",), "a log of shape activity needs columns.activity"
        if not mapping.activities:
            yield ("activities",), "a log of shape activity needs the table activities"
        if mapping.states:
            yield ("states",), "states belong to the shape snapshot; here activities say it"
        return
    if columns.state is not None and not mapping.states:
        yield ("columns", "state"), "a column for the state needs the table states"
    if mapping.activities:
        yield ("activities",), "activities belong to the shape activity; here states say it"


def _used_twice(mapping: Mapping) -> Wrong:
    """A column is one thing; a second use is most likely a slip.

    But who did it may well be who owns it from then on, where each row is one activity.
    """
    first: dict[str, Place] = {}
    ignored = [(("ignored", name), name) for name in mapping.ignored]
    for place, column in [*mapping.mapped_columns(), *ignored]:
        used = first.setdefault(column, place)
        is_doer = {used, place} == {("columns", "updated_by"), ("columns", "owner")}
        if used is not place and not (is_doer and mapping.shape == "activity"):
            yield place, f"the column {column} is {shown(used)} already; remove one"


def _reasons(mapping: Mapping) -> Wrong:
    for name, state in mapping.states.items():
        for problem in _reason(state.status, state.reason):
            yield ("states", name), problem
    for name, what in mapping.activities.items():
        status = {"resolved": Status.RESOLVED, "closed": Status.CLOSED}.get(what.event)
        for problem in _reason(status, what.reason):
            yield ("activities", name), problem


def _reason(status: Status | None, reason: str | None) -> Iterator[str]:
    words = [word.value for word in ResolutionCode] if status is Status.RESOLVED else []
    words += [word.value for word in CloseReason] if status is Status.CLOSED else []
    if words and reason is not None and reason not in words:
        yield f"the reason of {status} is one of {', '.join(words)}"


def _activity(name: str, what: Activity) -> Wrong:
    place = ("activities", name)
    allowed = KEYS_OF_EVENTS.get(what.event, frozenset())
    given = {key for key in what.model_fields_set if key != "event"}
    for key in sorted(given - allowed):
        can = ", ".join(sorted(allowed)) or "nothing"
        yield place, f"{key} says nothing about {what.event}; beside event can stand: {can}"
    unresolved = [status for status in Status if status.is_unresolved]
    if what.event == "status_changed" and what.to not in unresolved:
        words = ", ".join(unresolved)
        yield place, f"status_changed needs to = one of {words}; resolved and closed are events"
    if what.event == "escalated" and what.to_level is None:
        yield place, "escalated needs to_level = L2 or manager"
