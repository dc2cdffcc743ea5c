"""What simulated customers do: open cases, ask again, answer, thank, look, rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from domain.events import Requester, SurveySent, TicketEvent, TicketResolved, TrackerViewed
from domain.numbers import number_of, ticket_id_of
from domain.reach import Look, Surface
from domain.state import run_window
from domain.subjects import tracker_subject
from domain.ticket import open_ticket
from domain.values import Intent, Status
from intake.desk.book import OpenCase
from intake.desk.saves import NOWHERE, Occasion, Place, decided
from intake.simulation.customers import gap, urge_of
from intake.simulation.demand import (
    draw_channel,
    draw_priority,
    draw_urgency,
    draw_way,
    draw_wish,
)
from intake.simulation.operation import Operation
from intake.simulation.story import Story

_ANSWERS = 0.86
_ANSWER_HOURS = 2.0
_THANKS = 0.3
_THANKS_HOURS = 0.7
_RATES = 0.2
_LOOKS = (0.35, 0.4, 0.25)
"""How many cases are looked at never, once, twice, where there is something to see."""

_COMPLAINS = 0.2
_NOT_DONE = (("resolve",), ("resolve",), ("hold", "resolve"))
"""What it takes when a customer comes back to a case that was thought to be solved."""


class Visits:
    """The customers of an operation."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._chance = operation.chance
        operation.on_opening = self.open
        operation.on_save.append(self._after)

    def open(self, at: datetime) -> None:
        """Somebody comes with a wish."""
        operation, chance = self._operation, self._chance
        person = operation.customers.draw(chance)
        operation.profile(person)
        wish, channel = draw_wish(chance), draw_channel(chance)
        occasion = operation.occasion("ticket.open", f"customer:{person.id}")
        ticket_id = ticket_id_of(occasion.command_id, at)
        order = f"B{ticket_id[-12:]}"
        operation.stories[ticket_id] = Story(person, order, channel, draw_way(chance, wish))
        events = open_ticket(
            number=number_of(ticket_id),
            channel=channel,
            requester=Requester(id=person.id),
            case_type=wish.case_type,
            subject=wish.subject,
            body=wish.body,
            category=wish.category,
            priority=draw_priority(chance),
            stated_urgency=draw_urgency(chance),
            product=wish.category[0].lower(),
            order_refs=(order,),
        )
        operation.truth.contact()
        self._begin(operation.desk.open(ticket_id, events, occasion, pins=1))

    def _begin(self, case: OpenCase) -> None:
        """What is settled as soon as a case is there."""
        operation, story = self._operation, self._operation.story(case)
        if not story.channel.is_live:
            events = case.ticket.acknowledge(channel=story.channel, template="received")
            operation.desk.give(case, events, operation.occasion("acknowledge", "system:intake"))
        self._draw_return(case)
        if operation.parameters.progress_shown:
            [looks] = self._chance.choices((0, 1, 2), _LOOKS)
            for _ in range(looks):
                operation.plan(self._some_hours(3.0), case, self._look)
        operation.desk.unpin(case)

    def _draw_return(self, case: OpenCase) -> None:
        """Settle whether the customer gets in touch again after this contact, and when."""
        operation, story = self._operation, self._operation.story(case)
        shown = operation.parameters.progress_shown
        story.will_return = self._chance.random() < urge_of(
            story.person.habit, progress_shown=shown
        )
        if story.will_return:
            operation.plan(gap(self._chance), case, self._return)

    def _return(self, case: OpenCase, at: datetime) -> None:
        """The customer gets in touch again: chases what is not solved, brings back what is.

        While a conversation is going on they wait until it has ended: that is no new contact.
        """
        operation, ticket, story = self._operation, case.ticket, self._operation.story(case)
        window = run_window(story.channel)
        if ticket.last_public_at is not None and at - ticket.last_public_at <= window:
            operation.plan(window + timedelta(minutes=1), case, self._return)
            return
        if ticket.is_unresolved:
            kind = "chase"
            complains = self._chance.random() < _COMPLAINS
            intent = Intent.COMPLAINT if complains else Intent.STATUS_CHASE
        elif ticket.can_reopen(at, operation.desk.in_force.reopening_window):
            kind, intent = "reopen", Intent.UNKNOWN
            story.steps = list(self._chance.choice(_NOT_DONE))
        else:
            self._come_back(case, at)
            return
        operation.truth.again(kind)
        self._say(case, intent, "Any news on my booking?")
        self._draw_return(case)

    def _come_back(self, case: OpenCase, at: datetime) -> None:
        """The case is closed for good: a new one follows it."""
        operation, before, story = self._operation, case.ticket, self._operation.story(case)
        occasion = operation.occasion("ticket.open", f"customer:{story.person.id}")
        ticket_id = ticket_id_of(occasion.command_id, at)
        operation.stories[ticket_id] = Story(
            story.person, story.order, story.channel, list(self._chance.choice(_NOT_DONE))
        )
        events = open_ticket(
            number=number_of(ticket_id),
            channel=story.channel,
            requester=Requester(id=story.person.id),
            case_type=before.case_type,
            subject=before.subject,
            body="It is still not done.",
            category=before.category,
            priority=before.priority,
            product=before.product,
            order_refs=(story.order,),
            follows_ticket=before.id,
        )
        operation.truth.again("return")
        self._begin(operation.desk.open(ticket_id, events, occasion, pins=1))

    def answer_later(self, case: OpenCase) -> None:
        """A question was asked: most customers answer it."""
        if self._chance.random() < _ANSWERS:
            self._operation.plan(self._some_hours(_ANSWER_HOURS), case, self._answer)

    def _answer(self, case: OpenCase, at: datetime) -> None:
        del at  # the operation's now
        if case.ticket.status is Status.PENDING:
            self._say(case, Intent.ANSWER, "Here it is.")

    def _thank(self, case: OpenCase, at: datetime) -> None:
        del at
        if not case.ticket.is_unresolved:
            self._say(case, Intent.THANKS, "Thank you!")

    def _say(self, case: OpenCase, intent: Intent, words: str) -> None:
        operation, story = self._operation, self._operation.story(case)
        occasion = operation.occasion("message", f"customer:{story.person.id}")
        in_force = operation.desk.in_force
        events = case.ticket.receive(
            message_id=f"m-{occasion.command_id}",
            channel=story.channel,
            at=occasion.at,
            body=words,
            intent=intent,
            default_promise=in_force.default_promise,
            reopening_window=in_force.reopening_window,
        )
        operation.desk.give(case, events, occasion)

    def _look(self, case: OpenCase, at: datetime) -> None:
        """A look at the tracker: a subject of its own."""
        operation, story = self._operation, self._operation.story(case)
        event = TrackerViewed(
            ticket=case.ticket.id,
            surface=Surface.TRACKER,
            look=Look.VISIT,
            customer_id=story.person.id,
        )
        del at
        occasion = operation.occasion("tracker.view", f"customer:{story.person.id}")
        after = Place(story.views, story.last_view) if story.views else NOWHERE
        save, place = decided(tracker_subject(case.ticket.id), [event], occasion, after)
        story.views, story.last_view = place.sequence, place.command_id
        operation.saves.append(save)

    def _after(self, case: OpenCase, events: Sequence[TicketEvent], occasion: Occasion) -> None:
        """What customers do because of what was recorded."""
        del occasion
        for event in events:
            if isinstance(event, TicketResolved):
                happy = event.with_message and not self._operation.story(case).will_return
                if happy and self._chance.random() < _THANKS:
                    self._operation.plan(self._some_hours(_THANKS_HOURS), case, self._thank)
            elif isinstance(event, SurveySent) and self._chance.random() < _RATES:
                score = max(1, round(event.scale * self._chance.betavariate(4, 1.5)))
                later = self._some_hours(_ANSWER_HOURS)
                self._operation.plan(later, case, partial(self._rate, event.survey_id, score))

    def _rate(self, survey_id: str, score: int, case: OpenCase, at: datetime) -> None:
        del at
        operation, story = self._operation, self._operation.story(case)
        occasion = operation.occasion("survey.answer", f"customer:{story.person.id}")
        operation.desk.give(case, case.ticket.answer_survey(survey_id, score), occasion)

    def _some_hours(self, median: float) -> timedelta:
        seconds = median * 3600 * math.exp(self._chance.gauss(0, 1))
        return timedelta(seconds=round(max(seconds, 120.0)))
