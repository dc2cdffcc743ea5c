"""notifications.toml: every mistake has its line, and no secret is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumers.notifying.errors import NotificationSettingsInvalid
from consumers.notifying.secrets import read_secrets
from consumers.notifying.settings import NotificationSettings
from consumers.notifying.settings_file import parse_settings, read_settings
from consumers.notifying.words import NAMES, filled, shipped_texts, text_for
from domain.policies.telling import NotifiedFact
from tests.consumers.notifying.post_office import SECRET

pytestmark = pytest.mark.unit

MAIL = '[email]\nhost = "mail.test"\nfrom = "a@b.test"\n'
HOOK = '[webhooks.app]\nurl = "https://b.test/h"\n'


def read(text: str) -> NotificationSettings:
    return parse_settings(text, path=Path("n.toml"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[email", "n.toml, line 1: this is not TOML"),
        (MAIL + 'password = "hunter2"', "line 4: a secret does not belong here; it goes into TICK"),
        (HOOK + 'secret = "hunter2"', "line 3: a secret does not belong here; it goes into TICK"),
        (MAIL + 'pasword_file = "x"', "line 4: email.pasword_file is no key of the settings"),
        (MAIL + "port = 0", "line 4: email.port is wrong"),
        (MAIL + 'security = "none"', "line 1: email is wrong: without TLS only a server on this"),
        ('[email]\nhost = "x"\nfrom = "a, b"', "line 3: email.from is wrong: it is not one addr"),
        ('[email]\nhost = "x"\nfrom = "a@b\\nBcc: c@d"', "line 3: email.from is wrong"),
        ('[webhooks.app]\nurl = "ftp://x"', "line 1: webhooks.app is wrong: url is not an addr"),
        ('[webhooks.app]\nurl = "http://b.test/h"', "without TLS only this machine is posted to"),
        ('[webhooks.app]\nurl = "https://u:hunter2@b.test"', "url has a user, a password"),
        ('[webhooks."a-b"]\nurl = "https://b.test"', "a webhook's name is made of small letters"),
        (HOOK + 'surfaces = ["mail"]', "line 3: webhooks.app.surfaces[1] is wrong: it can be"),
        (
            MAIL + HOOK + 'surfaces = ["email"]',
            "line 6: email goes to email already; say it once",
        ),
        (
            '[texts.en."ticket.opened"]\nsubject = "x"\nbody = "{nmber}"',
            "line 3: {nmber} is no name that can be filled in: number, stage, agent, at, next_u",
        ),
        (
            '[texts.en."ticket.opened"]\nsubject = "{number.__class__}"\nbody = "x"',
            "line 2: {number.__class__} is no name",
        ),
        (
            '[texts.en."ticket.opened"]\nsubject = "{"\nbody = "x"',
            "line 2: a brace stands alone",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_without_what_is_secret(text: str, told: str) -> None:
    with pytest.raises(NotificationSettingsInvalid) as caught:
        read(text)

    assert told in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(NotificationSettingsInvalid) as caught:
        read(MAIL + 'password = "hunter2"\nprot = 1\n' + HOOK + "timeout_seconds = 0\n")

    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "n.toml, line 4",
        "n.toml, line 5",
        "n.toml, line 8",
    ]


def test_no_settings_say_how_to_write_some(tmp_path: Path) -> None:
    with pytest.raises(NotificationSettingsInvalid, match="no customer is notified"):
        read_settings(tmp_path)


def test_secrets_come_from_a_variable_or_a_file_and_show_in_nothing(tmp_path: Path) -> None:
    (tmp_path / "new").write_text(f"{SECRET}\n")
    (tmp_path / "mail").write_text("hunter2\n")
    (tmp_path / "notifications.toml").write_text(
        MAIL
        + 'username = "u"\npassword_file = "mail"\n'
        + HOOK
        + 'secret_file = "new"\nprevious_secret_file = "new"\n'
    )
    settings = read_settings(tmp_path)

    from_files = read_secrets(settings, environment={})
    assert from_files.password == "hunter2"
    assert len(from_files.keys["app"]) == 2
    variables = {"TICKETLEDGER_SMTP_PASSWORD": "other"}
    assert read_secrets(settings, environment=variables).password == "other"
    for shown in (repr(from_files), str(from_files), repr(settings)):
        assert "hunter2" not in shown
        assert SECRET not in shown


@pytest.mark.parametrize(
    ("text", "variables", "told"),
    [
        (MAIL + 'username = "u"', {}, "no password: set TICKETLEDGER_SMTP_PASSWORD"),
        (HOOK, {}, "webhooks.app has no secret to sign with: set TICKETLEDGER_WEBHOOK_SECRET_APP"),
        (HOOK, {"TICKETLEDGER_WEBHOOK_SECRET_APP": "hunter2"}, "is not whsec_ followed by"),
        (HOOK, {"TICKETLEDGER_WEBHOOK_SECRET_APP": "whsec_aHVudGVyMg=="}, "is not whsec_"),
        (HOOK + 'secret_file = "nowhere"', {}, "cannot be read (FileNotFoundError)"),
        (MAIL + 'ca_file = "nowhere"', {}, "is no file; check its path"),
    ],
)
def test_a_secret_that_is_missing_or_malformed_is_told_by_its_name(
    text: str, variables: dict[str, str], told: str
) -> None:
    with pytest.raises(NotificationSettingsInvalid) as caught:
        read_secrets(read(text), environment=variables)

    assert told in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "aHVudGVyMg" not in str(caught.value)


def test_every_language_of_ours_has_words_for_every_fact_that_name_only_what_may_be_named() -> None:
    everything = dict.fromkeys(NAMES, "X")
    for texts in shipped_texts().values():
        assert texts.keys() == set(NotifiedFact)
        for text in texts.values():
            assert "X" in filled(text.body, everything)
            assert len(filled(text.subject, everything).splitlines()) == 1


def test_a_line_that_names_what_is_not_known_is_left_out_and_values_are_not_read_as_names() -> None:
    template = "One {number}\n\nby {next_update}\n\n{text}\n"

    assert filled(template, {"number": "N1", "text": None}) == "One N1\n"
    assert filled(template, {"number": "N1", "text": "{agent}\n{x"}) == "One N1\n\n{agent}\n{x\n"


def test_an_operators_own_words_win_and_a_language_falls_back_to_its_widest_form() -> None:
    settings = read(
        '[texts."pt-BR"."ticket.opened"]\nsubject = "Recebemos {number}"\nbody = "x"\n'
        '[texts.de."ticket.opened"]\nsubject = "Eigenes"\nbody = "x"\n'
    )

    def found(*languages: str | None) -> tuple[str, str]:
        language, text = text_for(NotifiedFact.TICKET_OPENED, languages, settings.texts)
        return language, text.subject

    assert found("pt-BR", "de") == ("pt-br", "Recebemos {number}")
    assert found("pt", "de") == ("de", "Eigenes")
    assert found("de-AT", "en") == ("de", "Eigenes")
    assert found("fr", "fr") == ("en", "We have received your case {number}")
    assert found(None, "id") == ("id", "Kami telah menerima kasus Anda {number}")
