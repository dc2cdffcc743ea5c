"""Every way in which an import, or the reading of a policy file, can fail as a whole, as one tree.

IntakeError                 90  anything below
├── MappingNotFound         91  no mapping of that name or at that path
├── MappingInvalid          92  a mapping says something that cannot be; each place with its line
├── FileUnreadable          93  the file to import cannot be opened as what it should be
├── HeaderMismatch          94  the file's first line does not have the columns the mapping names
├── PreparationFailed       95  the process that reads the file stopped
├── KeepsBeingOvertaken     96  others write to the same tickets again and again
├── RowsUnreadable          97  rows could not be read; the rest went in
├── PolicyFileNotFound      98  no policy of that name or at that path
└── PolicyFileInvalid       99  a policy says something that cannot be; each place with its line

The numbers are exit codes of the command line and stay. What is wrong with a single row stops no
import: the row goes to the report, the rest goes in, and the command line says so in the end with
RowsUnreadable. A message never quotes what a row contains.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from domain.toml_problems import Problem


class IntakeError(Exception):
    """An import cannot begin. Nothing was recorded."""

    exit_code: ClassVar[int] = 90


class MappingNotFound(IntakeError):
    """Neither one of ours, nor a file."""

    exit_code = 91

    def __init__(self, wanted: str, *, shipped: Sequence[str]) -> None:
        super().__init__(
            f"there is no mapping {wanted}: it is not a file, and none of those that come with "
            f"the program ({', '.join(shipped)}); name one of these, or the path of your own"
        )


class MappingInvalid(IntakeError):
    """A mapping that cannot be followed. All its problems are named at once."""

    exit_code = 92

    def __init__(self, path: str, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line)
        lines = [f"{path}, line {problem.line}: {problem.message}" for problem in self.problems]
        super().__init__("\n".join(lines))


class FileUnreadable(IntakeError):
    """The file to import is not there, or not what an importer reads."""

    exit_code = 93

    def __init__(self, name: str, *, reason: str) -> None:
        super().__init__(f"{name} cannot be imported: {reason}")


class HeaderMismatch(IntakeError):
    """The columns of the file and those of the mapping do not fit together."""

    exit_code = 94

    def __init__(self, name: str, *, reason: str) -> None:
        super().__init__(f"{name} does not fit its mapping: {reason}")


class PreparationFailed(IntakeError):
    """The second process of an import ended before its time. What was recorded stays."""

    exit_code = 95

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the process that reads the file stopped: {reason}; "
            f"repeat the import, it goes on where it stopped"
        )


class KeepsBeingOvertaken(IntakeError):
    """Others write to the very tickets of this import, again and again."""

    exit_code = 96

    def __init__(self, *, attempts: int) -> None:
        super().__init__(
            f"others wrote to tickets of this import during each of {attempts} attempts; "
            f"what was recorded stays; repeat the import when they have finished"
        )


class RowsUnreadable(IntakeError):
    """Rows of the file could not be read; the rest went in."""

    exit_code = 97

    def __init__(
        self, *, rows: int, of: int, report: object = None, encoding: str | None = None
    ) -> None:
        """`encoding` is the mapping's, where it is what most of these rows fail at."""
        what = f"all {of:,} rows" if rows == of else f"{rows:,} of {of:,} rows"
        where = f", they are in {report}" if report else ""
        mend = "mend these rows in the file"
        if encoding is not None:
            mend = (
                f"they are no text in {encoding}: name the file's encoding in the mapping "
                f"(file.encoding, such as cp1252)"
            )
        super().__init__(
            f"{what} could not be read{where}; {mend}, and import it again: what went in is not "
            f"taken in twice"
        )


class PolicyFileNotFound(IntakeError):
    """Neither one of ours, nor a file."""

    exit_code = 98

    def __init__(self, wanted: str, *, shipped: Sequence[str]) -> None:
        super().__init__(
            f"there is no policy {wanted}: it is not a file, and none of those that come with "
            f"the program ({', '.join(shipped)}); name one of these, or the path of your own"
        )


class PolicyFileInvalid(IntakeError):
    """A policy file that cannot be followed. All its problems are named at once."""

    exit_code = 99

    def __init__(self, path: str, problems: Sequence[Problem]) -> None:
        self.path = path
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join(told_of(path, problem) for problem in self.problems))


def told_of(path: str, problem: Problem) -> str:
    """A problem as editors understand it: file, line, what."""
    kind = "warning: " if problem.is_warning else ""
    return f"{path}:{problem.line}: {kind}{problem.message}"
