"""What only the command line can get wrong. Each has an exit code of its own.

CommandLineError
├── SimulationFaulty     76   `simulate --check` found something in what it had recorded
├── NoRelay              78   no relay works with this ledger folder
├── SomeRefused          79   of many commands given at once, some were refused
├── NothingToClaim       80   no ticket waits that this agent may take
├── QueryFailed          81   DuckDB cannot run the query
├── LogFaulty            82   `log verify` found something
├── NoSuchSubject        83   the log has nothing under that name or position
├── LogOfTheDemoMissing  84   the demo's log is not where the program looks
├── NoSuchQueue          85   no ticket was ever in a queue of that name
├── ProjectionsStopped   86   `project status` found projections that wait for somebody
├── LedgerIsAnother      87   the ledger that is there has other settings than were asked for
├── OnlyOnKafka          88   a command for ledgers on Kafka, and this one is embedded
└── SetUpWrongly         89   `doctor` found something wrong

Usage errors are 2, what nobody foresaw is 1, an interruption is 130. Refusals use 3 to 39, the
store 40 to 59, projections 60 to 79, imports and policy files 90 to 99, Kafka 100 to 112,
notifications 113 to 119, policies and simulations 120 to 125.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class CommandLineError(Exception):
    """A command could not give its answer. Nothing was recorded."""

    exit_code: ClassVar[int] = 1


class NothingToClaim(CommandLineError):
    """The queue is empty for this agent."""

    exit_code = 80

    def __init__(self, agent: str, where: str) -> None:
        super().__init__(
            f"no ticket waits{where} that {agent} could take; "
            "see what there is: ticketledger queue list"
        )


class QueryFailed(CommandLineError):
    """A query that DuckDB refuses."""

    exit_code = 81


class LogFaulty(CommandLineError):
    """The log is not as it was written, or not the one whose digest was kept."""

    exit_code = 82

    def __init__(self, findings: int) -> None:
        super().__init__(
            f"the log does not hold together: {findings:,} "
            f"{'finding' if findings == 1 else 'findings'}, listed above; write nothing "
            "more into it, and restore it from a backup that verifies"
        )


class NoSuchSubject(CommandLineError):
    """Nothing is recorded there."""

    exit_code = 83

    def __init__(self, wanted: str) -> None:
        super().__init__(
            f"the log has nothing under {wanted}: no ticket number, subject or position; "
            "see what it has: ticketledger log tail"
        )


class NoSuchQueue(CommandLineError):
    """No ticket was ever in a queue of that name."""

    exit_code = 85

    def __init__(self, wanted: str, *, near: Sequence[str], queues: int) -> None:
        if near:
            way_out = f"near it: {', '.join(near)}"
        elif queues:
            way_out = "see them: ticketledger queue depth"
        else:
            way_out = "no ticket is in any queue yet"
        super().__init__(f"there is no queue {wanted}; {way_out}")


class ProjectionsStopped(CommandLineError):
    """Projections that stopped, or are of another version, wait for somebody."""

    exit_code = 86

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"{', '.join(names)} stopped or need{'s' if len(names) == 1 else ''} a rebuild, as "
            f"told above; to try again: ticketledger project run {' '.join(names)}"
        )


class LedgerIsAnother(CommandLineError):
    """The ledger that is there has other settings than were asked for."""

    exit_code = 87

    def __init__(
        self, folder: str, *, name: str, time_zone: str, wanted: tuple[str | None, str]
    ) -> None:
        called = f"name {wanted[0]}, " if wanted[0] else ""
        super().__init__(
            f"{folder} has a ledger already, with name {name} and time zone {time_zone}; asked for "
            f"was {called}time zone {wanted[1]}. A ledger's settings never change: go on with that "
            f"one, or name another folder with --ledger"
        )


class LogOfTheDemoMissing(CommandLineError):
    """An installed package does not carry the 2.4 MB of the example."""

    exit_code = 84

    def __init__(self, looked_in: str) -> None:
        super().__init__(
            f"the demo's log is not at {looked_in}; it comes with the source checkout as "
            "examples/incident_event_log.zip, or download the data set 'Incident management "
            "process enriched event log' of the UCI Machine Learning Repository (CC BY 4.0) and "
            "name the file: ticketledger demo --file incident_event_log.zip"
        )


class OnlyOnKafka(CommandLineError):
    """A command for ledgers on Kafka, and the ledger is embedded."""

    exit_code = 88

    def __init__(self, why: str) -> None:
        super().__init__(
            f"{why}; this is for a ledger on Kafka: ticketledger init --kafka HOST:PORT makes one"
        )


class SetUpWrongly(CommandLineError):
    """`doctor` found something that will lose or refuse something."""

    exit_code = 89

    def __init__(self, count: int) -> None:
        what = "1 thing is" if count == 1 else f"{count} things are"
        super().__init__(f"{what} wrong, listed above with what to do; then look again: doctor")


class NoRelay(CommandLineError):
    """Nobody publishes what counts."""

    exit_code = 78

    def __init__(self, folder: str) -> None:
        super().__init__(f"no relay works with {folder}; start one: ticketledger relay --follow")


class SimulationFaulty(CommandLineError):
    """What was simulated is not as the rules want it: a fault of this program."""

    exit_code = 76

    def __init__(self, findings: int) -> None:
        super().__init__(
            f"the check found {findings:,} {'place' if findings == 1 else 'places'} in the "
            "simulated log that the rules do not allow, listed above; this is a fault of the "
            "program: please report it with the parameters"
        )


class SomeRefused(CommandLineError):
    """The others of them are recorded."""

    exit_code = 79

    def __init__(self, refused: int, total: int) -> None:
        super().__init__(
            f"{refused:,} of {total:,} came to nothing, each told with its reason above; the rest "
            "is recorded: mend those and repeat everything, which records nothing twice"
        )
