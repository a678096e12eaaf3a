"""Whether a nested server still runs. Told apart from one that a program holds, or that is very busy."""

from __future__ import annotations

MISSED = 4
"""Looks in a row without a sign: about 5 s. Counted are looks, because a machine that slept is no sign."""
EVERY = 1.0
"""Seconds from look to look."""
_LINE = "voluntary_ctxt_switches:"


class Pulse:
    """Of process ``pid``, which whoever looks has woken since the last look.

    A server answers, or it goes to sleep after it was woken. A program that holds it (GrabServer) keeps it from
    answering, but not from sleep. One that floods it keeps it from sleep, but not from answering. One that was stopped,
    or runs round in a circle, does neither. [proc_pid_status(5)]
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._slept = ""
        self._missed = 0

    def stopped(self, answered: bool) -> bool:
        """To be asked every ``EVERY`` seconds. ``answered``: whether anything was heard of it since."""
        slept, self._slept = self._slept, self._sleeps()
        self._missed = 0 if answered or slept != self._slept or not self._slept else self._missed + 1
        return self._missed >= MISSED

    def _sleeps(self) -> str:
        """How often it went to sleep by itself; empty where the system does not say: no reason to end anything."""
        try:
            with open(f"/proc/{self._pid}/status") as status:
                return next((line for line in status if line.startswith(_LINE)), "")
        except OSError:
            return ""
