"""Which registered program a process runs: by the file that the kernel says it executes, and by nothing it says itself.

A path counts only where it leads to the very file that runs (a sandbox may have another file under the same name), and
where nobody but root can put another file there. A program that is registered by its checksum is known by that instead.
What runs inside the program, a library that was loaded into it or a script that it was given, this does not tell.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections import OrderedDict
from collections.abc import Callable, Collection
from pathlib import Path

from kiosk.model.people import ProgramView

Programs = Callable[[], Collection[ProgramView]]
"""Those that an administrator named, as the service last said; from any thread."""
MAX_DIGESTS = 64
MAX_FILE = 1 << 30
"""Bytes; a larger executable is not looked through."""
OTHERS = stat.S_IWGRP | stat.S_IWOTH
"""Mode bits by which others than its owner can change a file."""
_digests: OrderedDict[tuple[int, ...], str] = OrderedDict()


def none() -> tuple[ProgramView, ...]:
    """Where nobody registered any."""
    return ()


def known(pid: int, path: str, programs: Programs) -> ProgramView | None:
    """The registered program that process ``pid`` runs from ``path``; None for any other."""
    found = next((program for program in programs() if program.path == path), None)
    if found is None:
        return None
    running = Path("/proc") / str(pid) / "exe"
    try:
        if found.sha256 is not None:
            return found if _digest(running) == found.sha256 else None
        there = Path(path).lstat()
        same = os.path.samestat(running.stat(), there) and stat.S_ISREG(there.st_mode)
        return found if same and is_roots(Path(path)) else None
    except OSError:
        return None


def is_roots(path: Path) -> bool:
    """Whether only root can put another file there: itself, and every folder above it."""
    for step in (path, *path.parents):
        seen = step.lstat()
        if seen.st_uid != 0 or (seen.st_mode & OTHERS and not seen.st_mode & stat.S_ISVTX) or step.is_symlink():
            return False
    return True


def _digest(running: Path) -> str | None:
    """SHA-256 of the file that runs, in hex; counted anew when it changed. Raises ``OSError``."""
    with running.open("rb") as file:
        seen = os.fstat(file.fileno())
        key = (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
        if seen.st_size > MAX_FILE:
            return None
        if key not in _digests:
            _digests[key] = hashlib.file_digest(file, "sha256").hexdigest()
            while len(_digests) > MAX_DIGESTS:
                _digests.popitem(last=False)
    return _digests[key]
