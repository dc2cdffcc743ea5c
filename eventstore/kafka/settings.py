"""Where a ledger's cluster is and how to get in: `ledger.toml` and TICKETLEDGER_KAFKA_* variables.

A variable wins over the file. Secrets come from a variable or from a file that the settings name,
never from ledger.toml itself, and are never printed.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from .errors import KafkaSettingsInvalid

FILE_NAME = "ledger.toml"
VARIABLES = "TICKETLEDGER_KAFKA_"
_SECRETS = ("sasl_password", "ssl_key_password")

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]


class KafkaSettings(BaseModel):
    """How a cluster is reached. Names are those of ledger.toml's `[kafka]` table."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    bootstrap_servers: str = Field(min_length=1)
    security_protocol: Protocol = "PLAINTEXT"
    sasl_mechanism: Mechanism | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    sasl_password_file: Path | None = None
    sasl_token_file: Path | None = None
    ssl_cafile: Path | None = None
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None
    ssl_key_password: SecretStr | None = None
    ssl_key_password_file: Path | None = None
    ssl_check_hostname: bool = True
    deadline_seconds: float = Field(default=60.0, gt=0, le=3600)
    """How long a save is tried before its outcome is unknown."""
    connect_seconds: float = Field(default=8.0, gt=0, le=300)
    """How long to wait for a broker's first answer."""

    @field_validator("bootstrap_servers")
    @classmethod
    def _has_ports(cls, value: str) -> str:
        for server in value.split(","):
            host, colon, port = server.strip().rpartition(":")
            if not (host and colon and port.isdecimal()):
                raise ValueError("must be HOST:PORT, several with commas between them")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.security_protocol.startswith("SASL"):
            return self
        if self.sasl_mechanism is None:
            raise ValueError("sasl_mechanism is missing, and security_protocol demands it")
        if self.sasl_mechanism == "OAUTHBEARER":
            if self.sasl_token_file is None:
                raise ValueError("sasl_token_file is missing, and OAUTHBEARER demands it")
        elif not self.sasl_username or not (self.sasl_password or self.sasl_password_file):
            raise ValueError(
                f"{self.sasl_mechanism} demands sasl_username and a password: "
                f"{VARIABLES}SASL_PASSWORD or sasl_password_file"
            )
        return self

    @property
    def password(self) -> str | None:
        """The SASL password, read from where it is. Raises KafkaSettingsInvalid."""
        return _secret(self.sasl_password, self.sasl_password_file)

    @property
    def key_password(self) -> str | None:
        """The password of the TLS key, read from where it is. Raises KafkaSettingsInvalid."""
        return _secret(self.ssl_key_password, self.ssl_key_password_file)


class LedgerSettings(BaseModel):
    """A ledger folder's `ledger.toml`: the ledger's name, and where its cluster is."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str
    kafka: KafkaSettings

    @property
    def log_topic(self) -> str:
        """The truth."""
        return f"{self.name}.log"

    @property
    def stream_topic(self) -> str:
        """What counted."""
        return f"{self.name}.events"


def settings_path(folder: Path) -> Path:
    """The settings file of a ledger folder."""
    return folder / FILE_NAME


def is_on_kafka(folder: Path) -> bool:
    """Whether a folder's ledger is on Kafka: it has settings, or only variables say so."""
    if settings_path(folder).exists():
        return True
    named = f"{VARIABLES}BOOTSTRAP_SERVERS" in os.environ and "TICKETLEDGER_NAME" in os.environ
    return named and not (folder / "ledger.sqlite").exists()


