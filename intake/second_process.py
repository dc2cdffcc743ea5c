"""A second process of our own that prepares while this one records.

What it is to do comes to it as one JSON line through a pipe; what it says leaves by its standard
output, one pickle each, with its length and a checksum before it.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from zlib import crc32

_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from importlib import import_module; import_module(sys.argv[3]).main()"
)
_PIPE_BYTES = 1 << 20
_HEAD = struct.Struct("!QI")


class Ended(Exception):
    """The process ended before it had said everything."""


class SecondProcess:
    """A second process that runs the `main()` of one of our modules."""

    def __init__(self, module: str, task: dict[str, Any], *, stdin: IO[bytes] | None) -> None:
        reading, writing = os.pipe()
        root = str(Path(__file__).parents[1])
        command = [sys.executable, "-c", _START, root, str(reading), module]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own code
            command,
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[reading],
        )
        os.close(reading)
        assert self._process.stdout is not None
        self._output = self._process.stdout
        _widen(self._output)
        # It may be gone already; then what it says, says so.
        with suppress(BrokenPipeError), os.fdopen(writing, "w", encoding="utf-8") as pipe:
            json.dump(task, pipe)

    def answer(self) -> Any:
        """The next thing that it says. Raises Ended."""
        head = self._output.read(_HEAD.size)
        if len(head) < _HEAD.size:
            raise Ended(f"it ended with status {self._process.wait()}")
        size, checksum = _HEAD.unpack(head)
        said = self._output.read(size)
        if len(said) < size:
            raise Ended(f"it ended with status {self._process.wait()}")
        if crc32(said) != checksum:
            self.kill()
            raise Ended("what it said arrived damaged")
        # Only our own child writes to this pipe.
        return pickle.loads(said)  # noqa: S301

    def kill(self) -> None:
        """End the process if it is still there."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """The same, and hear no more of it. Closing twice is fine."""
        self.kill()
        self._output.close()


def say(what: Any, output: IO[bytes]) -> None:
    """In the second process: say something."""
    said = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    output.write(_HEAD.pack(len(said), crc32(said)))
    output.write(said)
    output.flush()


def _widen(pipe: IO[bytes]) -> None:
    """Room for a whole chunk, so that the next one is begun while this one waits to be read."""
    # Only Linux can, and only up to a limit of the system; elsewhere it is a little slower.
    with suppress(AttributeError, OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def serve(
    work: Callable[[dict[str, Any], IO[bytes]], None], *, expected: tuple[type[Exception], ...]
) -> None:
    """What the second process does: its task, with what is expected to go wrong told as a text.

    It ends by itself when nobody reads what it says.
    """
    gc.disable()  # What it makes has no cycles: a whole real log stays under 200 MB.
    with os.fdopen(int(sys.argv[2]), encoding="utf-8") as pipe:
        task = json.load(pipe)
    output = sys.stdout.buffer
    with suppress(BrokenPipeError):
        try:
            work(task, output)
        except expected as error:
            say(str(error), output)
        except Exception as error:  # noqa: BLE001 - its message could quote what a row contains
            say(f"of an unexpected {type(error).__name__}", output)
        output.flush()
    # Nothing is left to be written, and flushing a broken pipe at exit would only complain.
    os._exit(0)
