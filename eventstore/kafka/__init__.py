"""The store on Apache Kafka, which also is a persistence module of eventsourcing.

For any eventsourcing application to keep its events in a ledger there, set `PERSISTENCE_MODULE`
to this package's name and `LEDGER_FOLDER` to a folder for the index, snapshots and tracking.
Further variables, each of which may have the application's name as prefix:

- the folder's `ledger.toml`, or `TICKETLEDGER_KAFKA_BOOTSTRAP_SERVERS` and the like: the cluster;
- `LEDGER_NAME` (main): names the topics; `LEDGER_TIME_ZONE` (UTC) of a ledger that is created;
- `CREATE_TABLE` (yes): create the topics if there are none, and write `ledger.toml`;
- `ORIGINATOR_ID_TYPE` (uuid, or text);
- `LEDGER_KEYS_TOPIC`: what says under which keys subjects are found, and which of them rest.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .eventsourcing_kafka import KafkaFactory

__all__ = ["KafkaFactory"]


def __getattr__(name: str) -> Any:
    if name != "KafkaFactory":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .eventsourcing_kafka import KafkaFactory

    globals()[name] = KafkaFactory
    return KafkaFactory


class _Package(ModuleType):
    """eventsourcing finds a factory by going through a module's `__dict__`, which asks nobody for
    what is imported later. Importing the factory at once would add eventsourcing's import to every
    command on Kafka (measured: a tenth of a second), so it is put there when somebody looks."""

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        if "eventsourcing.persistence" in sys.modules:
            self.KafkaFactory  # noqa: B018 - looking is enough
        found: dict[str, Any] = vars(ModuleType)["__dict__"].__get__(self)
        return found


sys.modules[__name__].__class__ = _Package
