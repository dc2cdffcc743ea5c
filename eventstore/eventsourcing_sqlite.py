"""An eventsourcing persistence module: its applications keep their events in an embedded ledger.

Set `PERSISTENCE_MODULE` to this module's name and `LEDGER_FOLDER` to a folder. Further variables,
each of which may have the application's name as prefix, like eventsourcing's own:

- `LEDGER_NAME` (main) and `LEDGER_TIME_ZONE` (UTC) of a ledger that is created;
- `CREATE_TABLE` (yes): create the ledger if the folder has none;
- `ORIGINATOR_ID_TYPE` (uuid, or text);
- `LEDGER_KEYS_TOPIC`: what says under which keys subjects are found (nothing does).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    ProcessRecorder,
)
from eventsourcing.utils import Environment, EnvType, resolve_topic, strtobool

from .errors import LedgerExists, LedgerMissing
from .eventsourcing_datastore import Datastore, in_their_words
from .eventsourcing_recorders import (
    SQLiteAggregateRecorder,
    SQLiteApplicationRecorder,
    SQLiteProcessRecorder,
    SQLiteSnapshotRecorder,
    SQLiteTrackingRecorder,
)
from .sqlite import SQLiteStore
from .store import Keys

__all__ = [
    "SQLiteAggregateRecorder",
    "SQLiteApplicationRecorder",
    "SQLiteFactory",
    "SQLiteProcessRecorder",
    "SQLiteSnapshotRecorder",
    "SQLiteTrackingRecorder",
]

_Recorder = TypeVar("_Recorder")


class NoKeys:
    """An application whose subjects are found by their ids alone."""

    def keys(self, type_: str, data: bytes, /) -> Iterable[str]:  # noqa: ARG002 - the protocol's
        """None."""
        return ()


class SQLiteFactory(InfrastructureFactory[SQLiteTrackingRecorder]):
    """Makes recorders that share one embedded ledger."""

    LEDGER_FOLDER = "LEDGER_FOLDER"
    LEDGER_NAME = "LEDGER_NAME"
    LEDGER_TIME_ZONE = "LEDGER_TIME_ZONE"
    LEDGER_KEYS_TOPIC = "LEDGER_KEYS_TOPIC"
    ORIGINATOR_ID_TYPE = "ORIGINATOR_ID_TYPE"
    CREATE_TABLE = "CREATE_TABLE"

    aggregate_recorder_class = SQLiteAggregateRecorder
    application_recorder_class = SQLiteApplicationRecorder
    tracking_recorder_class = SQLiteTrackingRecorder
    process_recorder_class = SQLiteProcessRecorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        """Open the ledger, or create it. Raises OSError if a variable is missing or wrong."""
        super().__init__(env)
        folder = self.env.get(self.LEDGER_FOLDER)
        if not folder:
            names = ", ".join(self.env.create_keys(self.LEDGER_FOLDER))
            raise OSError(f"the ledger's folder is not set; set one of these variables: {names}")
        id_type = self.env.get(self.ORIGINATOR_ID_TYPE, "uuid").lower()
        if id_type not in ("uuid", "text"):
            raise OSError(f"{self.ORIGINATOR_ID_TYPE} is neither uuid nor text; set it to one")
        with in_their_words():
            store = self._open_or_create(Path(folder))
        self.datastore = Datastore(store, has_uuids=id_type == "uuid")

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """A recorder of events, or (for any other purpose) of snapshots in their own table."""
        if purpose == "events":
            return self._prepared(self.aggregate_recorder_class(self.datastore))
        return self._prepared(SQLiteSnapshotRecorder(self.datastore, purpose=purpose))

    def application_recorder(self) -> ApplicationRecorder:
        """A recorder of events that gives notifications."""
        chosen = self._chosen(self.APPLICATION_RECORDER_TOPIC, self.application_recorder_class)
        return self._prepared(chosen(self.datastore))

    def tracking_recorder(
        self, tracking_recorder_class: type[SQLiteTrackingRecorder] | None = None
    ) -> SQLiteTrackingRecorder:
        """A recorder of how far other applications' events have been processed."""
        chosen = tracking_recorder_class or self._chosen(
            self.TRACKING_RECORDER_TOPIC, self.tracking_recorder_class
        )
        return self._prepared(chosen(self.datastore))

    def process_recorder(self) -> ProcessRecorder:
        """A recorder of events and tracking in one transaction."""
        chosen = self._chosen(self.PROCESS_RECORDER_TOPIC, self.process_recorder_class)
        return self._prepared(chosen(self.datastore))

    def close(self) -> None:
        """Close the ledger."""
        self.datastore.store.close()

    def _open_or_create(self, folder: Path) -> SQLiteStore:
        topic = self.env.get(self.LEDGER_KEYS_TOPIC)
        application: Keys = resolve_topic(topic) if topic else NoKeys()
        try:
            return SQLiteStore.open(folder, application=application)
        except LedgerMissing:
            if not self._may_create():
                raise
        try:
            return SQLiteStore.create(
                folder,
                name=self.env.get(self.LEDGER_NAME, "main"),
                time_zone=self.env.get(self.LEDGER_TIME_ZONE, "UTC"),
                application=application,
            )
        except LedgerExists:  # by another process, meanwhile
            return SQLiteStore.open(folder, application=application)

    def _may_create(self) -> bool:
        return bool(strtobool(self.env.get(self.CREATE_TABLE) or "yes"))

    def _chosen(self, key: str, default: type[_Recorder]) -> type[_Recorder]:
        topic = self.env.get(key)
        if not topic:
            return default
        chosen: Any = resolve_topic(topic)
        if not (isinstance(chosen, type) and issubclass(chosen, default)):
            raise OSError(f"{key} names no subclass of {default.__name__}")
        return chosen

    def _prepared(self, recorder: _Recorder) -> _Recorder:
        if self._may_create():
            self.datastore.create_tables()
        return recorder


Factory = SQLiteFactory
