"""An agent without a will: hands the stage's socket to the test that waits at the path given, then lives on.

It ends with its stage, whose socket it no longer holds.

Run as a program by the stage; the test's end is ``tests/fakes/staging.py``.
"""

import ctypes
import os
import signal
import socket
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(sys.argv[1])
        socket.send_fds(line, [str(os.getpid()).encode()], [int(os.environ["KIOSK_STAGE_FD"])])
        line.recv(1)
    os.close(int(os.environ["KIOSK_STAGE_FD"]))
    signal.pause()
