"""Of a nested server that has ended and its programs, the stage may hear in either order."""

from __future__ import annotations

import os
import signal
import subprocess

from kiosk.stage.nested import _exits


def test_whether_a_process_exits_is_read_from_the_kernel() -> None:
    process = subprocess.Popen(["sleep", "60"])
    assert not _exits(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert _exits(process.pid), "it has ended, and nobody has asked after it"
    process.wait()
    assert _exits(process.pid), "it is gone"
