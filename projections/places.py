"""Where a projection's files lie in a ledger's folder."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

PROJECTIONS_FOLDER = "projections"


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one projection. All of them can be deleted; the log rebuilds them."""

    folder: Path

    @classmethod
    def of(cls, ledger_folder: Path, name: str) -> Places:
        """The places of the projection called `name` in this ledger."""
        return cls(ledger_folder / PROJECTIONS_FOLDER / name)

    @property
    def working(self) -> Path:
        """The projector's own file. Never open it for reading beside a projector."""
        return self.folder / "working.duckdb"

    @property
    def rebuilding(self) -> Path:
        """The next file, while a rebuild is on its way."""
        return self.folder / "rebuilding.duckdb"

    @property
    def lock(self) -> Path:
        """Who works on the files."""
        return self.folder / "projector.lock"

    @property
    def progress(self) -> Path:
        """How far the projector is, for whoever asks while it works."""
        return self.folder / "progress.json"

    @property
    def published(self) -> Path:
        """The folder of read-only copies."""
        return self.folder / "published"

    @property
    def manifest(self) -> Path:
        """Which of the copies is to be read, and as of when it is true."""
        return self.folder / "published.json"


def write_whole(path: Path, content: Mapping[str, Any], *, durable: bool = True) -> None:
    """Replace a small JSON file at once: a reader sees the old one or the new one."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
        if durable:
            file.flush()
            os.fsync(file.fileno())
    beside.replace(path)
    if durable:
        sync_folder(path.parent)


def read_whole(path: Path) -> dict[str, Any] | None:
    """What `write_whole` wrote; None if there is nothing, or nothing readable."""
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return cast("dict[str, Any]", content) if isinstance(content, dict) else None


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
