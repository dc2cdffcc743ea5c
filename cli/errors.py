"""What only the command line can get wrong. Each has an exit code of its own.

CommandLineError
├── NothingToClaim      70   no ticket waits that this agent may take
├── QueryFailed         71   DuckDB cannot run the query
├── LogFaulty           72   `log verify` found something
├── DigestDiffers       73   the log's digest is not the expected one
└── LogOfTheDemoMissing 74   the demo's log is not where the program looks

Usage errors are 2, what nobody foresaw is 1, an interruption is 130. Refusals use 3 to 39, the
store 40 to 59, projections 60 to 69, imports 80 to 89.
"""

from __future__ import annotations

from typing import ClassVar


class CommandLineError(Exception):
    """A command could not give its answer. Nothing was recorded."""

    exit_code: ClassVar[int] = 1


class NothingToClaim(CommandLineError):
    """The queue is empty for this agent."""

    exit_code = 70

    def __init__(self, agent: str, where: str) -> None:
        super().__init__(
            f"no ticket waits {where} that {agent} could take; "
            "see what there is: ticketledger queue list"
        )


class QueryFailed(CommandLineError):
    """A query that DuckDB refuses."""

    exit_code = 71


class LogFaulty(CommandLineError):
    """The log is not as it was written."""

    exit_code = 72


class DigestDiffers(CommandLineError):
    """The log is another one than the one whose digest was kept."""

    exit_code = 73

    def __init__(self, *, expected: str, found: str) -> None:
        super().__init__(
            f"the log's digest is {found}, not {expected}: events were added or taken away since "
            "that digest was noted; compare the number of records noted with it"
        )


class LogOfTheDemoMissing(CommandLineError):
    """An installed package does not carry the 2.4 MB of the example."""

    exit_code = 74

    def __init__(self, looked_in: str) -> None:
        super().__init__(
            f"the demo's log is not at {looked_in}; it comes with the source checkout as "
            "examples/incident_event_log.zip, or download the data set 'Incident management "
            "process enriched event log' of the UCI Machine Learning Repository (CC BY 4.0) and "
            "name the file: ticketledger demo --file incident_event_log.zip"
        )
