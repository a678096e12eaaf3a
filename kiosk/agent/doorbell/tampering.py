"""Whether a process that runs a registered program was visibly made to do what somebody else wants.

What is looked at here is cheap and can be seen from outside: who traces it, and which libraries its loader was told to
bring in (ld.so(8)). It is no proof that nothing else was put into it: within one workspace programs run as one user.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from kiosk.agent.doorbell.programs import OTHERS, is_roots

_PRELOADS = (b"LD_PRELOAD", b"LD_AUDIT")
_PATHS = b"LD_LIBRARY_PATH"
MAX_ENVIRONMENT = 8 << 20
"""Bytes. Linux gives a program a third of that at most."""


def by(pid: int) -> str | None:
    """What was done to process ``pid``, as the end of a sentence; None if nothing is seen.

    Raises ``OSError`` where it cannot be looked at.
    """
    folder = Path("/proc") / str(pid)
    if _traced(folder):
        return "is watched by a debugger"
    with (folder / "environ").open("rb") as file:
        environment = file.read(MAX_ENVIRONMENT)
    for entry in environment.split(b"\0"):
        name, _, value = entry.partition(b"=")
        if any(not _only_roots(folder, os.fsdecode(place)) for place in _named(name, value)):
            return f"was started with {os.fsdecode(name)}, which brings in files that are not the system's own"
    return None


def _traced(folder: Path) -> bool:
    """``TracerPid`` of proc_pid_status(5). Threads are traced one by one."""
    for task in (folder / "task").iterdir():
        try:
            said = (task / "status").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue  # that thread has ended
        found = re.search(rb"^TracerPid:\s*(\d+)", said, re.MULTILINE)
        if found is None or int(found[1]) != 0:
            return True
    return False


def _named(name: bytes, value: bytes) -> list[bytes]:
    """Paths that ``name`` brings in. A library without a slash is looked for where libraries are."""
    if name in _PRELOADS:
        return [folder for folder in re.split(rb"[ :]", value) if b"/" in folder]
    if name == _PATHS and value:
        return re.split(rb"[:;]", value)  # an empty one is the folder that the program was started in
    return []


def _only_roots(folder: Path, named: str) -> bool:
    """Whether only root decides what is found under ``named`` where the process lives, which may be a sandbox."""
    path = Path(named)
    if not path.is_absolute() or "$" in named or ".." in path.parts:
        return False
    try:
        while not os.path.lexists(path) and not os.path.lexists(_inside(folder, path)):
            path = path.parent  # whoever could put it there decides
        real = path.resolve(strict=True)
        links = all(step.lstat().st_uid == 0 for step in (path, *path.parents))
        shut = not real.stat().st_mode & OTHERS
        return links and shut and is_roots(real) and os.path.samestat(real.stat(), _inside(folder, real).stat())
    except OSError:
        return False


def _inside(folder: Path, path: Path) -> Path:
    return folder / "root" / path.relative_to("/")
