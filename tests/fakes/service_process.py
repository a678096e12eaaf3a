"""The service as its own process: real TLS, real signals, started by the command that a hospital starts it with."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kiosk.service.folder import ServiceFolder, finish, make_folder, open_folder
from kiosk.settings.service import ServiceSettings
from tests.fakes.forked import ForkedPopen
from tests.fakes.stores import empty_file

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def listens(port: int) -> bool:
    """Whether anybody takes connections there, on loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


def make(path: Path, now: int, database: str = "", **settings: Any) -> ServiceFolder:
    """A finished data folder for ``https://localhost:PORT``. ``database``: PostgreSQL's URL, empty for SQLite."""
    port = free_port()
    made = ServiceSettings(f"https://localhost:{port}", f"127.0.0.1:{port}", database, **settings)
    if database:
        finish(make_folder(path, made, now))
        return open_folder(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    store = path.with_name(f"{path.name}.db")  # a copy: its tables take half of the time that a folder takes
    folder = make_folder(path, replace(made, database=empty_file(store)), now)
    store.rename(path / "kiosk.db")
    finish(replace(folder, settings=made))
    return open_folder(path)


class Running:
    """A process that has said ``ready``. ``descriptors``: how many it may have open, hard limit (RLIMIT_NOFILE).
    ``root``: where its program is; ``env``: more of its environment; ``anew``: its program is read from the disk, as
    for every one with limits, a place or an environment of its own. Else it is a fork: see ``forked``."""

    def __init__(
        self,
        folder: ServiceFolder,
        descriptors: int | None = None,
        root: Path = ROOT,
        env: Mapping[str, str] = MappingProxyType({}),
        *,
        anew: bool = False,
    ) -> None:
        self.folder = folder
        self.base = folder.origin
        few = [] if descriptors is None else ["prlimit", f"--nofile={descriptors}:{descriptors}"]
        anew = anew or bool(few) or bool(env) or root != ROOT
        self._process: subprocess.Popen[str] = (subprocess.Popen if anew else ForkedPopen)(
            [*few, sys.executable, "-m", "kiosk", "service", "run", "--data", str(folder.path)],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **env},
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line != "ready\n":
            self._process.kill()
            raise AssertionError(f"the service said {line!r}: {self._process.communicate()[1]}")

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def port(self) -> int:
        """Where it listens, on loopback."""
        return int(self.base.rpartition(":")[2])

    def trust(self) -> ssl.SSLContext:
        """A client's context that trusts this service's CA alone."""
        return ssl.create_default_context(cadata="\n".join(self.folder.tls.trust()))

    def stop(self, number: int = signal.SIGTERM, within: float = 20) -> tuple[int, str]:
        """Exit status and what it wrote to standard error. ``within``: seconds."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        _, errors = self._process.communicate(timeout=within)
        return self._process.returncode, errors


@contextmanager
def running(folder: ServiceFolder, descriptors: int | None = None, *, anew: bool = False) -> Iterator[Running]:
    """A process for as long as the block lasts. ``descriptors``, ``anew``: as of ``Running``."""
    process = Running(folder, descriptors, anew=anew)
    try:
        yield process
    finally:
        process.stop(signal.SIGKILL)
