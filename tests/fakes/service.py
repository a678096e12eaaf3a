"""The service in this process, on a real data folder, with a clock to set, and a workstation that speaks to it.

The workstation's own code (DPoP, client assertion) is written here once more, so that a mistake in ``kiosk.client``
cannot hide one in the service.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import hashlib
import json
import shutil
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import pyotp
from joserfc import jws
from joserfc.jwk import ECKey
from sqlalchemy import Connection, select

from kiosk.model.binding import b64u
from kiosk.service import keys
from kiosk.service.app import build, service_for
from kiosk.service.ceremonies.memorised import HASHER
from kiosk.service.context import Service
from kiosk.service.folder import ServiceFolder, make_folder
from kiosk.service.policy import Rules
from kiosk.service.store import applications, badges, codes, people, workstations
from kiosk.service.store.database import Database
from kiosk.service.store.schema import audit_row
from kiosk.service.tls import Tls
from kiosk.settings import ServiceSettings

ORIGIN = "https://auth.hospital.example"
RP_ID = "auth.hospital.example"
NOW = 1_795_000_000


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = NOW) -> None:
        self.now = float(now)

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        """Move on, or back."""
        self.now += seconds


@dataclass
class Answer:
    """Status, JSON and headers of an answer."""

    status: int
    body: Any
    headers: httpx.Headers

    @property
    def code(self) -> str:
        """The ``Problem.code`` of an error, the refusal's code of a view."""
        if "code" in self.body:
            return str(self.body["code"])
        return str((self.body.get("refusal") or {}).get("code"))


def _sign(header: dict[str, Any], claims: dict[str, Any], key: ECKey) -> str:
    return jws.serialize_compact(header, json.dumps(claims), key, ["ES256"])


