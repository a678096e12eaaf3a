"""How much of the processor a workspace's programs get where others want it, too: the usual share, or the least.

By each thread's nice value, and by that of its session, for which the kernel weighs in place of the thread's where it
groups by sessions (autogroup). [setpriority(2), sched(7) "The autogroup feature"]
"""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterable

from kiosk.stage.loop import Loop
from kiosk.stage.processes import HerdProcess, threads

MIN_SHARE_NICE = 19
"""The nice value of the least share: a weight of 15, against 1024."""
_USUAL = 0
_MAY_RISE = 20
"""Of RLIMIT_NICE, with which a process may go back to the usual value."""
_SYS_NICE = 23
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
        self._members: dict[int, int] = {}
        self._even = True

    def take(self, processes: Iterable[HerdProcess]) -> None:
        """They get the least."""
        for process in processes:
            for thread in threads(process.pid):
                with contextlib.suppress(OSError):
                    value = os.getpriority(os.PRIO_PROCESS, thread)
                    if value != MIN_SHARE_NICE:
                        os.setpriority(os.PRIO_PROCESS, thread, MIN_SHARE_NICE)
                    if value != MIN_SHARE_NICE or self._even:  # else it may have it from who made it
                        self._before[thread] = value
            with contextlib.suppress(OSError):
                self._members.setdefault(os.getsid(process.pid), process.pid)

    def taken(self) -> None:
        """From all of them: now from their sessions."""
        self._even = False
        self._set_sessions(list(self._members.values()), MIN_SHARE_NICE)

    def give_back(self) -> None:
        """To all that it was taken from. Who was made since still has the least: see ``even_out``."""
        self._even = False
        for thread, value in self._before.items():
            _rise(thread, value)
        members, self._members = list(self._members.values()), {}
        self._set_sessions(members, _USUAL)

    def even_out(self, processes: Iterable[HerdProcess]) -> bool:
        """Who was made since gets what its process has. Whether there was any such."""
        risen = False
        for process in processes:
            usual = self._before.get(process.pid, _USUAL)
            for thread in threads(process.pid):
                risen = _rise(thread, self._before.get(thread, usual)) or risen
        return risen

    def evened_out(self) -> None:
        """Nobody has the least who did not choose it."""
        self._before.clear()
        self._even = True

    def _set_sessions(self, members: list[int], value: int) -> None:
        """By one member of each; whoever is another user's is left alone."""
        while members:
            try:
                _write(f"/proc/{members[0]}/autogroup", value)
            except BlockingIOError:
                self._loop.after(_APART, self._name, lambda: self._set_sessions(members, value))
                return
            except OSError:
                pass  # gone, another user's, or a kernel that does not group
            del members[0]


def _rise(thread: int, value: int) -> bool:
    """Whether it had the least, and now has ``value``."""
    with contextlib.suppress(OSError):
        if value != MIN_SHARE_NICE and os.getpriority(os.PRIO_PROCESS, thread) == MIN_SHARE_NICE:
            os.setpriority(os.PRIO_PROCESS, thread, value)
            return True
    return False


def _write(path: str, value: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, str(value).encode())
    finally:
        os.close(descriptor)
