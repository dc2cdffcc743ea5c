"""Events of a policy: a new version of how an operation works."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from domain.events.base import Event
from domain.policies.policy import Policy, PolicyId


class PolicyPublished(Event):
    """A policy was published, as a whole, under the next version of its id.

    Cases opened from then on go by the version published last, whichever policy it is of. Cases
    that are open keep the version they began with, unless this one is to apply to them as well.
    """

    TYPE: ClassVar[str] = "ticketledger.policy.published.v1"

    policy_id: PolicyId
    version: int = Field(ge=1)
    apply_to_open: bool = Field(
        default=False, description="The wish; that it applies is recorded ticket by ticket."
    )
    policy: Policy
