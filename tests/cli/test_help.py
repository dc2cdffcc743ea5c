"""Every command explains itself: an example at the end, lines that fit, a current page."""

from __future__ import annotations

import re
import shlex
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import pytest

from cli import options, recontact_options
from cli.main import command_line, run
from cli.nouns import NOUNS
from cli.reference import PAGE, commands, help_of, page
from domain import people, reach, values

pytestmark = pytest.mark.unit

ALL = list(commands())
VERBS = [(words, command) for words, command in ALL if not hasattr(command, "commands")]
NAMES = [" ".join(words) for words, _ in VERBS]
WANTED = {
    "ticket": "open show list history acknowledge categorize prioritize tag untag set requester "
    "queue assign unassign hand-over escalate deescalate status progress reply receive note "
    "resolve close reopen confirm reject link classify-message delivery ask-escalation stage "
    "survey-answer merge split update-children remind unremind attach article viewed correct "
    "why",
    "import": "csv mappings",
    "customer": "cases show message profile erase merge",
    "agent": "list show online away offline set",
    "policy": "list show check publish diff",
    "queue": "list show depth at agents promises next",
    "recontact": "rate contacts pairs drivers compare",
    "project": "run status rebuild",
    "automate": "run status due rebuild",
    "notify": "run status check dead-letters resend",
    "log": "tail stats show find verify copy index",
}


def test_every_command_that_is_promised_is_there() -> None:
    wanted = {f"{noun} {verb}" for noun, verbs in WANTED.items() for verb in verbs.split()}

    assert set(NAMES) == wanted | {
        "init",
        "demo",
        "do",
        "doctor",
        "relay",
        "simulate",
        "sql",
        "up",
        "whatif",
    }


@pytest.mark.parametrize(("words", "command"), VERBS, ids=NAMES)
def test_the_help_of_a_command_ends_in_an_example_of_it(
    words: tuple[str, ...], command: Any
) -> None:
    *_, title, example = help_of(words, command).splitlines()

    assert title.strip() == "Example:"
    typed = shlex.split(example)
    assert typed[0] == "ticketledger"
    assert " ".join(words) in " ".join(typed)


@pytest.mark.parametrize(("words", "command"), VERBS, ids=NAMES)
def test_the_example_is_a_line_that_the_program_understands(
    words: tuple[str, ...], command: Any
) -> None:
    example = shlex.split(help_of(words, command).splitlines()[-1])[1:]

    root = command_line()
    context = root.make_context("ticketledger", example)
    while hasattr(context.command, "resolve_command"):
        rest = [*context._protected_args, *context.args]
        _, found, rest = context.command.resolve_command(context, rest)
        context = found.make_context(found.name, rest, parent=context)

    assert context.command.name == words[-1]


@pytest.mark.parametrize(("words", "command"), ALL, ids=[" ".join(words) for words, _ in ALL])
def test_help_fits_eighty_columns_and_has_no_colour(words: tuple[str, ...], command: Any) -> None:
    for line in help_of(words, command).splitlines():
        assert len(line) <= 80 or "ticketledger " in line
        assert "\x1b" not in line


@pytest.mark.parametrize(("words", "command"), VERBS, ids=NAMES)
def test_every_command_says_what_it_does_and_what_each_option_means(
    words: tuple[str, ...], command: Any
) -> None:
    assert command.help
    assert command.help.split("\n")[0].endswith(".")
    assert [one.name for one in command.params if not one.help] == []


@pytest.mark.parametrize(("words", "command"), VERBS, ids=NAMES)
def test_every_command_can_answer_in_json(words: tuple[str, ...], command: Any) -> None:
    assert "json" in {one.name for one in command.params}


def test_each_nouns_line_in_the_help_is_its_own_help() -> None:
    assert [words[0] for words, _ in ALL if len(words) == 1] == list(NOUNS)
    for words, command in ALL:
        if len(words) == 1 and hasattr(command, "commands"):
            assert command.help == NOUNS[words[0]]


def test_the_help_of_the_program_lists_every_noun(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0

    printed = capsys.readouterr().out
    for noun in NOUNS:
        assert re.search(rf"^  {noun} ", printed, re.MULTILINE)
    assert printed.rstrip().endswith("ticketledger demo")


def test_the_reference_page_is_current() -> None:
    assert Path(PAGE).read_text("utf-8") == page(), "run: python -m cli.reference"


@pytest.mark.parametrize(
    ("choices", "vocabulary"),
    [
        (options.ChannelName, values.Channel),
        (options.PriorityName, values.Priority),
        (options.StatusName, values.Status),
        (options.AvailabilityName, people.Availability),
        (options.ScopeOfErasure, people.ErasureScope),
        (options.LevelName, values.Level),
        (options.CaseTypeName, values.CaseType),
        (options.OriginName, values.Origin),
        (options.IntentName, values.Intent),
        (options.AuthorName, values.Author),
        (options.CodeName, values.ResolutionCode),
        (options.CloseReasonName, values.CloseReason),
        (options.TriggerName, values.EscalationTrigger),
        (options.WorkKindName, values.WorkKind),
        (options.RoleName, values.LinkRole),
        (options.StageName, values.Stage),
        (options.DeliveryName, reach.Delivery),
        (options.UseName, reach.ArticleUse),
        (options.SurfaceName, reach.Surface),
        (options.LookName, reach.Look),
    ],
)
def test_what_can_be_chosen_is_what_the_domain_knows(choices: Any, vocabulary: type[Enum]) -> None:
    assert list(get_args(choices)) == [one.value for one in vocabulary]


def test_the_scopes_are_those_of_the_figures() -> None:
    assert set(get_args(recontact_options.ScopeName)) == {"same_issue", "any_issue"}
