"""The factory of eventsourcing's recorders on Kafka; the package says how to name it."""

from __future__ import annotations

from pathlib import Path

from ..errors import LedgerAmbiguous
from ..eventsourcing_factory import LedgerFactory
from ..eventsourcing_saves import Names
from .datastore import ERROR_NAMES, KafkaDatastore
from .errors import TopicMissing, TopicUnsuitable
from .genesis import create_ledger
from .settings import VARIABLES, KafkaSettings, LedgerSettings, read_settings, settings_path
from .store import KafkaStore

_DEFAULT_NAME = "main"


class KafkaFactory(LedgerFactory[KafkaDatastore]):
    """Makes recorders that share one ledger on Kafka."""

    error_names: Names = ERROR_NAMES

    def _open(self, folder: Path, *, has_uuids: bool) -> KafkaDatastore:
        return KafkaDatastore(self._open_or_create(folder), has_uuids=has_uuids)

    def _open_or_create(self, folder: Path) -> KafkaStore:
        if (folder / "ledger.sqlite").exists():
            raise LedgerAmbiguous(folder)
        settings = self._settings(folder)
        if self._may_create() and not settings_path(folder).exists():
            self._create(folder, settings)
        try:
            return self._open_store(folder, settings)
        except (TopicMissing, TopicUnsuitable):
            if not self._may_create():
                raise
        self._create(folder, settings)  # Raises TopicUnsuitable if it is not just new and empty.
        return self._open_store(folder, settings)

    def _create(self, folder: Path, settings: LedgerSettings) -> None:
        """Create the ledger with one partition, or join the one of that name; write ledger.toml."""
        create_ledger(folder, settings, time_zone=self._time_zone())

    def _open_store(self, folder: Path, settings: LedgerSettings) -> KafkaStore:
        return KafkaStore.open(folder, application=self._application(), settings=settings)

    def _settings(self, folder: Path) -> LedgerSettings:
        """From the folder's ledger.toml and the factory's variables, which win.

        Raises OSError if both name a ledger and differ, KafkaSettingsInvalid.
        """
        name = self.env.get(self.LEDGER_NAME)
        given = {
            variable: value
            for field in KafkaSettings.model_fields
            if (value := self.env.get(variable := f"{VARIABLES}{field.upper()}"))
        }
        named = name or self.env.get("TICKETLEDGER_NAME") or _DEFAULT_NAME
        if not settings_path(folder).exists():  # Else the file names it, and is compared with ours.
            given = {"TICKETLEDGER_NAME": named, **given}
        settings = read_settings(folder, environment=given)
        if name and name != settings.name:
            raise OSError(
                f"{self.LEDGER_NAME} is {name}, and {settings_path(folder)} names "
                f"{settings.name}; take the variable out, or choose another folder"
            )
        return settings
