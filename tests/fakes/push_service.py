"""A push service over TLS (RFC 8030), and a browser that it wakes: written apart from the service, by the RFCs."""

from __future__ import annotations

import base64
import hmac
import secrets
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from kiosk.service.platform.tls import Tls

P256 = ec.SECP256R1()


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, of one block."""
    prk = hmac.digest(salt, secret, "sha256")
    return hmac.digest(prk, info + b"\x01", "sha256")[:length]


@dataclass
class WokenBrowser:
    """One subscription of a browser. ``private``: its key; ``auth``: its secret."""

    endpoint: str
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(P256))
    auth: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self) -> dict[str, str]:
        """As ``PushSubscription.toJSON`` gives it."""
        return {"endpoint": self.endpoint, "p256dh": b64u(self.public), "auth": b64u(self.auth)}

    def read(self, body: bytes) -> bytes:
        """What a message says (RFC 8291 section 3.4, RFC 8188 section 2). Raises for what is not for this browser."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert length == 65 and len(record) <= size
        shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(P256, sender))
        secret = hkdf(self.auth, shared, b"WebPush: info\0" + self.public + sender, 32)
        key, nonce = (
            hkdf(salt, secret, b"Content-Encoding: " + name + b"\0", n)
            for name, n in ((b"aes128gcm", 16), (b"nonce", 12))
        )
        plain = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        assert plain.endswith(b"\x02"), "one record, the last"
        return plain[:-1]


@dataclass
class Pushed:
    """One request. ``headers``: by small names."""

    path: str
    headers: dict[str, str]
    body: bytes

    def sender(self, audience: str) -> dict[str, Any]:
        """Who sends, verified (RFC 8292 sections 2 and 3.2); ``k`` is their key."""
        scheme, _, parts = self.headers["authorization"].partition(" ")
        said = dict(part.strip().split("=", 1) for part in parts.split(","))
        x, y = unb64u(said["k"])[1:33], unb64u(said["k"])[33:]
        key = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": b64u(x), "y": b64u(y)})
        token = jwt.decode(said["t"], key, algorithms=["ES256"])
        assert scheme == "vapid" and token.header["typ"] == "JWT" and token.claims["aud"] == audience
        assert time.time() - 10**9 < token.claims["exp"]
        return {**token.claims, "k": said["k"]}


class PushService:
    """``got``: what was posted. ``status``: what it answers. ``stuck``: it answers nothing until ``free`` is set."""

    def __init__(self, folder: Path) -> None:
        self.status, self.got, self.stuck = 201, list[Pushed](), False
        self.free, self.came = threading.Event(), threading.Event()
        tls = Tls.make(folder / "tls", "Push service", int(time.time()))
        tls.ensure_server(("localhost",), int(time.time()))
        self.ca, self.certificate = folder / "push-ca.pem", tls.server_pem
        self.ca.write_text(tls.trust()[0])
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                service.got.append(Pushed(self.path, headers, body))
                service.came.set()
                if service.stuck:
                    service.free.wait(30)
                self.send_response(service.status)
                self.send_header("Location", f"{service.origin}/again/{len(service.got)}")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.server_pem)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"https://localhost:{self.server.server_address[1]}"

    @property
    def settings(self) -> dict[str, Any]:
        """``[phone]`` of a service that knows it."""
        return {"push_services": (self.origin,), "ca_file": str(self.ca), "loopback": True}

    def browser(self, path: str = "/send/abc") -> WokenBrowser:
        """A browser that has subscribed there."""
        return WokenBrowser(f"{self.origin}{path}")

    def close(self) -> None:
        """It listens no more."""
        self.free.set()
        self.server.shutdown()
        self.server.server_close()
