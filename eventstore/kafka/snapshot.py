"""Index snapshots: a new machine begins with one instead of reading the log from its start.

A snapshot is a copy of an index as a zstd-compressed file, to be put wherever machines share files.
It is trusted as little as an index: opening it checks the anchor, so one of another log is found.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from contextlib import closing, suppress
from pathlib import Path

import zstandard

from .errors import IndexUnusable, SnapshotUnusable
from .index import Index
from .index_file import APPLICATION_ID, FILE_NAME, VERSION, check

_LEVEL = 3


def publish_snapshot(index: Index, target: Path) -> int:
    """Write a snapshot of the index as it is, whole or not at all; its size in bytes.

    Raises SnapshotUnusable if the file cannot be written.
    """
    plain = target.with_name(f"{target.name}.{uuid.uuid4().hex}.plain")
    packed = target.with_name(f"{target.name}.{uuid.uuid4().hex}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(index.file.path)) as connection:
            connection.execute("VACUUM INTO ?", (str(plain),))
        compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
        with plain.open("rb") as read, packed.open("wb") as write:
            compressor.copy_stream(read, write)
            write.flush()
            os.fsync(write.fileno())
        packed.replace(target)
    except (OSError, sqlite3.Error) as error:
        what = f"cannot be written ({type(error).__name__})"
        raise SnapshotUnusable(target, what=what) from error
    finally:
        for path in (plain, packed):
            with suppress(OSError):
                path.unlink()
    return target.stat().st_size


def install_snapshot(folder: Path, snapshot: Path, *, topic: str) -> None:
    """Begin a ledger folder's index with a snapshot.

    Raises SnapshotUnusable if it is none, damaged, of another log or release, or if the folder has
    an index already.
    """
    path = folder / FILE_NAME
    unpacked = folder / f"{FILE_NAME}.{uuid.uuid4().hex}.new"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with snapshot.open("rb") as read, unpacked.open("wb") as write:
            zstandard.ZstdDecompressor().copy_stream(read, write)
        with closing(sqlite3.connect(unpacked)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            found = dict(connection.execute("SELECT name, value FROM about").fetchall())
        if found.get("topic") != topic:
            raise SnapshotUnusable(snapshot, what=f"is of the log {found.get('topic')}")
        check(unpacked)
        os.link(unpacked, path)
    except FileExistsError:
        what = f"is not needed: {path} is there already"
        raise SnapshotUnusable(snapshot, what=what) from None
    except (OSError, zstandard.ZstdError, sqlite3.Error, IndexUnusable) as error:
        what = f"cannot be used ({type(error).__name__})"
        raise SnapshotUnusable(snapshot, what=what) from error
    finally:
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                unpacked.with_name(unpacked.name + suffix).unlink()
