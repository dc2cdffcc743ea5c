"""Signatures by Standard Webhooks: with the convention's own example, and what must be refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from consumers.notifying.signing import SecretMalformed, SignatureInvalid, key_of, signed, verify
from tests.consumers.notifying.post_office import SECRET

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OTHER = "whsec_" + "B" * 44


def test_the_example_of_the_convention_is_signed_as_its_libraries_sign_it() -> None:
    """From the tests of its reference libraries."""
    headers = signed(
        [key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
        id_="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1_614_265_330, UTC),
        body=b'{"test": 2432232314}',
    )

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_was_signed_is_verified_with_either_secret_while_one_replaces_the_other() -> None:
    headers = signed([key_of(OTHER), key_of(SECRET)], id_="n-1", at=NOW, body=b"{}")

    for secret in (OTHER, SECRET):
        assert verify(secret, headers, b"{}", now=NOW + timedelta(minutes=4)) == "n-1"


def test_what_was_changed_is_old_or_is_signed_by_others_is_refused() -> None:
    headers = signed([key_of(SECRET)], id_="n-1", at=NOW, body=b"{}")
    later = NOW + timedelta(minutes=6)

    for secret, given, body, now in (
        (SECRET, headers, b"{ }", NOW),
        (SECRET, headers | {"webhook-id": "n-2"}, b"{}", NOW),
        (SECRET, headers, b"{}", later),
        (SECRET, headers | {"webhook-timestamp": str(int(later.timestamp()))}, b"{}", later),
        (SECRET, headers | {"webhook-timestamp": "soon"}, b"{}", NOW),
        (SECRET, {}, b"{}", NOW),
        (OTHER, headers, b"{}", NOW),
    ):
        with pytest.raises(SignatureInvalid):
            verify(secret, given, body, now=now)


@pytest.mark.parametrize("secret", ["", "plain", "whsec_", "whsec_%%%%", "whsec_YWJj"])
def test_a_secret_that_is_none_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(SecretMalformed) as caught:
        key_of(secret)

    assert not secret or secret == "whsec_" or secret not in str(caught.value)
