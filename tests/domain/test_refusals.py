"""Every way in which a command is turned down: what it says, and how the program ends."""

from __future__ import annotations

import re
from typing import Any

import pytest

from domain import around_errors, errors, people_errors
from domain.errors import Refusal
from domain.living import _BY_COMMAND, _NOT_BY_CLOSING
from domain.values import CloseReason, Level, Stage, Status

pytestmark = pytest.mark.unit

NUMBER = "7K2P-4M9X-Q3TD-H"
EXAMPLES: list[Refusal] = [
    errors.TicketNotFound(NUMBER),
    errors.TicketAmbiguous("7K2P", ["7K2P-4M9X-Q3TD-H", "7K2P-5555-5555-5"]),
    errors.TicketExists(NUMBER),
    errors.TicketNotOpen(NUMBER, Status.RESOLVED),
    errors.TicketIsClosed(NUMBER),
    errors.NothingToReopen(NUMBER, Status.PENDING),
    errors.ReopeningForbidden(NUMBER, CloseReason.SPAM),
    errors.ReopeningTooLate(NUMBER, 7),
    errors.NothingChanges(NUMBER, "is open"),
    errors.NobodyOwnsIt(NUMBER),
    errors.TransitionImpossible(NUMBER, Status.OPEN, Status.NEW, "see ticketledger ticket show"),
    errors.QuestionNeeded(NUMBER),
    errors.LevelImpossible(NUMBER, Level.L1, Level.L1, "lower"),
    errors.LinkImpossible(NUMBER),
    errors.MessageKnown(NUMBER, "message-1"),
    errors.PromiseImpossible(NUMBER, "only a human can promise"),
    errors.NotResolved(NUMBER, Status.OPEN),
    errors.ImportImpossible(NUMBER, "it was opened here"),
    around_errors.MergeImpossible(NUMBER, "it cannot be merged into itself", "name another ticket"),
    around_errors.MessageUnknown(NUMBER, "message-1"),
    around_errors.ReminderUnknown(NUMBER, "reminder-1"),
    around_errors.ReminderImpossible(NUMBER),
    around_errors.SurveyImpossible(NUMBER, "no survey csat-1 was sent"),
    around_errors.StageImpossible(NUMBER, Stage.RECEIVED, "give a reason"),
    around_errors.EventUnknown(NUMBER, "e-1"),
]
MESSAGES = {
    "TicketNotFound": (
        "no ticket has the number 7K2P-4M9X-Q3TD-H; list them: ticketledger ticket list"
    ),
    "TicketNotOpen": (
        "ticket 7K2P-4M9X-Q3TD-H is resolved, not open; "
        "reopen it first: ticketledger ticket reopen 7K2P-4M9X-Q3TD-H"
    ),
    "QuestionNeeded": (
        "ticket 7K2P-4M9X-Q3TD-H can wait for the customer only after a question to them: "
        "ticketledger ticket reply 7K2P-4M9X-Q3TD-H --ask TEXT"
    ),
}


OF_PEOPLE: list[Refusal] = [
    people_errors.AgentUnknown("7K2P"),
    people_errors.AgentUnchanged("7K2P", "is online"),
    people_errors.AgentOffline("7K2P", NUMBER),
    people_errors.CustomerUnknown("7K2P"),
    people_errors.CustomerUnchanged("7K2P", "is erased"),
    people_errors.CustomerIsErased("7K2P", "is not described again"),
    people_errors.CustomerIsMerged("7K2P", "C9"),
    people_errors.CustomerMergeImpossible("7K2P"),
]
EXAMPLES += OF_PEOPLE


def classes_in_the_code(kind: type[Refusal] = Refusal) -> list[type[Refusal]]:
    return [
        found
        for child in kind.__subclasses__()
        if child.__module__ in (errors.__name__, around_errors.__name__, people_errors.__name__)
        for found in (child, *classes_in_the_code(child))
    ]


def documented() -> dict[str, int]:
    lines = re.findall(r"^[├└]── (\w+) +(\d+)   \S.*$", errors.__doc__ or "", flags=re.MULTILINE)
    return {name: int(code) for name, code in lines}


def test_the_documented_tree_is_the_tree() -> None:
    assert documented() == {kind.__name__: kind.exit_code for kind in classes_in_the_code()}


def test_every_refusal_has_an_exit_code_of_its_own_above_those_of_every_program() -> None:
    codes = [kind.exit_code for kind in classes_in_the_code()]

    assert len(set(codes)) == len(codes)
    assert min(codes) == 3
    assert max(codes) < 40  # where those of the store begin
    assert all("exit_code" in vars(kind) for kind in classes_in_the_code())


def test_there_is_an_example_of_every_refusal() -> None:
    assert {type(example) for example in EXAMPLES} == set(classes_in_the_code())


@pytest.mark.parametrize("refusal", EXAMPLES, ids=lambda refusal: type(refusal).__name__)
def test_a_refusal_says_whom_it_is_about_and_the_way_out_in_one_line(refusal: Refusal) -> None:
    text = str(refusal)

    assert "7K2P" in text
    assert "\n" not in text
    assert not text.endswith(".")
    assert re.search(r"ticketledger (ticket|agent|log) \w+|give |name |see ", text)


def test_every_way_out_is_a_command_that_exists() -> None:
    from typer.main import get_command

    from cli.main import app

    named = {
        found
        for text in [*map(str, EXAMPLES), *_BY_COMMAND.values(), *_NOT_BY_CLOSING.values()]
        for found in re.findall(r"ticketledger (\w+) ([\w-]+)", text)
    }
    root: Any = get_command(app)
    context: Any = None
    for noun, verb in sorted(named):
        assert verb in root.get_command(context, noun).list_commands(context), (noun, verb)
    assert len(named) > 5


@pytest.mark.parametrize("name", MESSAGES)
def test_a_refusal_is_worded_like_this(name: str) -> None:
    (example,) = (one for one in EXAMPLES if type(one).__name__ == name)

    assert str(example) == MESSAGES[name]


def test_a_refusal_is_no_failure_of_the_program() -> None:
    def raised() -> Any:
        raise errors.TicketIsClosed(NUMBER)

    with pytest.raises(Refusal):
        raised()
    assert Refusal.exit_code == 1
