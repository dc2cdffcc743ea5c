"""Every way in which a command can be refused. Each has an exit code of its own.

Refusal
├── TicketNotFound          3   no ticket has that number
├── TicketAmbiguous         4   several tickets begin with that
├── TicketExists            5   a ticket with that identity or number is there already
├── TicketNotOpen           6   it is resolved; the command needs an unresolved one
├── TicketIsClosed          7   it is closed; the command needs one that is not
├── NothingToReopen         8   it is not resolved yet
├── ReopeningForbidden      9   spam, duplicates and merged tickets never reopen
├── ReopeningTooLate       10   it was closed longer ago than the reopening window
├── NothingChanges         11   the ticket is already as the command wants it
├── NobodyOwnsIt           12   handing over or taking away needs an owner
├── TransitionImpossible   13   the life of a ticket has no such step
├── QuestionNeeded         14   waiting for the customer needs a question to them
├── LevelImpossible        15   escalate upwards, de-escalate downwards
├── LinkImpossible         16   a ticket has no relation to itself
├── MessageKnown           17   that message is on the ticket already
├── PromiseImpossible      18   a promise in the past, by a bot, or while the customer is to answer
├── NotResolved            19   only a resolved ticket can be confirmed, rejected or closed
├── ImportImpossible       20   another system's ticket cannot be recorded here
├── MergeImpossible        21   into itself, in a circle, or into one that has ended
├── MessageUnknown         22   the ticket has no such message
├── ReminderUnknown        23   the ticket has no such reminder
├── ReminderImpossible     24   a reminder is for a moment to come
├── SurveyImpossible       25   not sent, answered already, or a score off its scale
├── StageImpossible        26   the stepper runs back only with a reason
├── EventUnknown           27   the ticket has no such event
├── AgentUnknown           30   nothing is recorded about that agent
├── AgentUnchanged         31   the agent is already as the command wants it
├── AgentOffline           32   who is offline is given a ticket only with --force
├── CustomerUnknown        33   nothing is recorded about that customer
├── CustomerUnchanged      34   the customer is already as the command wants it
├── CustomerIsErased       35   the customer was erased; nothing more is recorded about them
├── CustomerIsMerged       36   the customer's record was merged into another one
└── CustomerMergeImpossible 37   a customer's record cannot be merged into itself

The refusals about what goes on around a case, 21 to 27, stand in `domain.around_errors`, those
about agents and customers, 30 to 37, in `domain.people_errors`.

A message says what, which ticket, its present state and the way out. It never carries what a
customer or an agent wrote.
"""

from __future__ import annotations

from typing import ClassVar

from domain.values import CloseReason, Level, Status


class Refusal(Exception):
    """A command turned down for a business reason. Nothing was recorded."""

    exit_code: ClassVar[int] = 1


class TicketNotFound(Refusal):
    """No ticket has that number."""

    exit_code = 3

    def __init__(self, number: str) -> None:
        super().__init__(f"no ticket has the number {number}; list them: ticketledger ticket list")


class TicketAmbiguous(Refusal):
    """Several tickets begin with what was given."""

    exit_code = 4

    def __init__(self, prefix: str, numbers: list[str]) -> None:
        super().__init__(
            f"several tickets begin with {prefix}: {', '.join(numbers)}; give more of it"
        )


class TicketExists(Refusal):
    """A ticket is opened once."""

    exit_code = 5

    def __init__(self, number: str) -> None:
        super().__init__(
            f"ticket {number} exists already; see it: ticketledger ticket show {number}"
        )


class TicketNotOpen(Refusal):
    """The command makes sense only while the case is unresolved."""

    exit_code = 6

    def __init__(self, number: str, status: Status) -> None:
        super().__init__(
            f"ticket {number} is {status}, not open; "
            f"reopen it first: ticketledger ticket reopen {number}"
        )


class TicketIsClosed(Refusal):
    """The case has ended."""

    exit_code = 7

    def __init__(self, number: str) -> None:
        super().__init__(
            f"ticket {number} is closed; reopen it (ticketledger ticket reopen {number}) "
            f"or open one that follows it: ticketledger ticket open --follows {number}"
        )


