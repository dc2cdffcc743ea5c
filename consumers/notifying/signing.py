"""The signature of a webhook, by the convention of Standard Webhooks 1.0.

Source: https://www.standardwebhooks.com, "symmetric signatures". Signed is `ID.TIMESTAMP.BODY`,
with HMAC-SHA256; the header holds `v1,BASE64`, several of them while a secret is being replaced.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
"""The headers that carry the signature."""

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with is none
SECRET_BYTES = range(24, 65)
"""How long a secret may be."""

TOLERANCE = timedelta(minutes=5)
"""How far the clocks of both sides may differ; what is older may be a replay."""


class SecretMalformed(ValueError):
    """It is not `whsec_` and the Base64 of 24 to 64 bytes. The message does not show it."""

    def __init__(self) -> None:
        super().__init__("is not whsec_ followed by the Base64 of 24 to 64 random bytes")


class SignatureInvalid(ValueError):
    """The message does not come from whom it should, or is old. The message says which."""


def key_of(secret: str) -> bytes:
    """The key that a secret stands for. Raises SecretMalformed."""
    if not secret.startswith(SECRET_PREFIX):
        raise SecretMalformed
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (ValueError, binascii.Error):
        raise SecretMalformed from None
    if len(key) not in SECRET_BYTES:
        raise SecretMalformed
    return key


def signed(keys: Sequence[bytes], *, id_: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a message. The first key is the one in use, others are being replaced."""
    timestamp = str(int(at.timestamp()))
    signatures = [f"v1,{_signature(key, id_, timestamp, body)}" for key in keys]
    return {ID: id_, TIMESTAMP: timestamp, SIGNATURE: " ".join(signatures)}


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:
    """The id of a message that was signed with the secret, for whoever receives one.

    `body` are the bytes as they came; a repeat has the same id. Raises SignatureInvalid,
    SecretMalformed.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        id_, timestamp = given[ID], given[TIMESTAMP]
        age = now.timestamp() - int(timestamp)
        offered = given[SIGNATURE].split()
    except (KeyError, ValueError):
        raise SignatureInvalid("a header is missing or is no number") from None
    if abs(age) > TOLERANCE.total_seconds():
        raise SignatureInvalid("it was signed more than five minutes ago, or ahead")
    expected = f"v1,{_signature(key_of(secret), id_, timestamp, body)}".encode()
    if not any(hmac.compare_digest(expected, one.encode()) for one in offered):
        raise SignatureInvalid("no signature fits")
    return id_


def _signature(key: bytes, id_: str, timestamp: str, body: bytes) -> str:
    signed_bytes = f"{id_}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(key, signed_bytes, hashlib.sha256).digest()).decode()
