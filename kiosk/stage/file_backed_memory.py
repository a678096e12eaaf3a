"""Memory that no process has among its pages: what lies in a workspace's folders in memory, and in its memfds.

A file in memory is nobody's resident page unless somebody maps it. Folders say themselves how full they are, with what
was deleted and is still open; so do memfds, of which the kernel lists each to whoever may look at its process. Only
names are read of other open files: to ask a file for its size could wait for whoever serves it.
[memfd_create(2), proc(5)]
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator

_CHUNK = 65536


def kib(family: Iterable[int]) -> int:
    """What the processes of ``family`` keep in memory as files, each counted once, in KiB.

    Memfds of a program that runs as another user are not seen: nobody but root may list what it has open.
    """
    machines = set(_folders("self").values())  # what a workspace only reads there is not its own
    folders: dict[str, str] = {}
    memfds: dict[int, int] = {}
    views = set()
    for pid in family:
        memfds.update(_memfds(pid))
        with contextlib.suppress(OSError):
            view = os.readlink(f"/proc/{pid}/ns/mnt")
            if view not in views:  # a program may have made a view of its own, with further folders in it
                views.add(view)
                folders.update((device, f"/proc/{pid}/root{path}") for path, device in _folders(pid).items())
    return sum(memfds.values()) + sum(_used_kib(path) for device, path in folders.items() if device not in machines)


def _folders(pid: int | str) -> dict[str, str]:
    """Paths at which ``pid`` sees file systems in memory, and the device of each; the last mounted is what is seen."""
    found = {}
    for line in _whole(f"/proc/{pid}/mountinfo").splitlines():
        mount, _, kind = line.partition(" - ")
        if kind.startswith(("tmpfs ", "ramfs ")):
            fields = mount.split(" ")
            found[fields[4].encode("latin-1").decode("unicode_escape")] = fields[2]
    return found


def _used_kib(path: str) -> int:
    try:
        about = os.statvfs(path.encode("latin-1"))
    except OSError:
        return 0
    return (about.f_blocks - about.f_bfree) * about.f_frsize >> 10


def _memfds(pid: int) -> Iterator[tuple[int, int]]:
    """Number and size of each."""
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return
    for name in names:
        with contextlib.suppress(OSError):
            path = f"/proc/{pid}/fd/{name}"
            if os.readlink(path).startswith("/memfd:"):
                about = os.stat(path)
                yield about.st_ino, about.st_blocks >> 1


def _whole(path: str) -> str:
    """Nothing if the process has gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    said = b""
    with contextlib.suppress(OSError):
        while piece := os.read(descriptor, _CHUNK):
            said += piece
    os.close(descriptor)
    return said.decode("latin-1")
