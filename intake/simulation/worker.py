"""Deciding a simulation in a second process, so that deciding and recording run side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from domain.application import TICKETS
from eventstore.errors import StoreError
from eventstore.opening import open_store
from eventstore.store import Store
from intake.desk.saves import DecidedSave
from intake.errors import IntakeError
from intake.second_process import Ended, SecondProcess, say, serve
from intake.simulation.account import Account
from intake.simulation.deciding import Chunk, Deciding
from intake.simulation.errors import SimulationStopped
from intake.simulation.parameters import Parameters


class Worker:
    """A second process that decides a simulation. `ledger_folder` is where it looks for what was
    there before; None: there was nothing."""

    def __init__(self, parameters: Parameters, ledger_folder: Path | None) -> None:
        folder = None if ledger_folder is None else str(ledger_folder)
        task = {"parameters": parameters.as_json(), "ledger_folder": folder}
        self._process = SecondProcess(__name__, task, stdin=None)
        self._account: Account | None = None

    @property
    def account(self) -> Account:
        """The account, after the last chunk."""
        assert self._account is not None, "all chunks first"
        return self._account

    def chunks(self, _: Store | None) -> Iterator[Chunk]:
        """What Deciding gives; the process opens the store for itself. Raises SimulationStopped."""
        while self._account is None:
            try:
                answer: Any = self._process.answer()
            except Ended as ended:
                raise SimulationStopped(str(ended)) from None
            if isinstance(answer, Account):
                self._account = answer
            elif isinstance(answer, str):
                raise SimulationStopped(answer)
            else:
                saves, done = answer
                yield Chunk([DecidedSave._make(save) for save in saves], done)

    def close(self) -> None:
        """End the process if it is still there. Closing twice is fine."""
        self._process.close()


def main() -> None:
    """What the second process does."""
    serve(_decide, expected=(IntakeError, StoreError))


def _decide(task: dict[str, Any], output: IO[bytes]) -> None:
    deciding = Deciding(Parameters.of_json(task["parameters"]))
    folder = task["ledger_folder"]
    store = open_store(Path(folder), application=TICKETS) if folder is not None else None
    for chunk in deciding.chunks(store):
        say(([tuple(save) for save in chunk.saves], chunk.done), output)
    say(deciding.account, output)
