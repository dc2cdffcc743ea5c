"""The service level of a save: each rule of each clock."""

from __future__ import annotations

import pytest

from domain.events import (
    SlaApplied,
    SlaBreached,
    SlaCancelled,
    SlaFulfilled,
    SlaPaused,
    SlaRemoved,
    SlaResumed,
    SlaStarted,
    TicketEvent,
)
from domain.in_force import Customer, InForce
from domain.policies.calendars import Calendar, Span, Weekday
from domain.policies.conditions import Condition
from domain.policies.targets import Clocks, Target, TargetRule
from domain.ticket import open_ticket
from domain.values import Author, Channel, CloseReason, Intent, Method, Metric, Origin, Priority
from tests.domain.clocked import (
    EVERYONE,
    HOUR,
    POLICY,
    TRAVEL,
    Case,
    for_priority,
    under,
)
from tests.domain.given import NUMBER, OPENED, at

pytestmark = pytest.mark.unit


def opened(
    case: Case | None = None,
    *,
    channel: Channel = Channel.EMAIL,
    origin: Origin = Origin.CUSTOMER,
    priority: Priority | None = None,
) -> Case:
    case = case or Case()
    case.open(
        at("10:00"),
        open_ticket(number=NUMBER, channel=channel, origin=origin, priority=priority),
    )
    return case


def reply(case: Case, clock: str, *, message_id: str = "m1", **said: object) -> list[TicketEvent]:
    return case.do(
        at(clock),
        lambda ticket: ticket.reply(
            message_id=message_id,
            channel=Channel.EMAIL,
            at=at(clock),
            agent_id="ayu",
            **said,  # type: ignore[arg-type]
        ),
    )


def hear(
    case: Case, clock: str, *, message_id: str = "c1", day: int = 0, intent: Intent = Intent.UNKNOWN
) -> list[TicketEvent]:
    moment = at(clock, day=day)
    return case.do(
        moment,
        lambda ticket: ticket.receive(
            message_id=message_id, channel=Channel.EMAIL, at=moment, intent=intent
        ),
        "customer:c0",
    )


def of_kind(save: list[TicketEvent], *kinds: type[TicketEvent]) -> list[TicketEvent]:
    return [event for event in save if isinstance(event, kinds)]


def on_clock(save: list[TicketEvent], metric: Metric) -> list[type[TicketEvent]]:
    return [type(event) for event in save if getattr(event, "metric", None) is metric]


def test_without_a_policy_nothing_is_added() -> None:
    case = Case(in_force=None)
    opening = open_ticket(number=NUMBER, channel=Channel.EMAIL)
    assert case.open(at("10:00"), opening) == opening
    assert case.ticket.agreement is None


def test_a_first_reply_stops_its_clock_and_never_starts_it_again() -> None:
    case = opened()
    assert on_clock(reply(case, "10:14"), Metric.FIRST_REPLY) == [SlaFulfilled]

    case.do(at("10:20"), lambda ticket: ticket.resolve(at=at("10:20")))
    again = hear(case, "10:30")
    assert on_clock(again, Metric.FIRST_REPLY) == []
    assert on_clock(again, Metric.NEXT_REPLY) == [SlaStarted]
    assert of_kind(again, SlaStarted)[0].instance == 2  # type: ignore[attr-defined]
    assert on_clock(again, Metric.RESOLUTION) == [SlaStarted]


@pytest.mark.parametrize("channel", [Channel.PHONE, Channel.CHAT])
def test_a_live_contact_has_its_first_reply_at_once(channel: Channel) -> None:
    case = Case()
    save = case.open(at("10:00"), open_ticket(number=NUMBER, channel=channel))
    assert on_clock(save, Metric.FIRST_REPLY) == [SlaFulfilled]
    assert Metric.FIRST_REPLY not in case.ticket.clocks


def test_nobody_waits_for_the_first_reply_on_a_case_of_our_own() -> None:
    case = opened(origin=Origin.COMPANY)
    assert set(case.ticket.clocks) == {Metric.RESOLUTION}


def test_neither_a_bot_nor_a_note_nor_an_acknowledgement_is_a_reply() -> None:
    case = opened()
    case.do(at("10:01"), lambda ticket: ticket.acknowledge(channel=Channel.EMAIL))
    case.do(at("10:02"), lambda ticket: ticket.add_note("…", note_id="n1"))
    bot = reply(case, "10:03", author=Author.BOT)
    assert on_clock(bot, Metric.FIRST_REPLY) == []
    assert Metric.FIRST_REPLY in case.ticket.clocks


