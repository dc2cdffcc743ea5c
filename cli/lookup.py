"""Which ticket somebody means: a number, the beginning of one, or an id."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from cli.context import session_of_now

if TYPE_CHECKING:
    from eventstore.store import Store

_SHOWN = 5
_NUMBER = "number:"


def find_ticket(store: Store, text: str) -> str:
    """The id of the ticket that is meant.

    A whole number comes first, so that a number which begins another one can be named. Raises
    TicketNotFound, TicketAmbiguous.
    """
    from domain.numbers import normalize_number

    typed = text.strip()
    forms = list(dict.fromkeys((typed, typed.upper(), normalize_number(typed))))
    for form in forms:
        if subjects := store.subjects_by_key(_NUMBER + form):
            return _only(typed, [(form, subject) for subject in subjects])
    if _is_id(typed) and store.load(typed.lower()).head.sequence:
        return typed.lower()

    session = session_of_now()
    if session is not None:
        session.settle()  # What still waits there may begin like that, too.
    found = [
        (key.removeprefix(_NUMBER), subject)
        for form in forms
        if form
        for key, subject in store.keys_with_prefix(_NUMBER + form, _SHOWN + 1)
    ]
    return _only(typed, list(dict.fromkeys(found)))


def _only(typed: str, found: list[tuple[str, str]]) -> str:
    if not found:
        from domain.errors import TicketNotFound

        raise TicketNotFound(typed)
    if len(found) > 1:
        from domain.errors import TicketAmbiguous

        numbers = [number for number, _ in found[:_SHOWN]]
        raise TicketAmbiguous(typed, [*numbers, "…"] if len(found) > _SHOWN else numbers)
    return found[0][1]


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
