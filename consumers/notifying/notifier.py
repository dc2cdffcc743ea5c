"""The notifier: one loop that reads on, records what came of letters, and sends what is due.

Rule: without settings nothing is ever sent. With settings that are new it begins with what is
recorded from then on. Towards the other side it is at least once: a repeat carries the same id.
The log says once what was sent.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from consumers.holding import Hold, holder_of
from consumers.notifying.backing_off import BackingOff
from consumers.notifying.composing import Composer
from consumers.notifying.errors import AnotherNotifier
from consumers.notifying.mailing import Mail
from consumers.notifying.outbox import Outbox
from consumers.notifying.outbox_file import lock_path, outbox_path
from consumers.notifying.outbox_file import opened as opened_file
from consumers.notifying.planning import Planner
from consumers.notifying.reading import Reading
from consumers.notifying.secrets import Secrets, read_secrets
from consumers.notifying.sending import Sender
from consumers.notifying.settings import NotificationSettings
from consumers.notifying.transport import Transport
from consumers.notifying.webhook import Webhook
from consumers.rules import Rules
from consumers.source import Source
from consumers.source import opened as opened_source
from domain.application import TICKETS
from domain.reach import Surface
from eventstore.ledger import Ledger
from eventstore.opening import open_store
from eventstore.store import Store
from projections.errors import Fenced, HeldByAnother

POLL_SECONDS = 0.5
"""How long the loop rests where there is nothing to do."""

Wait = Callable[[threading.Event, float], bool]


def utc_now() -> datetime:
    """The clock of a notifier that is given no other."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a notifier takes from outside; the defaults are right unless a test says otherwise."""

    clock: Callable[[], datetime] = utc_now
    wait: Wait = threading.Event.wait
    chance: Callable[[], float] = random.random


class Notifier:
    """The notifier of one ledger, for one thread. Every method raises StoreError."""

    def __init__(
        self,
        store: Store,
        source: Source,
        outbox: Outbox,
        settings: NotificationSettings,
        *,
        secrets: Secrets,
        hold: Hold,
        surroundings: Surroundings,
    ) -> None:
        tickets = Ledger(store, TICKETS, clock=surroundings.clock)
        rules = Rules(store)
        composer = Composer(store, rules, settings)
        self._clock = surroundings.clock
        self._wait = surroundings.wait
        self._outbox = outbox
        self._folder = store.folder
        self._hold = hold
        self._reading = Reading(source, outbox, Planner(tickets, rules, composer, settings))
        self._sender = Sender(
            tickets,
            rules,
            composer,
            outbox,
            transports=transports_of(settings, secrets),
            backing_off=BackingOff(
                settings.retries.first_seconds,
                settings.retries.longest_seconds,
                surroundings.chance,
            ),
            clock=surroundings.clock,
        )

    def run(self, stop: threading.Event, *, follow: bool) -> int:
        """Send what is due up to the stream's end; with `follow`, go on until stopped.

        Answers how many attempts were begun. What is to be tried again later is left for later.
        """
        attempts = 0
        since = self._outbox.surfaces()
        while not stop.is_set():
            self._reading.read(since=since, clock=self._clock, stop=stop.is_set)
            self._check_hold()
            self._sender.record_unrecorded()
            while not stop.is_set() and self._sender.send_next():
                attempts += 1
                self._check_hold()
            if not follow or self._wait(stop, POLL_SECONDS):
                break
        return attempts

    def begin(self, *, from_the_start: bool) -> None:
        """Where nothing was read yet, begin."""
        self._reading.begin(from_the_start=from_the_start)

    def _check_hold(self) -> None:
        try:
            self._hold.check()
        except Fenced:
            raise AnotherNotifier(self._folder, holder="another process by now") from None


@contextmanager
def opened(
    folder: Path,
    settings: NotificationSettings,
    *,
    since: datetime | None = None,
    surroundings: Surroundings | None = None,
) -> Generator[Notifier]:
    """The notifier of the ledger in a folder, alone on its outbox.

    `since` counts where there is no outbox yet: told is what was recorded since then. Raises
    AnotherNotifier, NotificationSettingsInvalid, StoreError.
    """
    surroundings = surroundings or Surroundings()
    secrets = read_secrets(settings)
    now = surroundings.clock()
    with (
        closing(open_store(folder, application=TICKETS)) as store,
        opened_source(folder) as source,
        _held(folder) as hold,
        closing(Outbox(opened_file(outbox_path(folder), source=store.source))) as outbox,
    ):
        hold.watch(outbox.path)
        begins = not outbox.positions()
        notifier = Notifier(
            store,
            source,
            outbox,
            settings,
            secrets=secrets,
            hold=hold,
            surroundings=surroundings,
        )
        outbox.serve(settings.surfaces, since=since if since is not None and begins else now)
        notifier.begin(from_the_start=since is not None)
        yield notifier


def transports_of(settings: NotificationSettings, secrets: Secrets) -> dict[Surface, Transport]:
    """What carries the notices of each surface."""
    found: dict[Surface, Transport] = {}
    if settings.email is not None:
        found[Surface.EMAIL] = Mail(settings.email, password=secrets.password)
    for name, one in settings.webhooks.items():
        webhook = Webhook(name, one, keys=secrets.keys[name])
        found |= dict.fromkeys(one.surfaces, webhook)
    return found


@contextmanager
def _held(folder: Path) -> Generator[Hold]:
    path = lock_path(folder)
    try:
        hold = Hold(path, name="notifications")
    except HeldByAnother:
        holder = holder_of(path) or "another process"
        raise AnotherNotifier(folder, holder=holder) from None
    with hold:
        yield hold
