"""Saves that were decided and encoded elsewhere: compared with their subjects, sealed, appended."""

from __future__ import annotations

import random
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from .commands import split_header
from .errors import ChainBroken, CommandInvalid, TooManyRivals
from .framing import Frame
from .identifiers import draw_event_ids
from .record import Headers, seal
from .rule import EMPTY, Class, Head, advance, classify
from .store import Counted, Lost, Save, Store, Tail

ATTEMPTS_MAX = 50
"""How often what was lost to others is compared with ever newer subjects."""

_PAUSE_SECONDS_MAX = 0.05
_COMMAND = re.compile(r"[!-~]{1,200} [0-9a-f]{16}")


class Told(NamedTuple):
    """What whoever decided a save knows better than its appender: who did it, when the ledger is
    taken to have recorded it, and the ids of its events, which need no escaping.

    For saves that are made up: made again from the same beginnings, they are the same bytes.
    """

    actor: str
    recorded: datetime
    ids: Sequence[str]


class Prepared(NamedTuple):
    """A save as it was decided: its command's header, and the type and data of each of its events.

    It was decided on its subject as it stood `after_sequence` events, the last of them by the
    command `after_command`: a number alone could be that of somebody else's event. `time` is when
    the command occurred, as `write_time` gives it; data are JSON objects.
    """

    subject: str
    command: str
    time: str
    after_sequence: int
    after_command: str | None
    types: Sequence[str]
    data: Sequence[bytes]
    told: Told | None = None
    """What the appender would otherwise fill in."""


class Fate(Enum):
    """What became of a prepared save."""

    ADDED = "added"
    """It was recorded, durably."""

    REPEATED = "repeated"
    """Its command had been recorded before, and said the same."""

    OVERTAKEN = "overtaken"
    """Its subject is not as it was decided on, or has a command of its id that says otherwise."""


@dataclass(slots=True)
class _Subject:
    """A subject as it stands: its head, the command that led there, and the fingerprints of all."""

    head: Head
    last_command: str | None
    fingerprints: dict[str, str]

    def fate_of(self, save: Prepared, command_id: str, fingerprint: str) -> Fate | None:
        """None: the save continues the subject and is to be appended."""
        recorded = self.fingerprints.get(command_id)
        if recorded is not None:
            return Fate.REPEATED if recorded == fingerprint else Fate.OVERTAKEN
        is_next = (
            self.head.sequence == save.after_sequence and self.last_command == save.after_command
        )
        return None if is_next else Fate.OVERTAKEN


class Appender:
    """Appends prepared saves of one actor and one correlation, many in one transaction.

    Where a subject stands is kept (of `subjects_max` subjects) and never trusted: a save counts
    only if the store's head is still the one it was sealed on, and is called overtaken only after
    looking again. For one thread.
    """

    def __init__(
        self,
        store: Store,
        *,
        actor: str,
        correlation_id: str | None,
        clock: Callable[[], datetime],
        subjects_max: int = 20_000,
    ) -> None:
        self._store = store
        self._actor = actor
        self._correlation_id = correlation_id
        self._clock = clock
        self._subjects_max = subjects_max
        self._subjects: OrderedDict[str, _Subject] = OrderedDict()

    def append(self, saves: Sequence[Prepared]) -> list[Fate]:
        """What became of each save, in order; what was added is durable on return.

        Saves of a subject may build on each other. Raises StoreError if the store itself fails, or
        a save cannot be written; repeating all of them is then safe.
        """
        fates: dict[int, Fate] = {}
        again: Sequence[int] = range(len(saves))
        for attempt in range(ATTEMPTS_MAX):
            _pause(attempt)
            try:
                again = self._round(saves, again, fates)
            except BaseException:
                self._subjects.clear()  # What is kept may be ahead of the store now.
                raise
            if not again:
                self._forget_the_oldest()
                return [fates[number] for number in range(len(saves))]
        raise TooManyRivals(saves[again[0]].subject, attempts=ATTEMPTS_MAX)

    def _round(
        self, saves: Sequence[Prepared], numbers: Sequence[int], fates: dict[int, Fate]
    ) -> list[int]:
        """Compare and append once; the numbers of those for which their subject has to be looked at
        again."""
        looked_up = self._look_up({saves[number].subject for number in numbers})
        count = sum(len(saves[number].types) for number in numbers)
        sealing = _Sealing(self._frame, self._frame(None), count)
        stale: set[str] = set()
        sealed: list[int] = []
        for number in numbers:
            save = saves[number]
            if save.subject in stale:
                continue
            subject = self._subjects[save.subject]
            command_id, fingerprint = split_header(save.command)
            fate = subject.fate_of(save, command_id, fingerprint)
            if fate is None:
                sealing.seal(save, subject, command_id, fingerprint)
                sealed.append(number)
            elif fate is Fate.REPEATED or save.subject in looked_up:
                fates[number] = fate
            else:
                stale.add(save.subject)
        results = self._store.append_many(sealing.sealed)
        stale |= _settle(saves, sealed, results, fates)
        for name in stale:
            del self._subjects[name]
        return [
            number
            for number in numbers
            if saves[number].subject in stale and fates.get(number) is not Fate.ADDED
        ]

    def _frame(self, told: Told | None) -> Frame:
        return Frame(
            source=self._store.source,
            actor=told.actor if told else self._actor,
            recordedtime=told.recorded if told else self._clock(),
            correlationid=self._correlation_id,
        )

    def _look_up(self, names: set[str]) -> set[str]:
        """Find out where subjects stand that are not kept; which those are."""
        kept = self._subjects
        missing: dict[str, int] = {}
        for name in names:
            if name in kept:
                kept.move_to_end(name)
            else:
                missing[name] = 0
        if missing:
            for name, tail in self._store.load_many(missing).items():
                kept[name] = _standing(name, tail)
        return set(missing)

    def _forget_the_oldest(self) -> None:
        while len(self._subjects) > self._subjects_max:
            self._subjects.popitem(last=False)


