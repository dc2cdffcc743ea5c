"""Conditions: which cases a rule of a policy is about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, TypeVar

from pydantic import Field, StringConstraints

from domain.model import Model
from domain.values import CaseType, CategoryPath, Channel, Label, Level, Priority, QueueName

LANGUAGE_PATTERN = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
"""A tag such as `en` or `pt-BR`."""

Value = TypeVar("Value")
AnyOf = Annotated[tuple[Value, ...], Field(min_length=1)]

Keyword = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a condition looks at. The caller fills in what is known of the case at that moment."""

    channel: Channel | None = None
    case_type: CaseType | None = None
    priority: Priority | None = None
    stated_urgency: str | None = None
    category: CategoryPath | None = None
    product: str | None = None
    language: str | None = None
    customer_tier: str | None = None
    tags: frozenset[str] = frozenset()
    queue: QueueName | None = None
    level: Level | None = None
    subject: str | None = None
    """Readable text only: sealed text has no words."""

    body: str | None = None


class Condition(Model):
    """All parts that are given must hold; of several values in one part any will do.

    A condition without parts holds always. Texts are compared without regard to case. What is
    unknown of a case matches nothing.
    """

    category: CategoryPath | None = Field(
        default=None, description="The first levels of the category, the widest first."
    )
    keywords: AnyOf[Keyword] | None = Field(
        default=None, description="Whole words or phrases in the subject or the body."
    )
    language: AnyOf[Language] | None = Field(
        default=None, description="`pt` is met by `pt-BR`, not the other way round."
    )
    stated_urgency: AnyOf[Label] | None = None
    priority: AnyOf[Priority] | None = None
    channel: AnyOf[Channel] | None = None
    case_type: AnyOf[CaseType] | None = None
    product: AnyOf[Label] | None = None
    customer_tier: AnyOf[Label] | None = None
    tag: AnyOf[Label] | None = None
    queue: AnyOf[QueueName] | None = None
    level: AnyOf[Level] | None = None

    @property
    def is_always(self) -> bool:
        """Whether it holds for every case."""
        return all(getattr(self, part) is None for part in Condition.model_fields)

    def holds(self, situation: Situation) -> bool:
        """Whether it is about a case in this situation."""
        return (
            _is_one_of(situation.priority, self.priority)
            and _is_one_of(situation.channel, self.channel)
            and _is_one_of(situation.case_type, self.case_type)
            and _is_one_of(situation.level, self.level)
            and _is_one_of(situation.queue, self.queue)
            and _is_one_of(situation.product, self.product)
            and _is_one_of(situation.customer_tier, self.customer_tier)
            and _is_one_of(situation.stated_urgency, self.stated_urgency)
            and _begins(situation.category, self.category)
            and _speaks(situation.language, self.language)
            and (self.tag is None or any(_is_one_of(tag, self.tag) for tag in situation.tags))
            and _says(situation, self.keywords)
        )

    def covers(self, other: Condition) -> bool:
        """Whether every case of the other condition is surely one of this, too."""
        return all(
            getattr(self, part) == getattr(other, part) or _is_wider(self, other, part)
            for part in Condition.model_fields
        )


def _is_wider(one: Condition, other: Condition, part: str) -> bool:
    """Whether this part of a condition lets through what the other's lets through."""
    allowed: tuple[str, ...] | None = getattr(one, part)
    asked: tuple[str, ...] | None = getattr(other, part)
    if allowed is None:
        return True
    if asked is None:
        return False
    if part == "category":
        return _begins(asked, allowed)
    if part == "language":
        return all(_speaks(language, allowed) for language in asked)
    return all(_is_one_of(value, allowed) for value in asked)


def _is_one_of(value: str | None, allowed: Iterable[str] | None) -> bool:
    if allowed is None:
        return True
    return value is not None and value.casefold() in {one.casefold() for one in allowed}


def _begins(category: CategoryPath | None, prefix: CategoryPath | None) -> bool:
    if prefix is None:
        return True
    if category is None:
        return False
    return _folded(category[: len(prefix)]) == _folded(prefix)


def _folded(texts: Iterable[str]) -> list[str]:
    return [text.casefold() for text in texts]


def _speaks(language: str | None, allowed: tuple[str, ...] | None) -> bool:
    if allowed is None:
        return True
    if language is None:
        return False
    spoken = language.casefold()
    return any(spoken == one or spoken.startswith(f"{one}-") for one in _folded(allowed))


def _says(situation: Situation, keywords: tuple[str, ...] | None) -> bool:
    if keywords is None:
        return True
    texts = [text.casefold() for text in (situation.subject, situation.body) if text]
    return any(_pattern(keyword).search(text) for keyword in keywords for text in texts)


@cache
def _pattern(keyword: str) -> re.Pattern[str]:
    """A word stands alone, but for scripts that put no spaces between words."""
    words = r"\s+".join(re.escape(word) for word in keyword.casefold().split())
    before = "" if _needs_no_space(keyword[0]) else r"(?<!\w)"
    after = "" if _needs_no_space(keyword[-1]) else r"(?!\w)"
    return re.compile(f"{before}{words}{after}")


def _needs_no_space(character: str) -> bool:
    """Whether it is a letter of a script without capitals, such as 返 or ภ."""
    return unicodedata.category(character) in ("Lo", "Mc", "Mn")
