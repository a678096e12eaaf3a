"""Two services on one PostgreSQL database, each with a data folder, a port and probes of its own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from kiosk.demo.processes import until
from kiosk.service import joining
from kiosk.service.admin.act import Admin
from kiosk.service.folder import ServiceFolder, open_folder
from kiosk.service.store import migrate
from tests.fakes import service_process
from tests.fakes.service_process import Running

PROBES = '\n[operations]\nlisten = "127.0.0.1:{port}"\n'

STEP = '''"""What a later version adds to tables that exist."""

from alembic import op
from sqlalchemy import Column, Text

revision, down_revision, branch_labels, depends_on = "next", "{newest}", None, None


def upgrade() -> None:
    for table in ("person", "workstation", "session", "audit_row"):
        op.add_column(table, Column("of_a_later_version", Text, nullable=True))
'''


@dataclass
class Replica:
    """One of them. ``process``: while it runs."""

    folder: ServiceFolder
    process: Running | None = None

    @property
    def listen(self) -> str:
        return self.folder.settings.listen

    @property
    def base(self) -> str:
        return f"https://localhost:{self.listen.rpartition(':')[2]}"

    def start(self, root: Path = service_process.ROOT) -> Running:
        """``root``: where its program is."""
        self.process = Running(self.folder, root=root)
        return self.process

    def again(self, number: int, root: Path = service_process.ROOT) -> None:
        """End it by that signal, and start it anew."""
        assert self.process is not None
        self.process.stop(number, within=100)  # it signs what so many taps have written
        self.start(root)
        until("it is ready", lambda: self.probe("readyz").status_code == 200)

    def probe(self, what: str) -> httpx.Response:
        return httpx.get(f"http://{self.folder.settings.operations['listen']}/{what}", timeout=10)

    def leads(self) -> bool:
        return "kiosk_leader 1.0" in self.probe("metrics").text


def admin() -> Admin:
    """Root, now."""
    return Admin("root", 0, int(time.time()))


def first(path: Path, database: str, **settings: object) -> Replica:
    """A data folder on ``database``, with probes. Nothing listens yet at its origin: a proxy may."""
    made = service_process.make(path, int(time.time()), database, **settings)
    toml = path / "service.toml"
    text = toml.read_text(encoding="utf-8").replace(made.settings.listen, f"127.0.0.1:{service_process.free_port()}")
    toml.write_text(text + PROBES.format(port=service_process.free_port()), encoding="utf-8")
    return Replica(open_folder(path))


def another(one: Replica, path: Path) -> Replica:
    """A second one, which is invited and joins."""
    bundle = path.with_suffix(".invitation")
    passphrase = joining.invite(one.folder, admin(), bundle).passphrase
    offered = joining.read(bundle, passphrase, time.time())
    joining.join(offered, path, f"127.0.0.1:{service_process.free_port()}", (), admin())
    toml = path / "service.toml"  # on one machine the probes need another port, too
    text, probes = toml.read_text(encoding="utf-8"), str(one.folder.settings.operations["listen"])
    assert probes in text
    toml.write_text(text.replace(probes, f"127.0.0.1:{service_process.free_port()}"), encoding="utf-8")
    return Replica(open_folder(path))


@contextmanager
def two(folder: Path, database: str) -> Iterator[tuple[Replica, Replica]]:
    """Both, running."""
    one = first(folder / "one", database)
    both = one, another(one, folder / "two")
    try:
        for replica in both:
            replica.start()
        yield both
    finally:
        for replica in both:
            if replica.process is not None:
                replica.process.stop(9)


def later_version(root: Path) -> Path:
    """Makes ``root``, where the program of a later version is: this one, and a step that changes tables which every tap
    uses."""
    ours = service_process.ROOT
    shutil.copytree(ours / "kiosk", root / "kiosk", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "resources").symlink_to(ours / "resources")
    steps = root / "kiosk" / "service" / "store" / "migrations" / "versions"
    (steps / "next.py").write_text(STEP.format(newest=migrate.newest()), encoding="utf-8")
    return root
