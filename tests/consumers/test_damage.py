"""A damaged file of a projection is told as that, with the way out, and a rebuild mends it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from consumers import projector
from consumers.standing import status
from projections.connection import connect, damage_behind
from projections.errors import FileDamaged
from projections.places import Places
from projections.publishing import Manifest
from tests.consumers.test_projector import NAME, tables

pytestmark = pytest.mark.unit

Damage = Callable[[bytes], bytes]
_HEADER = 12_288


def _flipped(content: bytes) -> bytes:
    damaged = bytearray(content)
    for place in range(_HEADER, len(damaged), 997):
        damaged[place] ^= 255
    return bytes(damaged)


def _rows_flipped(content: bytes) -> bytes:
    damaged = bytearray(content)
    for place in range(_HEADER + 300_000, len(damaged), 997):
        damaged[place] ^= 255
    return bytes(damaged)


DAMAGES: dict[str, Damage] = {
    "other bytes": lambda content: os.urandom(len(content)),
    "no database": lambda _: b"hello",
    "empty": lambda _: b"",
    "bits": _flipped,
}


@pytest.fixture
def ledger(ledger_of_300: Path, tmp_path: Path) -> Path:
    """A copy to break, with the projection in it."""
    folder = Path(shutil.copytree(ledger_of_300, tmp_path / "ledger"))
    projector.run(folder, NAME)
    return folder


def _break(file: Path, damage: Damage) -> None:
    content = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(damage(content))


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_working_file_is_told_and_mended_by_a_rebuild(
    ledger: Path, damage: Damage
) -> None:
    before = tables(ledger)
    _break(Places.of(ledger, NAME).working, damage)

    with pytest.raises(FileDamaged, match=f"ticketledger project rebuild {NAME}"):
        projector.run(ledger, NAME)

    [standing] = [one for one in status(ledger) if one.name == NAME]
    assert standing.state == "stopped"
    assert "damaged" in (standing.stopped_by or "")
    assert projector.rebuild(ledger, NAME).caught_up
    assert tables(ledger) == before
    assert {one.stopped_by for one in status(ledger)} == {None}


def test_a_damaged_beginning_of_a_rebuild_is_forgotten(ledger: Path) -> None:
    before = tables(ledger)
    Places.of(ledger, NAME).rebuilding.write_bytes(_flipped(b"\0" * 50_000))

    assert projector.rebuild(ledger, NAME).caught_up

    assert tables(ledger) == before


@pytest.mark.parametrize(
    "damage",
    [*DAMAGES.values(), lambda content: content[: len(content) // 2]],
    ids=[*DAMAGES, "cut off"],
)
def test_a_damaged_published_copy_is_told_to_readers_and_mended_by_a_rebuild(
    ledger: Path, damage: Damage
) -> None:
    before = tables(ledger)
    places = Places.of(ledger, NAME)
    manifest = Manifest.read(places)
    assert manifest is not None
    _break(places.published / manifest.file, damage)

    with pytest.raises(FileDamaged, match=f"ticketledger project rebuild {NAME}"):
        connect(ledger)

    projector.rebuild(ledger, NAME)
    assert tables(ledger) == before


def test_damage_that_only_a_query_meets_is_traced_to_its_projection(ledger: Path) -> None:
    places = Places.of(ledger, NAME)
    manifest = Manifest.read(places)
    assert manifest is not None
    _break(places.published / manifest.file, _rows_flipped)

    with connect(ledger) as connection, pytest.raises(duckdb.Error) as met:
        connection.execute("SELECT count(*), max(why) FROM queue_item").fetchall()

    found = damage_behind(ledger, met.value)
    assert found is not None
    assert f"ticketledger project rebuild {NAME}" in str(found)
    assert damage_behind(ledger, duckdb.ParserException("no such thing")) is None


def test_a_cut_off_published_copy_is_made_again_by_the_next_run(ledger: Path) -> None:
    before = tables(ledger)
    places = Places.of(ledger, NAME)
    manifest = Manifest.read(places)
    assert manifest is not None
    _break(places.published / manifest.file, lambda content: content[:50_000])

    projector.run(ledger, NAME)

    assert tables(ledger) == before