def test_resolving_unanswered_cancels_the_first_reply_and_fulfils_the_resolution() -> None:
    case = opened()
    save = case.do(at("10:05"), lambda ticket: ticket.resolve(at=at("10:05")))
    assert on_clock(save, Metric.FIRST_REPLY) == [SlaCancelled]
    assert on_clock(save, Metric.RESOLUTION) == [SlaFulfilled]
    assert case.ticket.clocks == {}


def test_spam_fulfils_nothing() -> None:
    case = opened()
    save = case.do(at("10:05"), lambda ticket: ticket.close(CloseReason.SPAM))
    cancelled = of_kind(save, SlaCancelled)
    assert [(one.metric, one.reason) for one in cancelled] == [  # type: ignore[attr-defined]
        (Metric.FIRST_REPLY, "spam"),
        (Metric.RESOLUTION, "spam"),
    ]
    assert of_kind(save, SlaFulfilled) == []


def test_the_next_reply_is_counted_from_the_first_unanswered_message() -> None:
    case = opened()
    hear(case, "10:02", message_id="c0")
    assert Metric.NEXT_REPLY not in case.ticket.clocks, "the first reply answers both"

    reply(case, "10:10")
    hear(case, "11:00", message_id="c1")
    due = case.ticket.clocks[Metric.NEXT_REPLY].due_at
    assert due == at("15:00")
    hear(case, "12:00", message_id="c2")
    assert case.ticket.clocks[Metric.NEXT_REPLY].due_at == due


def test_the_next_reply_runs_on_while_we_wait_for_a_third_party() -> None:
    from domain.values import Status

    case = opened()
    reply(case, "10:10")
    hear(case, "11:00")
    save = case.do(at("11:10"), lambda ticket: ticket.change_status(Status.ON_HOLD))
    assert on_clock(save, Metric.NEXT_REPLY) == []
    assert on_clock(save, Metric.RESOLUTION) == [SlaPaused]


def test_thanks_that_close_the_case_start_no_clock() -> None:
    case = opened()
    case.do(at("10:05"), lambda ticket: ticket.resolve(at=at("10:05")))
    save = hear(case, "10:30", intent=Intent.THANKS)
    assert of_kind(save, SlaStarted) == []


def test_passing_the_ticket_on_restarts_nothing() -> None:
    case = opened()
    before = dict(case.ticket.clocks)
    for clock, agent in (("10:01", "ayu"), ("10:02", "budi")):
        save = case.do(at(clock), lambda ticket, to=agent: ticket.assign(to))  # type: ignore[misc]
        assert len(save) == 1
    assert case.ticket.clocks == before


def test_a_call_that_is_reported_late_moves_forward() -> None:
    case = opened()
    reply(case, "10:10")
    hear(case, "10:05")
    assert case.ticket.clocks[Metric.NEXT_REPLY].since == at("10:10")


def test_another_priority_takes_over_what_has_elapsed() -> None:
    case = opened(Case(under(for_priority(Priority.HIGH, resolution_seconds=2 * HOUR), EVERYONE)))
    save = case.do(at("11:00"), lambda ticket: ticket.prioritize(Priority.HIGH))

    assert [type(event) for event in save[1:]] == [
        SlaPaused,
        SlaPaused,
        SlaRemoved,
        SlaApplied,
        SlaCancelled,
        SlaResumed,
    ]
    assert save[3].reason == "reclassified"  # type: ignore[attr-defined]
    assert case.ticket.clocks[Metric.RESOLUTION].due_at == at("12:00")
    assert Metric.FIRST_REPLY not in case.ticket.clocks, "the new targets have none"


def test_the_same_targets_stay_as_they_are() -> None:
    case = opened()
    save = case.do(at("11:00"), lambda ticket: ticket.prioritize(Priority.HIGH))
    assert len(save) == 1


def test_a_version_that_is_applied_to_open_cases_carries_elapsed_time_over() -> None:
    case = opened()
    case.wait_until(at("10:15"))
    assert case.ticket.clocks[Metric.FIRST_REPLY].breached

    shorter = TargetRule(
        name="everyone",
        clocks=Clocks(first_reply=Target(seconds=300), resolution=Target(seconds=600)),
    )
    case.held, case.in_force = TRAVEL, under(shorter, version=2)
    save = case.do(at("11:00"), lambda _: [])

    removed = of_kind(save, SlaRemoved)[0]
    assert (removed.version, removed.reason) == (1, "policy_changed")  # type: ignore[attr-defined]
    assert case.ticket.agreement is not None
    assert case.ticket.agreement.version == 2
    clock = case.ticket.clocks[Metric.RESOLUTION]
    assert (clock.elapsed_seconds, clock.due_at) == (HOUR, at("11:00"))
    assert case.ticket.clocks[Metric.FIRST_REPLY].breached, "a breach stays"

    ((moment, breach),) = case.wait_until(at("11:00"))
    assert moment == at("11:00")
    assert isinstance(breach[0], SlaBreached)
    assert breach[0].metric is Metric.RESOLUTION


