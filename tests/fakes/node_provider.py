"""npm's ``oidc-provider`` as the hospital's own provider, in a Node of its own, over TLS."""

from __future__ import annotations

import json
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey

from kiosk.service.platform.tls import Tls
from tests.fakes.judges import INSTALLED, files
from tests.fakes.service_process import free_port

CLIENT_ID, SECRET = "kiosk", "a-secret-that-the-provider-gave"
NAME = "St. Elsewhere"
ACCOUNTS = {
    "u-1": {"preferred_username": "ada", "email": "ada@hospital.example", "email_verified": True},
    "u-2": {"preferred_username": "mallory", "email": "ada@hospital.example", "email_verified": False},
}
ACR = "urn:hospital:two-factors"


class NodeProvider:
    """Its place is known before it runs, because the service has to know it. ``auth``: by what it knows us."""

    def __init__(self, folder: Path, auth: str = "secret") -> None:
        folder.mkdir()
        self.folder = folder
        self.port = free_port()
        self.issuer = f"https://localhost:{self.port}"
        tls = Tls.make(folder / "tls", "Hospital", int(time.time()))
        tls.ensure_server(("localhost",), int(time.time()))
        self.pem = tls.server_pem
        self.ca = folder / "ca.pem"
        self.ca.write_text(tls.trust()[0])
        self.held = folder / f"ours.{auth}"
        self.client: dict[str, Any] = {"client_id": CLIENT_ID}
        if auth == "secret":
            self.held.write_text(SECRET)
            self.client |= {"client_secret": SECRET}
        else:
            private = ec.generate_private_key(ec.SECP256R1())
            self.held.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            key = ECKey.import_key(private.public_key())
            public = {**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig"}
            self.client |= {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [public]}}
        self.held.chmod(0o600)
        self.auth = auth

    @property
    def toml(self) -> str:
        """What the service's settings say of it."""
        said = {"name": NAME, "issuer": self.issuer, "client_id": CLIENT_ID, "login": "preferred_username"}
        said |= {f"{self.auth}_file": str(self.held), "ca_file": str(self.ca)}
        lines = [f"{name} = {json.dumps(value)}" for name, value in said.items()]
        return "\n".join(["[upstream]", *lines, "loopback = true", f'acr = {{ "{ACR}" = "urn:kiosk:mfa" }}', ""])

    def trusted_too(self, context: ssl.SSLContext) -> ssl.SSLContext:
        """A client's ``context`` that trusts it as well."""
        context.load_verify_locations(self.ca)
        return context

    @contextmanager
    def running(self, redirect_uri: str) -> Iterator[None]:
        """For as long as the block lasts."""
        script = files(self.folder)
        mine = {**self.client, "redirect_uris": [redirect_uri]}
        said = {"port": self.port, "pem": str(self.pem), "clients": [mine], "accounts": ACCOUNTS, "acrs": [ACR]}
        log = self.folder / "provider.log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [str(INSTALLED / "node"), str(script / "provider.mjs"), json.dumps(said)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline(), log.read_text()
            yield
        finally:
            process.stdin.close()
            process.stdout.close()
            process.wait(20)
