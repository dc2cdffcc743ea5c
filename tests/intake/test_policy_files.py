"""A policy file: what it says, and every mistake in it with its line, all at once."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policies.calendars import Holiday, Span, Weekday
from domain.policies.conditions import Condition, Situation
from domain.policies.policy import Policy, Promises, Waiting
from domain.policies.routes import Lane, QueueSettings, Routing
from domain.policies.targets import Target
from domain.policies.telling import ENGLISH
from domain.reach import SurveyKind
from domain.values import Channel, Level, Priority
from intake.errors import PolicyFileInvalid, PolicyFileNotFound
from intake.policy_files import SHIPPED, PolicyFile, parse_policy, read_policy, shipped_policies

pytestmark = pytest.mark.unit

HOUR = 3600
DAY = 24 * HOUR
TODAY = date(2026, 11, 22)
SMALL = 'id = "small"\ntitle = "Small"\n'
TEXT = (SHIPPED / "travel-agency.toml").read_text("utf-8")


def parsed(text: str) -> PolicyFile:
    return parse_policy(text, path="p.toml")


def policy(text: str) -> Policy:
    return parsed(SMALL + text).policy


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(PolicyFileInvalid) as caught:
        parsed(text)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def line(text: str, part: str) -> int:
    return next(n for n, one in enumerate(text.splitlines(), start=1) if part in one)


def test_an_empty_policy_has_the_defaults() -> None:
    small = policy("")

    assert small == Policy(
        title="Small",
        other_queues=QueueSettings(no_progress=Target(seconds=2 * HOUR)),
        routing=Routing(requeue_after_offline_seconds=1_800),
    )
    assert small.targets_for(Situation()) is None
    assert small.promises == Promises(default_seconds=DAY)
    assert small.waiting == Waiting(
        pending_resolves_after_seconds=2 * DAY,
        resolved_closes_after_seconds=2 * DAY,
        reopening_window_seconds=7 * DAY,
    )
    assert small.stages == (ENGLISH,)


def test_the_travel_agency_says_every_default_of_this_program() -> None:
    travel = read_policy("travel-agency").policy

    rule = travel.targets_for(Situation(channel=Channel.EMAIL))
    assert rule is not None
    assert rule.clocks.first_reply == Target(seconds=900, warn_after_seconds=600)
    assert rule.clocks.next_reply == Target(seconds=4 * HOUR)
    assert rule.clocks.resolution == Target(seconds=DAY, warn_after_seconds=18 * HOUR)
    assert travel.calendar(rule.calendar).is_always
    default = policy("")
    for part in ("other_queues", "escalate_on", "promises", "waiting", "frequent_contacts"):
        assert getattr(travel, part) == getattr(default, part)
    for part in ("vip_lane", "capacity", "requeue_after_offline_seconds"):
        assert getattr(travel.routing, part) == getattr(default.routing, part)
    assert travel.stages[0] == ENGLISH
    money = travel.routing.rule_for(Situation(body="Where is my refund?"))
    assert money is not None
    assert (money.queue, money.level) == ("finance", Level.L2)
    assert travel.routing.lane_for(Situation(priority=Priority.CRITICAL)) is Lane.VIP


@pytest.mark.parametrize("name", shipped_policies())
def test_a_shipped_policy_is_read_without_a_warning_and_bears_its_files_name(name: str) -> None:
    read = read_policy(name)

    assert read.warnings == ()
    assert read.id == name
    assert read.path == str(SHIPPED / f"{name}.toml")
    assert re.search(r"^# .*[a-z]", Path(read.path).read_text("utf-8"), flags=re.MULTILINE)


def test_three_policies_are_shipped() -> None:
    assert shipped_policies() == ["small-team", "software-support", "travel-agency"]


def test_two_offices_have_their_own_lunch_and_holidays() -> None:
    software = read_policy("software-support").policy
    berlin, new_york = software.calendar("berlin"), software.calendar("new-york")

    assert Holiday(date=date(2026, 10, 3), name="German Unity Day") in berlin.holidays
    assert Holiday(date=date(2026, 12, 24), name="Christmas Eve") in berlin.holidays
    assert not {date(2026, 10, 3), date(2026, 2, 12)} & {one.date for one in new_york.holidays}
    assert (berlin.seconds_a_week, new_york.seconds_a_week) == (37.25 * HOUR, 41.25 * HOUR)


def test_hours_are_written_by_day_run_of_days_or_list() -> None:
    small = policy(
        '[calendars.c]\nzone = "UTC"\n'
        'hours = { "mon, wed" = "09:00-12:00", Sat-Mon = ["22:00-06:00"], fri = "08:00-24:00" }\n'
    )

    assert [(span.day, span.from_, span.to) for span in small.calendars[0].hours] == [
        (Weekday.MONDAY, "09:00", "12:00"),
        (Weekday.MONDAY, "22:00", "06:00"),
        (Weekday.WEDNESDAY, "09:00", "12:00"),
        (Weekday.FRIDAY, "08:00", "24:00"),
        (Weekday.SATURDAY, "22:00", "06:00"),
        (Weekday.SUNDAY, "22:00", "06:00"),
    ]


def test_breaks_and_holidays_may_be_listed_by_hand() -> None:
    small = policy(
        '[calendars.c]\nzone = "UTC"\nhours = { mon = "09:00-17:00" }\n'
        'breaks = { mon = "12:00-13:00" }\nholidays = { also = [2026-12-24, "2026-12-31"] }\n'
    )

    assert small.calendars[0].breaks == (Span(day=Weekday.MONDAY, from_="12:00", to="13:00"),)
    assert [one.date.day for one in small.calendars[0].holidays] == [24, 31]


def test_a_holiday_that_is_none_can_be_taken_out() -> None:
    text = (
        '[calendars.c]\nzone = "UTC"\nhours = { mon = "09:00-17:00" }\n'
        'holidays = { country = "DE", years = [2026], except = [2026-12-26] }\n'
    )

    days = {one.date for one in policy(text).calendars[0].holidays}

    assert date(2026, 12, 25) in days
    assert date(2026, 12, 26) not in days


def test_a_target_is_a_duration_or_a_table_and_a_warning_may_be_a_part_of_it() -> None:
    small = policy(
        '[[targets]]\nfirst_reply = "90m"\nnext_reply = { within = "4h", warn_after = "12.5%" }\n'
        'resolution = { within = "1h 30m", warn_after = "1h" }\n'
    )

    clocks = small.targets[0].clocks
    assert clocks.first_reply == Target(seconds=5_400)
    assert clocks.next_reply == Target(seconds=4 * HOUR, warn_after_seconds=HOUR // 2)
    assert clocks.resolution == Target(seconds=5_400, warn_after_seconds=HOUR)


def test_a_condition_takes_one_value_or_several() -> None:
    small = policy(
        '[[targets]]\nwhen = { priority = "high", tag = ["a", "b"], category = "Refunds" }\n'
    )

    assert small.targets[0].when == Condition(
        priority=(Priority.HIGH,), tag=("a", "b"), category=("Refunds",)
    )


def test_what_never_happens_is_said_so() -> None:
    small = policy(
        '[queues.q]\nno_progress = "never"\n[routing]\nrequeue_after_offline = "never"\n'
    )

    assert small.no_progress_for("q") is None
    assert small.no_progress_for("other") is not None
    assert small.routing.requeue_after_offline_seconds is None


def test_a_survey_may_come_later() -> None:
    small = policy('[[surveys]]\nkind = "ces"\nafter = "closed"\ndelay = "1d"\nscale = 7\n')

    assert [(one.kind, one.delay_seconds) for one in small.surveys] == [(SurveyKind.CES, DAY)]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('id = "travel-agency"', 'id = "Travel Agency"', "id is wrong: a short name of small"),
        ("frequent_contacts = 4", "frequent_contact = 4", "did you mean frequent_contacts?"),
        ('["no_progress"]', '["no_progres"]', "did you mean no_progress?"),
        ('zone = "Asia/Jakarta"', 'zone = "Asia/Djakarta"', "did you mean Asia/Jakarta?"),
        ("{ mon-fri", "{ mon-fry", "no day is called fry; such as mon, mon-fri or sat"),
        ('"08:00-17:00"', '"8-17"', "'8-17' are no hours; they look like 09:00-17:30"),
        ('"08:00-17:00"', '"08:00-08:00"', "all day is 00:00-24:00"),
        ('thu = "12:00-13:00"', 'fri = "08:00-17:00"', "the breaks take all hours"),
        ('country = "ID"', 'country = "IDN1"', "no country is called IDN1"),
        ('country = "ID",', 'country = "DE", subdivision = "XY",', "DE has no XY"),
        ('country = "ID",', "", "years needs a country"),
        ("years = [2026, 2027] }", "except = [2026-01-01] }", "the years are missing"),
        ("years = [2026, 2027] }", "years = [1800] }", "no holidays of ID are known for 1800"),
        ("2027] }", "2027], except = [2026-01-02] }", "2026-01-02 is no holiday anyway"),
        ("2027] }", '2027], also = ["tomorrow"] }', "tomorrow is no date; such as 2026-12-24"),
        ('calendar = "always"\nfirst', 'calendar = "alway"\nfirst', "did you mean always?"),
        ('next_reply = "4h"', 'next_reply = "4"', "a duration is a number with its unit"),
        ('next_reply = "4h"', "next_reply = 4", "input should be a valid dictionary"),
        ('next_reply = "4h"', 'next_reply = "0m"', "a duration of nothing"),
        ('next_reply = "4h"', 'next_reply = "2d"', "say it in hours, such as 24h"),
        ('next_reply = "4h"', 'next_replies = "4h"', "did you mean next_reply?"),
        ('warn_after = "10m"', 'warn_after = "20m"', "the warning comes no earlier"),
        ('warn_after = "10m"', 'warn_after = "750%"', "such as 10m or 75%"),
        (
            'calendar = "finance"',
            'calendar = "finances"',
            "did you mean finance? (there are always",
        ),
        ('skills = ["refunds"]', 'skills = ["refund"]', "no skill refund; did you mean refunds?"),
        ('strategy = "round_robin"', 'strategy = "robin"', "it can be 'skill', 'load' or"),
        ('default_queue = "front"', 'default_queue = "frnt"', "did you mean front?"),
        ("{ customer_tier", "{ customers_tier", "did you mean customer_tier?"),
        ("hard = 12", "hard = 5", "the hard limit 5 is below the soft one, 10"),
        ('offline = "30m"', 'offline = "soon"', "a duration is a number with its unit"),
        ('queue = "on-duty"\nlevel', 'queue = "on duty"\nlevel', "did you mean on-duty?"),
        ('level = "manager"\n\n[[r', 'level = "L3"\n\n[[r', "it can be 'L1', 'L2' or 'manager'"),
        ('skills = ["indonesian"]', "", "this rule decides nothing"),
        ('default = "24h"', 'defaults = "24h"', "did you mean default?"),
        ('default = "24h"', 'default = "4000d"', "ten years at most"),
        ('waiting_for_you = "Menunggu Anda"', "", "stages.id.waiting_for_you is missing"),
        ("[stages.id]", "[stages.indonesian]", "a language is a code such as en or pt-BR"),
        ('"ticket.opened" =', '"ticket.open" =', "did you mean ticket.opened?"),
        ('["inbox"]\n"next_update.missed"', '["fax"]\n"next_update.missed"', "it can be 'push'"),
        ('kind = "csat"', 'kind = "nps"', "it can be 'csat' or 'ces'"),
        ('delay = "1h"', 'delay = "later"', "a duration is a number with its unit"),
        ('agent = ["ticket.*"]', 'agent = ["tickets.*"]', "did you mean ticket?"),
        ('agent = ["ticket.*"]', 'agent = ["reply"]', "a permission is a command such as"),
        ('title = "Travel agency, around the clock"', "", "title is missing"),
        ("capacity = {", "capacity = { soft = }", "this is not TOML"),
    ],
)
def test_each_mistake_is_named_with_its_line_and_what_would_be_right(
    old: str, new: str, says: str
) -> None:
    assert TEXT.count(old) >= 1
    text = TEXT.replace(old, new, 1)
    changed = next(
        (
            number
            for number, (one, other) in enumerate(
                zip(TEXT.splitlines(), text.splitlines(), strict=False), start=1
            )
            if one != other
        ),
        0,
    )

    found = problems(text)

    named = [number for number, message in found if says in message]
    assert named, found
    # What is missing, or belongs to a whole table or rule, is told where that begins.
    assert any(number <= changed and changed - number <= 12 for number in named) or "title" in says
    if new:
        assert changed in named or "nothing" in says or "missing" in says or "breaks" in says


MANY = """\
id = "desk"
title = "Desk"

