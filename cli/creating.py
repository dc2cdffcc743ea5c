"""Making a ledger for commands that bring their own content: where there is none, it is made."""

from __future__ import annotations

from cli.context import ledger_folder


def create_if_missing(kafka: str | None) -> None:
    """Make the ledger in the chosen folder unless one is there. Raises StoreError."""
    from domain.application import TICKETS
    from eventstore.errors import LedgerExists
    from eventstore.opening import is_on_kafka
    from eventstore.sqlite import SQLiteStore

    folder = ledger_folder()
    if kafka is not None:
        _create_on(kafka)
    if is_on_kafka(folder):
        return
    try:
        SQLiteStore.create(
            folder, name=folder.resolve().name, time_zone="UTC", application=TICKETS
        ).close()
    except LedgerExists:
        return


def _create_on(kafka: str) -> None:
    from eventstore.kafka.genesis import create_ledger
    from eventstore.kafka.settings import LedgerSettings, kafka_settings

    folder = ledger_folder()
    cluster = kafka_settings({"bootstrap_servers": kafka})
    settings = LedgerSettings(name=folder.resolve().name, kafka=cluster)
    create_ledger(folder, settings, time_zone="UTC")
