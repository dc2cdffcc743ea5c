"""The words of a notice: a template a fact and language, filled in with what customers may see."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from consumers.notifying.settings import Text
from domain.policies.near import near
from domain.policies.telling import NotifiedFact

NAMES = ("number", "stage", "agent", "at", "next_update", "text")
"""What a template may name, and all that can ever stand in a text."""

WITHOUT_AGENT = {"en": "We", "de": "Unser Team", "id": "Kami"}
"""Who wrote, where an agent's name is not known or may not be read."""

Texts = Mapping[str, Mapping[NotifiedFact, Text]]
"""By language, then by fact."""


@cache
def shipped_texts() -> Texts:
    """The texts that come with the program; each language has all of them."""
    raw = tomllib.loads(Path(__file__).with_name("texts.toml").read_text(encoding="utf-8"))
    return {
        language: {NotifiedFact(fact): Text.model_validate(text) for fact, text in texts.items()}
        for language, texts in raw.items()
    }


def text_for(fact: NotifiedFact, languages: Sequence[str | None], own: Texts) -> tuple[str, Text]:
    """The template of the first of these languages that has one, with that language.

    An operator's own text wins over ours. Of `pt-BR` the widest form `pt` will do. English is the
    last resort.
    """
    for wanted in (*languages, "en"):
        for language in _forms(wanted):
            for texts in (own, shipped_texts()):
                found = {name.casefold(): text for name, text in texts.items()}.get(language)
                if found is not None and fact in found:
                    return language, found[fact]
    raise AssertionError("English has every text")


def filled(template: str, values: Mapping[str, str | None]) -> str:
    """The template with its names filled in, once.

    Rule: a line that names what is not known is left out; more than one empty line in a row is one.
    """
    lines: list[str] = []
    for line in template.strip().splitlines():
        named = list(_named(line))
        if any(not values.get(name) for name in named):
            continue
        text = line.format_map({name: values[name] for name in named})
        if text or (lines and lines[-1]):
            lines.append(text)
    return "\n".join(lines).strip() + "\n"


def subject_of(template: str, values: Mapping[str, str | None], *, number: str) -> str:
    """The same for a subject, which is never empty: without what it names, the number alone."""
    return filled(template, values).strip() or number


def unknown_names(template: str) -> str | None:
    """What is wrong with a template's names, in words."""
    try:
        named = list(_named(template))
    except ValueError:
        return "a brace stands alone; write {{ or }} for one that is meant as such"
    strange = [name for name in named if name not in NAMES]
    if strange:
        guess = near(strange[0], NAMES)
        return f"{{{strange[0]}}} is no name that can be filled in: {', '.join(NAMES)}{guess}"
    return None


def _named(template: str) -> Iterator[str]:
    for _, name, form, conversion in string.Formatter().parse(template):
        if name is not None:
            yield name if not (form or conversion) else f"{name}:{form or conversion}"


def _forms(language: str | None) -> Iterator[str]:
    wanted = (language or "").casefold()
    while wanted:
        yield wanted
        wanted = wanted.rpartition("-")[0]
