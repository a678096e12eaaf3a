"""A workstation or an application that speaks to the service, and the clock both go by.

The workstation's own code (DPoP, client assertion) is written here once more, so that a mistake in ``kiosk.client``
cannot hide one in the service.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc import jws
from joserfc.jwk import ECKey

from kiosk.model.binding import b64u

ORIGIN = "https://auth.hospital.example"
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


SALT = bytes(16)
CLEAR = {"act", "action", "at", "factor", "id", "kind", "method", "origin", "program", "reason", "records"}
CLEAR |= {"session", "tap"}


def _kept(value: Any, name: str = "", clear: bool = False) -> Any:
    """A body without what is not to be kept."""
    if isinstance(value, dict):
        return {inner: _kept(item, inner, inner in CLEAR) for inner, item in value.items()}
    if isinstance(value, list):
        return [_kept(item, name, clear) for item in value]
    if clear or value is None:
        return value
    exact = json.dumps({name: value}, ensure_ascii=False, separators=(",", ":")).encode()
    return {"sha256": b64u(hashlib.sha256(SALT + exact).digest())}


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
    counter: int = 1
    head: list[Any] | None = None
    run: str = "run-1"
    old: bool = False  # a program that is older than signing

    @property
    def jwk(self) -> dict[str, str]:
        """The public key."""
        return {k: str(v) for k, v in self.key.as_dict(private=False).items() if k in ("kty", "crv", "x", "y")}

    def claim(self, body: bytes) -> dict[str, Any]:
        """What a workstation signs of a request with this body."""
        self.counter += 1
        kept = json.dumps(
            {"body": _kept(json.loads(body)) if body else None},
            sort_keys=True,
            ensure_ascii=False,
            separators=(",", ":"),
        )
        digest = b64u(hashlib.sha256(kept.encode()).digest())
        whole = {"n": self.counter, "run": self.run, "head": self.head, "body": digest}
        return {"for": "kiosk/station-request/v1", **whole}

    def proof(self, method: str, path: str, *, ath: str | None = None, body: bytes | None = None, **bent: Any) -> str:
        """A DPoP proof; ``bent`` replaces claims, None removes one. With ``body`` a workstation signs for it too."""
        claims: dict[str, Any] = {
            "jti": str(uuid.uuid4()),
            "htm": method,
            "htu": self.base + path,
            "iat": int(self.clock()),
            "nonce": self.nonce,
        }
        if ath is not None:
            claims["ath"] = b64u(hashlib.sha256(ath.encode()).digest())
        if body is not None and not self.old:
            claims["kiosk"] = self.claim(body)
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

    def signed(self, method: str, path: str, body: bytes | None = None, **bent: Any) -> dict[str, str]:
        """The headers of one request."""
        assert self.token is not None
        proof = self.proof(method, path, ath=self.token, body=body, **bent)
        return {"Authorization": f"DPoP {self.token}", "DPoP": proof, "Kiosk-Salt": b64u(SALT)}

    async def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
        """A ``POST`` of JSON, signed unless ``headers`` are given; again for a nonce or a new access token."""
        return await self._send("POST", path, headers, json=body)

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """A ``GET``, likewise."""
        return await self._send("GET", path, headers)

    async def _send(self, method: str, path: str, headers: dict[str, str] | None, **more: Any) -> Answer:
        if headers is not None:
            return self._answer(await self.http.request(method, path, headers=headers, **more))
        body = json.dumps(more["json"]).encode() if "json" in more else b""
        kind = {"Content-Type": "application/json"} if body else {}
        for _ in range(3):
            if self.token is None:
                await self.sign_on()
            signed = {**self.signed(method, path, body), **kind}
            answer = self._answer(await self.http.request(method, path, headers=signed, content=body))
            if answer.status != 401 or answer.body.get("code") not in ("use_dpop_nonce", "invalid_token"):
                break
            if answer.body["code"] == "invalid_token":
                self.token = None
        return answer

    def _answer(self, response: httpx.Response) -> Answer:
        self.nonce = response.headers.get("DPoP-Nonce", self.nonce)
        if "Kiosk-Head" in response.headers:
            number, _, link = response.headers["Kiosk-Head"].partition(":")
            self.head = [int(number), link]
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
        self, session: str, *, origin: str | None = None, program: str = "exporter", name: str = "", **ask: Any
    ) -> Answer:
        """A program asks: the one at the path ``program``, which the station knows as ``name``."""
        whole = {"action": "record.export", "resource": "Patient/123", "records": 12, **ask}
        whole = {"purpose": "transfer of care", "audience": None, "patients": [], **whole}
        who = {"program": program, "origin": origin, "name": name}
        return await self.post("/v1/stepups", {"ask": whole, "session": session, **who})
