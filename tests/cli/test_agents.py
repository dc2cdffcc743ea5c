"""Agents come and go, can do this and that, and are given tickets while they are there."""

from __future__ import annotations

import pytest

from tests.cli.calling import Terminal

pytestmark = pytest.mark.unit

CHANGE_FIELDS = {
    "agent",
    "availability",
    "available_since",
    "capacity",
    "level",
    "skills",
    "languages",
    "roles",
    "command_id",
    "repeated",
    "sequence",
    "position",
    "events",
}
LIST_FIELDS = {
    "agent",
    "availability",
    "available_since",
    "active",
    "capacity",
    "over_capacity",
    "unresolved",
    "level",
    "skills",
    "languages",
    "roles",
}


def last(terminal: Terminal, number: str) -> dict[str, object]:
    """The data of a ticket's last event."""
    data: dict[str, object] = terminal.done("ticket", "history", number, "--json").objects[-1][
        "data"
    ]
    return data


def test_an_agent_comes_steps_away_and_leaves(terminal: Terminal) -> None:
    came = terminal.done("agent", "online", "budi", "--at", "2026-03-01T09:00", "--json").object
    terminal.done("agent", "away", "budi", "--reason", "lunch", "--at", "2026-03-01T12:00")
    left = terminal.done("agent", "offline", "budi", "--at", "2026-03-01T17:00")

    assert set(came) == CHANGE_FIELDS
    assert (came["agent"], came["availability"], came["events"]) == (
        "budi",
        "online",
        ["agent.availability_changed"],
    )
    assert came["available_since"] == "2026-03-01T09:00:00.000000Z"
    assert left.out.startswith("budi  offline  position 3")
    [shown] = terminal.done("agent", "list", "--json").objects
    assert set(shown) == LIST_FIELDS
    assert (shown["agent"], shown["availability"], shown["active"]) == ("budi", "offline", 0)


def test_without_a_name_it_is_oneself(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert terminal.done("agent", "online", "--json").object["agent"] == "ayu"

    monkeypatch.setenv("TICKETLEDGER_ACTOR", "system:portal")
    answer = terminal("agent", "away")
    assert answer.code == 2
    assert "say which agent" in answer.err


def test_who_is_there_already_is_told_so(terminal: Terminal) -> None:
    terminal.done("agent", "online", "budi")

    answer = terminal("agent", "online", "budi")

    assert answer.code == 31
    assert "agent budi is online already" in answer.err


def test_a_repeated_command_records_nothing_twice(terminal: Terminal) -> None:
    words = ("agent", "online", "budi", "--command-id", "k1", "--at", "2026-03-01T09:00", "--json")

    first, again = terminal.done(*words).object, terminal.done(*words).object

    assert (first["repeated"], again["repeated"]) == (False, True)
    assert first["position"] == again["position"] == 1
    clash = terminal("agent", "away", "budi", "--command-id", "k1", "--at", "2026-03-01T09:00")
    assert clash.code not in (0, 1, 2)


def test_what_an_agent_can_do_is_set_changed_and_forgotten(terminal: Terminal) -> None:
    terminal.done(
        *("agent", "set", "budi", "--capacity", "8", "--skill", "refunds", "--skill", "hotels"),
        *("--language", "id", "--level", "L2", "--role", "lead"),
    )
    changed = terminal.done(
        *("agent", "set", "budi", "--skill", "cruises", "--forget", "roles", "--json")
    ).object

    assert changed["skills"] == ["cruises"]
    assert (changed["capacity"], changed["level"], changed["roles"]) == (8, "L2", None)
    shown = terminal.done("agent", "show", "budi")
    assert "cruises" in shown.out
    assert "0 of 8" in shown.out
    assert "availability not known" in shown.out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("set", "budi"), 2, "there is nothing to record; give one of --capacity"),
        (("set", "budi", "--capacity", "-1"), 2, "--capacity"),
        (("set", "budi", "--skill", ""), 2, "skills: it is empty"),
        (("set", "budi", "--forget", "name"), 2, "not one of capacity, skills"),
        (("online", ""), 2, "agent id: it is empty"),
        (("show", "nobody"), 30, "nothing is recorded about agent nobody"),
        (("online", "x" * 201), 2, "longer than 200 characters"),
    ],
)
def test_what_cannot_be_recorded_is_told_plainly(
    terminal: Terminal, words: tuple[str, ...], code: int, told: str
) -> None:
    answer = terminal("agent", *words)

    assert answer.code == code
    assert told in answer.err
    assert terminal("log", "stats", "--json").object["events"] == 0


