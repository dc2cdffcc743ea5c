"""Run what the README shows, and compare what it says with what happens.

python tests/house/tour.py README.md [FOLDER]      in FOLDER, or where one stands

In a ```console block a line `$ …` is a command (`> …` or a backslash continues it) and the lines
below it are what it prints, output and narration together. A shown `…` stands for anything: alone
on a line for any lines, within a line for any text. A command must succeed, and print what is
shown if anything is shown. A comment on the line above a block changes that:

<!-- tour: skip, REASON -->     the block is not run
<!-- tour: exit 3 -->           its commands end with this status
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

NOT_WITHIN_THE_TOUR = frozenset({"make test", "make check", ".ci/run"})
"""What runs the tour, or runs beside it: README names it, CI calls it as a step of its own."""

_ANYTHING = "…"


class TourError(Exception):
    """The README cannot be followed, or does not say what happens."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command of the README with what is shown below it."""

    line: int
    command: str
    shown: tuple[str, ...] = ()
    status: int = 0


@dataclass(kw_only=True)
class _Draft:
    line: int
    command: str
    shown: list[str] = field(default_factory=list[str])

    def wants_more(self) -> bool:
        return self.command.endswith("\\")


def steps(text: str) -> list[Step]:
    """The commands of every console block that is not skipped, in order."""
    found: list[Step] = []
    for first_line, marker, lines in _blocks(text):
        if marker.startswith("skip"):
            if not re.fullmatch(r"skip, \S.*", marker):
                raise TourError(f"line {first_line}: say why: <!-- tour: skip, REASON -->")
            continue
        status = re.fullmatch(r"exit (\d+)", marker or "exit 0")
        if status is None:
            raise TourError(f"line {first_line}: unknown marker {marker!r}")
        for draft in _commands(first_line, lines):
            shown = "\n".join(draft.shown).strip("\n").splitlines()
            found.append(
                Step(
                    line=draft.line,
                    command=draft.command,
                    shown=tuple(shown),
                    status=int(status[1]),
                )
            )
    return found


def _blocks(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Each console block: the number of its first line, its marker (or nothing), its lines."""
    lines = text.splitlines()
    block: list[str] | None = None
    marker, start = "", 0
    for number, line in enumerate(lines, start=1):
        if block is None:
            told = re.fullmatch(r"\s*<!-- tour: (.*?) -->\s*", line)
            if line.strip() == "```console":
                block, start = [], number + 1
            elif told:
                marker = told[1]
            elif line.strip():
                marker = ""
        elif line.strip() == "```":
            yield start, marker, block
            marker, block = "", None
        else:
            block.append(line)
    if block is not None:
        raise TourError(f"line {start - 1}: this block never ends")


def _commands(first_line: int, lines: list[str]) -> Iterator[_Draft]:
    draft: _Draft | None = None
    for number, line in enumerate(lines, start=first_line):
        if line.startswith("$ "):
            if draft:
                yield draft
            draft = _Draft(line=number, command=line[2:].rstrip())
        elif draft is None:
            if line.strip():
                raise TourError(f"line {number}: a console block begins with `$ COMMAND`")
        elif not draft.shown and (draft.wants_more() or line.startswith("> ")):
            draft.command += "\n" + line.removeprefix("> ").rstrip()
        else:
            draft.shown.append(line.rstrip())
    if draft:
        yield draft


def agrees(shown: tuple[str, ...], printed: str) -> bool:
    """Whether the output is what is shown, with `…` for anything. Nothing shown agrees with all."""
    if not shown:
        return True
    parts = [
        r"(?:.*\n)*" if line.strip() == _ANYTHING else _line_pattern(line) + r"\n" for line in shown
    ]
    tidy = "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines())
    return re.fullmatch("".join(parts), tidy) is not None


def _line_pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.rstrip().split(_ANYTHING))


def follow(found: list[Step], folder: Path) -> Iterator[str]:
    """Run the steps in a folder, one line of account for each; stop at the first that differs."""
    if not found:
        raise TourError("there is nothing to follow: no ```console block with a `$ COMMAND`")
    with tempfile.TemporaryDirectory(prefix="tour-") as kept:
        session = Path(kept)
        (session / "env").touch()
        (session / "folder").write_text(f"{folder.resolve()}\n", "utf-8")
        for step in found:
            if step.command in NOT_WITHIN_THE_TOUR:
                yield f"  left out  {step.command}"
                continue
            began = time.monotonic()
            _follow_one(step, session)
            yield f"{time.monotonic() - began:8.1f} s  {step.command}"


_ONE_SHELL_FOR_ALL = """\
. "$TOUR/env" && cd "$(cat "$TOUR/folder")" || exit 125
trap 'export -p >"$TOUR/env"; pwd >"$TOUR/folder"' EXIT
eval "$1"
"""
"""Each command has a process of its own, and yet `cd` and `export` last until the next."""


def _follow_one(step: Step, session: Path) -> None:
    ran = subprocess.run(
        ["bash", "-c", _ONE_SHELL_FOR_ALL, "tour", step.command],
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TOUR": str(session)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    told = f"line {step.line}: `{step.command}`"
    if ran.returncode != step.status:
        raise TourError(f"{told} ended with {ran.returncode}, not {step.status}:\n{ran.stdout}")
    if not agrees(step.shown, ran.stdout):
        shown = "\n".join(step.shown)
        raise TourError(f"{told} printed\n{ran.stdout}\nand shown is\n{shown}")


def main(arguments: list[str]) -> int:
    """Follow the page; 1 if it cannot be followed or holds nothing to follow."""
    page = Path(arguments[0])
    folder = Path(arguments[1]) if len(arguments) > 1 else Path.cwd()
    try:
        found = steps(page.read_text("utf-8"))
        for account in follow(found, folder):
            print(account, flush=True)  # noqa: T201 (this is a script, its account is its output)
    except TourError as error:
        sys.stderr.write(f"{page}: {error}\n")
        return 1
    print(f"{page}: {len(found)} commands, all as shown")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
