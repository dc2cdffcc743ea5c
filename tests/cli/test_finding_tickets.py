"""A ticket is found by its number, by any unique beginning of it, and by its id."""

from __future__ import annotations

import pytest

from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit

LOG = """\
number,updated,state
INC0000045,2026-03-01 10:00,New
INC0000047,2026-03-01 11:00,New
INC00000451,2026-03-01 12:00,New
"""
MAPPING = """\
source = "helpdesk"
zone = "UTC"

[file]
times = ["%Y-%m-%d %H:%M"]

[columns]
number = "number"
updated_at = "updated"
state = "state"

[states]
New = "new"
"""


@pytest.fixture
def imported(terminal: Terminal) -> Terminal:
    """A ledger with three tickets that brought their numbers."""
    terminal.ledger.with_name("helpdesk.toml").write_text(MAPPING, "utf-8")
    terminal.ledger.with_name("log.csv").write_text(LOG, "utf-8")
    mapping, log = (str(terminal.ledger.with_name(name)) for name in ("helpdesk.toml", "log.csv"))
    terminal.done("import", "csv", log, "--mapping", mapping)
    return terminal


def test_any_spelling_of_our_own_number_will_do(terminal: Terminal) -> None:
    number = terminal.opened()
    ticket = terminal.done("ticket", "show", number, "--json").object["ticket"]
    spellings = [
        number,
        number.lower(),
        number.replace("-", ""),
        number.replace("0", "O").replace("1", "l"),
        number[:6],
        ticket,
    ]

    found = {terminal.done("ticket", "show", one, "--json").object["number"] for one in spellings}

    assert found == {number}


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("INC0000045", "INC0000045"),
        ("inc0000047", "INC0000047"),
        ("INC00000451", "INC00000451"),
        ("INC0000047", "INC0000047"),
    ],
)
def test_an_imported_number_is_found_as_it_came(
    imported: Terminal, typed: str, number: str
) -> None:
    assert imported.done("ticket", "show", typed, "--json").object["number"] == number


def test_a_beginning_of_several_numbers_is_refused_with_their_list(imported: Terminal) -> None:
    answer = imported("ticket", "show", "INC00000")

    assert answer.code == 4
    assert "INC0000045, INC00000451, INC0000047" in answer.err


def test_a_number_that_nobody_has_is_refused(imported: Terminal) -> None:
    answer = imported("ticket", "show", "INC9")

    assert answer.code == 3
    assert "INC9" in answer.err
