"""The refusals about what goes on around a case; `domain.errors` shows them in their tree."""

from __future__ import annotations

from domain.errors import Refusal
from domain.values import Stage


class MergeImpossible(Refusal):
    """A case goes on in another one that is still alive, and never in a circle."""

    exit_code = 21

    def __init__(self, number: str, why: str, way_out: str) -> None:
        super().__init__(f"ticket {number} stays as it is: {why}; {way_out}")


class MessageUnknown(Refusal):
    """What is said about a message needs the message."""

    exit_code = 22

    def __init__(self, number: str, message_id: str, *, of_ours: bool = False) -> None:
        whose = "of ours" if of_ours else "of the customer"
        super().__init__(
            f"ticket {number} has no message {message_id} {whose}; "
            f"see them: ticketledger ticket history {number}"
        )


class ReminderUnknown(Refusal):
    """Only a reminder that is still to come can be cancelled."""

    exit_code = 23

    def __init__(self, number: str, reminder_id: str) -> None:
        super().__init__(
            f"ticket {number} has no reminder {reminder_id} to come; "
            f"see it: ticketledger ticket show {number}"
        )


class ReminderImpossible(Refusal):
    """A reminder is for a moment to come."""

    exit_code = 24

    def __init__(self, number: str) -> None:
        super().__init__(
            f"ticket {number}: the moment of the reminder has passed; give a later one"
        )


class SurveyImpossible(Refusal):
    """A survey is answered once, on its scale, after it was sent."""

    exit_code = 25

    def __init__(self, number: str, why: str) -> None:
        super().__init__(
            f"ticket {number}: no answer can be taken in, because {why}; "
            f"see its surveys: ticketledger ticket history {number}"
        )


class StageImpossible(Refusal):
    """The customer's stepper follows the life of the case."""

    exit_code = 26

    def __init__(self, number: str, to: Stage, way_out: str) -> None:
        super().__init__(f"ticket {number} cannot be shown as {to} by hand; {way_out}")


class EventUnknown(Refusal):
    """Only what was recorded on a ticket can have been recorded wrongly on it."""

    exit_code = 27

    def __init__(self, number: str, event: str) -> None:
        super().__init__(
            f"ticket {number} has no event {event}; "
            f"see them with their ids: ticketledger ticket history {number} --json"
        )
