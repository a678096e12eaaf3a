"""A program that keeps memory where no process has it mapped: ``tmpfs_hog.py WHERE MIB``, ``memfd`` or a folder.

``own``: a folder in memory that it mounts in a namespace of its own.
"""

import os
import signal
import sys
from pathlib import Path

PIECE = b"\xff" * (1 << 20)


def main(where: str, mib: str) -> None:
    if where == "own":
        mounts = 'mkdir -p /tmp/own && mount -t tmpfs none /tmp/own && exec "$@"'
        again = ["sh", "-c", mounts, "sh", sys.executable, __file__, "/tmp/own", mib]
        os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--mount", *again])  # noqa: S606 # no shell is wanted
    folder = Path(os.path.expandvars(where))
    flags = os.O_WRONLY | os.O_CREAT
    file = os.memfd_create("hoard") if where == "memfd" else os.open(folder / "hoard", flags)
    for _ in range(int(mib)):
        os.write(file, PIECE)
    if where != "memfd":
        os.close(file)
    signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
