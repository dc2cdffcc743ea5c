"""Folds a hand-made stream into a file and publishes it, as a projector would."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Self

from consumers.working_file import WorkingFile
from projections.definition import Projection
from projections.places import Places
from projections.publishing import Manifest, publish
from tests.projections.harness import Stream


class Publisher:
    """One projection in a ledger's folder, whose stream a test may let grow."""

    def __init__(
        self, ledger_folder: Path, projection: Projection, stream: Stream, *, now: datetime
    ) -> None:
        self.ledger_folder = ledger_folder
        self.stream = stream
        self._projection = projection
        self._now = now
        self._places = Places.of(ledger_folder, projection.name)
        self._file = WorkingFile(projection, path=self._places.working, token="test", threads=1)

    def publish(self, *, time_zone: str = "Europe/Berlin") -> Manifest:
        """Fold what is new and publish it."""
        if self.stream.delivered():
            self._file.apply(self._file.stage(self.stream.delivered()))
        return publish(
            self._file.connection,
            self._projection,
            path=self._places.working,
            places=self._places,
            ledger={"name": "main", "time_zone": time_zone},
            now=self._now,
        )

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
