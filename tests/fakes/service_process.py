"""The service as its own process: real TLS, real signals, started by the command that a hospital starts it with."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.service.folder import ServiceFolder, finish, make_folder, open_folder
from kiosk.settings.service import ServiceSettings

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def make(path: Path, now: int) -> ServiceFolder:
    """A finished data folder for ``https://localhost:PORT``."""
    port = free_port()
    finish(make_folder(path, ServiceSettings(f"https://localhost:{port}", f"127.0.0.1:{port}"), now))
    return open_folder(path)


class Running:
    """A process that has said ``ready``."""

    def __init__(self, folder: ServiceFolder) -> None:
        self.folder = folder
        self.base = folder.origin
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kiosk", "service", "run", "--data", str(folder.path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line != "ready\n":
            self._process.kill()
            raise AssertionError(f"the service said {line!r}: {self._process.communicate()[1]}")

    def trust(self) -> ssl.SSLContext:
        """A client's context that trusts this service's CA alone."""
        return ssl.create_default_context(cadata="\n".join(self.folder.tls.trust()))

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Exit status and what it wrote to standard error."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        _, errors = self._process.communicate(timeout=20)
        return self._process.returncode, errors


@contextmanager
def running(folder: ServiceFolder) -> Iterator[Running]:
    """A process for as long as the block lasts."""
    process = Running(folder)
    try:
        yield process
    finally:
        process.stop(signal.SIGKILL)
