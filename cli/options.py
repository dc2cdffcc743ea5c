"""Options and arguments that several commands share."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal, get_args

import typer

from cli.context import session_of_now

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]

Number = Annotated[
    str,
    typer.Argument(
        metavar="NUMBER",
        help="The ticket's number, or any beginning of it that is unique.",
        show_default=False,
    ),
]

CommandId = Annotated[
    str | None,
    typer.Option(
        "--command-id",
        metavar="ID",
        help="Your own key for this command: repeating it records nothing twice. Needs --at. "
        "Without it one is drawn and printed.",
    ),
]

At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="When it happened, in the ledger's zone unless it has an offset. Default: now.",
    ),
]

As = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="ACTOR",
        help="Who does it: agent:ID, customer:ID, system:NAME. "
        "Default: TICKETLEDGER_ACTOR, else agent:YOUR-LOGIN.",
    ),
]

Summary = Annotated[
    str | None,
    typer.Option(
        "--summary", metavar="WORDS", help="What was tried so far; - reads it from stdin."
    ),
]

Reason = Annotated[str | None, typer.Option("--reason", metavar="WORDS", help="Why.")]

MessageKey = Annotated[
    str | None,
    typer.Option(
        "--message-id",
        metavar="ID",
        help="The message's own id, such as an e-mail's Message-ID. It serves as command id. "
        "Default: the command id.",
    ),
]

Text = Annotated[
    str | None,
    typer.Argument(metavar="TEXT", help="The words; - reads them from stdin.", show_default=False),
]

Limit = Annotated[
    int, typer.Option("--limit", "-n", metavar="COUNT", min=1, help="At most that many.")
]

Stale = Annotated[
    bool,
    typer.Option("--stale", help="Read what is published; do not take in what is newer first."),
]

OnlyQueue = Annotated[str | None, typer.Option("--queue", metavar="NAME", help="Only this queue.")]

OnlyOwner = Annotated[
    str | None, typer.Option("--owner", metavar="AGENT", help="Only this agent's.")
]

OnlyCustomer = Annotated[
    str | None, typer.Option("--customer", metavar="ID", help="Only this customer's.")
]

ChannelName = Literal[
    "email",
    "web_form",
    "portal",
    "social",
    "phone",
    "chat",
    "in_product",
    "whatsapp",
    "marketplace",
    "self_service",
    "other",
]
PriorityName = Literal["critical", "high", "medium", "low"]
StatusName = Literal["new", "open", "pending", "on_hold", "resolved", "closed"]
AvailabilityName = Literal["online", "away", "offline"]
ScopeOfErasure = Literal["personal_text", "everything"]
LevelName = Literal["L1", "L2", "manager"]
CaseTypeName = Literal["complaint", "inquiry", "request"]
OriginName = Literal["customer", "company", "split"]
IntentName = Literal["new_info", "status_chase", "complaint", "thanks", "answer", "unknown"]
AuthorName = Literal["human", "bot"]
CodeName = Literal[
    "solved",
    "workaround",
    "informed",
    "not_possible",
    "no_response",
    "duplicate",
    "spam",
    "unknown",
]
CloseReasonName = Literal["confirmed", "timeout", "agent", "duplicate", "spam", "merged"]
TriggerName = Literal[
    "no_progress", "first_reply_overdue", "customer_complaint", "customer_request", "agent"
]
WorkKindName = Literal["work", "call", "research", "third_party", "update"]
StageName = Literal["received", "in_review", "being_worked_on", "resolved"]
DeliveryName = Literal["delivered", "failed", "read"]
UseName = Literal["sent", "consulted", "solved"]
SurfaceName = Literal["push", "inbox", "email", "sms", "webhook", "tracker"]
LookName = Literal["impression", "click", "visit", "detail"]
ReaderName = Literal["agent", "rule", "model"]
"""Who can find out later why a customer wrote."""

RoleName = Literal["related", "duplicate_of", "parent", "child", "follows"]


def one_of(flag: str, help_: str, choices: Any) -> Any:
    """An option with too many choices for its usage line: they are listed in its help."""
    metavar = flag.removeprefix("--").upper()
    return typer.Option(
        flag, metavar=metavar, help=f"{help_} One of: {', '.join(get_args(choices))}."
    )


Channel = Annotated[
    ChannelName | None,
    one_of("--channel", "How it travels; default: as the case came.", ChannelName),
]
Intent = Annotated[IntentName, one_of("--intent", "Why they wrote.", IntentName)]


def words(text: str | None) -> str | None:
    """A text argument; `-` stands for what comes on stdin, but in a session, which reads that."""
    if text != "-" or session_of_now() is not None:
        return text
    return sys.stdin.read().rstrip("\n")


def needed_words(text: str | None, *, what: str = "TEXT") -> str:
    """A text argument that cannot be left out. Raises a usage error."""
    read = words(text)
    if not read or not read.strip():
        raise typer.BadParameter("there are no words; give them, or - for stdin", param_hint=what)
    return read


def listed(texts: list[str] | None) -> tuple[str, ...] | None:
    """An option that may be given several times, as events keep it."""
    return tuple(texts) if texts else None
