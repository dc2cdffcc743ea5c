"""A process that imports a file and says after each commit how far it is; made to be killed."""

import sys
from pathlib import Path

from domain.application import TICKETS
from eventstore.ledger import Ledger
from eventstore.sqlite import SQLiteStore
from intake.account import Progress
from intake.csv_import import plan, run
from intake.mapping_file import read_mapping


def main(folder: str, file: str, processes: str) -> None:
    """Import a file of the real log's shape into the ledger of a folder."""
    store = SQLiteStore.open(Path(folder), application=TICKETS)

    def tell(progress: Progress) -> None:
        print(progress.rows, flush=True)  # noqa: T201 - to the test that started us

    with plan(file, read_mapping("servicenow")) as planned:
        run(planned, Ledger(store, TICKETS), progress=tell, processes=int(processes))


if __name__ == "__main__":
    main(*sys.argv[1:])
