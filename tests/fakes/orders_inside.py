"""Runs inside a workspace: does what a test says, a shell's command a line, and tells what came of it.

``orders_inside ORDERS REPORTS``: pipes. A report is one line of JSON: exit status and everything that was printed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def main(orders: str, reports: str) -> None:
    """Until the pipe's other end goes."""
    out = os.open(reports, os.O_WRONLY)
    with Path(orders).open(encoding="utf-8") as lines:
        for line in lines:
            done = subprocess.run(
                ["/bin/sh", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            said = done.stdout.decode("utf-8", "replace")[-2000:]
            os.write(out, json.dumps([done.returncode, said]).encode() + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
