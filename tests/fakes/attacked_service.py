"""A service process with stations and colleagues, for attacks on the real path: over TLS, on either database."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Connection, select

from kiosk.service.folder import ServiceFolder
from kiosk.service.proofs.pin_and_otp import HASHER
from kiosk.service.store import badges, codes, people, workstations
from kiosk.service.store.schema import audit_row
from tests.fakes import service_process
from tests.fakes.client import Client, Clock

PIN = "246813"


@lru_cache
def _hashed() -> str:
    return HASHER.hash(PIN)


class RealClock(Clock):
    """This machine's."""

    def __call__(self) -> float:
        return time.time()


@dataclass
class Ward:
    """A running service, people with badges and the PIN ``PIN``, stations on connections of their own."""

    folder: ServiceFolder
    service: service_process.Running
    uids: dict[str, str]
    codes: list[str]
    _open: list[httpx.AsyncClient] = field(default_factory=list)

    async def station(self) -> Client:
        """The next workstation, enrolled."""
        http = httpx.AsyncClient(base_url=self.service.base, verify=self.service.trust(), timeout=30)
        self._open.append(http)
        client = Client(http, RealClock(), base=self.service.base)
        answer = await client.post("/v1/workstations/enroll", {"code": self.codes.pop(0), "jwk": client.jwk}, {})
        assert answer.status == 200, answer.body
        client.client_id = answer.body["client_id"]
        return client

    async def trail(self, action: str | None = None) -> list[dict[str, Any]]:
        """The audit rows, oldest first in each chain."""

        def look() -> list[str]:
            db = self.folder.database()
            wanted = select(audit_row.c.body).order_by(audit_row.c.chain, audit_row.c.seq)
            found = db.read_now(lambda conn: list(conn.execute(wanted).scalars().all()))
            db.close_now()
            return found

        rows = [json.loads(body) for body in await asyncio.to_thread(look)]
        return [row for row in rows if action in (None, row["action"])]

    async def close(self) -> None:
        for http in self._open:
            await http.aclose()


def furnish(folder: ServiceFolder, logins: list[str], stations: int) -> tuple[dict[str, str], list[str]]:
    """Badge numbers by login, and stations' one-time codes."""
    uids = {login: f"04A1B2{number:08X}" for number, login in enumerate(logins)}
    announced = [uuid.uuid4().hex for _ in range(stations)]
    now = int(time.time())

    def act(conn: Connection) -> None:
        for login, uid in uids.items():
            person = people.add(conn, login, login.title(), now)
            people.add_role(conn, person, "nurse")
            badges.add(conn, folder.keys.badge, person, bytes.fromhex(uid), now)
            codes.set_pin(conn, person, _hashed(), now)
        for number, code in enumerate(announced):
            workstations.announce(conn, f"w-{number}", "Ward", code, now, exempt=False)

    db = folder.database()
    db.write_now(act)
    db.close_now()
    return uids, announced


@asynccontextmanager
async def ward(
    path: Path,
    logins: list[str],
    *,
    stations: int = 1,
    database: str = "",
    descriptors: int | None = None,
    rules: str = "",
    **settings: Any,
) -> AsyncIterator[Ward]:
    """A service process for as long as the block lasts. ``rules``: TOML after its settings."""

    def begin() -> Ward:
        folder = service_process.make(path / "data", int(time.time()), database, **settings)
        with (folder.path / "service.toml").open("a", encoding="utf-8") as written:
            written.write(f"\n{rules}")
        uids, announced = furnish(folder, logins, stations)
        return Ward(folder, service_process.Running(folder, descriptors), uids, announced)

    made = await asyncio.to_thread(begin)
    try:
        yield made
    finally:
        await made.close()
        await asyncio.to_thread(made.service.stop, 9)
