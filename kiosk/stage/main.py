"""The stage process: ``python -m kiosk.stage.main name=value …`` (see ``plan``), normally started by ``kiosk stage``.

Ends with 0 on SIGTERM. On any failure of its own it ends too, at once. Its windows go with its connection, so nothing
of any workspace is left to be seen. Its children are killed by the kernel, and the session starts it again, locked.
"""

from __future__ import annotations

import os
import signal
import sys

from kiosk.stage import folder as private
from kiosk.stage import ownership
from kiosk.stage import plan as plans
from kiosk.stage.host import HostDisplay, NoDisplayError, load_little
from kiosk.stage.leader import Leader
from kiosk.stage.users import NoUsersError

EX_UNAVAILABLE, EX_CONFIG = 69, 78
"""sysexits.h. The second one: it makes no sense to start it again."""


def main(arguments: list[str]) -> int:
    """Exit status."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    load_little()
    try:
        host = HostDisplay(os.environ.get("DISPLAY", ""))
        ownership.take(host)
    except ownership.DisplayTakenError as error:
        os.write(2, f"kiosk: {error}\n".encode())
        return EX_CONFIG
    except NoDisplayError as error:
        os.write(2, f"kiosk: {error}\n".encode())
        return EX_UNAVAILABLE
    try:
        plan = plans.read(arguments)
    except (private.FolderNotPrivateError, NoUsersError) as error:
        os.write(2, f"kiosk: {error}\n".encode())
        return EX_UNAVAILABLE
    leader = Leader(host, plan)
    _stop_on_signal(leader)
    leader.loop.run()
    private.remove(plan.folder)
    return 0


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
