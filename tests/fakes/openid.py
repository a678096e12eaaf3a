"""An application that signs people in by OpenID Connect, and a browser in a workspace, written apart from the service.

The browser is played: it keeps its cookie and does what the page's script does. The real one is in ``tests/stories``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from joserfc import jws
from joserfc.jwk import KeySet

from kiosk.model.binding import b64u
from kiosk.service.openid import releasing
from kiosk.service.openid.tickets import fingerprint
from kiosk.service.store import applications, openid_clients
from kiosk.service.store.openid_clients import OpenIdRules
from tests.fakes.asking import Ward, make
from tests.fakes.client import ORIGIN, Client
from tests.fakes.service import Hospital

CALLBACK = "https://chart.hospital.example/callback"
AUDIENCE = "urn:chart"
BROWSER = "/usr/lib/chromium/chromium"
RULES = OpenIdRules(title="Chart", redirect_uris=(CALLBACK,), leave_uris=("https://chart.hospital.example/bye",))


@dataclass
class SignedOn:
    """What a browser brought back to the application. ``verifier``: of PKCE."""

    answer: dict[str, str]
    verifier: str


@dataclass
class OpenIdApp:
    """``client``: holds its key; ``secret``: where it has one instead. ``nonce`` is new with each request."""

    hospital: Hospital
    client: Client
    rules: OpenIdRules
    secret: str = ""
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    @property
    def id(self) -> str:
        return self.client.client_id

    def request(self, **bent: str | None) -> tuple[dict[str, str], str]:
        """Parameters of an authorization request, and the PKCE verifier; ``bent`` replaces them, None removes one."""
        verifier = secrets.token_urlsafe(48)
        sent = {
            "client_id": self.id,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "openid profile roles offline_access",
            "state": "s t&a=te",
            "nonce": self.nonce,
            "code_challenge": b64u(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **bent,
        }
        return {name: value for name, value in sent.items() if value is not None}, verifier

    def shown(self, path: str = "/oauth/token", **bent: Any) -> tuple[dict[str, str], dict[str, str]]:
        """Form and headers by which it authenticates."""
        if self.rules.auth == "client_secret_basic":
            both = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
            return {}, {"Authorization": f"Basic {both}"}
        if self.rules.auth == "none":
            return {"client_id": self.id}, {}
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        return {"client_assertion_type": kind, "client_assertion": self.client.assertion(**bent)}, {}

    async def post(self, path: str, form: dict[str, str], *, dpop: Client | None = None) -> httpx.Response:
        """A form to a door for applications. ``dpop``: whose key proves possession; asked again for a nonce."""
        for _ in range(2):
            mine, headers = self.shown(path)
            if dpop is not None:
                headers["DPoP"] = dpop.proof("POST", path)
            answer: httpx.Response = await self.hospital.http.post(path, data={**mine, **form}, headers=headers)
            if answer.status_code != 400 or answer.json().get("error") != "use_dpop_nonce":
                break
            assert dpop is not None
            dpop.nonce = answer.headers["DPoP-Nonce"]
        return answer

    async def exchange(self, got: SignedOn, *, dpop: Client | None = None, **bent: str) -> httpx.Response:
        """The code for tokens."""
        form = {"grant_type": "authorization_code", "code": got.answer["code"], "redirect_uri": CALLBACK}
        return await self.post("/oauth/token", {**form, "code_verifier": got.verifier, **bent}, dpop=dpop)

    async def refresh(self, token: str, *, dpop: Client | None = None, **more: str) -> httpx.Response:
        """A refresh token for new tokens."""
        form = {"grant_type": "refresh_token", "refresh_token": token, **more}
        return await self.post("/oauth/token", form, dpop=dpop)

    async def introspect(self, token: str) -> dict[str, Any]:
        """What a token is worth."""
        answer = await self.post("/oauth/introspect", {"token": token})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def read(self, token: str, typ: str, alg: str = "ES256") -> dict[str, Any]:
        """A token's claims, as any JOSE library reads them by the published keys."""
        keys = KeySet.import_key_set((await self.hospital.http.get("/.well-known/jwks.json")).json())
        read = jws.deserialize_compact(token, keys, algorithms=[alg])
        assert read.headers()["typ"] == typ
        return dict(json.loads(read.payload))


