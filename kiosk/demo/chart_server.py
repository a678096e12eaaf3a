"""The chart beside a hospital's service: registered by the published commands, in a process of its own."""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path

from kiosk.demo.hospital import Hospital, free_port
from kiosk.demo.processes import ChildProgram
from kiosk.files import write_private
from kiosk.service.platform.tls import Tls

CHROMIUM = "/usr/lib/chromium/chromium"
"""What Debian's ``/usr/bin/chromium``, a script, starts."""
_FLAGS = (
    *("--no-first-run", "--disable-sync", "--disable-background-networking", "--disable-component-update"),
    *("--disable-dev-shm-usage", "--disable-gpu", "--ignore-certificate-errors", "--password-store=basic"),
)


def browser() -> str | None:
    """Chromium, where it is installed."""
    found = shutil.which("chromium")
    return found if found is not None and Path(CHROMIUM).exists() else None


class ChartServer:
    """At ``url`` once it is started. ``ca``: PEM of the authority of its certificate, before it is registered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"https://localhost:{self.port}"
        folder.mkdir(parents=True)
        tls = Tls.make(folder / "tls", "Chart", int(time.time()))
        tls.ensure_server(("localhost",), int(time.time()))
        self._certificate = tls.server_pem
        self.ca = folder / "chart-ca.pem"
        self.ca.write_text(tls.trust()[0])
        self.child: ChildProgram | None = None

    def settings(self, doorbell: int) -> str:
        """Lines for the service's TOML. ``doorbell``: the port on which each workstation answers its pages."""
        return f'[openid]\ndoorbell_port = {doorbell}\nloopback = true\nca_file = "{self.ca}"\n'

    def start(self, hospital: Hospital) -> None:
        """Register it with a service that runs, and start it. Raises ``ChildFailedError``."""
        client_id = hospital.admin("app", "add", "chart", "--audience", "urn:chart", "--no-key").strip()
        rules = ["--title", "Ward chart", "--redirect-uri", f"{self.url}/callback", "--auth", "client_secret_basic"]
        told = ["--logout-uri", f"{self.url}/backchannel"]
        secret = hospital.admin("app", "openid", "set", "chart", *rules, *told).strip()
        hospital.admin("program", "add", "Chromium", "--path", CHROMIUM, "--browser")
        said = {"port": str(self.port), "certificate": str(self._certificate), "issuer": hospital.url}
        said |= {"client_id": client_id, "secret": secret, "trust": str(hospital.data / "tls" / "ca-1.crt")}
        config = self._folder / "chart.json"
        write_private(config, json.dumps(said).encode())
        words = [sys.executable, "-m", "kiosk.demo.chart", str(config)]
        self.child = ChildProgram(words, self._folder / "chart.out")
        self.child.wait_for("ready")

    def stop(self) -> None:
        """Safe to call twice."""
        if self.child is not None:
            self.child.stop()

    def program(self, profiles: Path, *more: str) -> list[str]:
        """The command of a person's workspace: a browser of their own that shows the chart alone."""
        profile = f"--user-data-dir={profiles}/{{login}}"
        return [str(browser()), *_FLAGS, *more, profile, f"--app={self.url}/"]
