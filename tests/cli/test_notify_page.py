"""The how-to about notifying: its settings are settings, its receivers receive."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from consumers.notifying.settings_file import parse_settings
from consumers.notifying.signing import key_of, signed
from domain.reach import Surface
from intake.policy_files import parse_policy

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "notify-customers.md"
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes....").decode()
BODY = '{"type":"test","data":{"text":"Grüße"}}'.encode()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)


@pytest.mark.unit
def test_what_the_page_shows_as_settings_are_settings() -> None:
    policy, settings, texts = blocks("toml")

    found = parse_settings(f"{settings}\n{texts}", path=Path("notifications.toml"))
    assert found.surfaces == {Surface.EMAIL, Surface.WEBHOOK, Surface.PUSH, Surface.INBOX}
    assert found.retries.attempts == 8
    told = parse_policy(f'id = "x"\ntitle = "X"\n{policy}', path="policy").policy.notifications
    assert [one.fact for one in told] == ["ticket.opened", "message.sent", "ticket.resolved"]


@pytest.mark.unit
def test_the_receiver_in_python_takes_what_is_genuine_and_nothing_else() -> None:
    [program] = blocks("python")
    names: dict[str, Any] = {}
    exec(program, names)
    headers = signed([key_of(SECRET)], id_="n-1", at=datetime.now(UTC), body=BODY)

    assert names["verify"](SECRET, headers, BODY) == "n-1"
    with pytest.raises(ValueError, match="no signature fits"):
        names["verify"](SECRET, headers, BODY + b" ")
    old = signed([key_of(SECRET)], id_="n-1", at=datetime(2026, 1, 1, tzinfo=UTC), body=BODY)
    with pytest.raises(ValueError, match="too old"):
        names["verify"](SECRET, old, BODY)


@pytest.mark.e2e
@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
@pytest.mark.parametrize(
    ("body", "answer"), [(BODY, "n-1"), (BODY + b" ", "no signature fits")], ids=["same", "changed"]
)
def test_the_receiver_in_node_takes_what_is_genuine_and_nothing_else(
    body: bytes, answer: str
) -> None:
    [program] = blocks("javascript")
    other = key_of("whsec_" + "B" * 44)
    headers = signed([other, key_of(SECRET)], id_="n-1", at=datetime.now(UTC), body=BODY)
    given = json.dumps([SECRET, headers, base64.b64encode(body).decode()])
    call = (
        f"const [secret, headers, body] = {given};\n"
        'try { console.log(verify(secret, headers, Buffer.from(body, "base64"))); }\n'
        "catch (error) { console.log(error.message); }\n"
    )

    done = subprocess.run(
        ["node", "-e", program + call], check=True, capture_output=True, text=True
    )

    assert done.stdout.strip() == answer
