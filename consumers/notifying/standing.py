"""How notifying stands: who sends, how far it has read, what waits, what was given up."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from consumers.holding import holder_of
from consumers.notifying.errors import NoSuchDeadLetter
from consumers.notifying.letters import Letter, LetterState
from consumers.notifying.outbox import Outbox
from consumers.notifying.outbox_file import OutboxFile, lock_path, outbox_path
from consumers.notifying.settings import NotificationSettings
from consumers.rules import Rules
from domain.reach import Surface
from eventstore.store import Store

NEVER_SENT = frozenset({Surface.TRACKER})
"""The tracker is looked at; nothing is sent there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where notifying stands. Of several partitions, the lag is the sum.

    `holder` is who sends, in words. `retried` of the waiting ones were tried before. `unserved`
    are surfaces that the newest policy names and no transport serves. `tally` counts what came of
    everything so far.
    """

    configured: bool
    holder: str | None
    lag_events: int
    surfaces: dict[Surface, datetime]
    unserved: tuple[Surface, ...]
    waiting: int
    retried: int
    next_at: datetime | None
    dead: int
    tally: dict[str, int]


def status(folder: Path, store: Store, settings: NotificationSettings | None) -> Standing:
    """Where the notifying of a ledger stands. Changes nothing. Raises StoreError."""
    path = outbox_path(folder)
    configured = settings is not None
    holder = holder_of(lock_path(folder))
    unserved = _unserved(Rules(store), settings) if settings is not None else ()
    if not path.exists():
        return Standing(
            configured=configured,
            holder=holder,
            lag_events=0,
            surfaces={},
            unserved=unserved,
            waiting=0,
            retried=0,
            next_at=None,
            dead=0,
            tally={},
        )
    with closing(Outbox(OutboxFile(path))) as outbox:
        queues = outbox.queues()
        living = [one for one in queues if one.state is not LetterState.DEAD]
        return Standing(
            configured=configured,
            holder=holder,
            lag_events=_lag(store, outbox.positions()),
            surfaces=outbox.surfaces(),
            unserved=unserved,
            waiting=sum(one.letters for one in living),
            retried=sum(one.retried for one in living),
            next_at=min((one.next_at for one in living), default=None),
            dead=sum(one.letters for one in queues) - sum(one.letters for one in living),
            tally=outbox.tally(),
        )


def dead_letters(folder: Path) -> list[Letter]:
    """Everything that was given up and not sent since. Raises StoreError."""
    path = outbox_path(folder)
    if not path.exists():
        return []
    with closing(Outbox(OutboxFile(path))) as outbox:
        return outbox.in_state(LetterState.DEAD)


def resend(
    folder: Path,
    ids: Sequence[str],
    *,
    attempts: int,
    now: datetime | None = None,
) -> list[Letter]:
    """Let dead letters be sent again, with so many attempts more, by whoever sends.

    Raises NoSuchDeadLetter, and then none of them is. Raises StoreError.
    """
    at = now or datetime.now(UTC)
    path = outbox_path(folder)
    if not path.exists():
        raise NoSuchDeadLetter(ids[0])
    with closing(Outbox(OutboxFile(path))) as outbox:
        found: list[Letter] = []
        for id_ in ids:
            letter = outbox.one(id_)
            if letter is None or letter.state is not LetterState.DEAD:
                raise NoSuchDeadLetter(id_)
            attempts_max = letter.attempts + attempts
            found.append(
                replace(letter, state=LetterState.WAITING, next_at=at, attempts_max=attempts_max)
            )
        outbox.change(*found)
        return found


def _unserved(rules: Rules, settings: NotificationSettings) -> tuple[Surface, ...]:
    in_force = rules.newest()
    if in_force is None:
        return ()
    named = {surface for one in in_force.policy.notifications for surface in one.surfaces}
    return tuple(sorted(named - settings.surfaces - NEVER_SENT))


def _lag(store: Store, positions: dict[int, int]) -> int:
    return sum(
        max(0, store.last_position(partition=number) - at) for number, at in positions.items()
    )
