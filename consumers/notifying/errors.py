"""What can keep customers from being notified.

NotificationError                  113
├── NotificationSettingsInvalid    114  notifications.toml is missing, or says what cannot be
├── AnotherNotifier                115  another process notifies for this ledger folder
├── NoSuchDeadLetter               117  no notification of that id was given up
├── NotifierNeedsSomebody          118  nobody notifies, or notifications were given up
└── NotDelivered                   119  a test message did not arrive

Beside them OutboxUnusable (116), a StoreError. No message names a secret, an address of a customer
or anything that anybody wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from domain.toml_problems import Problem
from eventstore.errors import StoreError


class NotificationError(Exception):
    """Anything that keeps a customer from being notified."""

    exit_code: ClassVar[int] = 113


class NotificationSettingsInvalid(NotificationError):
    """What says how to notify is missing or cannot be followed. All its problems are named."""

    exit_code = 114

    @classmethod
    def of(cls, path: Path, problems: Sequence[Problem]) -> NotificationSettingsInvalid:
        """With the line of each problem."""
        ordered = sorted(problems, key=lambda problem: problem.line)
        return cls("\n".join(f"{path}, line {one.line}: {one.message}" for one in ordered))

    @classmethod
    def missing(cls, path: Path) -> NotificationSettingsInvalid:
        """There are none, which is fine until somebody wants to send."""
        return cls(
            f"nothing is configured: there is no {path}, so no customer is notified; "
            "write one: docs/how-to/notify-customers.md"
        )


class AnotherNotifier(NotificationError):
    """Two on one outbox would send everything twice."""

    exit_code = 115

    def __init__(self, folder: Path, *, holder: str) -> None:
        super().__init__(f"notifications of {folder} are sent by {holder}; stop that one first")


class NoSuchDeadLetter(NotificationError):
    """No notification of that id was given up."""

    exit_code = 117

    def __init__(self, wanted: str) -> None:
        super().__init__(
            f"no notification {wanted} was given up; see those that were: "
            "ticketledger notify dead-letters"
        )


class NotifierNeedsSomebody(NotificationError):
    """What a health check wants to hear."""

    exit_code = 118

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"nobody sends the notifications of {folder}; start it: "
            "ticketledger notify run --follow"
        )


class NotDelivered(NotificationError):
    """A test message did not arrive. Nothing was recorded."""

    exit_code = 119

    def __init__(self, where: Sequence[str]) -> None:
        super().__init__(f"not delivered: {'; '.join(where)}; mend notifications.toml, try again")


class OutboxUnusable(StoreError):
    """The outbox knows what still has to be sent, so that it is not made anew by itself."""

    exit_code = 116

    def __init__(self, path: Path, *, what: str) -> None:
        super().__init__(
            f"the outbox {path} {what}; what was sent is in the log. Move the file away and begin "
            "anew with what happened since some time: ticketledger notify run --since TIME"
        )
