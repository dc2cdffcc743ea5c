"""Several processes on one ledger at once, and processes killed at any moment."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from eventstore.ledger import Ledger
from eventstore.verify import verify
from tests.eventstore.tally import TALLIES, TallyLedger, new_store, open_store
from tests.eventstore.writers import SUBJECTS, commands_of

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
WRITERS = 4


def start(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.eventstore.writers", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_four_writers_with_repeated_commands_lose_nothing_and_record_nothing_twice(
    folder: Path, tmp_path: Path
) -> None:
    new_store(folder).close()
    answers = [tmp_path / f"answers-{writer}.json" for writer in range(WRITERS)]
    writers = [start("mixed", folder, writer, path) for writer, path in enumerate(answers)]
    for process in writers:
        _, errors = process.communicate()
        assert errors == ""  # "database is locked" would stand here
        assert process.returncode == 0

    asked = {pair for writer in range(WRITERS) for pair in commands_of(writer)}
    noted = [answer for path in answers for answer in json.loads(path.read_text())]
    with closing(open_store(folder)) as store:
        recorded = recorded_commands(Ledger(store, TALLIES))
        assert verify(store).is_intact
        assert store.last_position() == len(asked)

    assert recorded.keys() == asked
    first_answers = Counter((subject, id_) for subject, id_, _, repeated in noted if not repeated)
    assert set(first_answers.values()) == {1}
    assert first_answers.keys() == asked
    assert all(recorded[subject, id_] == position for subject, id_, position, _ in noted)


@pytest.mark.parametrize("attempt", range(3))
def test_a_killed_writer_loses_nothing_it_acknowledged(
    folder: Path, seed: int, attempt: int
) -> None:
    new_store(folder).close()
    rng = random.Random(f"{seed}-{attempt}")
    acknowledged = killed_after(rng.randint(1, 100), start("endless", folder, 0))

    with closing(open_store(folder)) as store:
        recorded = {id_ for _, id_ in recorded_commands(Ledger(store, TALLIES))}
        assert verify(store).is_intact

    assert set(acknowledged) <= recorded
    assert len(recorded) <= len(acknowledged) + 1

    again = killed_after(3, start("endless", folder, 0))
    assert again[:3] == ["c-0", "c-1", "c-2"]
    with closing(open_store(folder)) as store:
        assert store.last_position() >= len(recorded)
        assert verify(store).is_intact


@pytest.mark.parametrize("attempt", range(3))
def test_a_killed_bulk_is_recorded_whole_or_not_at_all(
    folder: Path, seed: int, attempt: int
) -> None:
    new_store(folder).close()
    rng = random.Random(f"{seed}-{attempt}")
    acknowledged = killed_after(rng.randint(1, 30), start("endless_bulk", folder, 0))

    with closing(open_store(folder)) as store:
        recorded = recorded_commands(Ledger(store, TALLIES))
        assert verify(store).is_intact

    assert len(recorded) % 50 == 0
    assert len(acknowledged) <= len(recorded) // 50 <= len(acknowledged) + 1


def killed_after(lines: int, process: subprocess.Popen[str]) -> list[str]:
    """What a writer said before and while it was killed."""
    with process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        said += process.stdout.readlines()
    return [line.strip() for line in said if line.endswith("\n")]


def recorded_commands(ledger: TallyLedger) -> dict[tuple[str, str], int]:
    """(subject, command id) → position, of everything that is recorded."""
    return {
        (subject, envelope.commandid or ""): position
        for subject in (f"t-{number}" for number in range(SUBJECTS))
        for (envelope, _), position in zip(
            ledger.history(subject), positions_of(ledger, subject), strict=True
        )
    }


def positions_of(ledger: TallyLedger, subject: str) -> list[int]:
    return [record.position for record in ledger.store.load(subject).records]
