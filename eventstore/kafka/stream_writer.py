"""Writing the stream: in order, and never past something that was not taken."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from .clients import Client, kafka_errors, producer
from .errors import RelayStopped
from .settings import KafkaSettings

READABLE = b"application/cloudevents+json; charset=UTF-8"
UNREADABLE = b"application/octet-stream"

_NEVER_MS = 2**31 - 1
"""A batch that expires alone would let those behind it overtake: all give up together, or none."""


class Numbered(NamedTuple):
    """An event on its way into the stream."""

    partition: int
    position: int
    key: bytes
    body: bytes
    is_readable: bool


class StreamWriter:
    """One idempotent producer. After a failure it sends nothing more: make a new one.

    After some failures the producer of kafka-python would go on with the batches behind, and
    followers would meet a gap. So a failure closes it from inside, in its own thread, before that
    sends anything else; and a closed one takes nothing more.
    """

    def __init__(self, settings: KafkaSettings, topic: str) -> None:
        self._topic = topic
        self._deadline_seconds = settings.deadline_seconds
        self._producer: Client = producer(settings, delivery_timeout_ms=_NEVER_MS)

    def write(self, events: Sequence[Numbered]) -> None:
        """Append these, in this order, and wait until all are acknowledged. Raises RelayStopped."""
        deadline = time.monotonic() + self._deadline_seconds
        for event, future in [(event, self._begin(event)) for event in events]:
            try:
                left = max(0.001, deadline - time.monotonic())
                offset: int = future.get(timeout=left).offset
            except (kafka_errors.KafkaError, AssertionError) as error:
                raise self._stopped(event, type(error).__name__) from error
            # -1: a copy was there before; the broker does not say where.
            if 0 <= offset < event.position - 1:
                raise self._stopped(event, "the topic was deleted and created again meanwhile")

    def close(self) -> None:
        """Send nothing more. Closing twice is fine."""
        self._close_now()
        with suppress(Exception):  # Whatever it says, it sends no more.
            self._producer.close(timeout=0)

    def _begin(self, event: Numbered) -> Any:
        try:
            future = self._producer.send(
                self._topic,
                value=event.body,
                key=event.key,
                headers=[
                    ("content-type", READABLE if event.is_readable else UNREADABLE),
                    ("position", b"%d" % event.position),
                ],
                partition=event.partition,
            )
        except (kafka_errors.KafkaError, AssertionError) as error:
            raise self._stopped(event, type(error).__name__) from error
        return future.add_errback(self._on_failure)

    def _on_failure(self, error: object) -> None:
        """Called by the producer's own thread, between two of its steps."""
        del error
        self._close_now()

    def _close_now(self) -> None:
        self._producer._sender.force_close()  # noqa: SLF001 - close() waits for what is on its way

    def _stopped(self, event: Numbered, reason: str) -> RelayStopped:
        self._close_now()
        return RelayStopped(self._topic, position=event.position, reason=reason)
