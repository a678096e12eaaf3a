"""The service as its own process over real TLS: what ``kiosk service init`` and ``run`` make."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.fakes.commands import kiosk
from tests.fakes.forked import ForkedPopen

KIOSK = (sys.executable, "-m", "kiosk")
PIN = "735190"
UID = "04A1B2C3D4E5F6"


def free_port() -> int:
    """A loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServiceProcess:
    """A data folder and, once started, the process that serves it. Ends with ``stop``."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        """``port``: where it listens, if that is another one than stations use."""
        self.data = folder / "service"
        self.url = f"https://localhost:{free_port()}"
        self._log = (folder / "service.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None
        listen = f"127.0.0.1:{port or self.url.rpartition(':')[2]}"
        try:
            self._kiosk("service", "init", "--data", str(self.data), "--origin", self.url, "--listen", listen)
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Run it until it says ready."""
        words = [*KIOSK, "service", "run", "--data", str(self.data)]
        self._process = ForkedPopen(words, stdout=subprocess.PIPE, stderr=self._log)
        assert self._process.stdout is not None
        if (said := self._process.stdout.readline()) != b"ready\n":
            self.stop(signal.SIGKILL)
            raise AssertionError(f"the service said {said!r}; see {self._log.name}")

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it with signal ``number`` and wait. Safe when it does not run."""
        if self._process is not None and self._process.stdout is not None:
            self._process.send_signal(number)
            self._process.wait(20)
            self._process.stdout.close()
        self._process = None

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """It neither answers nor refuses anything, as where a network drops all packets."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.stop()
        self._log.close()

    def admin(self, *words: str, typed: str = "") -> str:
        """One administrator's act; what it printed."""
        return self._kiosk("admin", "--data", str(self.data), *words, typed=typed)

    def person(self, login: str, name: str, uid: str = UID, pin: str = PIN) -> None:
        """A nurse with a badge and a PIN."""
        self.admin("person", "add", login, "--name", name, "--role", "nurse")
        self.admin("badge", "add", login, "--uid", uid)
        self.admin("pin", "set", login, typed=pin + "\n")

    def code(self, name: str, place: str = "Ward 3") -> str:
        """A one-time code for a new workstation."""
        return self.admin("workstation", "add", name, "--place", place).strip().splitlines()[-1]

    def verified(self) -> str:
        """What is said of the audit trail, which holds, once it is signed. Raises ``ChildFailedError`` if it does
        not."""
        self._kiosk("audit", "checkpoint", "--data", str(self.data))
        return self._kiosk("audit", "verify", "--data", str(self.data))

    def found(self, action: str) -> str:
        """The trail's rows of that action, one line of JSON each."""
        return self._kiosk("audit", "find", "--data", str(self.data), "--action", action, "--json")

    def _kiosk(self, *words: str, typed: str = "") -> str:
        return kiosk(*words, typed=typed)


def run_kiosk(words: Sequence[str], *, typed: str = "", env: dict[str, str] | None = None) -> str:
    """Run a command that must succeed; what it printed."""
    done = subprocess.run(
        [*KIOSK, *words],
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **(env or {})},
    )
    assert done.returncode == 0, f"kiosk {' '.join(words[:3])}: {done.stderr}"
    return done.stdout
