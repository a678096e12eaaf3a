"""Keys that sign, and that find badges, are exchanged under a connected station, which goes on."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from pathlib import Path

import httpx
import pytest

from kiosk.demo.processes import ChildFailedError
from tests.fakes.central import PIN, UID, ServiceProcess
from tests.fakes.commands import kiosk
from tests.fakes.over_tls import connected, station

BOB = "04112233445566"


def restart(service: ServiceProcess) -> None:
    service.stop()
    service.start()


async def kids(http: httpx.AsyncClient) -> list[str]:
    """Of the keys that sign tokens; beside them stands the RSA key of OpenID Connect."""
    found = (await http.get("/.well-known/jwks.json")).json()["keys"]
    return [key["kid"] for key in found if key["kty"] == "EC"]


async def test_a_connected_station_goes_on_through_new_keys_of_each_kind(tmp_path: Path) -> None:
    service = ServiceProcess(tmp_path)
    data = str(service.data)
    try:
        await asyncio.to_thread(service.person, "ada", "Ada Lovelace")
        await asyncio.to_thread(service.start)
        async with connected(service) as http:
            ward = await station(service, http, "ward-3")
            await ward.open(UID, PIN)
            held, before = ward.token, await kids(http)
            elsewhere = shutil.copy(service.data / "checkpoint-keys.json", tmp_path / "old-keys.json")
            for kind in ("token", "checkpoint", "badge"):
                await asyncio.to_thread(kiosk, "service", "keys", "rotate", kind, "--data", data)
            assert await kids(http) == before, "the running service goes on with what it has"
            await asyncio.to_thread(restart, service)
            assert ward.token == held
            await ward.open(UID, PIN)
            assert ward.token == held, "a token by the old key is good until it ends"
            assert (await kids(http))[1:] == before
            assert len(await kids(http)) == 2
            await asyncio.to_thread(service.person, "bob", "Bob Builder", BOB)
            await ward.open(BOB, PIN)
            with pytest.raises(ChildFailedError, match="may still be good"):
                await asyncio.to_thread(kiosk, "service", "keys", "retire", "token", "--data", data)
            for kind in ("checkpoint", "badge"):
                with pytest.raises(ChildFailedError, match="It stays"):
                    await asyncio.to_thread(kiosk, "service", "keys", "retire", kind, "--data", data)
            hour_ago = time.time() - 4000
            os.utime(service.data / "keys" / "token-2.pem", (hour_ago, hour_ago))
            said = await asyncio.to_thread(kiosk, "service", "keys", "retire", "token", "--data", data)
            assert "Removed token-1.pem" in said
            await asyncio.to_thread(restart, service)
            assert await kids(http) != before
            await ward.open(UID, PIN)
            assert ward.token != held
        await asyncio.to_thread(service.verified)
        export, lines = tmp_path / "trail.jsonl", service.data / "checkpoints.jsonl"
        await asyncio.to_thread(kiosk, "audit", "export", "--data", data, "--out", str(export))
        signers = {json.loads(line)["kid"] for line in lines.read_text().splitlines()}
        assert len(signers) == 2
        words = ("audit", "verify", "--export", str(export), "--checkpoints", str(lines), "--keys")
        assert "holds" in await asyncio.to_thread(kiosk, *words, str(service.data / "checkpoint-keys.json"))
        with pytest.raises(ChildFailedError, match="not among the keys given"):
            await asyncio.to_thread(kiosk, *words, str(elsewhere))
    finally:
        await asyncio.to_thread(service.close)
