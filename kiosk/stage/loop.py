"""One thread waiting for descriptors and moments: all that the stage process does between two messages."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import time
from collections.abc import Callable

Act = Callable[[], None]
_ABOVE = 100
"""Numbers of descriptors that no child is given."""


class Loop:
    """``watch`` descriptors and set moments with ``after``, then ``run``. An act's exception ends ``run``."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._acts: dict[int, Act] = {}
        self._pending: dict[int, Callable[[], bool]] = {}
        self._moments: dict[str, tuple[float, Act]] = {}
        self._ended = False

    def pending(self, descriptor: int, question: Callable[[], bool]) -> None:
        """Asked before each sleep: whether ``descriptor`` has news for its act that can no longer be read there."""
        self._pending[descriptor] = question

    def watch(self, descriptor: int, act: Act) -> None:
        """``act`` whenever it can be read, or its other end has gone."""
        self._acts[descriptor] = act
        self._poll.register(descriptor, select.POLLIN)

    def forget(self, descriptor: int) -> None:
        """No more of it; to be called before it is closed."""
        if self._acts.pop(descriptor, None) is not None:
            self._poll.unregister(descriptor)

    def after(self, seconds: float, name: str, act: Act) -> None:
        """``act`` once, then; setting ``name`` again replaces it."""
        self._moments[name] = (time.monotonic() + seconds, act)

    def cancel(self, name: str) -> None:
        """Nothing happens at ``name``'s moment."""
        self._moments.pop(name, None)

    def end(self) -> None:
        """``run`` returns after the act under way."""
        self._ended = True

    def run(self) -> None:
        """Until ``end``."""
        while not self._ended:
            waiting = {d for d, question in self._pending.items() if question()}
            found = waiting | {d for d, _ in self._poll.poll(0 if waiting else self._milliseconds())}
            for descriptor, act in [(d, self._acts[d]) for d in found]:
                # An act before this one may have closed it, and another opened under the same number.
                if self._acts.get(descriptor) == act:
                    act()
            now = time.monotonic()
            for name, (moment, act) in list(self._moments.items()):
                if moment <= now and self._moments.get(name) == (moment, act):
                    del self._moments[name]
                    act()

    def _milliseconds(self) -> int | None:
        if not self._moments:
            return None
        soonest = min(moment for moment, _ in self._moments.values())
        return max(0, int((soonest - time.monotonic()) * 1000) + 1)


class ChildProcess:
    """A process that the stage started; ``on_end`` is called once, when it has ended by whatever cause.

    ``keep``: descriptors of ours → their numbers in the child. It gets a session of its own. Raises ``OSError``.
    """

    def __init__(
        self,
        loop: Loop,
        words: list[str],
        env: dict[str, str],
        on_end: Act,
        keep: dict[int, int] | None = None,
        log: int | None = None,
    ) -> None:
        self._loop, self._on_end = loop, on_end
        wanted = [] if log is None else [(log, 1), (log, 2)]
        self.pid = _spawn(words, env, wanted + list((keep or {}).items()))
        try:
            self._pidfd = os.pidfd_open(self.pid)
        except OSError:  # nobody would notice its end, nor could end it
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            raise
        self._reaped = False
        loop.watch(self._pidfd, self._ended)

    def kill(self, number: int) -> None:
        """Send signal ``number``, if it still runs."""
        if not self._reaped:
            os.kill(self.pid, number)

    @property
    def running(self) -> bool:
        return not self._reaped

    def _ended(self) -> None:
        self._reaped = True
        os.waitpid(self.pid, 0)
        self._loop.forget(self._pidfd)
        os.close(self._pidfd)
        self._on_end()


def _spawn(words: list[str], env: dict[str, str], wanted: list[tuple[int, int]]) -> int:
    """Start it with ``wanted``, pairs of our descriptor and its number there. Raises ``OSError``."""
    with contextlib.ExitStack() as lifted:
        actions = []
        for ours, theirs in wanted:
            # One of ours may have the number that another is to get there, and would be lost before its turn.
            high = fcntl.fcntl(ours, fcntl.F_DUPFD_CLOEXEC, _ABOVE)
            lifted.callback(os.close, high)
            actions.append((os.POSIX_SPAWN_DUP2, high, theirs))
        # posix_spawn rather than subprocess: no fork of our memory, and no import of that module's.
        return os.posix_spawn(words[0], words, env, file_actions=actions, setsid=True, setsigdef=[signal.SIGPIPE])
