"""What can be wrong with a projection, its projector or its published files.

ProjectionError              60
├── NoSuchProjection         61
├── NotPublished             62   no published version yet
├── NeedsRebuild             63   the file is of another version of the projection
├── HeldByAnother            64   another projector works on the file
├── Fenced                   65   another projector has taken the file over
├── PositionGap              66   the stream skipped a position
├── UnreadableEvent          67   an event cannot be read, and the projector is to stop there
├── NewerEvent               68   an event of a version this release does not know
├── Unpublishable            69   a copy could not be made
├── ReadersLeftBehind        70   a published file was replaced too often
└── FileDamaged              71   a file of the projection cannot be read
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class ProjectionError(Exception):
    """Anything that keeps a view from being right or readable."""

    exit_code: ClassVar[int] = 60


class NoSuchProjection(ProjectionError):
    """There is no projection of that name."""

    exit_code: ClassVar[int] = 61

    def __init__(self, name: str, names: Sequence[str]) -> None:
        super().__init__(f"there is no projection {name}; there are: {', '.join(names)}")


class NotPublished(ProjectionError):
    """Nothing of this projection can be read yet."""

    exit_code: ClassVar[int] = 62

    def __init__(self, name: str | None = None) -> None:
        what = f"projection {name} has" if name else "the projections have"
        command = f"ticketledger project run {name or ''}".rstrip()
        super().__init__(f"{what} published nothing yet; run: {command}")


class NeedsRebuild(ProjectionError):
    """The tables on disk belong to another version of the projection."""

    exit_code: ClassVar[int] = 63

    def __init__(self, name: str, *, found: int, expected: int) -> None:
        super().__init__(
            f"projection {name} on disk is of version {found}, this release folds version "
            f"{expected}; run: ticketledger project rebuild {name}"
        )


class HeldByAnother(ProjectionError):
    """A second projector on one file would fold everything twice."""

    exit_code: ClassVar[int] = 64

    def __init__(self, name: str, *, holder: str) -> None:
        super().__init__(f"projection {name} is held by {holder}; stop that one first")


class Fenced(ProjectionError):
    """This projector was taken for dead, and another one has gone on."""

    exit_code: ClassVar[int] = 65

    def __init__(self, name: str, *, holder: str) -> None:
        super().__init__(
            f"projection {name} was taken over by {holder}; this projector's last batch was not "
            f"committed and it must not go on"
        )


class PositionGap(ProjectionError):
    """Positions are dense: a skipped one means that the stream is damaged or misread."""

    exit_code: ClassVar[int] = 66

    def __init__(self, name: str, *, partition: int, expected: int, found: int) -> None:
        super().__init__(
            f"projection {name} expected position {expected} in partition {partition} and got "
            f"{found}; check the log: ticketledger log verify"
        )


class UnreadableEvent(ProjectionError):
    """An event that cannot be folded. What comes before it is committed."""

    exit_code: ClassVar[int] = 67

    def __init__(self, name: str, *, position: int, subject: str | None, reason: str) -> None:
        self.position = position
        self.subject = subject
        self.reason = reason
        whose = f" of {subject}" if subject else ""
        super().__init__(
            f"projection {name} cannot read event {position}{whose}: {reason}; first see whether "
            f"the log is whole: ticketledger log verify; to set the event aside and go on: "
            f"ticketledger project run {name} --on-unreadable quarantine"
        )


class NewerEvent(ProjectionError):
    """An event was recorded by a newer release. Guessing at its meaning would corrupt the views."""

    exit_code: ClassVar[int] = 68

    def __init__(self, name: str, *, position: int, event_type: str) -> None:
        self.position = position
        super().__init__(
            f"projection {name} stopped before event {position}: {event_type} needs a newer "
            f"release of ticketledger than this one; upgrade, then: ticketledger project run {name}"
        )


class Unpublishable(ProjectionError):
    """A copy for readers could not be made; readers keep the version before."""

    exit_code: ClassVar[int] = 69

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"projection {name} could not publish: {reason}; readers keep the version before"
        )


class ReadersLeftBehind(ProjectionError):
    """Versions were published faster than this reader could open one."""

    exit_code: ClassVar[int] = 70

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the published file of {name} vanished before it could be opened; try again"
        )


class FileDamaged(ProjectionError):
    """A file of the projection cannot be read. It is disposable: the log is the truth."""

    exit_code: ClassVar[int] = 71

    def __init__(self, name: str, *, reason: str, published: bool = False) -> None:
        whose = "the published copy" if published else "the file"
        super().__init__(
            f"{whose} of projection {name} is damaged ({reason}); the log is not touched by that; "
            f"run: ticketledger project rebuild {name}"
        )
