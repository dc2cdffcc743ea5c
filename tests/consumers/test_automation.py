"""What time alone brings is recorded once, as of its moment, and nothing that became void."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from consumers.automation.automation import Automation
from consumers.automation.errors import AutomationStalled
from consumers.automation.schedule import Schedule
from consumers.automation.schedule_file import place_of
from consumers.automation.standing import status
from consumers.source import LedgerSource
from domain.events import SlaApplied, SlaBreached, TicketEscalated
from domain.policies.policy import Waiting
from domain.policies.routes import QueueSettings
from domain.policies.telling import Survey, SurveyMoment
from domain.reach import SurveyKind
from domain.values import Channel, CloseReason, EscalationTrigger, ResolutionCode, Status
from eventstore.sqlite import SQLiteStore
from eventstore.stream import EmbeddedStream
from tests.consumers.desk import NINE, Desk, new_desk
from tests.domain.clocked import POLICY

AUTOMATION = "system:automation"
QUIET = POLICY.model_copy(update={"targets": (), "other_queues": QueueSettings()})
SURVEY = Survey(kind=SurveyKind.CSAT, after=SurveyMoment.RESOLVED, delay_seconds=3600, scale=5)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_desk(tmp_path) as desk:
        yield desk


def after(**span: float) -> datetime:
    return NINE + timedelta(**span)


def timed(desk: Desk, ticket: str | None = None) -> list[tuple[str, datetime]]:
    """What the automation itself recorded, without what the rules did."""
    return [(kind, at) for _, kind, at, actor in desk.by_automation(ticket) if actor == AUTOMATION]


def reply(desk: Desk, ticket: str, *, asks: bool = False) -> None:
    desk.do(
        ticket,
        lambda state: state.reply(
            message_id=f"m{state.sequence}",
            channel=Channel.EMAIL,
            at=desk.now,
            agent_id="ayu",
            asks=asks,
        ),
    )


def test_a_first_reply_is_warned_and_breached_as_of_the_moments_at_which_they_were_due(
    desk: Desk,
) -> None:
    desk.publish()
    desk.open("T1")
    desk.wait(minutes=40)

    desk.automate()

    assert timed(desk) == [
        ("sla.warned", after(minutes=10)),
        ("sla.breached", after(minutes=15)),
    ]


def test_what_is_not_due_yet_is_not_recorded(desk: Desk) -> None:
    desk.publish()
    desk.open("T1")
    desk.wait(minutes=9, seconds=59)
    desk.automate()
    assert timed(desk) == []

    desk.wait(seconds=1)
    desk.automate()

    assert timed(desk) == [("sla.warned", after(minutes=10))]


def test_what_has_become_void_is_not_recorded(desk: Desk) -> None:
    """The reply came late, and the automation later still: the breach stands in the clock's end."""
    desk.publish()
    desk.open("T1")
    with desk.automation() as automation:
        automation.catch_up()  # it knows when the clock is due, and not of the reply
        desk.wait(minutes=20)
        reply(desk, "T1")
        desk.wait(minutes=20)

        automation.run_until(desk.now)

    assert timed(desk) == []


def test_nothing_is_recorded_without_a_policy(desk: Desk) -> None:
    desk.open("T1")
    desk.wait(days=30)

    assert desk.automate() == 0


def test_two_hours_without_progress_escalate_one_level_each_and_at_the_top_only_warn(
    desk: Desk,
) -> None:
    desk.publish(POLICY.model_copy(update={"targets": ()}))
    desk.open("T1")
    desk.wait(hours=24)

    desk.automate()

    assert timed(desk) == [
        ("sla.breached", after(hours=2)),
        ("ticket.escalated", after(hours=2)),
        ("sla.breached", after(hours=4)),
        ("ticket.escalated", after(hours=4)),
        ("sla.warned", after(hours=6)),
    ]
    triggers = [
        event.trigger for _, event in desk.history("T1") if isinstance(event, TicketEscalated)
    ]
    assert triggers == [EscalationTrigger.NO_PROGRESS, EscalationTrigger.NO_PROGRESS]


def test_a_promise_that_is_not_kept_is_missed_again_with_each_default_period(desk: Desk) -> None:
    desk.publish(QUIET)
    desk.open("T1")
    reply(desk, "T1")
    desk.wait(hours=73)

    desk.automate()

    assert timed(desk) == [
        ("next_update.missed", after(hours=24)),
        ("next_update.missed", after(hours=48)),
        ("next_update.missed", after(hours=72)),
    ]


