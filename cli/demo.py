"""The command `demo`: a real log from the import to the figures, in one go."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from cli.context import choose_ledger, chosen_ledger, ledger_folder, reading
from cli.creating import create_if_missing
from cli.customer import say_case, say_timeline
from cli.entries import entries_of
from cli.errors import LogOfTheDemoMissing
from cli.import_account import say_account
from cli.imports import take_in
from cli.narration import progress, tell
from cli.nouns import single
from cli.options import Json
from cli.output import paint, say, say_json
from cli.queue import say_depth, say_workload
from cli.recontact import WINDOWS, rates, say_rates
from cli.recontact_options import Period
from cli.times import long
from cli.views import Row, Views, catch_up, views
from cli.wording import describe

if TYPE_CHECKING:
    from intake.csv_import import Plan

LOG = Path(__file__).resolve().parent.parent / "examples" / "incident_event_log.zip"
MOMENT = datetime(2016, 5, 10, 12, tzinfo=UTC)
"""A busy Tuesday noon in the log."""

_NAME = "ticketledger"
_FOLDER = "demo"
_QUEUES = 8
_AGENTS = 5
_DRIVERS = 3

app, _demo = single("demo", example="ticketledger demo")


@_demo
def demo(
    *,
    file: Annotated[
        str | None,
        typer.Option(
            "--file", metavar="PATH", help="The log. Default: the one in the checkout's examples/."
        ),
    ] = None,
    kafka: Annotated[
        str | None,
        typer.Option(
            "--kafka", metavar="HOST:PORT[,…]", help="Keep the demo's ledger on this cluster."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Take a real log of 141,712 updates in and show what comes of it.

    The ledger is made in ./demo, or where --ledger says. Repeating it adds nothing and is quick;
    interrupted anywhere, it goes on where it stopped. On Kafka the relay runs too, once.
    """
    from eventstore.opening import is_on_kafka

    path = Path(file) if file else LOG
    if not path.exists():
        raise LogOfTheDemoMissing(str(path))
    if chosen_ledger() is None:
        choose_ledger(_FOLDER)
    began = time.monotonic()
    create_if_missing(kafka)
    _prepare(path, as_json=json)
    with reading() as store:
        last_position = store.last_position()
    if is_on_kafka(ledger_folder()):
        _relay(as_json=json)
    if not json:
        _title("The projectors")
    catch_up(ledger_folder(), (), last_position)
    with views() as seen:
        if json:
            _say_json(seen)
            return
        say(f"customer_timeline, agent_queue and recontact stand at position {last_position:,}")
        for section in (_say_a_case, _say_queues, _say_rates):
            section(seen)
    _say_what_next()
    tell(f"\nall of this took {time.monotonic() - began:.1f} s")


def _prepare(path: Path, *, as_json: bool) -> None:
    """Import the log, unless it is in the ledger already."""
    from intake.csv_import import plan
    from intake.mapping_file import read_mapping

    if not as_json:
        _title(f"The import: {path.name} into {ledger_folder()}")
    with plan(path, read_mapping("servicenow")) as planned:
        finished = _finished_before(planned)
        if finished is None:
            account = take_in(planned, None)
            if not as_json:
                say_account(account, checked=False)
        elif not as_json:
            say(f"it is in the ledger since an earlier run; {finished}")


def _relay(*, as_json: bool) -> None:
    """Publish what counts to the stream, which the projectors follow."""
    from eventstore.kafka.relay import Relay

    if not as_json:
        _title("The relay")
    with Relay.open(ledger_folder()) as relay, progress("relaying", unit="records") as bar:
        done = relay.run(
            stop=threading.Event(), on_progress=lambda now: bar.show(now.read, now.end)
        )
    if not as_json:
        position = sum(done.positions.values())
        say(f"{done.published:,} events published; the stream is at {position:,}")


def _finished_before(planned: Plan) -> str | None:
    """What the finished import of this very file recorded, if there was one."""
    with reading() as store:
        entries = entries_of(store, f"import-{planned.batch_id}")
    return describe(entries[-1], ZoneInfo("UTC"), texts=False) if entries else None


def _say_a_case(seen: Views) -> None:
    for found in seen.rows("telling_case"):
        _title(f"A case of {found['customer']}, as the customer sees it")
        seen.tell_now()
        [case] = seen.rows("customer_case", ticket=found["ticket"])
        say_case(case, seen.zone, seen.now)
        say()
        say_timeline(seen.rows("customer_entries", ticket=found["ticket"]), seen.zone)


def _say_queues(seen: Views) -> None:
    _title(f"The agents' queues, as they stood on {long(MOMENT, seen.zone)}")
    queues = seen.rows("queue_depth_at", moment=MOMENT)
    waiting = sum(row["unresolved"] for row in queues)
    if not queues:
        say("nothing was unresolved then")
        return
    say_depth(queues[:_QUEUES], seen.zone, MOMENT)
    say(paint(f"{waiting:,} tickets in {len(queues)} queues; the agents with the most:", "dim"))
    say()
    workload = seen.rows("workload_at", moment=MOMENT, limit=_AGENTS)
    if workload:
        say_workload(workload, seen.zone, MOMENT)


def _say_rates(seen: Views) -> None:
    _title("How many contacts were followed by another one of the same customer")
    say_rates(rates(seen, ("same_issue", "any_issue"), WINDOWS, Period(None, None)))
    drivers = _drivers(seen)
    if drivers:
        say()
        told = ", ".join(f"{row['value']} {row['rate'] * 100:.0f} %" for row in drivers)
        say(f"within 7 d, same issue, most come back with: {told}")


def _drivers(seen: Views) -> list[Row]:
    return seen.rows(
        "recontact_drivers",
        scope="same_issue",
        hours=168,
        since=None,
        until=None,
        as_of=None,
        dimension="category",
        limit=_DRIVERS,
    )


def _say_json(seen: Views) -> None:
    """The demo's figures, one object a line, each with its section."""
    sections: dict[str, Callable[[], list[Row]]] = {
        "case": lambda: [
            row
            for found in seen.rows("telling_case")
            for row in seen.rows("customer_case", ticket=found["ticket"])
        ],
        "queue": lambda: seen.rows("queue_depth_at", moment=MOMENT),
        "rate": lambda: rates(seen, ("same_issue", "any_issue"), WINDOWS, Period(None, None)),
    }
    for name, rows in sections.items():
        for row in rows():
            say_json({"section": name} | row)


def _say_what_next() -> None:
    _title("What to try next")
    line = f"{_program()} --ledger {ledger_folder()}"
    for words in (
        "customer cases 'Caller 116'",
        "queue at 2016-04-05T09:00",
        "recontact rate --by month --window 7d",
        "recontact compare --before 2016-03-01..2016-04-01 --after 2016-04-01..2016-05-01",
        "log find --type ticket.reopened --limit 5",
        "sql --describe",
        'sql --json "SELECT * FROM recontact_rate(window_hours := 24)"',
        "log verify",
    ):
        say(f"{line} {words}")


def _program() -> str:
    """How the program is called: by its name, or by its place if that is not on the path."""
    called = sys.argv[0]
    if shutil.which(_NAME) or Path(called).name != _NAME:
        return _NAME
    return called


def _title(text: str) -> None:
    say()
    say(paint(f"── {text}", "bold"))
    say()
