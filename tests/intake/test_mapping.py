"""A mapping that cannot be followed is refused with line, reason and what would be right."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.toml_lines import line_of, lines_of_keys
from intake.errors import MappingInvalid, MappingNotFound
from intake.mapping_file import parse_mapping, read_mapping, shipped_mappings
from tests.intake.conftest import MAPPING

pytestmark = pytest.mark.unit


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(MappingInvalid) as caught:
        parse_mapping(text, path="desk.toml")
    return [(problem.line, problem.message) for problem in caught.value.problems]


def line(text: str, part: str) -> int:
    return next(n for n, one in enumerate(text.splitlines(), start=1) if part in one)


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ('zone = "UTC"', 'zone = "Mars"', "Mars", "no time zone is called Mars; such as UTC"),
        ('zone = "UTC"', 'zon = "UTC"', "zon =", "zon is no key of a mapping; here can stand"),
        ('source = "desk"', 'source = "The Desk"', "source", "a short name of small letters"),
        ('number = "number"', 'nummer = "number"', "nummer", "columns.nummer is no key"),
        ('"%Y-%m-%d %H:%M"', '"%H:%M"', "times", "%H:%M is no format of a time"),
        ('New = "new"', 'New = "fresh"', "New", "it can be 'new', 'open'"),
        ('New = "new"', 'New = { status = "new", why = "x" }', "New", "states.New.why is no key"),
        ('location = "place"', 'location = "agent"', "location", "agent is columns.owner already"),
        ('location = "place"', 'impact = "place"', "impact", "a field cannot be called impact"),
        ('location = "place"', 'state = "place"', 'state = "place"', "cannot be called state"),
        (
            'Closed = "closed"',
            'Closed = { status = "closed", reason = "x" }',
            "Closed",
            "confirmed",
        ),
        ('missing = ["?"]', 'missing = "?"', "missing", "file.missing is wrong"),
        ('missing = ["?"]', 'encoding = "utf-9"', "encoding", "no encoding is called utf-9"),
        ('missing = ["?"]', "delimiter = '\"'", "delimiter", "a quote or a line end"),
        ('owner = "agent"', 'owner = "agent"\nactivity = "a"', "activity", "shape activity"),
        ("[states]", "[activities]\nx = 'opened'\n[states]", "[activities]", "shape activity"),
    ],
)
def test_each_mistake_is_named_with_its_line_and_a_way_out(
    old: str, new: str, at: str, says: str
) -> None:
    assert old in MAPPING
    text = MAPPING.replace(old, new)

    found = problems(text)

    assert (line(text, at), True) in [(number, says in message) for number, message in found]


def test_all_mistakes_are_named_at_once_in_the_order_of_their_lines() -> None:
    found = problems(
        MAPPING.replace('zone = "UTC"', "").replace('"number"', "7").replace("New", "Old =")
    )

    assert [number for number, _ in found] == sorted(number for number, _ in found)


def test_what_is_no_toml_is_told_with_its_line() -> None:
    text = MAPPING.replace('queue = "team"', "queue = team")

    [(number, message)] = problems(text)

    assert number == line(text, "queue")
    assert "not TOML" in message


@pytest.mark.parametrize(
    ("activity", "says"),
    [
        ('"assigned"\nstates = 1', "states"),
        ('{ event = "assigned", kind = "call" }', "kind says nothing about assigned"),
        ('{ event = "status_changed", to = "resolved" }', "resolved and closed are events"),
        ('{ event = "status_changed" }', "needs to = one of new, open, pending, on_hold"),
        ('{ event = "escalated" }', "needs to_level"),
        ('{ event = "exploded" }', "it can be 'opened', 'status_changed'"),
    ],
)
def test_an_activity_says_only_what_its_event_knows(activity: str, says: str) -> None:
    text = (
        'source = "s"\nshape = "activity"\nzone = "UTC"\n[columns]\nnumber = "n"\n'
        f'updated_at = "t"\nactivity = "a"\n[activities]\nx = {activity}\n'
    )

    assert any(says in message for _, message in problems(text))


def test_an_activity_log_needs_activities_and_their_column() -> None:
    text = 'source = "s"\nshape = "activity"\nzone = "UTC"\n[columns]\n'
    text += 'number = "n"\nupdated_at = "t"\n'

    assert {message for _, message in problems(text)} == {
        "a log of shape activity needs columns.activity",
        "a log of shape activity needs the table activities",
    }


def test_a_mapping_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(MappingNotFound, match="servicenow") as caught:
        read_mapping(tmp_path / "mine.toml")
    assert "mine.toml" in str(caught.value)


def test_shipped_mappings_are_read_by_name_and_own_ones_by_path(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(MAPPING, "utf-8")

    assert {read_mapping(name).source for name in shipped_mappings()} == {"plain", "servicenow"}
    assert read_mapping(own).source == "desk"


def test_the_fingerprint_is_of_what_a_mapping_says_not_of_how_it_is_written() -> None:
    mapping = parse_mapping(MAPPING, path="x")

    assert parse_mapping("# a remark\n" + MAPPING, path="y").fingerprint == mapping.fingerprint
    other = parse_mapping(MAPPING.replace('"open"', '"new"'), path="x")
    assert other.fingerprint != mapping.fingerprint


def test_columns_that_tell_the_future_are_not_mapped_by_the_shipped_mapping() -> None:
    mapping = read_mapping("servicenow")
    used = {column for _, column in mapping.mapped_columns()}

    assert not used & {"closed_code", "resolved_by", "resolved_at", "closed_at"}
    assert {"closed_code", "resolved_by", "resolved_at", "closed_at"} <= set(mapping.ignored)


NAMES = st.text(st.characters(categories=["L", "Nd", "Zs", "P"]), min_size=1, max_size=8)


@given(names=st.lists(NAMES, min_size=1, max_size=6, unique=True))
def test_the_line_of_any_key_is_found_however_it_is_quoted(names: list[str]) -> None:
    quoted = [name.replace("\\", "\\\\").replace('"', '\\"') for name in names]
    text = "[table]\n" + "".join(f'"{name}" = "# [no] \\" table"\n' for name in quoted)

    lines = lines_of_keys(text)

    assert [line_of(lines, ("table", name)) for name in names] == list(range(2, len(names) + 2))


def test_keys_after_values_of_several_lines_keep_their_lines() -> None:
    text = 'a = [\n "x = 1", # ]\n "y"\n]\nb = """\nc = 1\n"""\n[t."u v"]\nd.e = { f = 1 }\n'

    lines = lines_of_keys(text)

    assert lines == {("a",): 1, ("b",): 5, ("t", "u v"): 8, ("t", "u v", "d", "e"): 9}
    assert line_of(lines, ("t", "u v", "d", "e", "f")) == 9
    assert line_of(lines, ("unknown",)) == 1
