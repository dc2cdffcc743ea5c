"""Files come as they are: plain, zipped, through a pipe; what is none of these is refused."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from intake.csv_import import plan
from intake.errors import FileUnreadable, HeaderMismatch
from intake.source import Source
from tests.intake.conftest import HEADER, MAPPING, ROWS, Desk, parsed

pytestmark = pytest.mark.unit

TEXT = f"{HEADER}\n{ROWS}".encode()


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def content(source: Source) -> bytes:
    with source.reader() as reader:
        data = reader.read()
    source.close()
    return data


def test_the_same_csv_is_the_same_batch_however_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(TEXT)
    archive = zipped(tmp_path / "log.zip", {"inside/log.csv": TEXT, "__MACOSX/._log.csv": b"x"})

    plans = [
        plan(path, parsed(MAPPING)),
        plan(archive, parsed(MAPPING)),
        plan("-", parsed(MAPPING), stdin=io.BytesIO(TEXT)),
        plan("-", parsed(MAPPING), stdin=io.BytesIO(archive.read_bytes())),
    ]

    assert len({planned.batch_id for planned in plans}) == 1
    assert {planned.source.size_bytes for planned in plans} == {len(TEXT)}
    for planned in plans:
        planned.close()
        planned.close()


def test_a_pipe_that_can_be_read_only_once_is_read_twice(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    writer = os.open(fifo, os.O_RDWR)
    os.write(writer, TEXT)
    reader = fifo.open("rb")
    os.close(writer)

    source = Source.open("-", stdin=reader)
    reader.close()

    assert content(source) == TEXT


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({}, "the zip is empty"),
        ({"a.csv": TEXT, "b.csv": TEXT}, "it holds a.csv, b.csv; unpack it and name one"),
    ],
)
def test_a_zip_must_hold_one_csv(tmp_path: Path, members: dict[str, bytes], says: str) -> None:
    with pytest.raises(FileUnreadable, match=says):
        Source.open(zipped(tmp_path / "log.zip", members))


def test_a_zip_may_hold_a_readme_beside_its_csv(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "log.zip", {"README.txt": b"hello", "log.csv": TEXT})

    assert content(Source.open(archive)) == TEXT


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PK\x03\x04 and no more", "damaged"),
        (b"\xd0\xcf\x11\xe0....", "Excel"),
    ],
)
def test_what_is_no_csv_is_told_with_a_way_out(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(data)

    with pytest.raises(FileUnreadable, match=says):
        Source.open(path)


def test_a_missing_file_a_folder_and_no_stdin_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="No such file"):
        Source.open(tmp_path / "no.csv")
    with pytest.raises(FileUnreadable, match="it is a folder"):
        Source.open(tmp_path)
    with pytest.raises(FileUnreadable, match="nothing is connected"):
        Source.open("-")


def test_a_file_without_its_header_is_told_so(desk: Desk) -> None:
    with pytest.raises(HeaderMismatch, match="names none of the mapped columns"):
        plan(desk.file("", header=ROWS.splitlines()[0]), parsed(MAPPING))


def test_a_column_that_the_file_does_not_have_is_told_with_those_it_has(desk: Desk) -> None:
    with pytest.raises(HeaderMismatch, match=r"no column agent \(columns.owner\).*: person"):
        plan(desk.file(ROWS, header=HEADER.replace("agent", "person")), parsed(MAPPING))


def test_a_column_that_is_there_twice_is_told(desk: Desk) -> None:
    with pytest.raises(HeaderMismatch, match="several columns called team"):
        plan(
            desk.file(ROWS, header=HEADER.replace("place", "team")),
            parsed(MAPPING.replace('location = "place"', "")),
        )


def test_columns_that_the_mapping_does_not_mention_are_reported(desk: Desk) -> None:
    account = desk.take(ROWS, MAPPING.replace('location = "place"', ""))

    [example] = account.oddities["column_unmentioned"].examples
    assert example.name == "place"
