"""Preparing an import in a second process, so that deciding and recording run side by side.

The file to import is the process's standard input; what it says are chunks, and the account last.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from domain.application import TICKETS
from eventstore.errors import StoreError
from eventstore.opening import open_store
from eventstore.store import Store
from intake.account import Account
from intake.errors import IntakeError, PreparationFailed
from intake.mapping import Mapping
from intake.preparing import Chunk, Preparation
from intake.saves import ImportedSave
from intake.second_process import Ended, SecondProcess, say, serve

FEWER_COLLECTIONS = (100_000, 50, 100)
"""Hundreds of thousands of rows come and go without a cycle; looking for one is mostly in vain."""


class Worker:
    """A second process that prepares an import."""

    def __init__(
        self,
        handle: IO[bytes],
        mapping: Mapping,
        *,
        name: str,
        size_bytes: int,
        batch_id: str,
        ledger_folder: Path,
    ) -> None:
        task = {
            "mapping": mapping.model_dump_json(),
            "name": name,
            "size_bytes": size_bytes,
            "batch_id": batch_id,
            "ledger_folder": str(ledger_folder),
        }
        with handle:
            self._process = SecondProcess(__name__, task, stdin=handle)
        self._account: Account | None = None

    @property
    def account(self) -> Account:
        """The account, after the last chunk."""
        assert self._account is not None, "all chunks first"
        return self._account

    def chunks(self, _: Store) -> Iterator[Chunk]:
        """What Preparation gives; the process opens the store for itself.

        Raises PreparationFailed if the process did not finish.
        """
        while self._account is None:
            try:
                answer: Any = self._process.answer()
            except Ended as ended:
                raise PreparationFailed(str(ended)) from None
            if isinstance(answer, Account):
                self._account = answer
            elif isinstance(answer, str):
                raise PreparationFailed(answer)
            else:
                yield _unpacked(answer)

    def close(self) -> None:
        """End the process if it is still there. Closing twice is fine."""
        self._process.close()


def _packed(chunk: Chunk) -> tuple[Any, ...]:
    """Plain tuples are pickled several times as fast as those with names."""
    return ([tuple(save) for save in chunk.saves], *chunk[1:])


def _unpacked(packed: tuple[Any, ...]) -> Chunk:
    saves, *others = packed
    return Chunk([ImportedSave._make(save) for save in saves], *others)


def main() -> None:
    """What the second process does."""
    serve(_prepare, expected=(IntakeError, StoreError))


def _prepare(task: dict[str, Any], output: IO[bytes]) -> None:
    preparation = Preparation(
        sys.stdin.buffer,
        Mapping.model_validate_json(task["mapping"]),
        name=task["name"],
        size_bytes=task["size_bytes"],
        batch_id=task["batch_id"],
    )
    store = open_store(Path(task["ledger_folder"]), application=TICKETS)
    for chunk in preparation.chunks(store):
        say(_packed(chunk), output)
    say(preparation.account, output)
