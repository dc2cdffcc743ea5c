"""The jars of a Kafka broker, fetched once by Maven into the user's cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import uuid
from pathlib import Path

HERE = Path(__file__).parent


class NoBroker(Exception):
    """No broker can be started here; the message says what is missing."""


def jars() -> Path:
    """The folder with the jars that `pom.xml` names. Raises NoBroker without Java or Maven."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise NoBroker(f"{program} is not installed; install a JDK (17 or newer) and Maven")
    pom = HERE / "pom.xml"
    version = hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ticketledger"
    folder = cache / f"kafka-{version}"
    if not folder.is_dir():
        _fetch(pom, folder)
    return folder


def _fetch(pom: Path, folder: Path) -> None:
    """All of them or none: two test runs may fetch at once."""
    unfinished = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
    unfinished.mkdir(parents=True)
    try:
        command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
        command += ["-DincludeScope=runtime", f"-DoutputDirectory={unfinished}"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
            raise NoBroker(f"Maven could not fetch Kafka's jars:\n{tail}")
        try:
            unfinished.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
