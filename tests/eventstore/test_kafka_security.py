"""Brokers that want to know who we are, or speak TLS only: they take us, and nobody else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from eventstore.kafka.genesis import create_ledger
from eventstore.kafka.settings import KafkaSettings, LedgerSettings, kafka_settings
from eventstore.kafka.store import KafkaStore
from eventstore.ledger import Ledger
from tests.broker.cluster import Cluster
from tests.eventstore.tally import TALLIES, command, count

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parents[2]
PASSWORD = "right-horse-battery"
WRONG = "wrong-horse-battery"
JAAS = "org.apache.kafka.common.security"


@dataclass(frozen=True)
class Guarded:
    """A cluster that asks for a password, and the settings by which it is entered."""

    cluster: Cluster
    given: dict[str, Any]

    def settings(self, **changes: Any) -> KafkaSettings:
        return kafka_settings({**self.given, **changes})


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """One node with SASL, whose tokens need no authority: it takes what is not signed."""
    prefix = "listener.name.client"
    plain = f'{JAAS}.plain.PlainLoginModule required username="ledger" password="{PASSWORD}"'
    scram = f'{JAAS}.scram.ScramLoginModule required username="ledger" password="{PASSWORD}";'
    extra = {
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        f"{prefix}.plain.sasl.jaas.config": f'{plain} user_ledger="{PASSWORD}";',
        f"{prefix}.scram-sha-256.sasl.jaas.config": scram,
        f"{prefix}.scram-sha-512.sasl.jaas.config": scram,
        f"{prefix}.oauthbearer.sasl.jaas.config": f"{JAAS}.oauthbearer.OAuthBearerLoginModule "
        f'required unsecuredLoginStringClaim_sub="ledger";',
    }
    with Cluster(
        tmp_path_factory.mktemp("sasl"),
        security="SASL_PLAINTEXT",
        extra=extra,
        scram={"ledger": PASSWORD},
    ) as cluster:
        given = {
            "bootstrap_servers": cluster.bootstrap,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_username": "ledger",
            "sasl_password": PASSWORD,
        }
        yield Guarded(cluster, given)


def counts_one(folder: Path, settings: LedgerSettings) -> None:
    create_ledger(folder, settings, time_zone="UTC")
    with closing(KafkaStore.open(folder, application=TALLIES, settings=settings)) as store:
        assert Ledger(store, TALLIES).execute("t-1", command("c-1"), count()).position == 1


Told = Callable[[Path, dict[str, str]], tuple[int, str]]


@pytest.fixture
def told() -> Told:
    """What the command line answers on a ledger, with these variables set."""

    def ask(folder: Path, variables: dict[str, str]) -> tuple[int, str]:
        given = {"CONNECT_SECONDS": "20"} | variables  # A loaded machine takes its time to log in.
        named = {f"TICKETLEDGER_KAFKA_{name}": value for name, value in given.items()}
        done = subprocess.run(
            [sys.executable, "-m", "ticketledger", "--ledger", str(folder), "log", "stats"],
            cwd=ROOT,
            env=os.environ | named,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return ask


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_broker_takes_the_right_password_and_refuses_a_wrong_one_that_nobody_prints(
    guarded: Guarded,
    ledger_name: str,
    tmp_path: Path,
    told: Told,
    mechanism: str,
) -> None:
    kafka = guarded.settings(sasl_mechanism=mechanism)
    settings = LedgerSettings(name=ledger_name, kafka=kafka)
    counts_one(tmp_path / "here", settings)
    assert PASSWORD not in (tmp_path / "here" / "ledger.toml").read_text()

    assert told(tmp_path / "here", {"SASL_PASSWORD": PASSWORD})[0] == 0
    code, said = told(tmp_path / "here", {"SASL_PASSWORD": WRONG})
    assert code == 102, said
    assert "the log-in failed" in said
    assert WRONG not in said
    assert "Traceback" not in said


def token(*, expires_in_seconds: float) -> str:
    """An OAuth token that nobody signed."""
    now = time.time()
    claims = {"sub": "ledger", "iat": now - 7200, "exp": now + expires_in_seconds}
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([*(urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""])


def test_a_broker_takes_the_token_in_a_file_as_it_is_now_and_no_expired_one(
    guarded: Guarded, ledger_name: str, tmp_path: Path, told: Told
) -> None:
    file = tmp_path / "token"
    file.write_text(token(expires_in_seconds=3600) + "\n")
    kafka = guarded.settings(sasl_mechanism="OAUTHBEARER", sasl_token_file=file)
    counts_one(tmp_path / "here", LedgerSettings(name=ledger_name, kafka=kafka))
    assert told(tmp_path / "here", {})[0] == 0

    file.write_text(token(expires_in_seconds=-3600))
    code, said = told(tmp_path / "here", {})
    assert code == 102, said
    assert "the log-in failed" in said
    assert file.read_text() not in said
    assert "Traceback" not in said


def openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of a broker on this machine, which is its own authority."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "broker.key", folder / "broker.pem"
    names = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    made = ("-keyout", key, "-out", certificate)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, *made, *names)
    both = ("-in", certificate, "-inkey", key, "-out", folder / "broker.p12")
    openssl("pkcs12", "-export", *both, "-passout", f"pass:{PASSWORD}")
    other = ("-keyout", folder / "other.key", "-out", folder / "other.pem")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, *other, *names)
    return folder


@pytest.fixture(scope="module")
def encrypted(certificates: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One node that speaks TLS."""
    store = certificates / "broker.p12"
    extra = {
        "ssl.keystore.location": str(store),
        "ssl.keystore.type": "PKCS12",
        "ssl.keystore.password": PASSWORD,
        "ssl.key.password": PASSWORD,
        "ssl.truststore.location": str(certificates / "broker.pem"),
        "ssl.truststore.type": "PEM",
    }
    with Cluster(tmp_path_factory.mktemp("ssl"), security="SSL", extra=extra) as cluster:
        yield cluster


def test_a_broker_is_spoken_to_in_tls_if_its_certificate_is_trusted(
    encrypted: Cluster,
    certificates: Path,
    ledger_name: str,
    tmp_path: Path,
    told: Told,
) -> None:
    kafka = kafka_settings(
        {
            "bootstrap_servers": encrypted.bootstrap,
            "security_protocol": "SSL",
            "ssl_cafile": certificates / "broker.pem",
        }
    )
    counts_one(tmp_path / "here", LedgerSettings(name=ledger_name, kafka=kafka))

    other = {"SSL_CAFILE": str(certificates / "other.pem"), "CONNECT_SECONDS": "3"}
    code, said = told(tmp_path / "here", other)
    assert code == 102, said
    assert "CERTIFICATE_VERIFY_FAILED" in said
    assert "Traceback" not in said
