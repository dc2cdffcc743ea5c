"""Policies on the command line: checked, published in versions, shown, compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.policy_settings import changes_between, settings_of
from domain.policies.calendars import WEEK
from domain.policies.routes import RoutingRule
from domain.values import Level
from tests.cli.calling import Terminal
from tests.domain.policies.calendars import OFFICE, spans
from tests.domain.policies.given import PLAIN, but

pytestmark = pytest.mark.unit

DESK = """\
id = "desk"
title = "Desk"

[calendars.office]
zone = "Europe/Berlin"
hours = { mon-fri = "09:00-17:00" }

[[targets]]
calendar = "office"
first_reply = { within = "15m", warn_after = "10m" }

[waiting]
reopening_window = "7d"
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    path = tmp_path / "desk.toml"
    path.write_text(DESK, "utf-8")
    return path


def edit(desk: Path, old: str, new: str) -> None:
    text = desk.read_text("utf-8")
    assert old in text
    desk.write_text(text.replace(old, new), "utf-8")


def test_a_file_is_checked_without_a_ledger(terminal: Terminal, desk: Path) -> None:
    terminal.ledger = terminal.ledger.with_name("nowhere")

    assert (
        "desk  Desk: 1 calendar, 1 target rule, 0 queues"
        in terminal.done("policy", "check", str(desk)).out
    )
    assert terminal.done("policy", "check", str(desk), "--json").object == {
        "policy": "desk",
        "path": str(desk),
        "warnings": 0,
    }


def test_every_mistake_is_printed_with_file_and_line(terminal: Terminal, desk: Path) -> None:
    edit(desk, "Europe/Berlin", "Europe/Berlim")
    edit(desk, '"15m"', '"15"')

    answer = terminal("policy", "check", str(desk))
    as_json = terminal("policy", "check", str(desk), "--json")

    assert (answer.code, as_json.code) == (99, 99)
    assert f"{desk}:5: calendars.office.zone: no time zone is called" in answer.err
    assert f"{desk}:10: targets[1].first_reply.within is wrong" in answer.err
    assert [(one["line"], one["kind"]) for one in as_json.objects] == [(5, "error"), (10, "error")]
    assert terminal("policy", "publish", str(desk)).code == 99


def test_warnings_are_printed_and_stop_nobody(terminal: Terminal, desk: Path) -> None:
    desk.write_text(DESK + "[[targets]]\nfirst_reply = '1h'\n", "utf-8")

    checked = terminal.done("policy", "check", str(desk), "--json").objects
    published = terminal.done("policy", "publish", str(desk))

    assert [one.get("kind") for one in checked] == ["warning", None]
    assert f"{desk}:14: warning: targets[2]: this rule is never reached" in published.err
    assert "version 1" in published.out


def test_a_name_that_is_neither_file_nor_shipped_says_what_there_is(terminal: Terminal) -> None:
    answer = terminal("policy", "check", "travl-agency")

    assert answer.code == 98
    assert "travel-agency" in answer.err


def test_publishing_makes_versions_and_the_same_again_is_refused(
    terminal: Terminal, desk: Path
) -> None:
    first = terminal.done("policy", "publish", str(desk), "--json").object
    same = terminal("policy", "publish", str(desk))
    edit(desk, '"7d"', '"14d"')
    second = terminal.done("policy", "publish", str(desk), "--apply-to-open").out

    assert (first["policy"], first["version"], first["apply_to_open"]) == ("desk", 1, False)
    assert first["events"] == ["policy.published"]
    assert same.code == 122
    assert "command " not in same.err
    assert "desk  version 2  position 2  policy published  for open cases, too" in second


def test_a_command_with_a_key_of_ones_own_publishes_once(terminal: Terminal, desk: Path) -> None:
    words = ("policy", "publish", str(desk), "--command-id", "k1", "--at", "2026-03-01T12:00")

    first = terminal.done(*words, "--json").object
    again = terminal.done(*words, "--json").object
    edit(desk, '"7d"', '"14d"')

    assert (first["repeated"], again["repeated"]) == (False, True)
    assert again["version"] == 1
    assert terminal(*words).code != 0  # the key stands for another command
    assert terminal.done("log", "stats", "--json").object["events"] == 1


def test_nothing_published_is_said_with_the_way_out(terminal: Terminal) -> None:
    listed, shown = terminal.done("policy", "list"), terminal("policy", "show")

    assert listed.out == "no policy is published\n"
    assert "policy list --shipped" in listed.err
    assert shown.code == 120
    assert "policy publish travel-agency" in shown.err
    assert terminal.done("policy", "list", "--json").out == ""


def test_the_shipped_ones_can_be_listed_and_every_one_be_published(terminal: Terminal) -> None:
    shipped = terminal.done("policy", "list", "--shipped", "--json").objects

    assert [one["name"] for one in shipped] == ["small-team", "software-support", "travel-agency"]
    for one in shipped:
        assert Path(one["path"]).exists()
        terminal.done("policy", "publish", one["name"])
        assert one["title"] in terminal.done("policy", "show", one["name"]).out
    assert "travel-agency.toml" in terminal.done("policy", "list", "--shipped").out


