"""Notices by webhook: a signed HTTP POST of JSON to an address that the operator names."""

from __future__ import annotations

import hashlib
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any

from consumers.notifying.settings import WebhookSettings
from consumers.notifying.signing import signed
from consumers.notifying.transport import DELIVERY_HEADER, Carried, Later, Never, Notice, Outcome

_PASSING = frozenset({408, 409, 421, 423, 425, 429})
"""Refusals of the 4xx kind that may pass; the others would come again."""

_BUSY = frozenset({429, 502, 503, 504})
"""The other side has too much to do, or is not there: nothing else would get through either."""

_SUCCESS = range(200, 300)
_SERVER_ERROR = range(500, 600)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What was signed for one address goes to no other."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Webhook:
    """Posts notices to one address. Implements Transport."""

    def __init__(self, name: str, settings: WebhookSettings, *, keys: Sequence[bytes]) -> None:
        self.name = f"webhook {name}"
        self._settings = settings
        self._keys = keys
        context = ssl.create_default_context(cafile=settings.ca_file)
        self._opener = urllib.request.build_opener(
            _NoRedirect(), urllib.request.HTTPSHandler(context=context)
        )

    def send(self, notice: Notice, *, now: datetime) -> Outcome:
        """Try once."""
        body = body_of(notice)
        # The settings allow no scheme but http and https.
        request = urllib.request.Request(  # noqa: S310
            self._settings.url,
            data=body,
            method="POST",
            headers={
                "Content-Type": "application/json",
                "User-Agent": "ticketledger",
                DELIVERY_HEADER: notice.id,
                **signed(self._keys, id_=notice.id, at=now, body=body),
            },
        )
        try:
            with self._opener.open(request, timeout=self._settings.timeout_seconds) as answer:
                return outcome_of(answer.status, answer.headers, body, now=now)
        except urllib.error.HTTPError as refused:
            with refused:
                return outcome_of(refused.code, refused.headers, body, now=now)
        except (OSError, HTTPException) as error:
            return _not_reached(error)


def body_of(notice: Notice) -> bytes:
    """The bytes of a notice, always the same for the same one."""
    said = {"type": notice.fact, "timestamp": notice.data["happened_at"], "data": notice.data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def outcome_of(status: int, headers: Message, body: bytes, *, now: datetime) -> Outcome:
    """What an answer means.

    Rule: 2xx took it over; 408, 409, 421, 423, 425, 429 and 5xx may do so later; everything else,
    410 and redirections among it, would answer the same again.
    """
    if status in _SUCCESS:
        return Carried(hashlib.sha256(body).hexdigest())
    if status in _PASSING or status in _SERVER_ERROR:
        after = retry_after(headers.get("Retry-After"), now=now)
        return Later(f"status {status}", after_seconds=after, by_all=status in _BUSY)
    return Never(f"status {status}")


def retry_after(text: str | None, *, now: datetime) -> float | None:
    """How many seconds a Retry-After header asks to wait: a number, or a date. None: nothing."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(min(int(text.strip()[:9]), 10**9))
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())


def _not_reached(error: OSError | HTTPException) -> Later:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return Later("no answer in time", by_all=True)
    if isinstance(cause, ssl.SSLError):
        return Later("no trusted connection (TLS)", by_all=True)
    name = type(cause).__name__ if isinstance(cause, Exception) else type(error).__name__
    return Later(f"not reachable ({name})", by_all=True)
