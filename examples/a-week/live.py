"""Live through a scripted week, and tell it event by event.

    python live.py LEDGER_FOLDER

Each line of week.jsonl is given to `ticketledger do -` at its moment; between the lines the
automation works as it would by the clock. What is recorded is printed as record.txt has it. Where
the folder has lived through the week before, nothing new is recorded.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from consumers.automation.automation import Automation
from consumers.automation.automation import opened as opened_automation
from domain.application import TICKETS
from eventstore.envelope import Envelope, read_event
from eventstore.opening import open_store
from eventstore.store import Store

HERE = Path(__file__).parent
SCRIPT = HERE / "week.jsonl"
POLICY = HERE.parents[1] / "intake" / "policies" / "travel-agency.toml"
ZONE = ZoneInfo("Asia/Jakarta")

BEGINS = datetime(2026, 3, 2, 6, 0, tzinfo=ZONE)
SECOND_VERSION_AT = datetime(2026, 3, 5, 12, 0, tzinfo=ZONE)
SECOND_VERSION = ('next_reply = "4h"', 'next_reply = "2h"')
ENDS = datetime(2026, 3, 16, 0, 0, tzinfo=ZONE)

DULL = frozenset(
    """
    number message_id note_id survey_id agent_id customer_id reminder_id policy_id promise_id
    targets passed_over source target promise_due_at next_due_at next_update_by prior_resolver
    rated_agent resolver maker owner active_then calendar_seconds requester body attachments
    text live status with_message template scale direction stages method label order_refs policy
    from from_level from_version on_behalf_of
    """.split()  # noqa: SIM905 - read by people
)
"""Fields that a reader of the record can do without; `ticketledger ticket history` has them."""

BARE = frozenset({"metric", "kind", "reason", "channel", "code"})
"""Fields whose value says enough without their name."""

USUAL = {
    "cycle": 1,
    "author": "human",
    "origin": "customer",
    "rule": "everybody",
    "over_capacity": False,
    "asks": False,
    "apply_to_open": False,
}
"""What is not worth telling."""


class Week:
    """A ledger on its way through the week, and the clock that its automation sees."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = BEGINS
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        if not self.folder.exists():
            self.call("init", "--name", "week", "--time-zone", ZONE.key)
        with ExitStack() as opened:
            self.store: Store = opened.enter_context(
                closing(open_store(self.folder, application=TICKETS))
            )
            self.automation: Automation = opened.enter_context(
                opened_automation(self.folder, clock=lambda: self.now)
            )
            self.desk = opened.enter_context(
                subprocess.Popen(  # noqa: S603 - our own program
                    [*self.program(), "do", "-"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    encoding="utf-8",
                )
            )
            self.record = Record(self.store)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.__exit__(kind, error, traceback)

    def live(self) -> Iterator[str]:
        """The whole week, told line by line while it happens."""
        policy = POLICY.read_text("utf-8")
        self.publish(policy, BEGINS)
        lines = [line for line in SCRIPT.read_text("utf-8").splitlines() if line.strip()]
        is_first = True
        for line in lines:
            at = datetime.fromisoformat(json.loads(line)["at"]).replace(tzinfo=ZONE)
            if is_first and at >= SECOND_VERSION_AT:
                is_first = False
                yield from self.until(SECOND_VERSION_AT)
                self.publish(policy.replace(*SECOND_VERSION), SECOND_VERSION_AT, "--apply-to-open")
                yield from self.work()
            yield from self.until(max(at, self.now))
            yield from self.give(line)
            yield from self.work()
        yield from self.until(ENDS)

    def give(self, line: str) -> Iterator[str]:
        """Give a command, and tell what came of it."""
        assert self.desk.stdin is not None
        assert self.desk.stdout is not None
        self.desk.stdin.write(f"{line}\n")
        self.desk.stdin.flush()
        answer: dict[str, Any] = json.loads(self.desk.stdout.readline())
        yield from self.record.news()
        if answer["outcome"] == "refused":
            yield self.record.refused(self.now, json.loads(line), answer)

    def until(self, moment: datetime) -> Iterator[str]:
        """Let time pass; the automation wakes whenever something is due."""
        while (due := self.automation.schedule.next_due()) is not None and due <= moment:
            self.now = max(due, self.now)
            before = self.store.last_position()
            yield from self.work()
            if self.store.last_position() == before:
                raise SystemExit(f"what is due at {due.astimezone(ZONE)} cannot be recorded")
        self.now = moment

    def work(self) -> Iterator[str]:
        """One round of the automation, now."""
        self.automation.run_until(self.now)
        yield from self.record.news()

    def publish(self, policy: str, at: datetime, *options: str) -> None:
        """Make this the next version of the policy."""
        file = self.folder / "policy.toml"
        file.write_text(policy, "utf-8")
        moment = f"{at:%Y-%m-%dT%H:%M}"
        key = ("--command-id", f"policy-{moment}", "--at", moment, "--as", "agent:dewi")
        self.call("policy", "publish", str(file), *options, *key)

    def call(self, *words: str) -> None:
        """Call the command line."""
        command = [*self.program(), *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program

    def program(self) -> list[str]:
        """The command line on this ledger."""
        return [str(Path(sys.executable).with_name("ticketledger")), "--ledger", str(self.folder)]


class Record:
    """What is recorded, one line an event: when, whose, by whom, what."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._told = store.last_position()
        self._save: str | None = None
        self._numbers: dict[str, str] = {}

    def news(self) -> Iterator[str]:
        """What was recorded since the last time."""
        for position, body in self._store.read(self._told, 1_000_000):
            self._told = position
            yield self._line(*read_event(body))

    def refused(self, now: datetime, line: dict[str, Any], answer: dict[str, Any]) -> str:
        """A command that came to nothing, and why."""
        error = f"{answer['error']}, exit {answer['exit_code']}"
        return _columns(now, line["ticket"][:4], line["as"], f"({line['do']})", f"refused: {error}")

    def _line(self, envelope: Envelope, body: bytes) -> str:
        data: dict[str, Any] = json.loads(body)
        kind = envelope.type.removeprefix("ticketledger.").removesuffix(".v1")
        if "number" in data:
            self._numbers[envelope.subject] = data["number"][:4]
        kind_of_subject, _, name = envelope.subject.partition("-")
        whose = self._numbers.get(envelope.subject) or (
            kind_of_subject if kind_of_subject == "policy" else name
        )
        save = f"{envelope.subject}/{envelope.commandid}"
        actor = "" if save == self._save else envelope.actor or ""
        self._save = save
        return _columns(envelope.time, whose, actor, kind, self._said(data))

    def _said(self, data: dict[str, Any]) -> str:
        """What it says, without what goes without saying."""
        for name in ("other", "follows_ticket"):
            if name in data:
                data[name] = self._numbers.get(data[name], data[name])
        words = [_word(name, value, data) for name, value in data.items()]
        return "  ".join(word for word in words if word)


def _word(name: str, value: Any, data: dict[str, Any]) -> str:
    """One field as the record tells it."""
    if name in WORDS:
        return WORDS[name](value, data)
    if name in DULL or value == USUAL.get(name):
        return ""
    if name in BARE or value is True:
        return name if value is True else str(value)
    if name.endswith("_at"):
        return f"{name.removesuffix('_at')} {_moment(datetime.fromisoformat(value))}"
    shown = ", ".join(map(str, value)) if isinstance(value, list) else value
    return f"{name} {shown}"


def _elapsed(value: float, data: dict[str, Any]) -> str:
    by_any_clock = data.get("calendar_seconds", value)
    longer = f" ({_length(by_any_clock)} by any clock)" if by_any_clock != value else ""
    return f"after {_length(value)}{longer}"


WORDS: dict[str, Callable[[Any, dict[str, Any]], str]] = {
    "to": lambda value, data: f"{data['from']} → {value}" if "from" in data else str(value),
    "to_level": lambda value, data: f"{data['from_level']} → {value}",
    "instance": lambda value, _: f"#{value}" if value > 1 else "",
    "capacity": lambda value, data: "" if "active_then" in data else f"capacity {value}",
    "subject": lambda value, _: f"“{value}”",
    "elapsed_seconds": _elapsed,
    "seconds_since_resolved": lambda value, _: f"{_length(value)} after its solution",
    "follows_ticket": lambda value, _: f"follows {value}",
    "other": lambda value, data: "" if "other_number" in data else str(value),
    "other_number": lambda value, _: value[:4],
    "source_number": lambda value, _: value[:4],
    "target_number": lambda value, _: f"into {value[:4]}",
}
"""Fields that are told in their own way."""


def _columns(at: datetime, whose: str, actor: str, kind: str, said: str) -> str:
    return f"{_moment(at)}  {whose:<6} {actor:<20} {kind:<26} {said}".rstrip()


def _moment(at: datetime) -> str:
    local = at.astimezone(ZONE)
    return f"{local:%a %d %H:%M}" + (f":{local:%S}" if local.second else "")


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}" + (f":{rest:02}" if rest else "")


if __name__ == "__main__":
    if not sys.argv[1:]:
        raise SystemExit(__doc__)
    with Week(Path(sys.argv[1])) as week:
        for told in week.live():
            print(told)
