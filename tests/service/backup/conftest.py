"""A hospital whose data folder can be opened as a command opens it, on each database."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from kiosk.service.admin.act import Admin
from kiosk.service.app import build, service_for
from kiosk.service.audit import kept
from kiosk.service.audit.finding import VerificationReport
from kiosk.service.audit.verify import verify
from kiosk.service.backup.making import BackupMaker, MadeBackup
from kiosk.service.backup.restoring import RestoredService, RestoreOrder, Restorer
from kiosk.service.backup.sealed_file import MIN_COST
from kiosk.service.folder import open_folder
from kiosk.service.jobs.checkpoint_signing import CheckpointSealer
from kiosk.settings import save
from tests.fakes.client import ORIGIN, Client, Clock
from tests.fakes.hospitals import either, in_memory, service
from tests.fakes.postgres import Cluster
from tests.fakes.service import Hospital

__all__ = ["either", "in_memory", "service"]

PASSPHRASE = b"correct horse battery staple"


@dataclass
class Vault:
    """Where backups of ``hospital`` go."""

    where: Path

    async def make(self, hospital: Hospital, keep: int | None = None) -> MadeBackup:
        """As the command does, beside the running service."""
        hospital.clock.pass_by(1)

        def do() -> MadeBackup:
            save(hospital.folder.settings, hospital.folder.path / "service.toml")
            opened = open_folder(hospital.folder.path)
            db = opened.database()
            try:
                admin = Admin("root", 0, int(hospital.clock()))
                return BackupMaker(opened, db, admin, cost=MIN_COST).make(self.where, PASSPHRASE, keep)
            finally:
                db.close_now()

        return await asyncio.to_thread(do)


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    yield Vault(tmp_path / "backups")
    shutil.rmtree(tmp_path / "backups", ignore_errors=True)


@asynccontextmanager
async def serving(path: Path, clock: Clock, http: Client) -> AsyncIterator[Hospital]:
    """The folder at ``path`` served again; the station ``http`` finds the service there."""
    folder = open_folder(path)
    db = folder.database()
    service = service_for(folder, db, clock)
    app, whole = build(service)
    transport = httpx.ASGITransport(app=whole, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        http.http = client
        try:
            yield Hospital(folder, db, clock, service, client, app)
        finally:
            await app.state.hub.stop()
            await db.close()


async def seal(hospital: Hospital) -> Path:
    """A checkpoint now; the file to be copied."""
    path = hospital.folder.checkpoints
    await CheckpointSealer(hospital.service, path).once()
    return path


@pytest_asyncio.fixture
async def spare(either: Hospital, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of an empty database of the same kind, as ``restore --database`` takes it."""
    if either.db.kind == "sqlite":
        yield "sqlite"
        return
    cluster: Cluster = request.getfixturevalue("hospital_cluster")
    url = await asyncio.to_thread(cluster.fresh)
    yield url
    await asyncio.to_thread(cluster.drop, url)


def restore(backup: Path, clock: Clock, order: RestoreOrder) -> RestoredService:
    """As the command does."""
    with backup.open("rb") as file:
        return Restorer(file, backup.name, PASSPHRASE, Admin("root", 0, int(clock()))).restore(order)


def verified(path: Path, *copies: Path) -> VerificationReport:
    """What ``audit verify`` says of the folder at ``path``."""
    folder = open_folder(path)
    db = folder.database()
    try:
        keys = folder.keys.checkpoint.public
        found = [
            line for copy in (folder.checkpoints, *copies) for line in kept.of_one_service(copy, keys, whole=False)
        ]
        return db.read_now(verify, keys, found)
    finally:
        db.close_now()
