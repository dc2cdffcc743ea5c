"""The factory that eventsourcing asks for recorders, whichever store they are for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    ProcessRecorder,
)
from eventsourcing.utils import Environment, EnvType, resolve_topic, strtobool

from .eventsourcing_datastore import Datastore, in_their_words
from .eventsourcing_recorders import (
    LedgerAggregateRecorder,
    LedgerApplicationRecorder,
    LedgerProcessRecorder,
    LedgerSnapshotRecorder,
    LedgerTrackingRecorder,
)
from .eventsourcing_saves import NAMES_IN_EVENTSOURCING, Names

AnyDatastore = TypeVar("AnyDatastore", bound=Datastore)
_Recorder = TypeVar("_Recorder")


class NoKeys:
    """An application whose subjects are found by their ids alone, and never rest."""

    def keys(self, type_: str, data: bytes, /) -> Iterable[str]:  # noqa: ARG002 - the protocol's
        """None."""
        return ()

    def is_cold(self, type_: str, /) -> bool:  # noqa: ARG002 - the protocol's
        """Never."""
        return False

    def is_sought_by_command(self, type_: str, data: bytes, /) -> bool:  # noqa: ARG002 - the protocol's
        """Never."""
        return False


class LedgerFactory(InfrastructureFactory[LedgerTrackingRecorder], Generic[AnyDatastore]):
    """Makes recorders that share one ledger. Generic, so that a module which imports it and makes
    one of its own has, for eventsourcing, one factory."""

    LEDGER_FOLDER = "LEDGER_FOLDER"
    LEDGER_NAME = "LEDGER_NAME"
    LEDGER_TIME_ZONE = "LEDGER_TIME_ZONE"
    LEDGER_KEYS_TOPIC = "LEDGER_KEYS_TOPIC"
    ORIGINATOR_ID_TYPE = "ORIGINATOR_ID_TYPE"
    CREATE_TABLE = "CREATE_TABLE"

    error_names: Names = NAMES_IN_EVENTSOURCING

    aggregate_recorder_class = LedgerAggregateRecorder
    application_recorder_class = LedgerApplicationRecorder
    tracking_recorder_class = LedgerTrackingRecorder
    process_recorder_class = LedgerProcessRecorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        """Open the ledger, or create it. Raises OSError if a variable is missing or wrong, and
        PersistenceError."""
        super().__init__(env)
        folder = self.env.get(self.LEDGER_FOLDER)
        if not folder:
            names = ", ".join(self.env.create_keys(self.LEDGER_FOLDER))
            raise OSError(f"the ledger's folder is not set; set one of these variables: {names}")
        id_type = self.env.get(self.ORIGINATOR_ID_TYPE, "uuid").lower()
        if id_type not in ("uuid", "text"):
            raise OSError(f"{self.ORIGINATOR_ID_TYPE} is neither uuid nor text; set it to one")
        with in_their_words(self.error_names):
            self.datastore = self._open(Path(folder), has_uuids=id_type == "uuid")

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """A recorder of events, or (for any other purpose) of snapshots in their own table."""
        if purpose == "events":
            return self._prepared(self.aggregate_recorder_class(self.datastore))
        return self._prepared(LedgerSnapshotRecorder(self.datastore, purpose=purpose))

    def application_recorder(self) -> ApplicationRecorder:
        """A recorder of events that gives notifications."""
        chosen = self._chosen(self.APPLICATION_RECORDER_TOPIC, self.application_recorder_class)
        return self._prepared(chosen(self.datastore))

    def tracking_recorder(
        self, tracking_recorder_class: type[LedgerTrackingRecorder] | None = None
    ) -> LedgerTrackingRecorder:
        """A recorder of how far other applications' events have been processed."""
        chosen = tracking_recorder_class or self._chosen(
            self.TRACKING_RECORDER_TOPIC, self.tracking_recorder_class
        )
        return self._prepared(chosen(self.datastore))

    def process_recorder(self) -> ProcessRecorder:
        """A recorder of events together with how far another application's were processed."""
        chosen = self._chosen(self.PROCESS_RECORDER_TOPIC, self.process_recorder_class)
        return self._prepared(chosen(self.datastore))

    def close(self) -> None:
        """Close the ledger."""
        self.datastore.close()

    @abstractmethod
    def _open(self, folder: Path, *, has_uuids: bool) -> AnyDatastore:
        """The folder's ledger; a new one if there is none and `_may_create`. Raises StoreError."""

    def _application(self) -> Any:
        """What says under which keys subjects are found, and which of them rest."""
        topic = self.env.get(self.LEDGER_KEYS_TOPIC)
        return resolve_topic(topic) if topic else NoKeys()

    def _time_zone(self) -> str:
        return self.env.get(self.LEDGER_TIME_ZONE, "UTC")

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
            with in_their_words(self.error_names):
                self.datastore.tables.create()
        return recorder