class NothingToReopen(Refusal):
    """Only a resolved or closed case can come back."""

    exit_code = 8

    def __init__(self, number: str, status: Status) -> None:
        super().__init__(
            f"ticket {number} is {status}, so it need not be reopened; "
            f"go on with it: ticketledger ticket show {number}"
        )


class ReopeningForbidden(Refusal):
    """Spam, duplicates and merged tickets stay closed."""

    exit_code = 9

    def __init__(self, number: str, reason: CloseReason) -> None:
        way_out = f"open a new one: ticketledger ticket open --follows {number}"
        if reason is CloseReason.MERGED:
            way_out = f"go on where it goes on: ticketledger ticket show {number}"
        super().__init__(f"ticket {number} was closed as {reason} and never reopens; {way_out}")


class ReopeningTooLate(Refusal):
    """After the reopening window a case goes on as a new ticket that follows it."""

    exit_code = 10

    def __init__(self, number: str, days: int) -> None:
        super().__init__(
            f"ticket {number} was closed more than {days} {'day' if days == 1 else 'days'} ago "
            f"and stays closed; "
            f"open one that follows it: ticketledger ticket open --follows {number}"
        )


class NothingChanges(Refusal):
    """Recording what already holds would make history say that something happened."""

    exit_code = 11

    def __init__(self, number: str, what: str) -> None:
        super().__init__(
            f"ticket {number} {what} already; nothing to record. "
            f"See it: ticketledger ticket show {number}"
        )


class NobodyOwnsIt(Refusal):
    """Only an owner can be taken away or can hand over."""

    exit_code = 12

    def __init__(self, number: str) -> None:
        super().__init__(
            f"ticket {number} has no owner; give it one: "
            f"ticketledger ticket assign {number} --to AGENT"
        )


class TransitionImpossible(Refusal):
    """The life of a ticket has no such step."""

    exit_code = 13

    def __init__(self, number: str, status: Status, to: Status, way_out: str) -> None:
        super().__init__(f"ticket {number} is {status} and cannot become {to} like this; {way_out}")


class QuestionNeeded(Refusal):
    """A ticket waits for the customer only after a public question to them."""

    exit_code = 14

    def __init__(self, number: str) -> None:
        super().__init__(
            f"ticket {number} can wait for the customer only after a question to them: "
            f"ticketledger ticket reply {number} --ask TEXT"
        )


class LevelImpossible(Refusal):
    """Escalation leads up, de-escalation down."""

    exit_code = 15

    def __init__(self, number: str, level: Level, to: Level, direction: str) -> None:
        super().__init__(
            f"ticket {number} is at {level}, and {to} is not {direction}; "
            f"see it: ticketledger ticket show {number}"
        )


class LinkImpossible(Refusal):
    """A ticket is not related to itself."""

    exit_code = 16

    def __init__(self, number: str) -> None:
        super().__init__(f"ticket {number} cannot be linked to itself; name the other ticket")


class MessageKnown(Refusal):
    """A message is recorded once."""

    exit_code = 17

    def __init__(self, number: str, message_id: str) -> None:
        super().__init__(
            f"ticket {number} already has the message {message_id}; "
            f"see it: ticketledger ticket history {number}"
        )


class PromiseImpossible(Refusal):
    """A promise is made by a human, for the future, while it is our turn."""

    exit_code = 18

    def __init__(self, number: str, why: str) -> None:
        super().__init__(
            f"ticket {number}: no next update can be promised, because {why}; "
            f"leave out the promise or give a later moment"
        )


class NotResolved(Refusal):
    """Only a solution can be judged by the customer, and only what is solved can be closed."""

    exit_code = 19

    def __init__(self, number: str, status: Status) -> None:
        super().__init__(
            f"ticket {number} is {status}, not resolved; "
            f"resolve it first: ticketledger ticket resolve {number}"
        )


class ImportImpossible(Refusal):
    """Another system's ticket cannot be recorded as it was given."""

    exit_code = 20

    def __init__(self, number: str, why: str) -> None:
        super().__init__(f"ticket {number} cannot be imported: {why}; see the import's report")
