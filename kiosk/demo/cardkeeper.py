"""Runs inside the private namespaces: keeps one pcscd, and opens sockets for whoever stands outside.

A program of its own, started by ``cardservice.VirtualCardService`` with one end of a socket pair as standard
input. It is the first process of its PID namespace, so the kernel ends everything in there with it, and it
ends when the other end of the pair is closed, however its starter died.

One request a message, one answer a message: ``start`` · ``stop`` · ``kill`` · ``connect PORT`` → ``ok`` or
``no REASON``; ``connect`` hands a connected TCP socket of this network namespace over with its ``ok``.
Standard library only: it runs with ``python -I``.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

PCSCD_DIRECTORY = Path("/run/pcscd")
PCSCD = "/usr/sbin/pcscd"
NO_POLKIT = "--disable-polkit"
"""Where it was built with polkit (Debian 13), pcscd refuses whom polkit does not allow. In here there is no message bus
to ask on, and whoever can open the private folder's socket is meant to. An older pcscd does not know the word and ends.
"""


def pcscd_command(config: Path) -> list[str]:
    """How this machine's pcscd is started for the readers of the folder ``config``."""
    told = subprocess.run([PCSCD, "--help"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    no_polkit = [NO_POLKIT] if NO_POLKIT in told.stdout + told.stderr else []
    return [PCSCD, "--foreground", "--config", str(config), *no_polkit]


def enclose(directory: Path) -> None:
    """Make ``directory`` this mount namespace's ``/run/pcscd``, and bring loopback up.

    No connection is given a reader's port (35963 and up): a reader whose port an ended one still holds for its minute
    cannot be opened, and pcscd does not try again.
    """
    place = os.open(directory, os.O_PATH | os.O_DIRECTORY)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    PCSCD_DIRECTORY.mkdir()
    subprocess.run(["mount", "--bind", f"/proc/self/fd/{place}", str(PCSCD_DIRECTORY)], check=True, pass_fds=[place])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with contextlib.suppress(OSError):  # a kernel that refuses it leaves that small chance, and no more
        Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("49152 60999")  # of this network namespace alone
    os.close(place)


class Keeper:
    """Starts and ends one pcscd with the readers of the folder ``config``; its words go to ``log``."""

    def __init__(self, config: Path, log: Path) -> None:
        self._command = pcscd_command(config)
        self._log = log
        self._pcscd: subprocess.Popen[bytes] | None = None

    def obey(self, request: str) -> tuple[str, socket.socket | None]:
        match request.split():
            case ["start"]:
                self._start()
            case ["stop"]:
                self._end()
            case ["kill"]:
                self._end(kindly=False)
            case ["connect", port]:
                return _connect(int(port))
            case _:
                return "no such request", None
        return "ok", None

    def _start(self) -> None:
        self._end()
        with self._log.open("ab") as log:
            # Outside a PID namespace nothing else would end pcscd if this keeper were killed.
            self._pcscd = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self._command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _end(self, *, kindly: bool = True) -> None:
        if self._pcscd is None:
            return
        self._pcscd.send_signal(signal.SIGTERM if kindly else signal.SIGKILL)
        try:
            self._pcscd.wait(5)
        except subprocess.TimeoutExpired:
            self._pcscd.kill()
            self._pcscd.wait()
        self._pcscd = None


def _connect(port: int) -> tuple[str, socket.socket | None]:
    try:
        line = socket.create_connection(("127.0.0.1", port), timeout=1)
    except OSError as error:
        return f"no {error.strerror or error}", None
    # Non-blocking is a property of the open file, so it would travel along to whoever is lent it.
    line.settimeout(None)
    return "ok", line


def main(mode: str, directory: Path) -> None:
    """``mode``: ``private`` or ``plain``; ``directory`` holds ``run``, ``readers`` and ``log``."""
    line = socket.socket(fileno=os.dup(0))
    if mode == "private":
        enclose(directory / "run")
    keeper = Keeper(directory / "readers", directory / "log")
    # The procfs of the outer PID namespace is still mounted, so this is the number that others know us by.
    line.send(f"ready {Path('/proc/self').readlink()}".encode())
    try:
        while request := line.recv(200):
            answer, lent = keeper.obey(request.decode())
            if lent is None:
                line.send(answer.encode())
            else:
                with lent:
                    socket.send_fds(line, [answer.encode()], [lent.fileno()])
    finally:
        keeper.obey("kill")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
