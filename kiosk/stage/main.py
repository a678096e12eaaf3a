"""The stage process: ``python -m kiosk.stage.main name=value …`` (see ``_plan``), normally started by ``kiosk stage``.

Ends with 0 on SIGTERM. On any failure of its own it ends too, at once: its windows go with its connection, so nothing
of any workspace is left to be seen, its children are killed by the kernel, and the session starts it again, locked.
"""

from __future__ import annotations

import os
import signal
import sys

from kiosk.stage import folder as private
from kiosk.stage.desk import Program
from kiosk.stage.host import Host, NoDisplay
from kiosk.stage.leader import Leader, Plan
from kiosk.stage.limits import Limits
from kiosk.stage.room import Tenancy
from kiosk.stage.sandbox import Policy
from kiosk.stage.users import NoUsers, Users

SEPARATOR = "\x1f"
"""Between the words of one value."""
EX_SOFTWARE, EX_UNAVAILABLE = 70, 69


def main(arguments: list[str]) -> int:
    """Exit status."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        host = Host(os.environ.get("DISPLAY", ""))
    except NoDisplay as error:
        os.write(2, f"kiosk: {error}\n".encode())
        return EX_UNAVAILABLE
    try:
        plan = _plan(arguments)
    except (private.NotPrivate, NoUsers) as error:
        os.write(2, f"kiosk: {error}\n".encode())
        return EX_UNAVAILABLE
    leader = Leader(host, plan)
    _stop_on_signal(leader)
    leader.loop.run()
    private.remove(plan.folder)
    return 0


def _plan(arguments: list[str]) -> Plan:
    """``agent``, ``folder``; ``program``, ``program_again`` (its name, then its words; may repeat), ``readable``
    (may repeat), ``network``, and numbers by name."""
    given: dict[str, list[str]] = {}
    for argument in arguments:
        name, _, value = argument.partition("=")
        given.setdefault(name, []).append(value)

    def number(name: str, default: int) -> int:
        return int(given[name][-1]) if name in given else default

    limits = Limits()
    folder = private.begin(given["folder"][-1])
    return Plan(
        agent=given["agent"][-1].split(SEPARATOR),
        folder=folder,
        tenancy=Tenancy(
            programs=tuple(
                _program(value, again)
                for name, again in (("program", False), ("program_again", True))
                for value in given.get(name, [])
            ),
            policy=Policy(bool(number("network", 0)), tuple(given.get("readable", ())), number("home_mib", 512)),
            data_mib=number("data_mib", 0),
            processes=number("processes", 0),
            users=Users() if number("users", 0) else None,
        ),
        limits=Limits(
            number("most", limits.most),
            number("hidden_seconds", limits.hidden_seconds),
            number("free_mib", limits.free_mib),
            number("each_mib", limits.each_mib),
        ),
        bar=number("bar", 56),
        idle_limit=number("idle_limit", 0),
        bus=os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", ""),
    )


def _program(value: str, again: bool) -> Program:
    name, *words = value.split(SEPARATOR)
    return Program(name, tuple(words), again)


def _stop_on_signal(leader: Leader) -> None:
    """SIGTERM and SIGINT become a descriptor, so that they are one more thing that the loop waits for."""
    ours, theirs = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(theirs)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)

    def stop() -> None:
        leader.loop.forget(ours)
        leader.stop()

    leader.loop.watch(ours, stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
