"""The vocabulary around the conversation: how customers are reached, and what they answer."""

from __future__ import annotations

from enum import StrEnum


class Delivery(StrEnum):
    """What a channel reported about a message of ours."""

    DELIVERED = "delivered"
    FAILED = "failed"
    READ = "read"


class ArticleUse(StrEnum):
    """What a piece of knowledge was good for."""

    SENT = "sent"
    CONSULTED = "consulted"
    SOLVED = "solved"


class Surface(StrEnum):
    """Where the customer meets us outside the conversation."""

    PUSH = "push"
    INBOX = "inbox"
    EMAIL = "email"
    SMS = "sms"
    WEBHOOK = "webhook"
    TRACKER = "tracker"


class Look(StrEnum):
    """How closely the customer looked at the tracker."""

    IMPRESSION = "impression"
    CLICK = "click"
    VISIT = "visit"
    DETAIL = "detail"


class SurveyKind(StrEnum):
    """What a survey measures: satisfaction, or how much effort it took."""

    CSAT = "csat"
    CES = "ces"


class Direction(StrEnum):
    """Which end of a survey's scale is the good one."""

    HIGHER_IS_BETTER = "higher_is_better"
    LOWER_IS_BETTER = "lower_is_better"
