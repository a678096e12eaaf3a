"""The service as its own process over real TLS: what ``kiosk service init`` and ``run`` make."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

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

    def __init__(self, folder: Path) -> None:
        self.data = folder / "service"
        self.url = f"https://localhost:{free_port()}"
        self._log = (folder / "service.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None
        listen = "127.0.0.1:" + self.url.rpartition(":")[2]
        self._kiosk("service", "init", "--data", str(self.data), "--origin", self.url, "--listen", listen)

    def start(self) -> None:
        """Run it until it says ready."""
        words = [*KIOSK, "service", "run", "--data", str(self.data)]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=self._log)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it with signal ``number`` and wait. Safe when it does not run."""
        if self._process is not None and self._process.stdout is not None:
            self._process.send_signal(number)
            self._process.wait(20)
            self._process.stdout.close()
        self._process = None

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

    def code(self, name: str) -> str:
        """A one-time code for a new workstation."""
        return self.admin("workstation", "add", name, "--place", "Ward 3").strip().splitlines()[-1]

    def _kiosk(self, *words: str, typed: str = "") -> str:
        return run_kiosk(words, typed=typed)


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
