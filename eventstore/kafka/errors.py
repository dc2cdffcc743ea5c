"""What can go wrong with a ledger on Kafka, beside what `eventstore.errors` has for any.

    StoreError
    ├── KafkaSettingsInvalid       100  an address, a secret or another setting is missing or wrong
    ├── BrokerUnreachable          101  no broker answered in time
    ├── AccessDenied               102  the broker does not let us in, or not do that
    ├── TopicMissing               103  the cluster has no such ledger
    ├── TopicUnsuitable            104  a topic whose settings would lose or forget something
    ├── LogReplaced                105  the log is not the one that was read before
    ├── IndexUnusable              106  the local index is damaged, or of another ledger
    ├── RecordRejected             107  the broker will not take this record, whenever it is sent
    ├── KafkaOutcomeUnknown         57  the deadline passed; the save may or may not count
    ├── StreamBroken               108  the stream has a gap, or says other than the log
    ├── RelayStopped               109  the relay could not send and must not go on
    ├── HeldByAnotherRelay         110  another relay works with this ledger folder
    └── SnapshotUnusable           112  a published index snapshot that cannot be used

The numbers are exit codes of the command line and stay. No message names a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..errors import OutcomeUnknown, StoreError


class KafkaSettingsInvalid(StoreError):
    """A setting is missing or makes no sense; the message says which, and where it may be set."""

    exit_code = 100


class BrokerUnreachable(StoreError):
    """Nobody answered."""

    exit_code = 101

    def __init__(self, bootstrap: str, *, tried: str, waited_seconds: float) -> None:
        super().__init__(
            f"no Kafka broker answers at {bootstrap} ({tried}, {waited_seconds:.0f} s); check the "
            f"address and the network; to try things out, start one: docker compose up -d kafka"
        )


class AccessDenied(StoreError):
    """Authentication or authorization failed."""

    exit_code = 102

    def __init__(self, bootstrap: str, *, what: str) -> None:
        super().__init__(
            f"the Kafka broker at {bootstrap} refuses: {what}; check security_protocol, "
            f"sasl_mechanism, user name and secret in ledger.toml and TICKETLEDGER_KAFKA_*, "
            f"and the access rules of the topics"
        )


class TopicMissing(StoreError):
    """The cluster has no such topic."""

    exit_code = 103

    def __init__(self, topic: str, *, bootstrap: str) -> None:
        super().__init__(
            f"the cluster at {bootstrap} has no topic {topic}; "
            f"create the ledger with `init --kafka {bootstrap}`, or check its name"
        )


class TopicUnsuitable(StoreError):
    """A topic's settings contradict what a ledger needs."""

    exit_code = 104

    def __init__(self, topic: str, *, found: Sequence[str]) -> None:
        super().__init__(
            f"topic {topic} cannot hold a ledger: {'; '.join(found)}; "
            f"change that with kafka-configs, or choose another ledger name"
        )


class LogReplaced(StoreError):
    """The log was truncated, deleted and created again, or exchanged. Nothing is served from it."""

    exit_code = 105

    def __init__(self, topic: str, *, partition: int, expected: str, found: str) -> None:
        super().__init__(
            f"{topic}, partition {partition}, is not the log that was read before: "
            f"expected {expected}, found {found}; nothing is served. If the log is right, "
            f"`log index rebuild` forgets what was read; if not, restore the log first"
        )


class IndexUnusable(StoreError):
    """The local index cannot be used. It is a cache."""

    exit_code = 106

    def __init__(self, path: Path, *, what: str) -> None:
        super().__init__(
            f"the index {path} {what}; it is only a cache: `log index rebuild` makes it anew"
        )


class RecordRejected(StoreError):
    """The broker will not take this record."""

    exit_code = 107

    def __init__(self, subject: str, *, reason: str) -> None:
        super().__init__(
            f"the broker did not take the save for {subject}: {reason}; nothing was recorded"
        )


class KafkaOutcomeUnknown(OutcomeUnknown):
    """The deadline passed while a save was neither acknowledged nor beaten."""

    def __init__(self, commands: Iterable[str | None], *, waited_seconds: float, last: str) -> None:
        named = [command.partition(" ")[0] for command in commands if command]
        what = f"command {', '.join(named)}" if named else "the save"
        StoreError.__init__(
            self,
            f"the log did not acknowledge {what} within {waited_seconds:.0f} s ({last}); "
            f"it is unknown whether it counts; repeating it with the same id is safe",
        )


class StreamBroken(StoreError):
    """The stream contradicts itself or the log."""

    exit_code = 108

    def __init__(self, topic: str, *, partition: int, what: str) -> None:
        super().__init__(
            f"{topic}, partition {partition}: {what}; the stream is derived: stop the relays and "
            f"followers, delete the topic, and `init` and `relay` publish it again from the log"
        )


class RelayStopped(StoreError):
    """A send failed. Going on after it could publish out of order."""

    exit_code = 109

    def __init__(self, topic: str, *, position: int, reason: str) -> None:
        super().__init__(
            f"the relay stopped before position {position} of {topic} was acknowledged ({reason}); "
            f"start it again: it goes on from the stream's end"
        )


class HeldByAnotherRelay(StoreError):
    """Two relays may run, but not with one folder."""

    exit_code = 110

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"another relay works with {folder}; one is enough, and a second one "
            f"needs a ledger folder of its own"
        )


class SnapshotUnusable(StoreError):
    """A published index snapshot that does not fit."""

    exit_code = 112

    def __init__(self, path: Path, *, what: str) -> None:
        super().__init__(
            f"the index snapshot {path} {what}; take a newer one, or do without: "
            f"the index is then built from the start of the log"
        )