def test_a_question_without_an_answer_is_resolved_then_closed_each_after_its_time(
    desk: Desk,
) -> None:
    desk.publish()
    desk.open("T1", channel=Channel.CHAT)
    reply(desk, "T1", asks=True)
    desk.wait(days=30)

    desk.automate()

    assert [(kind, at) for kind, at in timed(desk) if kind.startswith("ticket.")] == [
        ("ticket.resolved", after(hours=48)),
        ("ticket.closed", after(hours=96)),
    ]
    ticket = desk.ticket("T1")
    assert (ticket.status, ticket.close_reason) == (Status.CLOSED, CloseReason.TIMEOUT)


def test_an_agents_own_reminder_comes_when_it_is_due(desk: Desk) -> None:
    desk.publish(QUIET)
    desk.open("T1")
    due_at = NINE + timedelta(hours=3)
    desk.do("T1", lambda t: t.set_reminder("r1", due_at=due_at, at=desk.now, agent_id="ayu"))
    desk.wait(hours=4)

    desk.automate()

    assert timed(desk) == [("reminder.due", due_at)]


def test_a_survey_is_sent_after_its_delay(desk: Desk) -> None:
    desk.publish(POLICY.model_copy(update={"surveys": (SURVEY,)}))
    desk.open("T1")
    desk.do("T1", lambda t: t.resolve(at=desk.now, code=ResolutionCode.SOLVED))
    desk.wait(hours=2)

    desk.automate()

    assert timed(desk) == [("survey.sent", after(hours=1))]


def test_all_tickets_together_are_recorded_in_the_order_in_which_things_were_due(
    desk: Desk,
) -> None:
    desk.publish()
    for number in range(7):
        desk.open(f"T{number}")
        desk.wait(minutes=3)
    desk.wait(days=7)

    desk.automate()

    moments = [at for _, _, at, actor in desk.by_automation() if actor == AUTOMATION]
    assert len(moments) > 7 * 6
    assert moments == sorted(moments)


def test_a_week_of_downtime_comes_to_the_same_as_an_automation_that_always_ran(
    tmp_path: Path,
) -> None:
    def recorded(folder: Path, rounds: int) -> list[object]:
        with new_desk(folder) as desk:
            desk.publish()
            for number in range(5):
                desk.open(f"T{number}")
                desk.wait(minutes=7)
            reply(desk, "T0", asks=True)
            reply(desk, "T1")
            for _ in range(rounds):
                desk.wait(minutes=7 * 24 * 60 / rounds)
                desk.automate()
            return [one for one in desk.by_automation() if one[3] == AUTOMATION]

    always = recorded(tmp_path / "always", 168)

    assert recorded(tmp_path / "once", 1) == always


def test_a_ticket_of_another_system_is_left_alone_until_somebody_works_on_it_here(
    desk: Desk,
) -> None:
    desk.publish()
    desk.open("T1", actor="import:servicenow")
    desk.wait(days=3)
    assert desk.automate() == 0

    desk.do("T1", lambda t: t.add_note("hello", note_id="n1"))
    desk.wait(hours=3)
    desk.automate()

    breaches = [e for e, event in desk.history("T1") if isinstance(event, SlaBreached)]
    assert [envelope.time for envelope in breaches] == [after(days=3, hours=2)]


def test_what_was_due_before_the_first_policy_falls_due_with_it(desk: Desk) -> None:
    desk.open("T1")
    reply(desk, "T1", asks=True)
    desk.wait(days=10)
    desk.publish(POLICY.model_copy(update={"waiting": Waiting()}))
    desk.wait(hours=1)

    desk.automate()

    assert ("ticket.resolved", after(days=10)) in timed(desk)


def test_a_schedule_that_was_deleted_is_made_again_from_the_log(desk: Desk) -> None:
    desk.publish()
    desk.open("T1")
    desk.wait(minutes=12)
    desk.automate()
    place_of(desk.folder).unlink()
    desk.wait(minutes=12)

    desk.automate()

    assert timed(desk) == [
        ("sla.warned", after(minutes=10)),
        ("sla.breached", after(minutes=15)),
    ]


