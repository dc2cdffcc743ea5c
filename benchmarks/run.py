"""All benchmarks, one after the other, and whether each of our limits holds.

make bench                      or: python benchmarks/run.py [NAME …]
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = (
    "startup",
    "manual_command",
    "import_real_log",
    "simulate",
    "projectors",
    "kafka_store",
    "stream_projector",
)


def main() -> int:
    """Run those named, or all; the number of those that failed."""
    failed = 0
    for name in sys.argv[1:] or NAMES:
        print(f"\n── {name}", flush=True)
        done = subprocess.run(
            [sys.executable, HERE / f"{name}.py"],
            env=os.environ | {"PYTHONPATH": str(HERE.parent)},
            check=False,
        )
        failed += done.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
