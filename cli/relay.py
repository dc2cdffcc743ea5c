"""The command `relay`: what counts in the log of a ledger on Kafka becomes its stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import ledger_folder
from cli.narration import progress, tell
from cli.nouns import single
from cli.options import Json
from cli.output import say, say_json

if TYPE_CHECKING:
    from eventstore.kafka.relay import RelayProgress

INTERRUPTED = 130

app, _relay = single("relay", example="ticketledger relay --follow")


@_relay
def relay(
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until stopped.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Only say whether a relay works with this folder: a health check."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Publish the events that count to the stream, for everyone who follows a ledger on Kafka.

    It goes on where the stream ends, however it was stopped before, and ends when it has caught up;
    with --follow it goes on until Ctrl-C or SIGTERM, and exits 0. It stops when something cannot be
    sent: start it again. Two may run, each with a ledger folder of its own. With --check it exits
    78 if none works with this folder.
    """
    if check:
        _check(as_json=json)
        return
    from consumers.stopping import stopping

    # Before anything that takes time: a signal that comes early is to end in the same way.
    with stopping() as stop:
        if follow:
            tell("the relay follows the log; Ctrl-C ends it cleanly")
        from cli.errors import OnlyOnKafka
        from eventstore.kafka.relay import Relay
        from eventstore.opening import is_on_kafka

        folder = ledger_folder()
        if not is_on_kafka(folder):
            raise OnlyOnKafka("an embedded ledger is its own stream")
        with Relay.open(folder) as opened, progress("relay", unit="records") as bar:
            done = opened.run(
                follow=follow, stop=stop, on_progress=lambda at: bar.show(at.read, at.end)
            )
    _say(done, as_json=json)
    if not done.caught_up and not follow:
        raise typer.Exit(INTERRUPTED)


def _check(*, as_json: bool) -> None:
    from cli.errors import NoRelay
    from eventstore.kafka.relay_lock import is_relay_at_work

    folder = ledger_folder()
    working = is_relay_at_work(folder)
    if as_json:
        say_json({"relay": working})
    if not working:
        raise NoRelay(str(folder))
    if not as_json:
        say(f"a relay works with {folder}")


def _say(done: RelayProgress, *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "positions": {str(number): at for number, at in done.positions.items()},
                "published": done.published,
                "read": done.read,
                "end": done.end,
                "seconds": round(done.seconds, 3),
                "caught_up": done.caught_up,
            }
        )
        return
    where = "caught up" if done.caught_up else f"at record {done.read:,} of {done.end:,}"
    rate = f", {done.published / done.seconds:,.0f} events/s" if done.published else ""
    at = sum(done.positions.values())
    say(f"relay: position {at:,}, {where}; {done.published:,} published{rate}")