[calendars.office]
zone = "Europe/Berlim"
hours = { mon-fri = "09:00-17:30", satt = "10:00-12:00" }

[[targets]]
when = { priority = "urgent" }
calendar = "ofice"
first_reply = "15"

[[targets]]
calendar = "night"

[routing]
vip_lane = [
    { customer_tier = "vip" },
    { priority = "hi" },
]

[[routing.rules]]
queue = "finance"

[[routing.rules]]
name = "x"
colour = "red"
queue = "finanse"

[queues.finance]
strategy = "skil"
"""


def test_all_mistakes_are_named_at_once_in_the_order_of_their_lines() -> None:
    assert [(number, message.split(" ")[0].rstrip(":")) for number, message in problems(MANY)] == [
        (5, "calendars.office.zone"),
        (6, "calendars.office.hours.satt"),
        (9, "targets[1].when.priority[1]"),
        (10, "targets[1].calendar"),
        (11, "targets[1].first_reply.within"),
        (14, "targets[2].calendar"),
        (19, "routing.vip_lane[2].priority[1]"),
        (27, "routing.rules[2].colour"),
        (28, "routing.rules[2].queue"),
        (31, "queues.finance.strategy"),
    ]


def test_a_message_begins_with_file_and_line_as_editors_read_it() -> None:
    with pytest.raises(PolicyFileInvalid) as caught:
        parse_policy(MANY, path="desk.toml")

    assert all(re.match(r"desk\.toml:\d+: \S", one) for one in str(caught.value).splitlines())


def test_a_rule_that_is_never_reached_is_a_warning() -> None:
    text = SMALL + '[[targets]]\nfirst_reply = "1h"\n[[targets]]\nwhen = { tag = "x" }\n'

    (warning,) = parsed(text).warnings

    assert (warning.line, warning.is_warning) == (5, True)
    assert "never reached" in warning.message


def test_holidays_that_run_out_are_warned_of_in_time() -> None:
    def warned(today: date) -> list[int]:
        return [one.line for one in parse_policy(TEXT, path="p", today=today).warnings]

    assert warned(date(2027, 10, 1)) == []
    assert warned(date(2027, 12, 1)) == [line(TEXT, "holidays = {")]
    assert parsed(TEXT).warnings == ()


def test_a_policy_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(PolicyFileNotFound, match="small-team, software-support, travel-agency"):
        read_policy(str(tmp_path / "mine.toml"))


def test_own_files_are_read_by_path_and_differ_in_their_digest(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(SMALL, "utf-8")

    read = read_policy(str(own))

    assert read.id == "small"
    assert read.digest == parsed(SMALL).digest != parsed(SMALL + "# a remark\n").digest


@given(st.data())
def test_a_file_that_is_cut_and_shuffled_is_read_or_refused_and_nothing_else(
    data: st.DataObject,
) -> None:
    kept = [one for one in TEXT.splitlines() if one and not one.startswith("#")]
    for _ in range(data.draw(st.integers(1, 4))):
        number = data.draw(st.integers(0, len(kept) - 1))
        other = data.draw(st.sampled_from(kept))
        name, equals, value = kept[number].partition("=")
        kept[number] = data.draw(
            st.sampled_from(
                ["", other, f"{name}{equals}{other.partition('=')[2]}", f"x{name}{equals}{value}"]
                + ([f"{name}= {wild}" for wild in ("3", '""', "[]", "{}", "[3]")] if equals else [])
            )
        )
    text = "\n".join(kept)

    try:
        lines = [one.line for one in parsed(text).warnings]
    except PolicyFileInvalid as error:
        lines = [one.line for one in error.problems]
    assert all(1 <= one <= len(kept) for one in lines)
