"""The file to import, wherever it comes from: a CSV file, a zip with one inside, standard input."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Self

from intake.errors import FileUnreadable

STDIN = "-"
_BLOCK_BYTES = 1 << 20
_ZIP_MARK = b"PK\x03\x04"
_NOT_CSV = {
    b"\x1f\x8b": "it is compressed with gzip; unpack it, or give a zip",
    b"PK\x05\x06": "the zip is empty",
    b"\xd0\xcf\x11\xe0": "it is an old Excel workbook; save it as CSV",
}


class Source:
    """The bytes of one CSV text: how many, their hash, and a handle to read them from the start.

    What cannot be read twice (standard input, a member of a zip) is first spooled to a temporary
    file, since an import has to know size and content before it begins.
    """

    def __init__(self, name: str, handle: IO[bytes], *, resources: ExitStack) -> None:
        self.name = name
        self._handle = handle
        self._resources = resources
        self.sha256, self.size_bytes = _measured(handle)

    @classmethod
    def open(cls, file: str | Path, *, stdin: IO[bytes] | None = None) -> Self:
        """Open a path, or standard input for `-`. Raises FileUnreadable."""
        name = "standard input" if str(file) == STDIN else str(file)
        resources = ExitStack()
        try:
            raw = _opened(name, file, stdin, resources)
            return cls(name, _unpacked(name, raw, resources), resources=resources)
        except BaseException:
            resources.close()
            raise

    def reader(self) -> IO[bytes]:
        """The bytes from their beginning, to be closed by the reader. One reader at a time: they
        share a place in the file."""
        place = self._handle.fileno()
        os.lseek(place, 0, os.SEEK_SET)  # our own handle may think that it need not move
        return os.fdopen(os.dup(place), "rb")

    def close(self) -> None:
        """Give back files and temporary files. Closing twice is fine."""
        self._resources.close()


def _opened(
    name: str, file: str | Path, stdin: IO[bytes] | None, resources: ExitStack
) -> IO[bytes]:
    if str(file) == STDIN:
        if stdin is None:
            raise FileUnreadable(name, reason="nothing is connected to it; pipe a CSV into it")
        return _spooled(stdin, resources)
    path = Path(file)
    if path.is_dir():
        raise FileUnreadable(name, reason="it is a folder; name the file in it")
    try:
        handle = resources.enter_context(path.open("rb"))
    except OSError as error:
        raise FileUnreadable(name, reason=f"{error.strerror}; check the path") from None
    return handle if handle.seekable() else _spooled(handle, resources)


def _unpacked(name: str, raw: IO[bytes], resources: ExitStack) -> IO[bytes]:
    """The CSV itself: a zip is recognised by how it begins, not by its name."""
    start = raw.read(len(_ZIP_MARK))
    raw.seek(0)
    for mark, reason in _NOT_CSV.items():
        if start.startswith(mark):
            raise FileUnreadable(name, reason=reason)
    if start != _ZIP_MARK:
        return raw
    try:
        archive = resources.enter_context(zipfile.ZipFile(raw))
        with archive.open(_member(name, archive)) as member:
            return _spooled(member, resources)
    except zipfile.BadZipFile:
        raise FileUnreadable(name, reason="the zip is damaged; fetch it again") from None
    except (RuntimeError, NotImplementedError):
        reason = "the zip is encrypted or packed in an unusual way; unpack it and give the CSV"
        raise FileUnreadable(name, reason=reason) from None


def _member(name: str, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    files = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not member.filename.startswith("__MACOSX/")
    ]
    tables = [member for member in files if member.filename.lower().endswith((".csv", ".tsv"))]
    chosen = tables or files
    if len(chosen) == 1:
        return chosen[0]
    inside = ", ".join(member.filename for member in chosen) or "nothing"
    raise FileUnreadable(
        name, reason=f"the zip should hold one CSV, it holds {inside}; unpack it and name one"
    )


def _spooled(origin: IO[bytes], resources: ExitStack) -> IO[bytes]:
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the other resources
    resources.callback(copy.close)
    shutil.copyfileobj(origin, copy, _BLOCK_BYTES)
    copy.seek(0)
    return copy


def _measured(handle: IO[bytes]) -> tuple[str, int]:
    handle.seek(0)
    digest, size = hashlib.sha256(), 0
    while block := handle.read(_BLOCK_BYTES):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size
