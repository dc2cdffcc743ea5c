"""`simulate` makes a ledger with a made-up operation in it, and never mixes it with a real one."""

from __future__ import annotations

import pytest

from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit

SMALL = ("--cases-per-month", "120", "--agents", "6")


@pytest.fixture
def fresh(terminal: Terminal) -> Terminal:
    """The command line where no ledger is yet."""
    terminal.ledger = terminal.ledger.with_name("sim")
    return terminal


def test_a_new_folder_is_made_filled_and_examined(fresh: Terminal) -> None:
    account = fresh.done("simulate", *SMALL, "--check", "--json").object

    assert account["cases"] == 120
    assert account["findings"] == []
    assert account["saves_added"] == account["saves"]
    again = fresh.done("simulate", *SMALL, "--json").object
    assert again["saves_added"] == 0
    assert "recorded before" in fresh.done("simulate", *SMALL).out


def test_real_cases_are_not_mixed_with_simulated_ones(terminal: Terminal) -> None:
    terminal.opened("--customer", "C7")

    refused = terminal("simulate", *SMALL)

    assert refused.code == 124
    assert "--into-this" in refused.err
    assert terminal.done("simulate", *SMALL, "--into-this", "--json").object["cases"] == 120


def test_a_month_and_a_policy_have_to_be_known(fresh: Terminal) -> None:
    assert fresh("simulate", "--month", "January").code == 2
    assert fresh("simulate", "--policy", "no-such").code == 98
    assert not fresh.ledger.exists()
