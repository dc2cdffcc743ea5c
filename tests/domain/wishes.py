"""Generated commands: everything that may be asked of a ticket, at any time, sensible or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.events import MessageSent, TicketEvent
from domain.reach import ArticleUse, Delivery, Surface
from domain.ticket import Ticket
from domain.values import (
    Author,
    Channel,
    CloseReason,
    DeferralReason,
    EscalationTrigger,
    Intent,
    Level,
    LinkRole,
    Method,
    Priority,
    ResolutionCode,
    Stage,
    Status,
    WorkKind,
)
from tests.domain.given import MIDNIGHT, OTHER, TICKET
from tests.domain.strategies import moments

SECRET = "my passport is X1234567"
"""What a customer or an agent writes: it must never be in a refusal."""


@dataclass(frozen=True)
class Wish:
    """One command with its arguments, given at a moment."""

    command: str
    arguments: Mapping[str, Any]
    at: datetime

    def give(self, ticket: Ticket) -> Sequence[TicketEvent]:
        """What the ticket answers."""
        command: Callable[..., Sequence[TicketEvent]] = getattr(ticket, self.command)
        return command(**self.arguments)


def _or_default(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these arguments; the others are left to the command's defaults."""
    return st.fixed_dictionaries({}, optional=strategies)


def _these(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(strategies)


AGENTS = st.sampled_from(["ayu", "budi"])
MESSAGE_IDS = st.integers(1, 9).map(lambda number: f"m{number}")
CHANNELS = st.sampled_from([Channel.EMAIL, Channel.CHAT, Channel.PHONE])
TEXTS = st.just(SECRET)
LONG = st.sampled_from([timedelta(minutes=1), timedelta(hours=24), timedelta(days=9)])
AT = st.just("the moment")
"""Stands for the moment of the wish, in the commands that ask for it."""

ABOUT_MESSAGES = ("classify_message", "report_delivery", "add_attachment")
"""The commands that speak of a message that is there already."""

LATER = st.integers(-500, 5000)
"""Stands for a moment that many minutes after the wish."""

TARGETS = [
    Ticket(OTHER, "N-O", opened_at=MIDNIGHT, effective_at=MIDNIGHT),
    Ticket(TICKET, "N-T", opened_at=MIDNIGHT, effective_at=MIDNIGHT),
    Ticket("t-3", "N-3", MIDNIGHT, MIDNIGHT, status=Status.CLOSED, merged_into=TICKET),
    Ticket("t-4", "N-4", MIDNIGHT, MIDNIGHT, status=Status.CLOSED),
]
"""Tickets that another one might be merged into: one alive, itself, one in a circle, one ended."""

MESSAGES = st.builds(
    MessageSent,
    message_id=MESSAGE_IDS,
    channel=CHANNELS,
    author=st.sampled_from(Author),
    asks=st.sampled_from([False, False, False, True]),
    agent_id=st.none() | AGENTS,
    body=TEXTS,
)

WISHES: dict[str, list[st.SearchStrategy[dict[str, Any]]]] = {
    "acknowledge": [_these(channel=CHANNELS)],
    "add_note": [_these(body=TEXTS, note_id=MESSAGE_IDS)],
    "reply": [
        _these(
            message_id=MESSAGE_IDS,
            channel=CHANNELS,
            at=AT,
            body=TEXTS,
            asks=st.booleans(),
            author=st.sampled_from([Author.HUMAN, Author.HUMAN, Author.HUMAN, Author.BOT]),
        ),
        _or_default(agent_id=AGENTS, next_update_by=LATER, default_promise=st.none() | LONG),
    ],
    "receive": [
        _these(
            message_id=MESSAGE_IDS,
            channel=CHANNELS,
            at=AT,
            body=TEXTS,
            intent=st.sampled_from(Intent),
        ),
        _or_default(default_promise=st.none() | LONG, reopening_window=LONG),
    ],
    "progress": [_these(kind=st.sampled_from(WorkKind))],
    "change_status": [_these(to=st.sampled_from(Status)), _or_default(reason=st.just("airline"))],
    "resolve": [
        _these(at=AT),
        _or_default(agent_id=AGENTS, code=st.sampled_from(ResolutionCode), message=MESSAGES),
    ],
    "close": [_or_default(reason=st.sampled_from(CloseReason))],
    "reopen": [_these(at=AT, reason=st.just("again")), _or_default(reopening_window=LONG)],
    "confirm": [_or_default(message_id=MESSAGE_IDS)],
    "reject": [_these(at=AT), _or_default(message_id=MESSAGE_IDS)],
    "put_in_queue": [_these(to=st.sampled_from(["Q1", "Q2", None]))],
    "assign": [
        _these(to=AGENTS),
        _or_default(
            method=st.sampled_from(Method),
            active_then=st.integers(0, 12),
            capacity=st.just(10),
            summary=TEXTS,
        ),
    ],
    "unassign": [_these()],
    "hand_over": [_these(to=AGENTS, summary=TEXTS)],
    "escalate": [
        _or_default(
            to=st.sampled_from(Level), trigger=st.sampled_from(EscalationTrigger), summary=TEXTS
        )
    ],
    "deescalate": [_or_default(to=st.sampled_from(Level))],
    "categorize": [_these(to=st.sampled_from([("Refund",), ("Hotel", "Late"), None]))],
    "prioritize": [_these(to=st.sampled_from(Priority))],
    "tag": [_these(tag=st.sampled_from(["vip", "press"]))],
    "untag": [_these(tag=st.sampled_from(["vip", "press"]))],
    "set_field": [
        _these(field=st.sampled_from(["seat", "airline"]), to=st.sampled_from(["1", "2", None]))
    ],
    "change_requester": [_these(to=st.sampled_from(["c1", "c2", None]))],
    "link": [
        _these(other=st.sampled_from([OTHER, TICKET]), role=st.sampled_from(LinkRole)),
    ],
    "classify_message": [
        _these(message_id=MESSAGE_IDS, to=st.sampled_from(Intent)),
        _or_default(method=st.sampled_from([Method.AGENT, Method.MODEL])),
    ],
    "set_stage": [
        _these(to=st.sampled_from(Stage)),
        _or_default(reason=st.just("asked"), label=st.just("With the airline")),
    ],
    "merge_into": [_these(target=st.sampled_from(TARGETS))],
    "absorb": [
        _these(source=st.sampled_from(["s1", "s2"]), source_number=st.just("N-S")),
        _or_default(promise_due_at=LATER),
    ],
    "split_off": [_these(other=st.sampled_from([OTHER, TICKET]), other_number=st.just("N-O"))],
    "defer": [_these(reason=st.sampled_from(DeferralReason))],
    "request_escalation": [_or_default(to=st.sampled_from(Level), summary=TEXTS)],
    "set_reminder": [
        _these(reminder_id=st.sampled_from(["r1", "r2"]), at=AT, due_at=LATER, text=TEXTS),
    ],
    "cancel_reminder": [_these(reminder_id=st.sampled_from(["r1", "r2"]))],
    "report_delivery": [_these(message_id=MESSAGE_IDS, delivery=st.sampled_from(Delivery))],
    "link_article": [_these(article_id=st.just("kb-1"), use=st.sampled_from(ArticleUse))],
    "add_attachment": [
        _these(
            reference=st.just("file-1"),
            media_type=st.just("image/png"),
            size_bytes=st.just(1),
            sha256=st.just("0" * 64),
            public=st.booleans(),
        ),
        _or_default(message_id=MESSAGE_IDS),
    ],
    "answer_survey": [_these(survey_id=st.just("csat-closed-1"), score=st.integers(0, 7))],
    "notified_of": [
        _these(
            notification_id=st.sampled_from(["n1", "n2"]),
            surface=st.sampled_from(Surface),
            about=st.just("e1"),
            template=st.just("message.sent"),
        ),
        _or_default(failed=st.just("status 503")),
    ],
    "opened_notification": [_these(notification_id=st.just("n1"), surface=st.just(Surface.EMAIL))],
    "correct": [_these(event_id=st.just("e1"), reason=st.just("the wrong ticket"))],
}
"""The arguments of every command."""


@st.composite
def wishes(draw: st.DrawFn, command: str, moment: datetime, *, serial: int) -> Wish:
    """This command at this moment. Most messages are new: `serial` makes an id of its own."""
    arguments: dict[str, Any] = {}
    for some in WISHES[command]:
        arguments |= draw(some)
    if "at" in arguments:
        arguments["at"] = moment
    for later in ("next_update_by", "due_at", "promise_due_at"):
        if later in arguments:
            arguments[later] = moment + timedelta(minutes=arguments[later])
    if command not in ABOUT_MESSAGES and draw(st.integers(0, 9)):
        _renew(arguments, f"new-{serial}")
    return Wish(command, arguments, moment)


def _renew(arguments: dict[str, Any], message_id: str) -> None:
    if "message_id" in arguments:
        arguments["message_id"] = message_id
    if isinstance(message := arguments.get("message"), MessageSent):
        arguments["message"] = message.model_copy(update={"message_id": message_id})


ANY_WISH = st.sampled_from(sorted(WISHES)).flatmap(
    lambda command: moments(MIDNIGHT, days=20).flatmap(
        lambda moment: wishes(command, moment, serial=0)
    )
)
"""Any command at any minute of forty days."""
