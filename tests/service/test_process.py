"""The service as a process of its own: TLS, signals, a kill in mid-work, and another process changing the database."""

from __future__ import annotations

import asyncio
import json
import signal
import time
import uuid
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection, select

from kiosk.service.folder import ServiceFolder
from kiosk.service.proofs.pin_and_otp import HASHER
from kiosk.service.store import badges, codes, people, workstations
from kiosk.service.store.schema import audit_row
from tests.fakes import service_process
from tests.fakes.client import Client, Clock
from tests.fakes.postgres import Cluster

ADA = "04A1B2C3"


def furnish(folder: ServiceFolder, now: int) -> str:
    """Ada with badge and PIN, and the code of a workstation."""
    db, code = folder.database(), uuid.uuid4().hex

    def act(conn: Connection) -> None:
        ada = people.add(conn, "ada", "Ada Lovelace", now)
        badges.add(conn, folder.keys.badge, ada, bytes.fromhex(ADA), now)
        codes.set_pin(conn, ada, HASHER.hash("123456"), now)
        workstations.announce(conn, "w", "Ward", code, now, exempt=False)

    db.write_now(act)
    db.close_now()
    return code


async def enrolled(http: httpx.AsyncClient, base: str, code: str, now: float) -> Client:
    client = Client(http, Clock(now), base=base)
    answer = await client.post("/v1/workstations/enroll", {"code": code, "jwk": client.jwk}, {})
    assert answer.status == 200, answer.body
    client.client_id = answer.body["client_id"]
    return client


def rows(folder: ServiceFolder) -> list[str]:
    db = folder.database()
    found = db.read_now(lambda conn: conn.execute(select(audit_row.c.body).order_by(audit_row.c.seq)).scalars().all())
    db.close_now()
    return [json.loads(body)["action"] for body in found]


def revoke(folder: ServiceFolder, client_id: str) -> None:
    db = folder.database()
    db.write_now(workstations.revoke, client_id, int(time.time()))
    db.close_now()


async def test_sign_in_over_tls_and_a_clean_stop(tmp_path: Path) -> None:
    now = time.time()
    folder = await asyncio.to_thread(service_process.make, tmp_path / "data", int(now))
    code = await asyncio.to_thread(furnish, folder, int(now))
    with service_process.running(folder, anew=True) as process:
        async with httpx.AsyncClient(base_url=process.base, verify=process.trust()) as http:
            station = await enrolled(http, process.base, code, time.time())
            await station.open(ADA)
            station.nonce = None
            async with http.stream("GET", "/v1/events", headers=await fresh(station)) as stream:
                lines = stream.aiter_lines()
                assert await next_data(lines) == "hello"
                # Another process revokes: the stream of this one ends.
                await asyncio.to_thread(revoke, folder, station.client_id)
                assert await next_data(lines) == "revoked"
                assert await next_data(lines) is None
            assert (await station.tap(ADA)).code == "station_revoked"
        status, errors = await asyncio.to_thread(process.stop)
    assert (status, errors) == (0, "")
    assert (tmp_path / "data" / "checkpoints.jsonl").read_text().count("\n") == 1


async def fresh(station: Client) -> dict[str, str]:
    """Headers with a nonce of now."""
    answer = await station.get("/v1/workstation")
    assert answer.status == 200
    return station.signed("GET", "/v1/events")


async def next_data(lines: object) -> str | None:
    async with asyncio.timeout(10):
        async for line in lines:  # type: ignore[attr-defined]  # httpx gives it no name
            if line.startswith("data: "):
                return str(json.loads(line[6:])["kind"])
    return None


async def test_a_kill_in_mid_ceremony_loses_and_doubles_nothing(tmp_path: Path) -> None:
    now = time.time()
    folder = await asyncio.to_thread(service_process.make, tmp_path / "data", int(now))
    code = await asyncio.to_thread(furnish, folder, int(now))
    with service_process.running(folder, anew=True) as process:
        async with httpx.AsyncClient(base_url=process.base, verify=process.trust()) as http:
            station = await enrolled(http, process.base, code, time.time())
            view = await station.tap(ADA)
            status, _ = await asyncio.to_thread(process.stop, signal.SIGKILL)
            assert status == -signal.SIGKILL
    assert await asyncio.to_thread(rows, folder) == ["workstation_enrolled", "tap"]
    with service_process.running(folder, anew=True) as process:
        async with httpx.AsyncClient(base_url=process.base, verify=process.trust()) as http:
            station.http = http
            done = await station.pin(view.body["id"], "123456")
            assert done.body["state"] == "done"
    assert await asyncio.to_thread(rows, folder) == ["workstation_enrolled", "tap", "sign_in"]


@pytest.mark.postgres
async def test_two_replicas_refuse_each_others_used_proofs(tmp_path: Path, hospital_cluster: Cluster) -> None:
    now = time.time()
    database = hospital_cluster.fresh()
    folder = await asyncio.to_thread(service_process.make, tmp_path / "data", int(now), database)
    code = await asyncio.to_thread(furnish, folder, int(now))
    port = service_process.free_port()
    toml = folder.path / "service.toml"
    with service_process.running(folder, anew=True) as first:
        text = toml.read_text()
        assert folder.settings.listen in text
        toml.write_text(text.replace(folder.settings.listen, f"127.0.0.1:{port}"))
        with service_process.running(folder, anew=True):
            async with (
                httpx.AsyncClient(base_url=first.base, verify=first.trust()) as one,
                httpx.AsyncClient(base_url=f"https://localhost:{port}", verify=first.trust()) as two,
            ):
                station = await enrolled(one, first.base, code, time.time())
                await station.get("/v1/workstation")
                headers = station.signed("GET", "/v1/workstation")
                assert (await one.get("/v1/workstation", headers=headers)).status_code == 200
                again = await two.get("/v1/workstation", headers=headers)
                assert (again.status_code, again.json()["code"]) == (401, "invalid_dpop_proof")
                assert "before" in again.json()["detail"]
