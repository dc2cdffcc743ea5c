"""Routes: which queue, agent, level and lane a case comes to, and who may take how many."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from domain.model import Model
from domain.policies.calendars import ALWAYS
from domain.policies.conditions import Condition, Situation
from domain.policies.durations import Seconds
from domain.policies.targets import Target
from domain.values import AgentId, Label, Level, Priority, QueueName


class Strategy(StrEnum):
    """How the agent is chosen who gets a case from a queue, among those of its level who speak the
    customer's language.

    skill: the least loaded of those with the skills that rule and queue ask for; load: the least
    loaded of all, whatever they can do; round_robin: of those with the skills, who was given a case
    longest ago.
    """

    SKILL = "skill"
    LOAD = "load"
    ROUND_ROBIN = "round_robin"


class Lane(StrEnum):
    """Whether a case waits in its queue or passes it by."""

    NORMAL = "normal"
    VIP = "vip"


class QueueSettings(Model):
    """How a queue works. Without a target nobody is told that a case in it stands still."""

    calendar: Label = ALWAYS.name
    no_progress: Target | None = None
    strategy: Strategy = Strategy.SKILL
    level: Level = Level.L1
    skills: tuple[Label, ...] = Field(
        default=(), description="What an agent must be able to do to get a case from this queue."
    )


class Queue(QueueSettings):
    """A queue with settings of its own."""

    name: QueueName


class RoutingRule(Model):
    """Where the cases go that meet a condition. What it leaves out is decided as without it."""

    name: Label | None = None
    when: Condition = Condition()
    queue: QueueName | None = None
    agent: AgentId | None = None
    level: Level | None = None
    lane: Lane | None = None
    skills: tuple[Label, ...] = ()


class Capacity(Model):
    """How many active cases (new or open) an agent has at a time.

    Beyond the soft limit only cases of the VIP lane come, and none beyond the hard one.
    """

    soft: int = Field(default=10, gt=0, le=1_000)
    hard: int = Field(default=12, gt=0, le=1_000)


VIP_LANE = (Condition(customer_tier=("vip",)), Condition(priority=(Priority.CRITICAL,)))


class Routing(Model):
    """How cases come to people: the first rule that holds, then the queue's strategy."""

    rules: tuple[RoutingRule, ...] = ()
    default_queue: QueueName | None = None
    vip_lane: tuple[Condition, ...] = VIP_LANE
    capacity: Capacity = Capacity()
    requeue_after_offline_seconds: Seconds | None = Field(
        default=None,
        description="How long an owner may be offline before their cases go back to the queue; "
        "left out: for ever.",
    )

    def rule_for(self, situation: Situation) -> RoutingRule | None:
        """The first rule that holds.

        A case that is in a queue already stays there, whoever put it there, so that no rule holds
        for it that would send it elsewhere.
        """
        return next(
            (
                rule
                for rule in self.rules
                if rule.when.holds(situation) and _keeps_queue(rule, situation)
            ),
            None,
        )

    def lane_for(self, situation: Situation) -> Lane:
        """What the first rule that holds says, else VIP where one of the lane's conditions does."""
        rule = self.rule_for(situation)
        if rule is not None and rule.lane is not None:
            return rule.lane
        is_vip = any(condition.holds(situation) for condition in self.vip_lane)
        return Lane.VIP if is_vip else Lane.NORMAL


def _keeps_queue(rule: RoutingRule, situation: Situation) -> bool:
    return None in (rule.queue, situation.queue) or rule.queue == situation.queue