class _Sealing:
    """The saves of one round, sealed one by one, each on what those before left."""

    def __init__(
        self, frame_of: Callable[[Told | None], Frame], frame: Frame, events_max: int
    ) -> None:
        self.sealed: list[Save] = []
        self._frame_of = frame_of
        self._frame = frame
        self._ids = draw_event_ids(events_max)
        self._drawn = 0

    def seal(self, save: Prepared, subject: _Subject, command_id: str, fingerprint: str) -> None:
        """Add a save, and let its subject stand after it."""
        if not _COMMAND.fullmatch(save.command):
            raise CommandInvalid(f"a prepared save of {save.subject} has no proper command header")
        head, count = subject.head, len(save.types)
        ids: Sequence[str] = self._ids[self._drawn : self._drawn + count]
        frame = self._frame
        if save.told is not None:
            frame, ids = self._frame_of(save.told), save.told.ids
        self._drawn += count
        bodies = frame.write_save(
            ids,
            save.types,
            save.data,
            subject=save.subject,
            sequence=head.sequence + 1,
            time=save.time,
            commandid=command_id,
        )
        headers = Headers(save.subject, head.sequence + 1, count, head.digest, save.command)
        record = seal(headers, bodies)
        self.sealed.append(Save(record, save.types, save.data))
        subject.head = Head(head.sequence + count, record.digest)
        subject.last_command = command_id
        subject.fingerprints[command_id] = fingerprint


def _settle(
    saves: Sequence[Prepared],
    sealed: Sequence[int],
    results: Sequence[Counted | Lost],
    fates: dict[int, Fate],
) -> set[str]:
    """Note what counts; the subjects of what was lost to others."""
    lost: set[str] = set()
    for number, result in zip(sealed, results, strict=True):
        if isinstance(result, Counted):
            fates[number] = Fate.ADDED
        elif result.reason is Class.VOID:
            lost.add(saves[number].subject)
        else:
            save = saves[number]
            raise ChainBroken(save.subject, sequence=save.after_sequence + 1)
    return lost


def _standing(name: str, tail: Tail) -> _Subject:
    """A subject after all its records. Raises ChainBroken if one does not continue those before."""
    head = EMPTY
    last_command: str | None = None
    fingerprints: dict[str, str] = {}
    for record in tail.records:
        if classify(head, record.headers) is not Class.COUNTED:
            raise ChainBroken(name, sequence=record.headers.sequence)
        head = advance(record.headers, record.digest)
        last_command = None
        if record.headers.command is not None:
            last_command, fingerprint = split_header(record.headers.command)
            fingerprints.setdefault(last_command, fingerprint)
    return _Subject(head, last_command, fingerprints)


def _pause(attempt: int) -> None:
    """Not before the first attempt; then a little, at random, so that rivals fall out of step."""
    if attempt:
        time.sleep(random.uniform(0, _PAUSE_SECONDS_MAX))  # noqa: S311 - no secret depends on it