@pytest.mark.parametrize("place", [0, 4096, 20_000])
def test_a_schedule_that_was_damaged_is_made_again_from_the_log(desk: Desk, place: int) -> None:
    desk.publish()
    desk.open("T1")
    desk.wait(minutes=12)
    desk.automate()
    with place_of(desk.folder).open("r+b") as file:
        file.seek(place)
        file.write(b"\xa5" * 3000)
    desk.wait(minutes=12)

    desk.automate()

    assert len(timed(desk)) == 2


def test_a_schedule_of_another_log_is_made_again(desk: Desk, tmp_path: Path) -> None:
    with new_desk(tmp_path / "other") as other:
        other.publish()
        for number in range(9):
            other.open(f"X{number}")
        other.automate()
        desk.publish()
        desk.open("T1")
        desk.wait(minutes=12)
        place_of(desk.folder).parent.mkdir()
        place_of(desk.folder).write_bytes(place_of(other.folder).read_bytes())

    desk.automate()

    assert timed(desk) == [("sla.warned", after(minutes=10))]


def test_a_reply_between_looking_and_recording_makes_the_breach_void(desk: Desk) -> None:
    desk.publish()
    desk.open("T1")
    desk.wait(minutes=20)
    with desk.automation() as automation:
        ledger = automation.duties.ledger
        record = ledger.execute_many

        def late(requests: Any) -> Any:
            """The agent is faster by a hair, once."""
            vars(ledger)["execute_many"] = record
            reply(desk, "T1")
            return record(requests)

        vars(ledger)["execute_many"] = late

        automation.run_until(desk.now)

    assert timed(desk) == []


def test_the_stream_that_lags_behind_the_log_lets_nothing_be_recorded(desk: Desk) -> None:
    desk.publish()
    desk.open("T1")
    desk.wait(minutes=20)

    class Lagging(EmbeddedStream):
        """A relay that has published all but the last two events."""

        def read(self, *given: Any, **options: Any) -> Any:
            return super().read(*given, **options)[:-2]

    with closing(Schedule.open(place_of(desk.folder), source="/x", partitions=1)) as schedule:
        source = LedgerSource(desk.store.settings, Lagging(cast("SQLiteStore", desk.store)))
        automation = Automation(desk.store, source, schedule, clock=desk.clock)

        done = automation.run_until(desk.now)

        assert (done.fired, done.missing) == (0, 2)
        with pytest.raises(AutomationStalled, match="lags 2 events behind the log"):
            automation.run(Impatient(), follow=False)
    assert timed(desk) == []


class Impatient(threading.Event):
    """Waiting costs no time."""

    def wait(self, timeout: float | None = None) -> bool:
        del timeout
        return False


def test_a_ticket_that_cannot_be_decided_is_set_aside_and_the_others_go_on(desk: Desk) -> None:
    desk.publish()
    desk.open("T1")
    desk.open("T2")
    desk.record("T1", SlaApplied(policy="lost", version=3, targets=()))
    desk.wait(minutes=12)

    desk.automate()

    assert timed(desk) == [("sla.warned", after(minutes=10))]
    found = status(desk.folder, desk.store, clock=desk.clock)
    [(ticket, _, why)] = found.aside
    assert ticket == "T1"
    assert "no policy lost was published here" in why
    assert found.overdue == 0


def test_a_year_of_a_desk_is_lived_through_in_due_order(desk: Desk) -> None:
    """Three tickets a day, most are asked something, and the automation looks every six hours."""
    desk.publish(POLICY.model_copy(update={"surveys": (SURVEY,)}))
    chance = random.Random(7)
    with desk.automation() as automation:
        for day in range(365):
            for number in range(3):
                ticket = desk.open(f"T{day:03}-{number}")
                desk.wait(minutes=chance.randint(1, 60))
                if chance.random() < 0.7:
                    reply(desk, ticket, asks=True)
            for hour in (6, 12, 18, 24):
                desk.now = NINE + timedelta(days=day, hours=hour)
                automation.run_until(desk.now)
        desk.wait(days=30)
        automation.run_until(desk.now)
        left = automation.schedule.next_due()

    facts = timed(desk)
    kinds = Counter(kind for kind, _ in facts)
    assert [at for _, at in facts] == sorted(at for _, at in facts)
    assert kinds["sla.breached"] > 365
    assert kinds["ticket.closed"] > 365 / 3
    assert left is None or left > desk.now
