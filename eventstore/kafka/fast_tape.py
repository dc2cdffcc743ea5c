"""One partition of the stream topic through librdkafka: `ticketledger[fast]`."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from .errors import AccessDenied, BrokerUnreachable
from .settings import KafkaSettings
from .stream_end import position_of
from .tape import TapeEnded, TapeRecord

_fast: Any = import_module("confluent_kafka")
_ERROR: Any = _fast.KafkaError

_FETCH_BYTES = 16 * 1024 * 1024
_QUEUED_KILOBYTES = 64 * 1024
_AT_ONCE = 10_000

_GONE = (_ERROR._AUTO_OFFSET_RESET, _ERROR.OFFSET_OUT_OF_RANGE)  # noqa: SLF001 - named like that
_DENIED = (
    _ERROR._AUTHENTICATION,  # noqa: SLF001
    _ERROR.TOPIC_AUTHORIZATION_FAILED,
    _ERROR.SASL_AUTHENTICATION_FAILED,
)
_TRANSIENT = (
    _ERROR._ALL_BROKERS_DOWN,  # noqa: SLF001
    _ERROR._TRANSPORT,  # noqa: SLF001
    _ERROR._PARTITION_EOF,  # noqa: SLF001
    _ERROR._TIMED_OUT,  # noqa: SLF001
    # A topic that is published again is not there for a while.
    _ERROR.UNKNOWN_TOPIC_OR_PART,
    _ERROR._UNKNOWN_PARTITION,  # noqa: SLF001
)


class FastTape:
    """Through confluent-kafka. Implements Tape."""

    def __init__(self, settings: KafkaSettings, topic: str, partition: int) -> None:
        self._settings = settings
        self._topic = topic
        self._partition = partition
        self._consumer: Any = _fast.Consumer(_options(settings), logger=_silent())
        self._closed = False

    def seek(self, offset: int) -> None:
        """Go on at an offset. What was fetched before is dropped."""
        self._consumer.assign([_fast.TopicPartition(self._topic, self._partition, offset)])

    def read(self, limit: int, *, timeout_seconds: float) -> list[TapeRecord]:
        """What comes next; a short wait for the first, and what is there with it."""
        at_once = max(1, min(limit, _AT_ONCE))
        messages: list[Any] = self._consumer.consume(1, timeout_seconds)
        if messages and at_once > 1:
            messages += self._consumer.consume(at_once - 1, 0.0)
        found: list[TapeRecord] = []
        for message in messages:
            error = message.error()
            if error is None:
                position = position_of(message.headers() or ())
                found.append((message.offset(), position, message.value() or b""))
            elif not found:
                self._raise(error)
        return found

    def close(self) -> None:
        """Close the connection."""
        if not self._closed:
            self._closed = True
            self._consumer.close()

    def _raise(self, error: Any) -> None:
        code = error.code()
        if code in _GONE:
            raise TapeEnded
        if code in _TRANSIENT:
            return
        what = f"following the stream ({error.name()})"
        if code in _DENIED:
            raise AccessDenied(self._settings.bootstrap_servers, what=what)
        raise BrokerUnreachable(
            self._settings.bootstrap_servers,
            tried=what,
            waited_seconds=self._settings.connect_seconds,
        )


def _options(settings: KafkaSettings) -> dict[str, Any]:
    given: dict[str, Any] = {
        "bootstrap.servers": settings.bootstrap_servers,
        "client.id": f"ticketledger-{os.getpid()}",
        # It insists on a group, and never joins it.
        "group.id": f"ticketledger-{os.getpid()}",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",
        "allow.auto.create.topics": False,
        "fetch.wait.max.ms": 100,
        "fetch.message.max.bytes": _FETCH_BYTES,
        "queued.max.messages.kbytes": _QUEUED_KILOBYTES,
        "security.protocol": settings.security_protocol,
    }
    if settings.security_protocol.startswith("SASL"):
        given |= {
            "sasl.mechanism": settings.sasl_mechanism,
            "sasl.username": settings.sasl_username,
            "sasl.password": settings.password,
        }
    if settings.security_protocol.endswith("SSL"):
        paths = {
            "ssl.ca.location": settings.ssl_cafile,
            "ssl.certificate.location": settings.ssl_certfile,
            "ssl.key.location": settings.ssl_keyfile,
        }
        given |= {name: str(path) for name, path in paths.items() if path is not None}
        given["ssl.endpoint.identification.algorithm"] = (
            "https" if settings.ssl_check_hostname else "none"
        )
        if settings.key_password:
            given["ssl.key.password"] = settings.key_password
    return given


def _silent() -> Any:
    """What it cannot do it says in an error too."""
    import logging

    logger = logging.getLogger("confluent_kafka")
    logger.setLevel(logging.CRITICAL)
    return logger