@dataclass
class Client:
    """A client with its own key: a workstation, or an application. Everything it sends can be bent by a test."""

    http: httpx.AsyncClient
    clock: Clock
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    client_id: str = ""
    token: str | None = None
    nonce: str | None = None
    base: str = ORIGIN

    @property
    def jwk(self) -> dict[str, str]:
        """The public key."""
        return {k: str(v) for k, v in self.key.as_dict(private=False).items() if k in ("kty", "crv", "x", "y")}

    def proof(self, method: str, path: str, *, ath: str | None = None, **bent: Any) -> str:
        """A DPoP proof; ``bent`` replaces claims, None removes one."""
        claims: dict[str, Any] = {
            "jti": str(uuid.uuid4()),
            "htm": method,
            "htu": self.base + path,
            "iat": int(self.clock()),
            "nonce": self.nonce,
        }
        if ath is not None:
            claims["ath"] = b64u(hashlib.sha256(ath.encode()).digest())
        claims = {k: v for k, v in {**claims, **bent}.items() if v is not None}
        return _sign({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk}, claims, self.key)

    def assertion(self, **bent: Any) -> str:
        """A client assertion; ``bent`` as above."""
        now = int(self.clock())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": f"{self.base}/oauth/token",
            "iat": now,
            "exp": now + 60,
            "jti": str(uuid.uuid4()),
            **bent,
        }
        return _sign({"alg": "ES256"}, {k: v for k, v in claims.items() if v is not None}, self.key)

    async def ask_token(self, assertion: str | None = None, proof: str | None = None, **fields: str) -> Answer:
        """``POST /oauth/token`` once, as it is."""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion or self.assertion(),
            **fields,
        }
        headers = {"DPoP": proof or self.proof("POST", "/oauth/token")}
        return self._answer(await self.http.post("/oauth/token", data=form, headers=headers))

    async def sign_on(self) -> None:
        """Get an access token, asking again for the nonce."""
        answer = await self.ask_token()
        if answer.status == 400 and answer.code == "use_dpop_nonce":
            answer = await self.ask_token()
        assert answer.status == 200, answer.body
        self.token = answer.body["access_token"]

    def signed(self, method: str, path: str, **bent: Any) -> dict[str, str]:
        """The headers of one request."""
        assert self.token is not None
        return {"Authorization": f"DPoP {self.token}", "DPoP": self.proof(method, path, ath=self.token, **bent)}

    async def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
        """A ``POST`` of JSON, signed unless ``headers`` are given; again for a nonce or a new access token."""
        return await self._send("POST", path, headers, json=body)

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """A ``GET``, likewise."""
        return await self._send("GET", path, headers)

    async def _send(self, method: str, path: str, headers: dict[str, str] | None, **more: Any) -> Answer:
        if headers is not None:
            return self._answer(await self.http.request(method, path, headers=headers, **more))
        for _ in range(3):
            if self.token is None:
                await self.sign_on()
            signed = self.signed(method, path)
            answer = self._answer(await self.http.request(method, path, headers=signed, **more))
            if answer.status != 401 or answer.body.get("code") not in ("use_dpop_nonce", "invalid_token"):
                break
            if answer.body["code"] == "invalid_token":
                self.token = None
        return answer

    def _answer(self, response: httpx.Response) -> Answer:
        self.nonce = response.headers.get("DPoP-Nonce", self.nonce)
        return Answer(response.status_code, response.json() if response.content else {}, response.headers)

    # What a workstation says, in short.

    async def tap(self, uid: str) -> Answer:
        """A badge is tapped."""
        return await self.post("/v1/ceremonies", {"presented": {"uid": uid, "kind": "uid"}, "tap": 1})

    async def login(self, login: str) -> Answer:
        """A login is typed."""
        return await self.post("/v1/ceremonies", {"presented": {"login": login, "kind": "login"}, "tap": 1})

    async def prove(self, ceremony: str, proof: dict[str, Any], purpose: str | None = None) -> Answer:
        """A proof is sent."""
        return await self.post(f"/v1/ceremonies/{ceremony}/proof", {"proof": proof, "purpose": purpose})

    async def pin(self, ceremony: str, pin: str, purpose: str | None = None) -> Answer:
        """A PIN is sent."""
        return await self.prove(ceremony, {"pin": pin, "method": "pin"}, purpose)

    async def otp(self, ceremony: str, code: str, purpose: str | None = None) -> Answer:
        """A one-time code is sent."""
        return await self.prove(ceremony, {"code": code, "method": "otp"}, purpose)

    async def challenge(self, ceremony: str, method: str, purpose: str | None = None) -> Answer:
        """A challenge is asked for."""
        return await self.post(f"/v1/ceremonies/{ceremony}/challenge", {"method": method, "purpose": purpose})

    async def open(self, uid: str, pin: str = "123456") -> str:
        """Tap, PIN if asked, and the id of the session that is open then."""
        view = await self.tap(uid)
        if view.body["state"] == "prove":
            view = await self.pin(view.body["id"], pin)
        assert view.body["state"] == "done", view.body
        return str(view.body["session"]["id"])

    async def step_up(
        self, session: str, *, origin: str | None = None, program: str = "exporter", **ask: Any
    ) -> Answer:
        """A program asks."""
        whole = {"action": "record.export", "resource": "Patient/123", "records": 12, **ask}
        whole = {"purpose": "transfer of care", "audience": None, "patients": [], **whole}
        return await self.post("/v1/stepups", {"ask": whole, "session": session, "program": program, "origin": origin})


@lru_cache
def _hashed(pin: str) -> str:
    """At the full cost, but once: most people of the tests have the same PIN."""
    return HASHER.hash(pin)


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

    async def application(self, name: str = "export", audience: str = "https://export.example") -> Client:
        """A registered application."""
        client = self.client()
        jwk, jkt = json.dumps(client.jwk), client.key.thumbprint()
        client.client_id = await self.db.write(applications.add, name, audience, jwk, jkt, int(self.clock()))
        return client

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
    service = service_for(folder, db, clock)
    app, whole = build(service)
    transport = httpx.ASGITransport(app=whole, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        try:
            yield Hospital(folder, db, clock, service, http, app)
        finally:
            await app.state.hub.stop()
            await db.close()


@contextmanager
def with_rules(hospital: Hospital, rules: Rules) -> Iterator[None]:
    """The hospital under other rules for a while."""
    app, before = hospital.app, hospital.service
    app.state.service = hospital.service = replace(before, rules=rules)
    try:
        yield
    finally:
        app.state.service = hospital.service = before
