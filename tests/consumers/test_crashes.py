"""Killing a projector at any moment loses nothing and shows nobody half of anything."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from consumers import projector
from consumers.standing import status
from projections.connection import connect
from projections.errors import NotPublished
from projections.places import PROJECTIONS_FOLDER
from tests.consumers.test_projector import NAME, tables

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
KILLS = 6


@pytest.fixture
def ledger(ledger_of_300: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    return Path(shutil.copytree(ledger_of_300, tmp_path / "ledger"))


@pytest.fixture(scope="module")
def expected(
    ledger_of_300: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tuple[object, ...]]]:
    """The tables that an undisturbed run publishes."""
    folder = Path(shutil.copytree(ledger_of_300, tmp_path_factory.mktemp("whole") / "ledger"))
    projector.run(folder, NAME)
    return tables(folder)


def crash(ledger: Path, *, steps: int, action: str = "run") -> int:
    """Run a projector that kills itself after so many steps; its exit code."""
    program = [sys.executable, "-m", "tests.consumers.crashing", str(ledger), NAME, str(steps)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([*program, action], cwd=ROOT, env=environment, check=False)
    return done.returncode


def test_a_projector_killed_at_random_steps_ends_with_the_views_of_an_undisturbed_one(
    ledger: Path, expected: dict[str, list[tuple[object, ...]]], seed: int
) -> None:
    chance = random.Random(seed)
    positions = [0]
    for _ in range(KILLS):
        assert crash(ledger, steps=chance.randint(1, 400)) in (0, -signal.SIGKILL)
        try:
            connection = connect(ledger, names=[NAME])
        except NotPublished:
            continue
        [(position, rows, total)] = connection.execute(
            "SELECT p.position, (SELECT sum(unresolved) FROM queue_depth), "
            "(SELECT count(*) FROM queue_item) FROM projection_position AS p"
        ).fetchall()
        connection.close()
        assert rows == total
        assert position >= positions[-1]
        positions.append(position)

    projector.run(ledger, NAME)

    assert tables(ledger) == expected


def test_a_rebuild_killed_at_random_steps_never_takes_the_published_views_away(
    ledger: Path, expected: dict[str, list[tuple[object, ...]]], seed: int
) -> None:
    projector.run(ledger, NAME)
    chance = random.Random(seed)
    for _ in range(3):
        ended = crash(ledger, steps=chance.randint(1, 600), action="rebuild")
        assert ended in (0, -signal.SIGKILL)
        assert tables(ledger) == expected

    projector.rebuild(ledger, NAME)

    assert tables(ledger) == expected


def test_deleting_all_projections_and_running_them_again_gives_identical_views(
    ledger: Path,
) -> None:
    def everything() -> dict[str, list[tuple[object, ...]]]:
        connection = connect(ledger)
        names = connection.execute(
            "SELECT database_name || '.main.' || table_name FROM duckdb_tables() "
            "WHERE database_name <> 'memory' AND table_name <> 'fence'"
        ).fetchall()
        found = {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
            for (name,) in names
        }
        connection.close()
        return found

    projector.run_all(ledger)
    before = everything()
    shutil.rmtree(ledger / PROJECTIONS_FOLDER)
    done = projector.run_all(ledger, processes=2)

    assert everything() == before
    assert all(progress.caught_up for progress in done.values())
    assert {standing.state for standing in status(ledger)} == {"caught up"}


def test_a_terminated_follower_finishes_its_batch_publishes_and_lets_go(ledger: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from consumers import projector\n"
        "from consumers.stopping import stopping\n"
        "with stopping() as stop:\n"
        "    told = lambda progress: print(progress.position, flush=True)\n"
        "    options = projector.Options(stop=stop, on_progress=told)\n"
        "    projector.run(Path(sys.argv[1]), sys.argv[2], follow=True, options=options)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(ledger), NAME],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    ) as follower:
        assert follower.stdout is not None
        follower.stdout.readline()  # the first batch is committed
        follower.send_signal(signal.SIGTERM)
        assert follower.wait(timeout=60) == 0

    [standing] = [one for one in status(ledger) if one.name == NAME]
    assert (standing.state, standing.holder) == ("caught up", None)
    assert standing.published_position == standing.position
