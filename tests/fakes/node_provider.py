"""npm's ``oidc-provider`` as the hospital's own provider, in a Node of its own, over TLS."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.judges import INSTALLED, files

CLIENT_ID, SECRET = "kiosk", "a-secret-that-the-provider-gave"
ACCOUNTS = {
    "u-1": {"preferred_username": "ada", "email": "ada@hospital.example", "email_verified": True},
    "u-2": {"preferred_username": "mallory", "email": "ada@hospital.example", "email_verified": False},
}
ACR = "urn:hospital:two-factors"


@dataclass
class NodeProvider:
    """``issuer``: where it is."""

    issuer: str


@contextmanager
def node_provider(folder: Path, pem: Path, redirect_uri: str, **client: Any) -> Iterator[NodeProvider]:
    """``pem``: its certificate and key. ``client``: more about us, as it registers us."""
    script = files(folder)
    mine = {"client_id": CLIENT_ID, "redirect_uris": [redirect_uri], "client_secret": SECRET, **client}
    said = {"pem": str(pem), "clients": [mine], "accounts": ACCOUNTS, "acrs": [ACR]}
    with (folder / "provider.log").open("wb") as log:
        process = subprocess.Popen(
            [str(INSTALLED / "node"), str(script / "provider.mjs"), json.dumps(said)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, (folder / "provider.log").read_text()
            yield NodeProvider(json.loads(line)["issuer"])
        finally:
            process.stdin.close()
            process.stdout.close()
            process.wait(20)