def read_settings(folder: Path, *, environment: Mapping[str, str] | None = None) -> LedgerSettings:
    """The folder's settings with the variables over them. Raises KafkaSettingsInvalid."""
    environment = os.environ if environment is None else environment
    path = settings_path(folder)
    found = _in_file(path) if path.exists() else {}
    if name := environment.get("TICKETLEDGER_NAME"):
        found["name"] = name
    kafka = found.setdefault("kafka", {})
    for secret in _SECRETS:
        if secret in kafka:
            raise KafkaSettingsInvalid(
                f"{path} holds {secret}; secrets do not belong there: name a file with "
                f"{secret}_file, or set {VARIABLES}{secret.upper()}, and take it out"
            )
    _check_names(environment)
    given = {
        name: environment[f"{VARIABLES}{name.upper()}"]
        for name in KafkaSettings.model_fields
        if environment.get(f"{VARIABLES}{name.upper()}")
    }
    kafka |= given
    return _checked(found, where=str(path), variables=given.keys())


def kafka_settings(values: Mapping[str, Any]) -> KafkaSettings:
    """Settings from values that were given to a command. Raises KafkaSettingsInvalid."""
    try:
        return KafkaSettings.model_validate(dict(values))
    except ValidationError as error:
        raise _invalid(error, where="the given settings") from None


def write_settings(folder: Path, settings: LedgerSettings) -> Path:
    """Write ledger.toml, secrets left out."""
    shown = settings.kafka.model_dump(
        mode="json", exclude_defaults=True, exclude_none=True, exclude=set(_SECRETS)
    )
    lines = [
        "# Where this ledger is. TICKETLEDGER_KAFKA_* variables win over this file;",
        "# secrets belong into them, or into files that sasl_password_file and the like name.",
        f"name = {json.dumps(settings.name)}",
        "",
        "[kafka]",
        *(f"{name} = {json.dumps(value)}" for name, value in shown.items()),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    path = settings_path(folder)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _in_file(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise KafkaSettingsInvalid(
            f"{path} cannot be read ({type(error).__name__}); check the file"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise KafkaSettingsInvalid(f"{path} is not TOML: {error}; correct it there") from None
    if not isinstance(found.get("kafka", {}), dict):
        raise KafkaSettingsInvalid(
            f"{path}: kafka is not a table; write [kafka] above its settings"
        )
    return found


def _check_names(environment: Mapping[str, str]) -> None:
    """A mistyped variable would otherwise be no setting at all, and nobody would know."""
    known = {f"{VARIABLES}{name.upper()}" for name in (*KafkaSettings.model_fields, "reader")}
    unknown = sorted(
        name for name in environment if name.startswith(VARIABLES) and name not in known
    )
    if unknown:
        near = get_close_matches(unknown[0], sorted(known), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise KafkaSettingsInvalid(f"{unknown[0]} is no setting that we know{hint}")


def _checked(found: Mapping[str, Any], *, where: str, variables: Collection[str]) -> LedgerSettings:
    try:
        return LedgerSettings.model_validate(found)
    except ValidationError as error:
        raise _invalid(error, where=where, variables=variables) from None


def _invalid(
    error: ValidationError, *, where: str, variables: Collection[str] = ()
) -> KafkaSettingsInvalid:
    """Which settings, where they come from, what is wrong with them; never what they are."""
    found: list[str] = []
    for one in error.errors(include_input=False, include_url=False, include_context=True):
        name = ".".join(str(part) for part in one["loc"] if part != "kafka")
        if name in variables:
            where = f"{VARIABLES}{name.upper()}"
        match one["type"]:
            case "missing":
                what = f"is missing; set it, or {VARIABLES}{name.upper()}"
            case "extra_forbidden":
                what = "is no setting that we know; check its name"
            case "literal_error":
                what = f"must be {one.get('ctx', {}).get('expected', 'another value')}"
            case "value_error":
                what = str(one.get("ctx", {}).get("error", "makes no sense"))
            case _:
                what = one["msg"][:1].lower() + one["msg"][1:]
        found.append(f"{name} {what}".strip())
    return KafkaSettingsInvalid(f"{where}: {'; '.join(found)}")


def _secret(value: SecretStr | None, file: Path | None) -> str | None:
    if value is not None:
        return value.get_secret_value()
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise KafkaSettingsInvalid(
            f"the secret's file {file} cannot be read ({type(error).__name__}); check its path and "
            f"permissions"
        ) from None
