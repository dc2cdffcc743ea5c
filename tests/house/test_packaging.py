"""How the house is packed: one name in the wheel, flat rooms in a checkout, no name of others."""

import os
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

OURS = "ticketledger"


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of this checkout, freshly built."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=root,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


@pytest.fixture(scope="module")
def unpacked(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel's content, as site-packages would."""
    folder = tmp_path_factory.mktemp("site")
    wheel.extractall(folder)
    return folder


def test_no_other_installed_distribution_owns_one_of_our_top_level_names(rooms: list[str]) -> None:
    owners = metadata.packages_distributions()

    assert {room: owners[room] for room in rooms if set(owners.get(room, [OURS])) != {OURS}} == {}


def test_the_wheel_holds_one_name(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {OURS}


def test_the_wheel_holds_every_file_of_every_room(
    wheel: zipfile.ZipFile, root: Path, rooms: list[str]
) -> None:
    """Not only Python: SQL, mappings and schemas are read at run time."""
    packed = set(wheel.namelist())
    missing = [
        str(path.relative_to(root))
        for room in rooms
        for path in (root / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
        if _place_in_wheel(path.relative_to(root)) not in packed
    ]

    assert missing == []


def test_the_wheel_holds_no_tests_and_no_data_of_examples(wheel: zipfile.ZipFile) -> None:
    strange = [name for name in wheel.namelist() if name.endswith((".zip", ".csv", ".duckdb"))]

    assert strange == []
    assert not any("/tests/" in name for name in wheel.namelist())


def test_the_wheel_brings_its_licence(wheel: zipfile.ZipFile) -> None:
    licences = {name.rsplit("/", 1)[1] for name in wheel.namelist() if "/licenses/" in name}

    assert {"LICENSE", "NOTICE"} <= licences


def test_every_room_is_packed_and_checked(root: Path, rooms: list[str]) -> None:
    """A new room must be named in each place that lists rooms."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]
    wheel = project["hatch"]["build"]["targets"]["wheel"]

    assert set(rooms) == {
        path.name for path in root.iterdir() if path.name.isidentifier() and _is_room(path)
    }
    assert sorted(wheel["only-include"]) == sorted(rooms)
    assert sorted([*wheel["sources"], OURS]) == sorted(rooms)
    assert sorted(project["importlinter"]["root_packages"]) == sorted(rooms)
    assert sorted(project["pyright"]["include"]) == sorted(rooms)
    assert sorted(project["mypy"]["files"]) == sorted([*rooms, "tests"])


@pytest.mark.parametrize("place", ["checkout", "wheel"])
@pytest.mark.parametrize("module", ["eventstore.ledger", "projections.connection"])
def test_other_programs_import_our_rooms_under_our_name_and_keep_their_path(
    place: str, module: str, root: Path, unpacked: Path
) -> None:
    program = f"""
        before = list(sys.path)
        import ticketledger
        import ticketledger.{module}
        assert callable(ticketledger.connect)
        assert sys.path == before, sys.path
        flat = {{"cli", "domain", "eventstore", "projections"}} & sys.modules.keys()
        assert not flat, flat
    """

    _run(program, site=root if place == "checkout" else unpacked)


@pytest.mark.parametrize("place", ["checkout", "wheel"])
def test_asking_for_a_connection_to_nothing_leaves_the_import_path_alone(
    place: str, root: Path, unpacked: Path, tmp_path: Path
) -> None:
    program = f"""
        before = list(sys.path)
        import ticketledger
        try:
            ticketledger.connect({str(tmp_path / "no-ledger")!r})
        except ImportError:
            raise
        except Exception:
            pass
        assert sys.path == before, sys.path
    """

    _run(program, site=root if place == "checkout" else unpacked)


@pytest.mark.parametrize("place", ["checkout", "wheel"])
def test_other_programs_follow_a_ledger_under_our_name_and_keep_their_path(
    place: str, root: Path, unpacked: Path, tmp_path: Path
) -> None:
    program = f"""
        import sqlite3
        from pathlib import Path
        before = list(sys.path)
        import ticketledger
        from ticketledger.eventstore.sqlite import SQLiteStore
        folder = Path({str(tmp_path / "ledger")!r})
        SQLiteStore.create(folder, name="main", time_zone="UTC", application=None).close()
        checkpoint = ticketledger.Checkpoint(sqlite3.connect(":memory:"), "me")
        after = checkpoint.positions()
        assert list(ticketledger.subscribe(folder, after=after, follow=False)) == []
        checkpoint.skip(ticketledger.Skipped(0, 1))
        assert sys.path == before, sys.path
        flat = {{"cli", "domain", "eventstore", "projections"}} & sys.modules.keys()
        assert not flat, flat
    """

    _run(program, site=root if place == "checkout" else unpacked)


@pytest.mark.parametrize("place", ["checkout", "wheel"])
def test_the_program_starts_and_explains_itself(place: str, root: Path, unpacked: Path) -> None:
    program = """
        import ticketledger
        sys.argv = ["ticketledger", "--help"]
        ticketledger.main()
    """

    told = _run(program, site=root if place == "checkout" else unpacked)

    assert "ticketledger" in told


def test_importing_our_name_costs_nothing(root: Path) -> None:
    """No heavy import stands between a shell and `--help`."""
    program = """
        import ticketledger
        heavy = {"duckdb", "eventsourcing", "pydantic", "typer", "sqlite3"} & sys.modules.keys()
        assert not heavy, heavy
    """

    _run(program, site=root)


def test_the_version_is_the_one_that_was_installed(root: Path) -> None:
    told = _run("import ticketledger; print(ticketledger.__version__)", site=root)

    assert told.strip() == metadata.version(OURS)


def _run(program: str, *, site: Path) -> str:
    """Run a program that finds our name in this folder alone, not in the editable install.

    The installed packages come after it, without the path files by which a checkout is installed.
    """
    installed = next(path for path in sys.path if path.endswith("site-packages"))
    lines = [line[8:] if line.startswith(" " * 8) else line for line in program.splitlines()]
    paths = [str(site), installed]
    ran = subprocess.run(
        [sys.executable, "-S", "-P", "-c", "\n".join(["import sys", *lines])],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "NO_COLOR": "1"},
        cwd=site.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def _place_in_wheel(path: Path) -> str:
    return str(path) if path.parts[0] == OURS else f"{OURS}/{path}"


def _is_room(path: Path) -> bool:
    return (path / "__init__.py").is_file() and path.name not in {"tests", "benchmarks"}
