"""Making a local index anew, even where the old one cannot be opened."""

from __future__ import annotations

from pathlib import Path

from .errors import IndexUnusable
from .index import Index
from .indexed import Indexed
from .relay_index import INDEX_NAME as RELAY_INDEX
from .relay_lock import is_relay_at_work
from .store import KafkaStore


def rebuild_index(folder: Path, *, application: Indexed) -> dict[int, int]:
    """Forget what was read of the log and read it again; the last position of each partition.

    An index that is sound is emptied in place, so that processes which have it open notice; one
    that is not is deleted, and so is that of a relay, unless it is at work. Raises StoreError if
    the log cannot be read.
    """
    if not is_relay_at_work(folder):
        Index.delete(folder, RELAY_INDEX)
    try:
        store = KafkaStore.open(folder, application=application)
        try:
            store.rebuild_index()
            return _positions(store)
        finally:
            store.close()
    except IndexUnusable:
        Index.delete(folder)
    store = KafkaStore.open(folder, application=application)
    try:
        store.reader.to_the_end()
        return _positions(store)
    finally:
        store.close()


def _positions(store: KafkaStore) -> dict[int, int]:
    return {number: one.position for number, one in store.index.partitions().items()}
