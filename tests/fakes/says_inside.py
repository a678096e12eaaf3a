"""Runs inside a workspace: says bytes to its print server, given in hexadecimal, and prints what is answered, likewise.

``says_inside HEX``; ``says_inside crowd N``: holds N connections that say nothing, until it is ended.
"""

from __future__ import annotations

import os
import signal
import socket
import sys


def main(*words: str) -> None:
    if words[0] == "crowd":
        held = [connected() for _ in range(int(words[1]))]
        print(len(held), flush=True)
        os.setsid()
        signal.pause()
    with connected() as line:
        line.sendall(bytes.fromhex(words[0]))
        line.shutdown(socket.SHUT_WR)
        got = b""
        while piece := line.recv(65536):
            got += piece
        print(got[:900].hex())


def connected() -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.connect(os.environ["CUPS_SERVER"])
    return line


if __name__ == "__main__":
    main(*sys.argv[1:])
