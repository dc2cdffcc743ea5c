"""The figures of re-contacts find what a simulation put in: every contact, and the whole effect."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from cli.main import run as call
from intake.simulation.account import Account
from intake.simulation.customers import expected_rate
from intake.simulation.running import run
from tests.cli.calling import Terminal
from tests.intake.simulated import empty, parameters

pytestmark = pytest.mark.e2e

JANUARY, FEBRUARY = "2026-01-01..2026-02-01", "2026-02-01..2026-03-01"


class Known(NamedTuple):
    """A ledger with two months, and what was put into each."""

    folder: Path
    january: Account
    february: Account


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    """January, in which customers saw nothing, and February, in which they saw the progress."""
    folder = tmp_path_factory.mktemp("effect") / "ledger"
    store = empty(folder)
    unseen = parameters(cases_per_month=2_500, agents=10, progress_shown=False)
    seen = parameters(cases_per_month=2_500, agents=10, first_month=unseen.ends)
    january = run(unseen, store)
    february = run(seen, store, into_this=True)
    store.close()
    assert call(["--ledger", str(folder), "project", "run", "recontact"]) == 0
    return Known(folder, january, february)


def test_the_figures_find_the_difference_that_was_put_in(known: Known, terminal: Terminal) -> None:
    terminal.ledger = known.folder
    asked = ("--before", JANUARY, "--after", FEBRUARY, "--window", "7d")
    told = terminal.done("recontact", "compare", *asked, "--json").object
    put_in = expected_rate(progress_shown=True) - expected_rate(progress_shown=False)

    assert told["absolute_low"] <= put_in <= told["absolute_high"]
    assert told["absolute_high"] < 0


def test_the_figures_count_every_contact_that_was_put_in(known: Known, terminal: Terminal) -> None:
    terminal.ledger = known.folder
    rate = ("recontact", "rate", "--scope", "same_issue", "--window", "7d")
    [told] = terminal.done(*rate, "--json").objects
    truths = known.january.truth, known.february.truth

    assert told["contacts"] == sum(truth.contacts for truth in truths)
    assert told["recontacts"] == sum(truth.followed for truth in truths)
