"""How much memory each workspace takes, and the machine has left. Read from /proc; no process is asked anything.

Control groups would say it for nothing and the kernel would enforce it, but an X session's processes live in a scope
that belongs to root: nobody may make groups there (docs/decisions/0016).
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from kiosk.stage import file_backed_memory

_PAGE_KIB = os.sysconf("SC_PAGE_SIZE") >> 10


def families(firsts: Iterable[int]) -> dict[int, list[int]]:
    """First process → itself and all its descendants: who loses a parent becomes the sandbox's first one's child."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            parent = _parent(name)
            if parent:
                children.setdefault(parent, []).append(int(name))
    found = {}
    for first in firsts:
        family = [first]
        for pid in family:  # grows while it is walked
            family += children.get(pid, ())
        found[first] = family
    return found


def taken_kib(family: list[int], more_than: int) -> int:
    """What they take together, in KiB. Exactly (what is shared counts in part, as PSS) only if it may be ``more_than``.

    The resident pages of all, which are cheap to ask for and never fewer, else. Files in memory count beside, mapped or
    not. Of what is shared in memory the kernel does not say which part is such a file: so the larger of the two
    counts, and a program that has as much of either is seen to take one of them.
    """
    files = file_backed_memory.kib(family)
    most = files + sum(_resident_kib(pid) for pid in family)
    if most <= more_than:
        return most
    weighed = [_pss_kib(pid) for pid in family]
    shared = sum(part for _, part in weighed)
    return sum(pss for pss, _ in weighed) - shared + max(shared, files)


def free_mib() -> int:
    """What the kernel thinks it can still give. [proc(5), MemAvailable]"""
    return _machine_kib(b"MemAvailable:") >> 10


def all_kib() -> int:
    """What the machine has. [proc(5), MemTotal]"""
    return _machine_kib(b"MemTotal:")


def _machine_kib(name: bytes) -> int:
    return int(_read("/proc/meminfo").partition(name)[2].split()[0])


def _parent(pid: str) -> int:
    """0 if it has gone. [proc(5), /proc/pid/stat]"""
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0


def _resident_kib(pid: int) -> int:
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE_KIB if fields else 0


def _pss_kib(pid: int) -> tuple[int, int]:
    """Its pages, and how many of them are shared in memory: files there, and what processes share without one."""
    told = _read(f"/proc/{pid}/smaps_rollup")
    pss, shared = (told.partition(name)[2].split()[:1] for name in (b"\nPss:", b"\nPss_Shmem:"))
    # Who does not let us look, by being not dumpable or another user, counts in full.
    return (int(pss[0]), int(shared[0]) if shared else 0) if pss else (_resident_kib(pid), 0)


def _read(path: str) -> bytes:
    """Nothing if the process has gone, or does not let itself be looked at."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
