"""Write the schemas and the events' reference page, or check that what is committed is right.

python -m schemas.generate               write schemas/*.json, schemas/asyncapi.yaml and
                                         docs/reference/events.md
python -m schemas.generate --check       exit 1 if they differ from the events, or break a promise
python -m schemas.generate --release     make the schemas of today the promise (on a release)
"""

import argparse
import shutil
import sys
from pathlib import Path

from schemas.asyncapi import FILE_NAME, description_text
from schemas.compatibility import breaking_changes
from schemas.event_schemas import HERE, event_schemas, read_schemas, schema_files, schema_text
from schemas.reference import reference_page

RELEASED = HERE / "released"
REFERENCE = HERE.parent / "docs" / "reference" / "events.md"


def wanted_files(folder: Path = HERE, reference: Path = REFERENCE) -> dict[Path, str]:
    """Every file that the events determine, with the text it should have."""
    schemas = event_schemas()
    files = {folder / f"{name}.json": schema_text(schema) for name, schema in schemas.items()}
    files[folder / FILE_NAME] = description_text(schemas)
    return files | {reference: reference_page(schemas)}


def stale_files(folder: Path = HERE, reference: Path = REFERENCE) -> list[str]:
    """What is committed and differs from the events, each as one sentence."""
    wanted = wanted_files(folder, reference)
    found = [
        f"{path.name}: differs from the events"
        for path, text in wanted.items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    surplus = [path for path in schema_files(folder) if path not in wanted]
    return found + [f"{path.name}: there is no such event type" for path in surplus]


def broken_promises(released: Path = RELEASED) -> list[str]:
    """How the events of today break what was released; nothing before the first release."""
    return breaking_changes(released=read_schemas(released), now=event_schemas())


def write() -> None:
    """Bring every file in line with the events."""
    wanted = wanted_files()
    for surplus in set(schema_files(HERE)) - wanted.keys():
        surplus.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def release() -> None:
    """Keep the schemas of today as what later ones are compared with."""
    RELEASED.mkdir(exist_ok=True)
    for path in schema_files(HERE):
        shutil.copy(path, RELEASED / path.name)


def main() -> int:
    """Do what the command line says; 1 means that a check failed or a promise would break."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true")
    choice.add_argument("--release", action="store_true")
    arguments = parser.parse_args()

    problems = broken_promises()
    if problems:
        problems.append(
            "A released version may only gain optional fields: undo this, or add a .v2 of the type."
        )
    elif arguments.check or arguments.release:
        problems = stale_files()
        if problems:
            problems.append("Run `make schemas` and commit what it writes.")
    if problems:
        sys.stderr.write("\n".join(problems) + "\n")
        return 1
    if arguments.release:
        release()
    elif not arguments.check:
        write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
