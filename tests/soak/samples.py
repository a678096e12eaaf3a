"""What every process of the soak holds at one moment: memory, descriptors, threads, and resources of the X server."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from Xlib import display
from Xlib.ext import res

ROLES = (
    ("kiosk-stage /", "the stage's shell"),
    ("stage.main", "the stage"),
    ("kiosk agent run", "the agent"),
    ("kiosk service run", "the service"),
    ("cardkeeper.py", "the card service's keeper"),
    ("pcscd --foreground", "pcscd"),
    ("Xvfb", "the display (Xvfb)"),
    ("three_windows.py", "a person's program"),
)
"""The first whose words are in a process's command line; else its own name."""


@dataclass(frozen=True)
class Held:
    """By one process. Memory in MiB: ``whole`` its PSS; ``memory`` that part of it which is no file's, because a file's
    share changes with whoever else has it open. ``resources``: of the display, all kinds, by all its connections.
    """

    role: str
    whole: float
    memory: float
    descriptors: int
    threads: int
    resources: int = 0


@dataclass(frozen=True)
class Sample:
    """After ``taps`` taps. ``by``: process number → what it holds. ``folders``: of workspaces, on the disk."""

    taps: int
    by: dict[int, Held] = field(default_factory=dict)
    folders: int = 0


def take(taps: int, root: int, screen: Resources, stages: Path) -> Sample:
    """Everything below ``root``, itself not. ``stages``: the folder in which stages keep theirs."""
    kept = screen.by_process()
    by = {}
    for pid in descendants(root):
        with contextlib.suppress(OSError, KeyError):  # it ended while we looked
            by[pid] = Held(_role(pid), *memory_mib(pid), _count(pid, "fd"), _count(pid, "task"), kept.get(pid, 0))
    own = [folder for pid in by for folder in (stages / str(pid)).glob("*/x11")]
    return Sample(taps, by, len(own))


def descendants(pid: int) -> Iterator[int]:
    """Children, and theirs."""
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield int(child)
                yield from descendants(int(child))


def memory_mib(pid: int) -> tuple[float, float]:
    """Proportional set size: all of it, and what belongs to no file. Raises ``OSError`` for one that has ended."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kib = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    return kib["Pss"] / 1024, (kib["Pss_Anon"] + kib["Pss_Shmem"]) / 1024


def _count(pid: int, what: str) -> int:
    return len(os.listdir(f"/proc/{pid}/{what}"))  # noqa: PTH208 # a count, of a folder that may vanish


def _role(pid: int) -> str:
    line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    if line.startswith(("/usr/bin/bwrap", "bwrap")):
        return "bwrap"
    found = next((role for words, role in ROLES if words in line), None)
    return found or Path(f"/proc/{pid}/comm").read_text().strip()


class Resources:
    """Counts by the X-Resource extension 1.2. ``name``: the display. Our own connection is not counted."""

    def __init__(self, name: str) -> None:
        self._display: Any = display.Display(name)
        self._display.res_query_version()

    def by_process(self) -> dict[int, int]:
        found: dict[int, int] = {}
        for client in self._display.res_query_clients().clients:
            base = client.resource_base
            ids = self._display.res_query_client_ids([{"client": base, "mask": res.LocalClientPIDMask}]).ids
            pid = int(ids[0].value[0]) if ids and ids[0].value else 0
            if pid in (0, os.getpid()):
                continue
            kinds = self._display.res_query_client_resources(base).types
            found[pid] = found.get(pid, 0) + sum(kind.count for kind in kinds)
        return found

    def close(self) -> None:
        self._display.close()
