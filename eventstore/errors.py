"""Everything that can go wrong with a ledger as a store, as one tree.

    StoreError                      40  anything below, or unforeseen
    ├── LedgerMissing               41  no ledger in this folder
    ├── LedgerExists                42  `create` met a ledger that is already there
    ├── NotALedger                  43  a file of that name, but no ledger
    ├── LedgerTooNew                44  written by a later release
    ├── LedgerDamaged               45  the file contradicts itself, or cannot be read
    ├── LedgerBusy                  46  another process kept the file locked for too long
    ├── LedgerUnwritable            47  no space, no permission, a failing disk
    ├── SettingsInvalid             48  a ledger's name, partitions or time zone make no sense
    ├── SubjectInvalid              49  a subject that cannot be a header
    ├── EventInvalid                50  an event that cannot be written as agreed
    ├── RecordTooLarge              51  a save over the size limit
    ├── CommandInvalid              52  a command id or argument that cannot be recorded
    ├── CommandIdReused             53  the id was used before, for a different command
    ├── TooManyRivals               54  others were faster at every attempt; nothing was recorded
    ├── EventUnreadable             55  a recorded event that this release cannot read
    ├── ChainBroken                 56  a record that does not continue its subject's chain
    ├── OutcomeUnknown              57  the save may or may not have been recorded; repeat it
    ├── LedgerClosed                58  used after `close()`
    ├── LedgerAmbiguous             59  a folder with a ledger of its own and settings for Kafka
    └── CopyRefused                111  the target of a copy is not a beginning of the source

The numbers are exit codes of the command line and stay. Refusals of the application use 3 to 39.
A message says what, which, the current state and a way out, and never what an event contains.
"""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import ClassVar


class StoreError(Exception):
    """The store could not do what it was asked to."""

    exit_code: ClassVar[int] = 40


class LedgerMissing(StoreError):
    """There is no ledger in the folder."""

    exit_code = 41

    def __init__(self, folder: Path) -> None:
        state = "has no ledger.sqlite" if folder.is_dir() else "does not exist"
        super().__init__(
            f"there is no ledger at {folder}: the folder {state}; create one there first: "
            f"ticketledger --ledger {quote(str(folder))} init; or name the folder of another ledger"
        )


class LedgerExists(StoreError):
    """A ledger is never created over another one."""

    exit_code = 42

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"there is a ledger at {folder} already; open it, or choose another folder"
        )


class NotALedger(StoreError):
    """The file is not one of ours."""

    exit_code = 43

    def __init__(self, path: Path, *, found: str) -> None:
        super().__init__(
            f"{path} is not a ledger: it is {found}; "
            f"name the folder of a ledger, or move this file away and create one"
        )


class LedgerTooNew(StoreError):
    """A later release wrote this ledger; reading it by older rules could be wrong."""

    exit_code = 44

    def __init__(self, path: Path, *, found: int, known: int) -> None:
        super().__init__(
            f"{path} has format {found}, this release knows formats up to {known}; "
            f"upgrade the program to open it"
        )


class LedgerDamaged(StoreError):
    """The file cannot be right: a part is missing, or contradicts another."""

    exit_code = 45

    def __init__(self, path: Path, *, what: str) -> None:
        super().__init__(
            f"{path} is damaged: {what}; put a backup of the file in its place, or copy the log "
            f"back from another ledger that has it (log copy); without either, what was imported "
            f"can be imported again, into a new ledger"
        )


class LedgerBusy(StoreError):
    """Somebody else held the file's write lock for longer than anyone should."""

    exit_code = 46

    def __init__(self, path: Path, *, waited_seconds: float) -> None:
        super().__init__(
            f"{path} was locked by another process for {waited_seconds:g} s, nothing was recorded; "
            f"look for a stopped process or an open transaction, and repeat"
        )


class LedgerUnwritable(StoreError):
    """The disk or its permissions stand in the way."""

    exit_code = 47

    def __init__(self, path: Path, *, reason: str) -> None:
        super().__init__(
            f"{path} cannot be used: {reason}; nothing was recorded; "
            f"check space and permissions of the folder, and repeat"
        )


class SettingsInvalid(StoreError):
    """A ledger cannot be created like this."""

    exit_code = 48


class SubjectInvalid(StoreError):
    """A subject is a header of the record, and headers are strict."""

    exit_code = 49


class EventInvalid(StoreError):
    """An event cannot be written as agreed."""

    exit_code = 50


class RecordTooLarge(StoreError):
    """One save holds more than a record may."""

    exit_code = 51

    def __init__(self, subject: str, *, size_bytes: int, limit_bytes: int, blame: str) -> None:
        super().__init__(
            f"the save for {subject} has {size_bytes:,} bytes, a record holds {limit_bytes:,} "
            f"at most, nothing was recorded; {blame}"
        )


class CommandInvalid(StoreError):
    """A command that could not be recognised when it is repeated."""

    exit_code = 52


class CommandIdReused(StoreError):
    """The same command id with different content: one of the two callers is mistaken."""

    exit_code = 53

    def __init__(self, subject: str, command_id: str) -> None:
        super().__init__(
            f"command {command_id} is recorded on {subject} with different content, "
            f"nothing new was recorded; use a new command id for a new command"
        )


class TooManyRivals(StoreError):
    """Other writers were faster at each attempt."""

    exit_code = 54

    def __init__(self, subject: str, *, attempts: int) -> None:
        super().__init__(
            f"{subject} was changed by others during each of {attempts} attempts, "
            f"nothing was recorded; repeat the command with the same id"
        )


class EventUnreadable(StoreError):
    """A recorded event cannot be read by this release."""

    exit_code = 55

    def __init__(self, *, where: str, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"the event at {where} cannot be read: {reason}; "
            f"verify the log, or upgrade if a later release wrote it"
        )


class ChainBroken(StoreError):
    """A record does not continue the chain of its subject: history was exchanged beneath us."""

    exit_code = 56

    def __init__(self, subject: str, *, sequence: int) -> None:
        super().__init__(
            f"the history of {subject} does not continue as it began (at sequence {sequence}), "
            f"nothing was recorded; verify the log before anything else"
        )


class OutcomeUnknown(StoreError):
    """The store failed while it was making the save permanent."""

    exit_code = 57

    def __init__(self, path: Path, *, reason: str) -> None:
        super().__init__(
            f"{path} failed while recording ({reason}); it is unknown whether the save counts; "
            f"repeating the command with the same id is safe"
        )


class LedgerClosed(StoreError):
    """The ledger was closed, by this program."""

    exit_code = 58

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} was closed by this program; open the ledger again")


class LedgerAmbiguous(StoreError):
    """Two ledgers in one folder."""

    exit_code = 59

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} has a ledger.sqlite and a ledger.toml that names a cluster; "
            f"which of the two is meant cannot be told: move one of them to a folder of its own"
        )


class CopyRefused(StoreError):
    """The target of a copy is not a beginning of the source."""

    exit_code = 111

    def __init__(self, subject: str, *, what: str) -> None:
        super().__init__(
            f"the copy stopped at {subject}: {what}; copy into a new ledger, or into one that "
            f"an earlier copy of this source began"
        )
