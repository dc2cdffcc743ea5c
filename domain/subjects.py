"""Under which name in the log the events of an agent, a customer and a tracker stand."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

SUBJECT_CHARACTERS_MAX = 200
"""What the log allows a subject."""

_AS_THEY_ARE = "!\"#$&'()*+,/:;<=>?@[\\]^`{|}"
"""Every visible ASCII character that `quote` would not leave by itself, but `%`."""


def agent_subject(agent_id: str) -> str:
    """The subject of an agent's events."""
    return subject_of("agent", agent_id)


def customer_subject(customer_id: str) -> str:
    """The subject of a customer's events."""
    return subject_of("customer", customer_id)


def tracker_subject(ticket_id: str) -> str:
    """The subject of the looks at a ticket's tracker."""
    return subject_of("tracker", ticket_id)


def subject_of(kind: str, identifier: str) -> str:
    """`KIND-ID` in the characters that a subject may have; two ids never share a subject.

    Rule: visible ASCII stands as it is; every byte of the id's UTF-8 that is none, and `%`, is
    written as `%XX`. Where that is longer than a subject may be: `KIND-%sha256-` and the id's
    SHA-256 in hex, which no shorter id is written as. Nobody need read the id back from it: each of
    these events carries its id.
    """
    subject = f"{kind}-{quote(identifier, safe=_AS_THEY_ARE, errors='surrogatepass')}"
    if len(subject) <= SUBJECT_CHARACTERS_MAX:
        return subject
    digest = hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{kind}-%sha256-{digest}"
