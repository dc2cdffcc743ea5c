"""Which store a ledger folder has: one file of its own, or a cluster that its settings name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .errors import LedgerAmbiguous
from .sqlite import SQLiteStore
from .sqlite_creation import FILE_NAME
from .store import Store

if TYPE_CHECKING:
    from .kafka.indexed import Indexed


def is_on_kafka(folder: Path) -> bool:
    """Whether a folder's ledger is on Kafka. Raises LedgerAmbiguous if it also has its own file."""
    if not (folder / "ledger.toml").exists() and not _named_by_variables():
        return False
    from .kafka.settings import is_on_kafka as has_settings

    if not has_settings(folder):
        return False
    if (folder / FILE_NAME).exists():
        raise LedgerAmbiguous(folder)
    return True


def can_be_opened(folder: Path) -> bool:
    """Whether a folder says where its ledger is, so that another process can open it by that."""
    return (folder / FILE_NAME).exists() or is_on_kafka(folder)


def open_store(folder: Path, *, application: Indexed) -> Store:
    """The ledger of a folder, whichever store it is on. Raises StoreError."""
    if not is_on_kafka(folder):
        return SQLiteStore.open(folder, application=application)
    from .kafka.store import KafkaStore

    return KafkaStore.open(folder, application=application)


def _named_by_variables() -> bool:
    import os

    return "TICKETLEDGER_KAFKA_BOOTSTRAP_SERVERS" in os.environ
