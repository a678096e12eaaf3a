"""Another system that sends signals, and one that is sent ours: written apart from the service, over real TLS."""

from __future__ import annotations

import json
import ssl
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from joserfc import jws
from joserfc.jwk import ECKey, KeySet, RSAKey

from kiosk.service.admin.act import Admin
from kiosk.service.platform.openid_settings import OpenIdSettings
from kiosk.service.platform.tls import Tls
from kiosk.service.signals import registering
from kiosk.service.signals.event_types import TAKEN, TOLD
from kiosk.service.store.signal_receivers import ReceiverRules
from kiosk.service.store.signal_transmitters import TransmitterRules
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.service import Hospital

ADMIN = Admin("root", 0, NOW)
ISSUER = "https://idp.hospital.example/"
CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
SSF = "https://schemas.openid.net/secevent/ssf/event-type/"
DOOR = "/v1/signals/events"
FORMS = ("iss_sub", "email", "opaque", "station")


class SignalPeer:
    """A server over TLS: it publishes ``keys`` at ``/keys``, or ``raw`` in their place, and keeps whatever is posted
    to it. ``status``: what it answers to that."""

    def __init__(self, folder: Path) -> None:
        self.status, self.keys, self.padding, self.raw = 202, list[dict[str, Any]](), "", ""
        self.got, self.headers = list[str](), list[Mapping[str, str]]()
        self.fetched, self.came = 0, threading.Event()
        tls = Tls.make(folder / "tls", "Peer", int(time.time()))
        tls.ensure_server(("localhost",), int(time.time()))
        self.ca = folder / "peer-ca.pem"
        self.ca.write_text(tls.trust()[0])
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                peer.got.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                peer.headers.append(dict(self.headers))
                peer.came.set()
                self.send_response(peer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                peer.fetched += 1
                body = (peer.raw or json.dumps({"keys": peer.keys}) + peer.padding).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.server_pem)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def uri(self) -> str:
        return f"https://localhost:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def reached_by(self, hospital: Hospital) -> None:
        """The hospital's service may call this machine, and trusts this server."""
        settings = OpenIdSettings(loopback=True, ca_file=str(self.ca))
        hospital.app.state.service = hospital.service = replace(hospital.service, openid=settings)

    def forget(self) -> None:
        self.got.clear()
        self.headers.clear()
        self.status, self.keys, self.padding, self.raw, self.fetched = 202, [], "", "", 0


class Transmitter:
    """Another system with its key: what it signs can be bent by a test."""

    def __init__(self, hospital: Hospital, *, alg: str = "RS256", kid: str = "k1") -> None:
        made: RSAKey | ECKey
        made = RSAKey.generate_key(2048) if alg == "RS256" else ECKey.generate_key("P-256")
        self.hospital, self.key, self.alg, self.kid = hospital, made, alg, kid
        self.issuer, self.audience = ISSUER, ORIGIN

    @property
    def public(self) -> dict[str, Any]:
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig"}

    async def register(self, name: str = "idp", **bent: Any) -> None:
        """As an administrator does it."""
        whole = {
            "issuer": self.issuer,
            "audience": self.audience,
            "jwks_uri": None,
            "keys": json.dumps({"keys": [self.public]}),
            "forms": FORMS,
            "directory": None,
            "email_domain": "hospital.example",
            "events": TAKEN,
            "most": 10,
        }
        rules = TransmitterRules(**{**whole, **bent})
        await self.hospital.db.write(registering.put_transmitter, ADMIN, name, rules)

    def claims(self, event: str, subject: dict[str, Any], says: dict[str, Any], **bent: Any) -> dict[str, Any]:
        whole = {
            "iss": self.issuer,
            "aud": self.audience,
            "iat": int(self.hospital.clock()),
            "jti": str(uuid.uuid4()),
            "sub_id": subject,
            "events": {event: says},
        }
        return {name: value for name, value in {**whole, **bent}.items() if value is not None}

    def token(self, claims: dict[str, Any], key: Any = None, **header: Any) -> str:
        whole = {"alg": self.alg, "typ": "secevent+jwt", "kid": self.kid, **header}
        whole = {name: value for name, value in whole.items() if value is not None}
        registry = jws.JWSRegistry(algorithms=[whole["alg"]], strict_check_header=False)
        return jws.serialize_compact(whole, json.dumps(claims), key or self.key, registry=registry)

    async def push(self, token: str | bytes, kind: str = "application/secevent+jwt") -> httpx.Response:
        answer: httpx.Response = await self.hospital.http.post(DOOR, content=token, headers={"Content-Type": kind})
        return answer

    async def send(self, event: str, subject: dict[str, Any], **says: Any) -> httpx.Response:
        """One event, as it should be."""
        return await self.push(self.token(self.claims(event, subject, says)))


def login(name: str) -> dict[str, Any]:
    """A person by their login."""
    return {"format": "opaque", "id": name}


def device(name: str) -> dict[str, Any]:
    """A workstation by its name."""
    return {"format": "complex", "device": {"format": "opaque", "id": name}}


async def receiver(hospital: Hospital, peer: SignalPeer, name: str = "portal", **bent: Any) -> str:
    """An application that is sent signals; its id."""
    client = await hospital.application(name, f"https://{name}.example")
    rules = ReceiverRules(**{"uri": f"{peer.uri}/signals", "events": TOLD, **bent})
    await hospital.db.write(registering.put_receiver, ADMIN, name, rules)
    return client.client_id


async def read(hospital: Hospital, token: str) -> dict[str, Any]:
    """One of our signals, as any JOSE library reads it by the published keys."""
    keys = KeySet.import_key_set((await hospital.http.get("/.well-known/jwks.json")).json())
    found = jws.deserialize_compact(token, keys, algorithms=["RS256"])
    assert found.headers()["typ"] == "secevent+jwt"
    return dict(json.loads(found.payload))