@pytest.mark.parametrize("agent", ["Ayu Lestari", "100%", "café", "漢" * 100])
def test_an_id_may_have_any_characters(terminal: Terminal, agent: str) -> None:
    terminal.done("agent", "online", agent)
    number = terminal.opened()
    terminal.done("ticket", "assign", number, "--to", agent)

    [shown] = terminal.done("agent", "list", "--json").objects
    assert (shown["agent"], shown["availability"], shown["active"]) == (agent, "online", 1)


def test_the_list_tells_who_is_there_first_and_can_be_narrowed(terminal: Terminal) -> None:
    for agent, verb in (("ani", "offline"), ("budi", "online"), ("citra", "away")):
        terminal.done("agent", verb, agent)
    terminal.done("ticket", "assign", terminal.opened(), "--to", "unknown")

    def listed(*words: str) -> list[str]:
        return [row["agent"] for row in terminal.done("agent", "list", "--json", *words).objects]

    assert listed() == ["budi", "citra", "ani", "unknown"]
    assert listed("--availability", "away") == ["citra"]
    assert "budi" in terminal.done("agent", "list").out
    terminal.done("agent", "offline", "budi")
    assert "nobody is online" in terminal.done("agent", "list", "--availability", "online").out


def test_nobody_is_given_a_ticket_while_they_are_offline_but_on_purpose(
    terminal: Terminal,
) -> None:
    number = terminal.opened()
    terminal.done("agent", "offline", "budi")

    refused = terminal("ticket", "assign", number, "--to", "budi")
    terminal.done("ticket", "assign", number, "--to", "ayu")
    handed = terminal("ticket", "hand-over", number, "--to", "budi", "--summary", "s")

    assert (refused.code, handed.code) == (32, 32)
    assert f"agent budi is offline and would not see ticket {number}" in refused.err
    terminal.done("ticket", "hand-over", number, "--to", "budi", "--summary", "s", "--force")
    terminal.done("ticket", "assign", number, "--to", "ayu")
    terminal.done("ticket", "assign", number, "--to", "budi", "--force")
    terminal.done("agent", "away", "budi")
    terminal.done("ticket", "assign", terminal.opened(), "--to", "budi")


def test_an_assignment_that_was_recorded_is_answered_also_after_the_agent_left(
    terminal: Terminal,
) -> None:
    number = terminal.opened("--at", "2026-03-01T09:00")
    words = ("ticket", "assign", number, "--to", "budi", "--command-id", "k")
    moment = ("--at", "2026-03-01T10:00", "--json")
    terminal.done(*words, *moment)
    terminal.done("agent", "offline", "budi")

    assert terminal.done(*words, *moment).object["repeated"] is True


def test_an_assignment_tells_how_many_the_agent_had_and_may_have(terminal: Terminal) -> None:
    terminal.done("agent", "set", "budi", "--capacity", "1")
    first, second, third = (terminal.opened() for _ in range(3))

    terminal.done("ticket", "assign", first, "--to", "budi")
    terminal.done("ticket", "assign", second, "--to", "budi")
    terminal.done("queue", "next", "--agent", "budi")

    expected = {"to": "budi", "capacity": 1}
    assert last(terminal, first) == expected | {
        "method": "manual",
        "active_then": 0,
        "over_capacity": False,
    }
    assert last(terminal, second) == expected | {
        "method": "manual",
        "active_then": 1,
        "over_capacity": True,
    }
    assert last(terminal, third) == expected | {
        "method": "claim",
        "active_then": 2,
        "over_capacity": True,
    }


def test_of_an_agent_nobody_ever_told_of_no_load_is_recorded(terminal: Terminal) -> None:
    number = terminal.opened()

    terminal.done("ticket", "assign", number, "--to", "budi")

    assert last(terminal, number) == {"to": "budi", "method": "manual"}


def test_an_agents_events_can_be_looked_at(terminal: Terminal) -> None:
    terminal.done("agent", "set", "budi", "--capacity", "3", "--skill", "refunds")

    assert "at most 3; refunds" in terminal.done("log", "tail").out
    shown = terminal.done("log", "show", "agent-budi", "--json").objects
    assert [one["type"] for one in shown] == ["ticketledger.agent.skills_changed.v1"]
    assert terminal.done("log", "find", "budi", "--json").objects == shown
    terminal.done("log", "verify")
