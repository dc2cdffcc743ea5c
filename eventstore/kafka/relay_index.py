"""The private index of a relay: what was published and what was taken in commit together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ..store import Save
from .applying import Applied
from .counted import CountedRecord
from .errors import IndexUnusable
from .genesis import read_genesis
from .index import Index
from .log import Log
from .wire import Raw

INDEX_NAME = "relay.sqlite"

Publish = Callable[[Sequence[CountedRecord]], None]


class RelayIndex(Index):
    """An index of which a batch is published before it is committed."""

    publish: Publish

    def apply(
        self,
        records: Sequence[Raw],
        *,
        saves: Sequence[Save] | None = None,
        allow_gap: bool = False,
    ) -> Applied:
        """Take a batch in and publish it; when that fails, neither is done."""
        with self.file.writing() as connection:
            applied = self.apply_within(connection, records, saves=saves, allow_gap=allow_gap)
            self.publish(applied.counted)
            return applied


class _AllAtRest:
    """A relay looks nothing up and loads no subject."""

    def keys(self, type_: str, data: bytes, /) -> Iterable[str]:  # noqa: ARG002 - what an index asks
        return ()

    def is_cold(self, type_: str, /) -> bool:  # noqa: ARG002
        return True

    def is_sought_by_command(self, type_: str, data: bytes, /) -> bool:  # noqa: ARG002
        return False


def opened_index(folder: Path, log: Log) -> RelayIndex:
    """The private index; one that cannot be used is made anew, for it is only a cache."""
    application = _AllAtRest()
    try:
        index = RelayIndex.open(folder, application=application, topic=log.topic, name=INDEX_NAME)
        _ = index.settings  # Read here, so that an index of another log is noticed.
    except FileNotFoundError:
        pass
    except IndexUnusable:
        RelayIndex.delete(folder, INDEX_NAME)
    else:
        return index
    return RelayIndex.create(
        folder, read_genesis(log), application=application, topic=log.topic, name=INDEX_NAME
    )
