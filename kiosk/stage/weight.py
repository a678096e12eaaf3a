"""How much of the processor a workspace's programs get where others want it, too: the usual share, or the least.

By each thread's nice value, and by that of its session, for which the kernel weighs in place of the thread's where it
groups by sessions (autogroup). [setpriority(2), sched(7) "The autogroup feature"]
"""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterable

from kiosk.stage.herd import Process, threads
from kiosk.stage.loop import Act, Loop

LEAST = 19
"""The nice value of the least share: a weight of 15, against 1024."""
_USUAL = 0
_MAY_RISE = 20
"""Of RLIMIT_NICE, with which a process may go back to the usual value."""
_SYS_NICE = 23
_LOOKS = 8
"""At everybody, at most, until all have their share again."""
_APART = 0.11
"""Seconds between two sessions: the kernel lets nobody but root change more of them."""


def may_be_given_back() -> bool:
    """Whether a share that is taken away can be given back. If not, it must not be taken."""
    with open("/proc/self/status") as status:
        able = next((line for line in status if line.startswith("CapEff:")), "CapEff: 0").split()[1]
    return bool(int(able, 16) >> _SYS_NICE & 1) or resource.getrlimit(resource.RLIMIT_NICE)[0] >= _MAY_RISE


class Weight:
    """Of one workspace; ``name``: of its moment in the loop."""

    def __init__(self, loop: Loop, name: str) -> None:
        self._loop, self._name = loop, name
        self._before: dict[int, int] = {}
        self._light = False
        self._looks = 0

    def take(self, processes: Iterable[Process]) -> None:
        """They get the least."""
        everybody = list(processes)
        for process in everybody:
            for thread in threads(process.pid):
                with contextlib.suppress(OSError):
                    self._before.setdefault(thread, os.getpriority(os.PRIO_PROCESS, thread))
                    os.setpriority(os.PRIO_PROCESS, thread, LEAST)
        self._light = True
        self._set_sessions(_one_each(everybody), LEAST)

    def give_back(self, processes: Iterable[Process], again: Act) -> None:
        """As it was; who began since has what its process had. ``again``: asks for it anew, with who is there then."""
        if not self._light:
            return
        everybody = list(processes)
        risen = [self._rise(process) for process in everybody]
        if any(risen) and self._looks < _LOOKS:
            # Whoever was made meanwhile has the least, if its maker still had: so until a look finds nobody.
            self._looks += 1
            self._loop.after(0, self._name, again)
            return
        self._before.clear()
        self._light, self._looks = False, 0
        self._set_sessions(_one_each(everybody), _USUAL)

    def _rise(self, process: Process) -> bool:
        """Whether any of its threads had the least, and now has more."""
        risen = False
        usual = self._before.get(process.pid, _USUAL)
        for thread in threads(process.pid):
            with contextlib.suppress(OSError):
                value = self._before.get(thread, usual)
                if value != LEAST and os.getpriority(os.PRIO_PROCESS, thread) == LEAST:
                    os.setpriority(os.PRIO_PROCESS, thread, value)
                    risen = True
        return risen

    def _set_sessions(self, members: list[int], value: int) -> None:
        """One member of each; whoever is another user's is left alone."""
        while members:
            try:
                _write(f"/proc/{members[0]}/autogroup", value)
            except BlockingIOError:
                self._loop.after(_APART, self._name, lambda: self._set_sessions(members, value))
                return
            except OSError:
                pass  # gone, another user's, or a kernel that does not group
            del members[0]


def _one_each(processes: list[Process]) -> list[int]:
    """A process of each session, in the order in which they were found."""
    found: dict[int, int] = {}
    for process in processes:
        with contextlib.suppress(OSError):
            found.setdefault(os.getsid(process.pid), process.pid)
    return list(found.values())


def _write(path: str, value: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)
