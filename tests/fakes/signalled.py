"""A service that is a process of its own, a workstation that listens to it, and a transmitter: all over real TLS."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from joserfc import jws
from joserfc.jwk import RSAKey

from tests.fakes.central import PIN, UID, ServiceProcess
from tests.fakes.client import Client
from tests.fakes.over_tls import Now, connected, station

ISSUER = "https://idp.hospital.example/"
REVOKED = "https://schemas.openid.net/secevent/caep/event-type/session-revoked"


@dataclass
class SignalledWard:
    """``http``: connections to the service; ``here``: the workstation, where somebody can sign in."""

    process: ServiceProcess
    http: httpx.AsyncClient
    here: Client
    key: RSAKey

    async def sign_in(self) -> None:
        """The person signs in at the workstation, by badge and PIN."""
        await self.here.open(UID, PIN)

    async def revoke(self, login: str = "ada") -> int:
        """The transmitter says that their sessions are revoked; what it is answered."""
        claims = {
            "iss": ISSUER,
            "aud": self.process.url,
            "iat": int(Now()()),
            "jti": str(uuid.uuid4()),
            "sub_id": {"format": "opaque", "id": login},
            "events": {REVOKED: {"reason_admin": {"en": "Landspeed"}}},
        }
        header = {"alg": "RS256", "typ": "secevent+jwt", "kid": "k1"}
        token = jws.serialize_compact(header, json.dumps(claims), self.key, ["RS256"])
        kind = {"Content-Type": "application/secevent+jwt"}
        return (await self.http.post("/v1/signals/events", content=token, headers=kind)).status_code

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """The workstation's stream, from its hello on."""
        if self.here.token is None:
            await self.here.sign_on()
        headers = self.here.signed("GET", "/v1/events")
        async with self.http.stream("GET", "/v1/events", headers=headers, timeout=60) as answer:
            assert answer.status_code == 200
            yield _events(answer)


async def _events(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


@asynccontextmanager
async def signalled(process: ServiceProcess, work: Path, *, most: int = 1000) -> AsyncIterator[SignalledWard]:
    """``process`` runs; Ada works there, and a transmitter is registered by the administrator's command."""
    key, keys = RSAKey.generate_key(2048), work / "keys.json"
    public = {**key.as_dict(private=False), "kid": "k1"}
    keys.write_text(json.dumps({"keys": [public]}))
    process.person("ada", "Ada Lovelace")
    names = ("--issuer", ISSUER, "--audience", process.url, "--keys", str(keys), "--subject", "opaque")
    process.admin("signals", "add", "idp", *names, "--event", "session-revoked", "--most", str(most))
    async with connected(process) as http:
        yield SignalledWard(process, http, await station(process, http, "ward-3-a"), key)


def trusts(folder: Path, ca: Path) -> None:
    """The service at ``folder`` may call this machine, and trusts that CA."""
    settings = folder / "service.toml"
    settings.write_text(f'{settings.read_text()}\n[openid]\nloopback = true\nca_file = "{ca}"\n')
