"""The service in this process, on a real data folder, with a clock to set."""

from __future__ import annotations

import asyncio
import atexit
import base64
import json
import shutil
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import pyotp
from argon2 import PasswordHasher
from sqlalchemy import Connection, select

from kiosk.model.people import ProgramView
from kiosk.service.app import build, service_for
from kiosk.service.folder import ServiceFolder, make_folder
from kiosk.service.platform import keys
from kiosk.service.platform.tls import Tls
from kiosk.service.policy import PolicyRules
from kiosk.service.shared.context import Service
from kiosk.service.store import applications, badges, codes, people, programs, workstations
from kiosk.service.store.database import Database
from kiosk.service.store.examining import examine
from kiosk.service.store.leading import Leadership
from kiosk.service.store.schema import audit_row
from kiosk.settings.service import ServiceSettings
from tests.fakes.client import ORIGIN, Client, Clock

RP_ID = "auth.hospital.example"
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""Argon2id at next to no cost: what it costs in a hospital is asserted in ``tests/cli/test_admin.py``."""


@lru_cache
def _hashed(pin: str) -> str:
    """Once: most people of the tests have the same PIN."""
    return QUICK.hash(pin)


class Hospital:
    """A running service with its folder, database and clock."""

    def __init__(
        self, folder: ServiceFolder, db: Database, clock: Clock, service: Service, http: Any, app: Any
    ) -> None:
        self.folder = folder
        self.db = db
        self.clock = clock
        self.service = service
        self.http = http
        self.app = app
        self.tampered = False  # whether the test writes rows that the service did not

    async def person(self, login: str, name: str = "Ada Lovelace", *roles: str, pin: str | None = "123456") -> str:
        """A person, with a PIN unless told otherwise; the id."""

        def act(conn: Connection) -> str:
            made = people.add(conn, login, name, int(self.clock()))
            for role in roles or ("nurse",):
                people.add_role(conn, made, role)
            if pin is not None:
                codes.set_pin(conn, made, _hashed(pin), int(self.clock()))
            return made

        return await self.db.write(act)

    async def badge(self, person: str, uid: str) -> None:
        """A badge for a person."""
        await self.db.write(badges.add, self.folder.keys.badge, person, bytes.fromhex(uid), int(self.clock()))

    async def totp(self, person: str) -> pyotp.TOTP:
        """A one-time code app for a person."""
        secret = uuid.uuid4().bytes + b"\x00" * 4
        key_id, sealed = self.folder.keys.totp.seal(secret, person)
        await self.db.write(codes.set_totp, person, key_id, sealed, int(self.clock()))
        return pyotp.TOTP(base64.b32encode(secret).decode())

    def client(self) -> Client:
        """A client that is nobody yet."""
        return Client(self.http, self.clock)

    async def code(self, name: str, place: str = "Ward 3", *, exempt: bool = False) -> str:
        """The secret of a one-time code for a new workstation."""
        secret = uuid.uuid4().hex
        await self.db.write(workstations.announce, name, place, secret, int(self.clock()), exempt=exempt)
        return secret

    async def station(self, name: str = "ward-3-a", place: str = "Ward 3", *, exempt: bool = False) -> Client:
        """An enrolled workstation."""
        client = self.client()
        body = {"code": await self.code(name, place, exempt=exempt), "jwk": client.jwk}
        answer = await client.post("/v1/workstations/enroll", body, headers={})
        assert answer.status == 200, answer.body
        client.client_id = answer.body["client_id"]
        return client

    async def application(
        self, name: str = "export", audience: str = "https://export.example", actions: tuple[str, ...] = ("*",)
    ) -> Client:
        """A registered application; any program may ask for ``actions`` with its audience."""
        client = self.client()
        jwk, jkt = json.dumps(client.jwk), client.key.thumbprint()
        client.client_id = await self.db.write(applications.add, name, audience, jwk, jkt, int(self.clock()))
        for action in actions:
            await self.db.write(programs.allow, client.client_id, "", action, int(self.clock()))
        return client

    async def program(self, name: str, path: str, *, sha256: str | None = None, browser: bool = False) -> None:
        """A program that an administrator named."""
        await self.db.write(programs.add, ProgramView(name, path, sha256, browser), int(self.clock()))

    async def trail(self, action: str | None = None) -> list[dict[str, Any]]:
        """The audit rows, oldest first."""
        found = await self.db.read(
            lambda conn: (
                conn.execute(select(audit_row.c.body).order_by(audit_row.c.chain, audit_row.c.seq)).scalars().all()
            )
        )
        rows = [json.loads(body) for body in found]
        return [row for row in rows if action in (None, row["action"])]


@lru_cache(maxsize=1)
def _template() -> tempfile.TemporaryDirectory[str]:
    """One data folder a test run; keys and schema take a third of a second to make."""
    holder = tempfile.TemporaryDirectory(prefix="kiosk-template-", ignore_cleanup_errors=True)
    make_folder(Path(holder.name) / "data", ServiceSettings(origin=ORIGIN), int(time.time()))
    atexit.register(holder.cleanup)
    return holder


def _copy(path: Path, settings: ServiceSettings) -> ServiceFolder:
    shutil.copytree(Path(_template().name) / "data", path)
    return ServiceFolder(path, settings, keys.load(path / "keys"), Tls(path / "tls"))


@asynccontextmanager
async def hospital(
    path: Path, database: str = "", *, migrated: bool = False, **settings: Any
) -> AsyncIterator[Hospital]:
    """A service on a new data folder at ``path``; ``database``: a PostgreSQL URL, empty for SQLite.

    ``migrated``: that database has its schema already.
    """
    clock = Clock()
    made = ServiceSettings(origin=ORIGIN, database=database, **settings)
    copied = migrated or not database
    folder = _copy(path, made) if copied else await asyncio.to_thread(make_folder, path, made, int(time.time()))
    db = folder.database()
    # On PostgreSQL a replica leads by a lock that a running service keeps; here nobody else is.
    service = replace(service_for(folder, db, clock), lead=Leadership())
    app, whole = build(service)
    transport = httpx.ASGITransport(app=whole, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        running = Hospital(folder, db, clock, service, http, app)
        try:
            yield running
            if not running.tampered:
                assert (await db.read(examine)).found == [], "something wrote a row without its code"
        finally:
            await app.state.hub.stop()
            await db.close()


@contextmanager
def with_rules(hospital: Hospital, rules: PolicyRules) -> Iterator[None]:
    """The hospital under other rules for a while."""
    app, before = hospital.app, hospital.service
    app.state.service = hospital.service = replace(before, rules=rules)
    try:
        yield
    finally:
        app.state.service = hospital.service = before
