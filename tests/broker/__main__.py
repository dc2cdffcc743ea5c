"""Run a command beside a Kafka broker: `python -m tests.broker --data FOLDER -- COMMAND …`.

`{kafka}` in the command is replaced by the broker's `host:port`. The broker's data stays in the
folder; the broker ends with the command.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.broker.cluster import Cluster
from tests.broker.jars import NoBroker


def main(arguments: list[str]) -> int:
    """The command's exit code; 2 if it was called wrongly, 3 without a broker."""
    if arguments[:1] != ["--data"] or "--" not in arguments[2:3] or not arguments[3:]:
        sys.stderr.write(__doc__ or "")
        return 2
    folder, command = Path(arguments[1]).resolve(), arguments[3:]
    sys.stderr.write("starting a Kafka broker (its jars are fetched once) …\n")
    try:
        with Cluster(folder) as cluster:
            line = [word.replace("{kafka}", cluster.bootstrap) for word in command]
            code = subprocess.run(line, check=False).returncode
    except NoBroker as reason:
        sys.stderr.write(f"no Kafka broker: {reason}\n")
        return 3
    except KeyboardInterrupt:
        return 130
    again = f".venv/bin/python -m tests.broker --data {arguments[1]} -- bash"
    sys.stderr.write(f"the broker has stopped; for a shell beside it: {again}\n")
    return code


sys.exit(main(sys.argv[1:]))