@dataclass
class PlayedBrowser:
    """One browser, in the workspace of whoever is active at ``station``. ``jar``: its cookies of the service."""

    hospital: Hospital
    station: Client
    session: str
    jar: dict[str, str] = field(default_factory=dict)

    async def visit(self, sent: dict[str, str]) -> httpx.Response:
        """Go to the authorization endpoint."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        headers = {"Cookie": cookies} if cookies else {}
        answer: httpx.Response = await self.hospital.http.get(f"/oauth/authorize?{urlencode(sent)}", headers=headers)
        self.jar |= dict(answer.cookies)
        self.hospital.http.cookies.clear()
        return answer

    async def ticket(self, sent: dict[str, str]) -> str:
        """The page's ticket."""
        answer = await self.visit(sent)
        assert answer.status_code == 200, (answer.status_code, answer.headers.get("location"), answer.text)
        return ticket_in(answer.text)

    async def attest(self, ticket: str, **bent: Any) -> dict[str, Any]:
        """What the workstation is answered."""
        said = {"ticket": ticket, "session": self.session, "program": BROWSER, "name": "Chromium", **bent}
        answer = await self.station.post("/v1/openid/attest", said)
        return {"status": answer.status, **answer.body}

    async def go_on(self, body: dict[str, str], **headers: str) -> httpx.Response:
        """What the page's script asks for at the end."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        sent = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", "Cookie": cookies, **headers}
        answer: httpx.Response = await self.hospital.http.post("/oauth/continue", json=body, headers=sent)
        return answer

    async def sign_in(self, app: OpenIdApp, **bent: str | None) -> SignedOn:
        """The whole way, as far as it goes without a proof."""
        sent, verifier = app.request(**bent)
        ticket = await self.ticket(sent)
        said = await self.attest(ticket)
        if said.get("reason") in releasing.FAILURES:
            answer = await self.go_on({"ticket": ticket, "failed": said["reason"]})
        else:
            assert said.get("decision") == "signed_in", said
            answer = await self.go_on({"ticket": ticket, "receipt": said["receipt"]})
        assert answer.status_code == 200, answer.text
        return SignedOn(answer_in(answer.json()["location"]), verifier)


def ticket_in(html: str) -> str:
    """Of a page."""
    found = re.search(r'data-ticket="([^"]+)"', html)
    assert found is not None, html
    return unescape(found[1])


def answer_in(location: str) -> dict[str, str]:
    """What the application is told."""
    assert location.startswith((f"{CALLBACK}?", "https://chart.hospital.example/")), location
    return dict(parse_qsl(urlsplit(location).query))


@dataclass
class Wing:
    """Ada at a workstation, their browser, and the application "chart"."""

    ward: Ward
    browser: PlayedBrowser
    app: OpenIdApp

    @property
    def hospital(self) -> Hospital:
        return self.ward.hospital

    async def prove(self, said: dict[str, Any]) -> str:
        """The proof that the page then asks the person for, with their key; its request id."""
        ask = {"action": said["action"], "resource": said["resource"], "audience": said["audience"], "records": 0}
        view = await self.ward.station.step_up(
            self.ward.session, origin=ORIGIN, program=BROWSER, name="Chromium", purpose=None, **ask
        )
        assert view.body["state"] == "prove", view.body
        done = await self.ward.by_key(view)
        assert done.body["state"] == "done", done.body
        return str(view.body["id"])

    async def tokens(self, **bent: str | None) -> dict[str, Any]:
        """Of a sign-in."""
        answer = await self.app.exchange(await self.browser.sign_in(self.app, **bent))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def register(hospital: Hospital, name: str = "chart", audience: str = AUDIENCE, **rules: Any) -> OpenIdApp:
    """An application that signs people in."""
    client, now = hospital.client(), int(hospital.clock())
    jwk, jkt = json.dumps(client.jwk), client.key.thumbprint()
    client.client_id = await hospital.db.write(applications.add, name, audience, jwk, jkt, now)
    secret = secrets.token_urlsafe(32) if rules.get("auth") == "client_secret_basic" else ""
    made = replace(RULES, **rules, secret=fingerprint(secret) if secret else None)
    await hospital.db.write(openid_clients.put, client.client_id, made, now)
    return OpenIdApp(hospital, client, made, secret)


async def wing(hospital: Hospital, **rules: Any) -> Wing:
    """A hospital with all of it."""
    ward = await make(hospital)
    await hospital.program("Chromium", BROWSER, browser=True)
    return Wing(ward, PlayedBrowser(hospital, ward.station, ward.session), await register(hospital, **rules))