def test_the_one_published_last_is_in_force(terminal: Terminal, desk: Path) -> None:
    terminal.done("policy", "publish", "small-team")
    terminal.done("policy", "publish", str(desk))
    assert terminal.done("policy", "show", "--json").object["policy"] == "desk"

    terminal.done("policy", "publish", "small-team", "--apply-to-open")

    by_id = {one["policy"]: one for one in terminal.done("policy", "list", "--json").objects}
    assert [(one["version"], one["in_force"]) for _, one in sorted(by_id.items())] == [
        (1, False),
        (2, True),
    ]
    lines = terminal.done("policy", "list").out.splitlines()
    assert [line.endswith("in force") for line in lines[1:]] == [False, True]


def test_a_policy_is_shown_in_tables_and_in_json(terminal: Terminal, desk: Path) -> None:
    terminal.done("policy", "publish", str(desk), "--at", "2026-03-01T12:00", "--as", "agent:ayu")
    edit(desk, '"7d"', '"14d"')
    terminal.done("policy", "publish", str(desk))

    first = terminal.done("policy", "show", "desk", "--version", "1").out
    newest = terminal.done("policy", "show", "desk").out
    content = terminal.done("policy", "show", "--version", "1", "--json").object

    assert "version 1 of 2, not in force; published 2026-03-01 12:00 by agent:ayu" in first
    assert "version 2 of 2, in force" in newest
    assert "office    Europe/Berlin  mon-fri 09:00-17:00" in first
    assert "every case  office    15m, warned at 10m  -" in first
    assert "can reopen for 7d" in first
    assert "can reopen for 14d" in newest
    assert content["content"]["waiting"]["reopening_window_seconds"] == 7 * 86_400
    assert (content["versions"], content["in_force"]) == (2, False)


def test_a_version_or_policy_that_is_not_there_is_refused(terminal: Terminal, desk: Path) -> None:
    terminal.done("policy", "publish", str(desk))

    assert terminal("policy", "show", "desks").code == 120
    assert terminal("policy", "show", "desk", "--version", "2").code == 121
    assert terminal("policy", "diff", "desk", "1", "3").code == 121
    assert terminal("policy", "diff", "small-team").code == 120


def test_a_file_is_compared_with_what_is_published(terminal: Terminal, desk: Path) -> None:
    terminal.done("policy", "publish", str(desk))
    assert terminal.done("policy", "diff", str(desk)).out == "they say the same\n"

    edit(desk, '"15m"', '"20m"')
    edit(desk, "[waiting]", "[promises]\ndefault = '2d'\n[waiting]")

    assert terminal.done("policy", "diff", str(desk), "--json").objects == [
        {"setting": "targets.1.clocks.first_reply", "from": "15m", "to": "20m"},
        {"setting": "promises.default", "from": "1d", "to": "2d"},
    ]
    terminal.done("policy", "publish", str(desk))
    forwards = terminal.done("policy", "diff", "desk", "1", "2").out
    assert "promises.default              1d      2d" in forwards
    assert terminal.done("policy", "diff", "desk", "1").out == forwards
    assert terminal.done("policy", "diff", "desk", "2", "1", "--json").objects[0]["to"] == "15m"


def test_a_published_policy_shows_in_the_log(terminal: Terminal) -> None:
    terminal.done("policy", "publish", "small-team")

    assert "policy published  small-team, version 1" in terminal.done("log", "tail").out
    shown = terminal.done("log", "show", "policy-small-team", "--json").out
    assert json.loads(shown.splitlines()[0])["type"] == "ticketledger.policy.published.v1"
    assert terminal("ticket", "list", "--json").code == 0


def test_settings_are_named_by_what_people_call_them() -> None:
    settings = settings_of(PLAIN)

    assert settings["calendars.office.hours.monday"] == "09:00-17:30"
    assert settings["calendars.office.holidays.2026-12-25"] == "Christmas Day"
    assert settings["targets.vip.clocks.first_reply"] == "5m"
    assert settings["targets.2.clocks.resolution.warn_after"] == "18h"
    assert settings["targets.2.clocks.resolution"] == "24h"
    assert settings["queues.finance.skills"] == "refunds"
    assert settings["routing.rules.money.queue"] == "finance"
    assert settings["roles.agent.permissions"] == "ticket.reply, customer.*"
    assert settings["waiting.reopening_window"] == "7d"
    assert settings["stages.en.received"] == "Received"


def test_other_hours_another_order_and_rules_of_one_name_are_seen() -> None:
    longer = OFFICE.model_copy(update={"hours": spans(WEEK[:1], "09:00-12:00", "13:00-20:00")})
    (money,) = PLAIN.routing.rules
    twin = RoutingRule(name="money", level=Level.L2)
    routed = PLAIN.routing.model_copy(update={"rules": (twin, money)})

    hours = changes_between(PLAIN, but(calendars=(longer, PLAIN.calendars[1])))
    order = changes_between(PLAIN, but(targets=PLAIN.targets[::-1]))
    rules = changes_between(PLAIN, but(routing=routed))

    assert ("calendars.office.hours.monday", "09:00-17:30", "09:00-12:00, 13:00-20:00") in hours
    assert ("calendars.office.hours.friday", "09:00-17:30", None) in hours
    assert order[0][0] == "targets (order)"
    assert ("routing.rules.money (2).queue", None, "finance") in rules
    assert changes_between(PLAIN, PLAIN) == []
