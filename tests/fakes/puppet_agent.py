"""An agent without a will: hands the stage's socket to the test that waits at the path given, then lives on.

Run as a program by the stage; the test's end is ``tests/fakes/staging.py``.
"""

import os
import signal
import socket
import sys

if __name__ == "__main__":
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(sys.argv[1])
        socket.send_fds(line, [str(os.getpid()).encode()], [int(os.environ["KIOSK_STAGE_FD"])])
        line.recv(1)
    os.close(int(os.environ["KIOSK_STAGE_FD"]))
    signal.pause()
