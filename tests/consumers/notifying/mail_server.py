"""An SMTP server on loopback: takes mail, or answers what a test tells it to."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

USER, PASSWORD = "ticketledger", "s3cr3t of the mail server"


@dataclass
class Taken:
    """One mail that was taken."""

    sender: str
    recipient: str
    content: bytes
    encrypted: bool
    logged_in: bool

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def text(self) -> str:
        """Its words."""
        content: str = self.message.get_content()
        return content


@dataclass
class MailServer:
    """What a test sees of the server. `answers` are given instead of taking a mail, by command
    (`RCPT`, `DATA`), one a mail, as long as there are some; `on_taken` is called before the sender
    hears that a mail was taken."""

    port: int
    context: ssl.SSLContext | None = None
    tls_from_the_beginning: bool = False
    needs_login: bool = False
    international: bool = False
    taken: list[Taken] = field(default_factory=list[Taken])
    answers: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    on_taken: Callable[[], None] = lambda: None

    def answer_to(self, command: str, otherwise: str) -> str:
        """What is answered now."""
        waiting = self.answers.get(command)
        return waiting.pop(0) if waiting else otherwise


class _Session(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self) -> None:
        """Speak SMTP until it is over."""
        self.known: MailServer = self.server.known  # type: ignore[attr-defined]
        self.encrypted = self.logged_in = False
        if self.known.tls_from_the_beginning:
            self._encrypt()
        self.say(self.known.answer_to("CONNECT", "220 mail.test ready"))
        while line := self.rfile.readline():
            command, _, rest = line.decode("utf-8").strip().partition(" ")
            if not self._obey(command.upper(), rest):
                return

    def finish(self) -> None:
        """Close the encrypted socket too, which took the place of the plain one."""
        super().finish()
        self.request.close()

    def say(self, *lines: str) -> None:
        """Answer."""
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
        self.wfile.flush()

    def _obey(self, command: str, rest: str) -> bool:
        match command:
            case "EHLO":
                self.say(*self._offers())
            case "STARTTLS":
                self.say("220 go ahead")
                self._encrypt()
            case "AUTH":
                self._log_in(rest)
            case "MAIL":
                self.sender = _address(rest)
                refused = self.known.needs_login and not self.logged_in
                self.say("530 log in first" if refused else "250 ok")
            case "RCPT":
                self.recipient = _address(rest)
                self.say(self.known.answer_to("RCPT", "250 ok"))
            case "DATA":
                self._take()
            case "QUIT":
                self.say("221 bye")
                return False
            case _:
                self.say("250 ok")
        return True

    def _offers(self) -> list[str]:
        offers = ["mail.test", "8BITMIME"]
        if self.known.context is not None and not self.encrypted:
            offers.append("STARTTLS")
        if self.known.international:
            offers.append("SMTPUTF8")
        offers.append("AUTH PLAIN")
        return [f"250-{one}" for one in offers[:-1]] + [f"250 {offers[-1]}"]

    def _log_in(self, rest: str) -> None:
        _, _, given = rest.partition(" ")
        _, user, password = base64.b64decode(given).decode().split("\0")
        self.logged_in = (user, password) == (USER, PASSWORD)
        self.say("235 ok" if self.logged_in else f"535 wrong: {user} {password}")

    def _take(self) -> None:
        self.say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        answer = self.known.answer_to("DATA", "250 taken")
        if answer.startswith("250"):
            taken = Taken(
                self.sender, self.recipient, b"".join(lines), self.encrypted, self.logged_in
            )
            self.known.taken.append(taken)
            self.known.on_taken()
        if answer != "silence":
            self.say(answer)

    def _encrypt(self) -> None:
        assert self.known.context is not None
        self.request = self.known.context.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")
        self.wfile: Any = self.request.makefile("wb")
        self.encrypted = True


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    known: MailServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that breaks off, or does not trust us, is no error of this server."""


def _address(rest: str) -> str:
    return rest[rest.index("<") + 1 : rest.index(">")]


@contextmanager
def mail_server(certificate: Path | None = None, **how: Any) -> Generator[MailServer]:
    """A server; with a certificate it offers TLS."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.known = MailServer(server.server_address[1], context, **how)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.known
        finally:
            server.shutdown()
            thread.join()
