"""The policy: everything by which an operation works, as data that is published in versions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from domain.model import Model
from domain.policies.calendars import ALWAYS, Calendar
from domain.policies.conditions import Situation
from domain.policies.durations import Seconds
from domain.policies.routes import Queue, QueueSettings, Routing
from domain.policies.targets import NoProgress, TargetRule
from domain.policies.telling import ENGLISH, Notification, StageLabels, Survey
from domain.values import EscalationTrigger, Label, QueueName

POLICY_ID_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,59}$"
PolicyId = Annotated[str, StringConstraints(pattern=POLICY_ID_PATTERN)]
"""A short plain name such as `travel`; the policy's subject in the log is `policy-travel`."""

PERMISSION_PATTERN = r"^(\*|[a-z_]+\.(\*|[a-z_]+))$"
Permission = Annotated[str, StringConstraints(pattern=PERMISSION_PATTERN)]
"""A command as the ledger records it, such as `ticket.reply`; `ticket.*` and `*` take in many."""

AutomaticTrigger = Literal[EscalationTrigger.NO_PROGRESS, EscalationTrigger.FIRST_REPLY_OVERDUE]


class Promises(Model):
    """When the next update is promised for, where nobody said otherwise; also after each miss."""

    default_seconds: Seconds = 86_400


class Waiting(Model):
    """How long a case waits for the customer, in plain time."""

    pending_resolves_after_seconds: Seconds = 172_800
    resolved_closes_after_seconds: Seconds = 172_800
    reopening_window_seconds: Seconds = 604_800


class Role(Model):
    """What the people of a role may do."""

    name: Label
    permissions: tuple[Permission, ...]

    def permits(self, command: str) -> bool:
        """Whether a command such as `ticket.reply` is among the permissions."""
        noun = command.partition(".")[0]
        return any(one in self.permissions for one in ("*", f"{noun}.*", command))


class Policy(Model):
    """The content of one version. Durations are seconds, holidays dates: nothing in it changes
    with what a library or a file says tomorrow.

    Rules are tried in their order and the first that holds is taken.
    """

    title: Label
    calendars: tuple[Calendar, ...] = ()
    targets: tuple[TargetRule, ...] = ()
    queues: tuple[Queue, ...] = ()
    other_queues: QueueSettings = QueueSettings()
    escalate_on: tuple[AutomaticTrigger, ...] = (EscalationTrigger.NO_PROGRESS,)
    skills: tuple[Label, ...] = ()
    routing: Routing = Routing()
    promises: Promises = Promises()
    waiting: Waiting = Waiting()
    stages: Annotated[tuple[StageLabels, ...], Field(min_length=1)] = (ENGLISH,)
    notifications: tuple[Notification, ...] = ()
    surveys: tuple[Survey, ...] = ()
    frequent_contacts: int = Field(
        default=4, gt=0, description="More contacts than this on one case are frequent."
    )
    roles: tuple[Role, ...] = ()

    def targets_for(self, situation: Situation) -> TargetRule | None:
        """The first rule that holds; None: no clock of a reply or a resolution runs."""
        return next((rule for rule in self.targets if rule.when.holds(situation)), None)

    def no_progress_for(self, queue: QueueName | None) -> NoProgress | None:
        """The no-progress target of a queue (None: of a case in no queue), if it has one."""
        settings = self.queue(queue)
        if settings.no_progress is None:
            return None
        return NoProgress(self.calendar(settings.calendar), settings.no_progress)

    def queue(self, name: QueueName | None) -> QueueSettings:
        """How a queue works: its own settings, else those of all others."""
        own: QueueSettings | None = next((one for one in self.queues if one.name == name), None)
        return own or self.other_queues

    def calendar(self, name: str) -> Calendar:
        """A calendar by name. `always` is in every policy. Raises KeyError."""
        if name == ALWAYS.name:
            return ALWAYS
        for calendar in self.calendars:
            if calendar.name == name:
                return calendar
        raise KeyError(name)

    def labels_for(self, language: str | None) -> StageLabels:
        """The words of a language, else of its widest form (`pt-BR`, then `pt`), else the first."""
        wanted = (language or "").casefold()
        by_language = {labels.language.casefold(): labels for labels in self.stages}
        while wanted and wanted not in by_language:
            wanted = wanted.rpartition("-")[0]
        return by_language.get(wanted, self.stages[0])

    def permits(self, roles: Iterable[str], command: str) -> bool:
        """Whether one of these roles may give a command. Without any role everyone may."""
        held = set(roles)
        return not self.roles or any(
            role.permits(command) for role in self.roles if role.name in held
        )
