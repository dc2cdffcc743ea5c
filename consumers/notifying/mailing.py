"""Notices by e-mail: one plain-text message a notice, handed to an SMTP server."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage

from consumers.notifying.settings import EmailSettings
from consumers.notifying.transport import DELIVERY_HEADER, Carried, Later, Never, Notice, Outcome

_PERMANENT = range(500, 600)


class AddressUnusable(ValueError):
    """What should be an address is none. The message does not show it."""


class Mail:
    """Hands e-mails to a server, over a connection of its own for each. Implements Transport."""

    name = "email"

    def __init__(self, settings: EmailSettings, *, password: str) -> None:
        self._settings = settings
        self._password = password

    def send(self, notice: Notice, *, now: datetime) -> Outcome:
        """Try once."""
        del now  # a message is dated when it is made, so that every attempt sends the same bytes
        try:
            message = mail_of(notice, self._settings)
        except AddressUnusable:
            return Never("the customer's address is none that mail can go to")
        international = not (notice.address or "").isascii()
        content = message.as_bytes(policy=policy.SMTPUTF8 if international else policy.SMTP)
        try:
            self._hand_over(notice.address or "", content, international=international)
        except smtplib.SMTPNotSupportedError:
            return _cannot(international=international)
        except (OSError, smtplib.SMTPException) as error:
            return outcome_of(error)
        return Carried(hashlib.sha256(content).hexdigest())

    def _hand_over(self, address: str, content: bytes, *, international: bool) -> None:
        settings = self._settings
        context = ssl.create_default_context(cafile=settings.ca_file)
        with self._connected(context) as server:
            if settings.security == "starttls":
                server.starttls(context=context)
            if settings.username is not None:
                server.login(settings.username, self._password)
            server.sendmail(
                settings.envelope_from,
                [address],
                content,
                mail_options=["SMTPUTF8", "BODY=8BITMIME"] if international else [],
            )

    def _connected(self, context: ssl.SSLContext) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            return smtplib.SMTP_SSL(
                settings.host,
                settings.port_or_default,
                timeout=settings.timeout_seconds,
                context=context,
            )
        return smtplib.SMTP(
            settings.host, settings.port_or_default, timeout=settings.timeout_seconds
        )


def mail_of(notice: Notice, settings: EmailSettings) -> EmailMessage:
    """The message of a notice. Raises AddressUnusable.

    Nothing that comes from an event can add a header: `email` refuses line ends in one.
    """
    message = EmailMessage(policy=policy.SMTP)
    message["To"] = _recipient(notice.address or "")
    domain = settings.sender_domain
    message["From"] = settings.sender
    if settings.reply_to is not None:
        message["Reply-To"] = settings.reply_to
    message["Subject"] = " ".join(notice.subject.split())
    message["Date"] = notice.made_at
    message["Message-ID"] = f"<{notice.id}@{domain}>"
    message["References"] = f"<{notice.thread}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message[DELIVERY_HEADER] = notice.id
    # Seven bits, so that every server takes the very bytes that were digested.
    message.set_content(notice.text, cte="quoted-printable")
    message["Content-Language"] = notice.language
    return message


def _recipient(address: str) -> Address:
    """One mailbox and nothing else. Raises AddressUnusable.

    `email` parses ASCII only, so letters beyond it are parsed as if they were ASCII ones.
    """
    if not address.isprintable() or " " in address:
        raise AddressUnusable
    try:
        parsed = Address(addr_spec="".join(c if c.isascii() else "x" for c in address))
    except (ValueError, IndexError):
        raise AddressUnusable from None
    if not (parsed.username and parsed.domain):
        raise AddressUnusable
    local, _, domain = address.rpartition("@")
    return parsed if address.isascii() else Address(username=local, domain=domain)


def outcome_of(error: OSError | smtplib.SMTPException) -> Later | Never:
    """What an attempt that failed comes to. The server's words are left out: they may quote."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            [(code, _), *_] = error.recipients.values()
            return _by_code(code, "the server refused the recipient")
        case smtplib.SMTPAuthenticationError():
            return Later(f"the server refused the login (code {error.smtp_code})", by_all=True)
        case smtplib.SMTPSenderRefused() | smtplib.SMTPHeloError() | smtplib.SMTPConnectError():
            return Later(f"the server refused us (code {error.smtp_code})", by_all=True)
        case smtplib.SMTPResponseException():
            return _by_code(error.smtp_code, "the server refused the message")
        case _:
            return _not_reached(error)


def _cannot(*, international: bool) -> Later | Never:
    """What is asked of the server is not in its list."""
    if international:
        return Never("the server takes no address that is not ASCII")
    return Later("the server offers no STARTTLS, or no login", by_all=True)


def _not_reached(error: Exception) -> Later:
    if isinstance(error, TimeoutError):
        return Later("the server did not answer in time", by_all=True)
    if isinstance(error, ssl.SSLError):
        return Later("no trusted connection to the server (TLS)", by_all=True)
    return Later(f"the server is not reachable ({type(error).__name__})", by_all=True)


def _by_code(code: int, what: str) -> Later | Never:
    told = f"{what} (code {code})"
    return Never(told) if code in _PERMANENT else Later(told)
