"""Preparing an import in a second process, so that deciding and recording run side by side.

The file to import is the process's standard input, chunks leave by its standard output, one pickle
each; the last one is the account. What it is to do comes as one JSON line through a pipe.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
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

_START = "import sys; sys.path.insert(0, sys.argv[1]); from intake.worker import main; main()"
_PIPE_BYTES = 1 << 20
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
        reading, writing = os.pipe()
        command = [sys.executable, "-c", _START, str(Path(__file__).parents[1]), str(reading)]
        with handle:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own code
                command,
                stdin=handle,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[reading],
            )
        os.close(reading)
        assert self._process.stdout is not None
        _widen(self._process.stdout)
        # It may be gone already; then the chunks say so.
        with suppress(BrokenPipeError), os.fdopen(writing, "w", encoding="utf-8") as pipe:
            json.dump(task, pipe)
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
        output = self._process.stdout
        assert output is not None
        while self._account is None:
            try:
                # Only our own child writes to this pipe.
                answer: Any = pickle.load(output)  # noqa: S301
            except (EOFError, pickle.UnpicklingError):
                raise PreparationFailed(f"it ended with status {self._process.wait()}") from None
            if isinstance(answer, Account):
                self._account = answer
            elif isinstance(answer, str):
                raise PreparationFailed(answer)
            else:
                yield _unpacked(answer)

    def close(self) -> None:
        """End the process if it is still there. Closing twice is fine."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def _packed(chunk: Chunk) -> tuple[Any, ...]:
    """Plain tuples are pickled several times as fast as those with names."""
    return ([tuple(save) for save in chunk.saves], *chunk[1:])


def _unpacked(packed: tuple[Any, ...]) -> Chunk:
    saves, *others = packed
    return Chunk([ImportedSave._make(save) for save in saves], *others)


def _widen(pipe: IO[bytes]) -> None:
    """Room for a whole chunk, so that the next one is begun while this one waits to be read."""
    # Only Linux can, and only up to a limit of the system; elsewhere it is a little slower.
    with suppress(AttributeError, OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def main() -> None:
    """What the second process does. It ends by itself when nobody reads what it says."""
    gc.disable()  # What a row leaves behind has no cycles; the whole real log stays under 200 MB.
    with os.fdopen(int(sys.argv[2]), encoding="utf-8") as pipe:
        task = json.load(pipe)
    output = sys.stdout.buffer
    with suppress(BrokenPipeError):
        try:
            _prepare(task, output)
        except (IntakeError, StoreError) as error:
            pickle.dump(str(error), output)
        except Exception as error:  # noqa: BLE001 - its message could quote what a row contains
            pickle.dump(f"of an unexpected {type(error).__name__}", output)
        output.flush()
    # Nothing is left to be written, and flushing a broken pipe at exit would only complain.
    os._exit(0)


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
        pickle.dump(_packed(chunk), output, pickle.HIGHEST_PROTOCOL)
        output.flush()
    pickle.dump(preparation.account, output, pickle.HIGHEST_PROTOCOL)
