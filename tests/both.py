"""``make test``: the rooms' tests, and the stories beside them, each by a pytest of its own. Both are reported.

``python -m tests.both PYTHON PROCESSES TELLERS``. What the stories said is printed at the end, also where a room
failed.
Exit status 1 where one of them failed. Ctrl-C reaches both, and both put away what they started.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import suppress

COMMON = ("-m", "pytest", "-q", "--dist", "loadfile")
STORIES = "tests/stories"


def main(python: str, processes: str, tellers: str) -> int:
    with tempfile.TemporaryFile() as told:
        stories = subprocess.Popen([python, *COMMON, "-n", tellers, STORIES], stdout=told, stderr=subprocess.STDOUT)
        rooms = subprocess.Popen([python, *COMMON, "-n", processes, "--no-loadscope-reorder", f"--ignore={STORIES}"])
        passed = [_passed(child) for child in (rooms, stories)]
        told.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(told.read())
    said = ["passed" if well else "failed" for well in passed]
    print(f"The rooms' tests {said[0]}, the stories {said[1]}.")
    return int(not all(passed))


def _passed(child: subprocess.Popen[bytes]) -> bool:
    """Whether it ended well. At Ctrl-C it has heard that too, and is waited for until it has put things away."""
    while True:
        with suppress(KeyboardInterrupt):
            return child.wait() == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
