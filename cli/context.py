"""What every command needs: which ledger, in whose name, in which time zone."""

from __future__ import annotations

import getpass
import os
import re
import shlex
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from cli.deciding import Tickets
    from domain.events import AnyEvent
    from eventstore.ledger import Ledger
    from eventstore.proposal import Outcome, Request
    from eventstore.store import Store

DEFAULT_LEDGER = "ledger"

_COMMAND = re.compile(r"\bticketledger (?=[a-z]+\b)(?!--)")
_chosen: ContextVar[str | None] = ContextVar("ledger", default=None)
_session: ContextVar[Session | None] = ContextVar("session", default=None)


class Task(NamedTuple):
    """A command that is ready to be given, and how its outcome is told to programs."""

    ledger: Ledger[Any, AnyEvent]
    request: Request[Any, AnyEvent]
    told: Callable[[Outcome[AnyEvent]], dict[str, Any]]


class Session(Protocol):
    """Many commands one after the other, on a ledger that stays open."""

    @property
    def tickets(self) -> Tickets:
        """The ledger."""
        ...

    def lay(self, task: Task) -> None:
        """Take a command that may be recorded together with those around it."""
        ...

    def settle(self) -> None:
        """Record what was laid and is not yet recorded."""
        ...


def choose_ledger(folder: str | None) -> None:
    """Say which ledger the commands of this run work on."""
    _chosen.set(folder)


def chosen_ledger() -> str | None:
    """What `--ledger` or TICKETLEDGER_LEDGER said, if anything."""
    return _chosen.get() or os.environ.get("TICKETLEDGER_LEDGER") or None


def ledger_folder() -> Path:
    """The ledger's folder: `--ledger`, else TICKETLEDGER_LEDGER, else `./ledger`."""
    return Path(chosen_ledger() or DEFAULT_LEDGER)


def as_called(advice: str) -> str:
    """Advice whose commands name the ledger as this call did, so that they can be repeated."""
    chosen = _chosen.get()
    if not chosen:
        return advice
    return _COMMAND.sub(lambda match: f"{match[0]}--ledger {shlex.quote(chosen)} ", advice)


@contextmanager
def reading() -> Generator[Store]:
    """The ledger's store, for commands that record nothing and understand no event."""
    session = _session.get()
    if session is not None:
        yield session.tickets.store
        return
    store = open_ledger()
    try:
        yield store
    finally:
        store.close()


def open_ledger() -> Store:
    """The ledger's store. What reads an embedded one need not know what tickets are, and starts
    sooner without; the index of one on Kafka is kept by whoever reads it."""
    from eventstore.opening import is_on_kafka, open_store

    folder = ledger_folder()
    if not is_on_kafka(folder):
        return open_store(folder, application=_NoKeys())
    from domain.application import TICKETS

    return open_store(folder, application=TICKETS)


@contextmanager
def writing(*, lays: bool = False) -> Generator[Tickets]:
    """The tickets' ledger, for commands that decide and record.

    In a session whatever waits there is recorded first, unless the command `lays` its own beside.
    """
    session = _session.get()
    if session is not None:
        if not lays:
            session.settle()
        yield session.tickets
        return
    with opened() as tickets:
        yield tickets


@contextmanager
def opened() -> Generator[Tickets]:
    """The tickets' ledger, opened and closed again."""
    from cli.deciding import Tickets
    from domain.application import TICKETS
    from eventstore.opening import open_store

    store = open_store(ledger_folder(), application=TICKETS)
    try:
        yield Tickets(store)
    finally:
        store.close()


@contextmanager
def in_session(session: Session) -> Generator[None]:
    """Let every command use the session's ledger."""
    token = _session.set(session)
    try:
        yield
    finally:
        _session.reset(token)


def session_of_now() -> Session | None:
    """The session in which this command is given, if there is one."""
    return _session.get()


def zone_of(store: Store) -> ZoneInfo:
    """The ledger's reporting zone, in which people read and write its times."""
    return ZoneInfo(store.settings.time_zone)


def own_agent() -> str:
    """Who works here: TICKETLEDGER_ACTOR, else the agent who is named like the OS user."""
    given = os.environ.get("TICKETLEDGER_ACTOR")
    if given:
        return given
    try:
        return f"agent:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user without a name
        return f"agent:uid-{os.getuid()}"


class _NoKeys:
    """Reading never asks under which keys something new would be found."""

    def keys(self, type_: str, data: bytes, /) -> Iterable[str]:  # noqa: ARG002 - the store's interface
        return ()

    def is_cold(self, type_: str, /) -> bool:  # noqa: ARG002 - the store's interface
        return False

    def is_sought_by_command(self, type_: str, data: bytes, /) -> bool:  # noqa: ARG002 - the store's interface
        return False
