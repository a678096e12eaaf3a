"""Services that need not read their program anew: one process has read it, and each service is a fork of that one.

Reading it takes two seconds of a processor, and the tests start two hundred services. A fork goes on as ``kiosk service
run`` does: with its own words, environment, folder and streams, and it ends by itself or by a signal. How a service
comes up from nothing is for the tests that start one anew (``Running(anew=True)``), and for the stations' own tests.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

MAX_ASKED = 1 << 17
"""Bytes: the words and environment of one service."""
PR_SET_PDEATHSIG = 1
LOST = -signal.SIGKILL
"""The status of a service whose parent is gone: it got a signal then, and nobody was told of its end."""


class Forks:
    """The process that has read the program. Safe to use from several threads."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        words = [sys.executable, "-m", "tests.fakes.forked", str(theirs.fileno())]
        self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        theirs.close()
        self._ended: dict[int, int] = {}
        self._lock = threading.Lock()
        self._gone = False

    def start(self, words: Sequence[str], env: Mapping[str, str], cwd: str, streams: Sequence[int]) -> int:
        """The process that runs ``kiosk WORDS``."""
        asked = json.dumps({"words": words, "env": dict(env), "cwd": cwd})
        with self._lock:
            socket.send_fds(self._line, [asked.encode()], streams)
            while True:
                told = self._hear()
                if "started" in told:
                    return told["started"]

    def status(self, pid: int, within: float | None = 0.0) -> int | None:
        """How it ended, as ``Popen.returncode`` says it; None if it has not within so many seconds."""
        until = None if within is None else time.monotonic() + within
        while True:
            with self._lock:
                while select.select([self._line], [], [], 0)[0] and not self._gone:
                    self._hear()
                if pid in self._ended or self._gone:
                    return self._ended.get(pid, LOST)
            left = 1.0 if until is None else until - time.monotonic()
            if left <= 0:
                return None
            select.select([self._line], [], [], min(left, 0.1))  # another thread may hear it first

    def _hear(self) -> dict[str, int]:
        data = self._line.recv(MAX_ASKED)
        self._gone = not data
        if self._gone:
            raise ChildProcessError("the process that starts services is gone")
        told: dict[str, int] = json.loads(data)
        if "ended" in told:
            self._ended[told["ended"]] = told["status"]
        return told

    def close(self) -> None:
        """No more services; those that run end."""
        self._line.close()
        self._process.wait(20)


@cache
def forks() -> Forks:
    """Once a test process, when it is first needed."""
    made = Forks()
    atexit.register(made.close)
    return made


class ForkedPopen(subprocess.Popen[Any]):
    """As ``subprocess.Popen`` of ``python -m kiosk …``, but for how the process comes about and who waits for it."""

    def _execute_child(self, args: Sequence[str], *given: Any) -> None:
        cwd, env = given[4], given[5]
        read, write, out_read, out_write, err_read, err_write = given[9:15]
        ours = (read, 0), (out_write, 1), (err_write, 2)
        streams = [known if known != -1 else standard for known, standard in ours]
        words = list(args[args.index("kiosk") + 1 :])
        self.pid = forks().start(words, os.environ if env is None else env, str(cwd or os.getcwd()), streams)  # noqa: PTH109
        self._child_created = True
        for mine, its in ((write, read), (out_read, out_write), (err_read, err_write)):
            if mine != -1:
                os.close(its)
        if (nothing := getattr(self, "_devnull", None)) is not None:
            os.close(nothing)

    def _internal_poll(self, *_given: Any, **_more: Any) -> int | None:
        if self.returncode is None:
            self.returncode = forks().status(self.pid)
        return self.returncode

    def _wait(self, timeout: float | None) -> int:
        if self.returncode is None:
            self.returncode = forks().status(self.pid, timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self.returncode


# The process itself


def serve(line: socket.socket) -> list[str] | None:
    """Fork whenever it is asked for: the words for the fork, and in the process itself None once nobody asks more."""
    woken, wake = os.pipe()
    for end in (woken, wake):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the tests' own; the services end with this process
    signal.set_wakeup_fd(wake)
    while True:
        ready = select.select([line.fileno(), woken], [], [])[0]
        if woken in ready:
            os.read(woken, 4096)
            _tell_of_ends(line)
        if line.fileno() in ready:
            data, streams, _, _ = socket.recv_fds(line, MAX_ASKED, 3)
            if not data:
                return None
            if (pid := os.fork()) == 0:
                signal.set_wakeup_fd(-1)
                for end in (woken, wake):
                    os.close(end)
                line.close()
                return _become(json.loads(data), streams)
            for stream in streams:
                os.close(stream)
            line.send(json.dumps({"started": pid}).encode())


def _tell_of_ends(line: socket.socket) -> None:
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            line.send(json.dumps({"ended": found[0], "status": os.waitstatus_to_exitcode(found[1])}).encode())


def _become(asked: dict[str, Any], streams: Sequence[int]) -> list[str]:
    """A process as Python starts one; the words of its command."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    os.chdir(asked["cwd"])
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    words: list[str] = asked["words"]
    return words


def main() -> int:
    """Read the program, then serve on the socket whose descriptor the first word is."""
    from kiosk import __main__ as program
    from kiosk.cli import service
    from kiosk.service import server

    assert service and server
    gc.collect()
    gc.freeze()
    words = serve(socket.socket(fileno=int(sys.argv[1])))
    return 0 if words is None else program.main(words)


if __name__ == "__main__":
    sys.exit(main())