def test_an_ended_case_keeps_the_version_that_it_ended_with() -> None:
    case = opened()
    case.do(at("10:05"), lambda ticket: ticket.resolve(at=at("10:05")))
    case.held, case.in_force = TRAVEL, under(EVERYONE, version=2)
    assert case.do(at("10:06"), lambda _: []) == []


def test_the_clock_of_a_calendar_counts_its_hours_only() -> None:
    office = Calendar(
        name="office",
        zone="UTC",
        hours=tuple(Span(day=day, from_="09:00", to="11:00") for day in Weekday),
    )
    rule = EVERYONE.model_copy(update={"calendar": "office"})
    policy = POLICY.model_copy(update={"calendars": (office,), "targets": (rule,)})
    case = opened(Case(InForce("travel", 1, policy)))
    assert case.ticket.clocks[Metric.RESOLUTION].due_at == at("10:00", day=12)

    save = reply(case, "12:00", asks=True)
    clock = of_kind(save, SlaPaused)[0]
    assert clock.elapsed_seconds == HOUR  # type: ignore[attr-defined]
    assert clock.calendar_seconds == 2 * HOUR  # type: ignore[attr-defined]


def test_what_is_known_of_the_customer_chooses_the_targets() -> None:
    vip = TargetRule(
        name="vip",
        when=Condition(customer_tier=("vip",)),
        clocks=Clocks(resolution=Target(seconds=HOUR)),
    )
    case = Case(under(vip, EVERYONE))
    case.customer = Customer(tier="vip")
    opened(case)
    assert case.ticket.agreement is not None
    assert case.ticket.agreement.rule == "vip"
    assert set(case.ticket.clocks) == {Metric.RESOLUTION}


def test_a_case_that_no_rule_is_about_says_so_and_has_no_clock() -> None:
    case = Case(under())
    save = case.open(at("10:00"), open_ticket(number=NUMBER, channel=Channel.EMAIL))
    assert save[1:] == [SlaApplied(policy="travel", version=1, targets=())]
    assert case.ticket.clocks == {}


def test_a_rule_without_a_name_is_called_by_its_place() -> None:
    nameless = EVERYONE.model_copy(update={"name": None})
    case = opened(Case(under(for_priority(Priority.HIGH, resolution_seconds=1), nameless)))
    assert case.ticket.agreement is not None
    assert case.ticket.agreement.rule == "#2"


def test_clocks_of_an_imported_case_start_with_the_first_other_actor() -> None:
    case = Case()
    case.take(OPENED, at("10:00"), "import:servicenow")
    assert case.next_due is None

    save = case.do(at("11:00"), lambda ticket: ticket.prioritize(Priority.HIGH))
    assert on_clock(save, Metric.RESOLUTION) == [SlaStarted]
    assert on_clock(save, Metric.FIRST_REPLY) == []
    assert case.ticket.clocks[Metric.RESOLUTION].due_at == at("11:00", day=1)


def test_human_work_begins_the_no_progress_clock_anew_and_nothing_else_does() -> None:
    case = opened()

    def idle_since() -> object:
        assert case.ticket.idle is not None
        return case.ticket.idle.since

    case.do(at("10:01"), lambda ticket: ticket.assign("ayu"))
    hear(case, "10:02")
    case.do(at("10:03"), lambda ticket: ticket.tag("refund", method=Method.RULE))
    case.do(at("10:04"), lambda ticket: ticket.put_in_queue("refunds"))
    assert idle_since() == at("10:00")

    work = {
        "10:10": lambda ticket: ticket.progress(),
        "10:11": lambda ticket: ticket.add_note("…", note_id="n1"),
        "10:12": lambda ticket: ticket.tag("airline"),
        "10:13": lambda ticket: ticket.categorize(("Refund",)),
    }
    for clock, command in work.items():
        case.do(at(clock), command)
        assert idle_since() == at(clock), clock
    reply(case, "10:20")
    assert idle_since() == at("10:20")
    reply(case, "10:30", message_id="m2", asks=True)
    assert case.ticket.idle is None, "it waits for the customer"
