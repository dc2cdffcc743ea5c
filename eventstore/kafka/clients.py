"""kafka-python as we use it: configuration, and its many errors in a few words of ours."""

from __future__ import annotations

import logging
import os
import ssl
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from .errors import AccessDenied, BrokerUnreachable, KafkaSettingsInvalid
from .settings import KafkaSettings

with warnings.catch_warnings():
    # On Python 3.11 its import warns about its own use of asyncio.
    warnings.simplefilter("ignore")
    # It has no types of its own, and those that others wrote for it are of another release.
    _kafka: Any = import_module("kafka")
    _oauth: Any = import_module("kafka.net.sasl.oauth")
    kafka_errors: Any = import_module("kafka.errors")

Client = Any
"""A producer, consumer or admin client of kafka-python."""

TopicPartition: Any = _kafka.TopicPartition

__all__ = [
    "Client",
    "TopicPartition",
    "admin",
    "config_resource",
    "consumer",
    "in_our_words",
    "kafka_errors",
    "options",
    "producer",
]

REQUEST_SECONDS = 10
"""How long one request may take before it is tried again."""

_FETCH_BYTES = 16 * 1024 * 1024
_FETCH_BYTES_MAX = 64 * 1024 * 1024
_RECORDS_MAX = 10_000
_RETRY_MS = 20
"""A new consumer asks again so soon where partitions are: commands would wait for it."""

_NOT_LET_IN = (
    kafka_errors.SaslAuthenticationFailedError,
    kafka_errors.UnsupportedSaslMechanismError,
    kafka_errors.IllegalSaslStateError,
    ssl.SSLError,
)


class _Refusals(logging.Handler):
    """Why connections were refused. kafka-python tries those again until its time is up, raises a
    mere timeout then, and says the reason in its log only."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen = 0
        self.last = ""
        self.hung_up = False
        """Whether the last connection that was lost was one. A broker tells a failed log-in and
        hangs up; kafka-python often notices the latter first, and loses what was told."""

    def emit(self, record: logging.LogRecord) -> None:
        for argument in tuple(record.args or ()):
            if isinstance(argument, kafka_errors.KafkaConnectionError):
                self.hung_up = "socket disconnected" in str(argument)
            if isinstance(argument, _NOT_LET_IN):
                self._note(type(argument).__name__)
            elif isinstance(argument, kafka_errors.KafkaError) and "[SSL:" in str(argument):
                self._note("TLS: " + str(argument).partition("[SSL:")[2].partition("]")[0].strip())

    def _note(self, reason: str) -> None:
        self.seen += 1
        self.last = reason


_refusals = _Refusals()
# Whatever else it cannot do it says in an exception too; its log lines would only repeat that.
_logger = logging.getLogger("kafka")
_logger.setLevel(logging.WARNING)
_logger.propagate = False
_logger.addHandler(_refusals)


def _token_provider(settings: KafkaSettings) -> object:
    """Gives an OAuth token that something else keeps fresh in a file."""
    path = settings.sasl_token_file
    assert path is not None

    def token(_: object) -> str:
        return path.read_text(encoding="utf-8").strip()

    return type("TokenFile", (_oauth.AbstractTokenProvider,), {"token": token})()


def options(settings: KafkaSettings) -> dict[str, Any]:
    """What every client is told. Raises KafkaSettingsInvalid."""
    given: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers.split(","),
        "security_protocol": settings.security_protocol,
        "client_id": f"ticketledger-{os.getpid()}",
        "bootstrap_timeout_ms": int(settings.connect_seconds * 1000),
        "request_timeout_ms": REQUEST_SECONDS * 1000,
        "reconnect_backoff_max_ms": 1000,
    }
    if settings.security_protocol.startswith("SASL"):
        given["sasl_mechanism"] = settings.sasl_mechanism
        if settings.sasl_mechanism == "OAUTHBEARER":
            given["sasl_oauth_token_provider"] = _token_provider(settings)
        else:
            given["sasl_plain_username"] = settings.sasl_username
            given["sasl_plain_password"] = settings.password
    if settings.security_protocol.endswith("SSL"):
        given["ssl_check_hostname"] = settings.ssl_check_hostname
        given["ssl_password"] = settings.key_password
        for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
            path = getattr(settings, name)
            if path is not None and not path.is_file():
                raise KafkaSettingsInvalid(f"{name}: there is no file {path}; check the path")
            given[name] = str(path) if path is not None else None
    return given


def producer(settings: KafkaSettings, **more: Any) -> Client:
    """An idempotent producer that waits for all replicas and for no company."""
    given = options(settings) | {
        "acks": "all",
        "enable_idempotence": True,
        "linger_ms": 0,
        "batch_size": 512 * 1024,
        "compression_type": "zstd",
        "max_request_size": 1_048_588,
        "max_block_ms": REQUEST_SECONDS * 1000,
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }
    with in_our_words(settings, doing="connecting to write"):
        return _kafka.KafkaProducer(**(given | more))


def consumer(settings: KafkaSettings, **more: Any) -> Client:
    """A consumer without a group: who reads keeps the position beside what came of it."""
    given = options(settings) | {
        "group_id": None,
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        "allow_auto_create_topics": False,
        "max_poll_records": _RECORDS_MAX,
        "max_partition_fetch_bytes": _FETCH_BYTES,
        "fetch_max_bytes": _FETCH_BYTES_MAX,
        "check_crcs": False,
        "metrics_enabled": False,
        "retry_backoff_ms": _RETRY_MS,
    }
    with in_our_words(settings, doing="connecting to read"):
        client = _kafka.KafkaConsumer(**(given | more))
        # It is not handed on, and the first question about a topic would wait for 100 ms.
        client._cluster.config["retry_backoff_ms"] = _RETRY_MS  # noqa: SLF001
        return client


def admin(settings: KafkaSettings) -> Client:
    """A connection for questions about topics."""
    with in_our_words(settings, doing="connecting"):
        return _kafka.KafkaAdminClient(**options(settings))


def config_resource(topic: str, configs: Mapping[str, str] | None = None) -> object:
    """What asks for a topic's settings, or says what they are to be."""
    admin_module: Any = import_module("kafka.admin")
    kind = admin_module.ConfigResourceType.TOPIC
    return admin_module.ConfigResource(kind, topic, configs=dict(configs) if configs else None)


@contextmanager
def in_our_words(settings: KafkaSettings, *, doing: str) -> Generator[None]:
    """kafka-python's errors as BrokerUnreachable or AccessDenied. Its own texts stay chained."""
    refused_before = _refusals.seen
    try:
        yield
    except kafka_errors.AuthorizationError as error:
        what = f"{doing} is not allowed ({type(error).__name__})"
        raise AccessDenied(settings.bootstrap_servers, what=what) from error
    except _NOT_LET_IN as error:
        raise _not_let_in(settings, doing, type(error).__name__) from error
    except (kafka_errors.KafkaError, OSError) as error:
        if _refusals.seen > refused_before:
            raise _not_let_in(settings, doing, _refusals.last) from error
        if settings.security_protocol.startswith("SASL") and _refusals.hung_up:
            raise _not_let_in(settings, doing, "the broker hangs up on it") from error
        raise BrokerUnreachable(
            settings.bootstrap_servers,
            tried=f"{doing}: {type(error).__name__}",
            waited_seconds=settings.connect_seconds,
        ) from error


def _not_let_in(settings: KafkaSettings, doing: str, reason: str) -> AccessDenied:
    what = f"{doing}: the log-in failed ({reason})"
    return AccessDenied(settings.bootstrap_servers, what=what)
