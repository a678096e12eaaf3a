"""A hospital whose service has a CA for Kerberos, and what its workspaces ask."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from kiosk.cli import kerberos as workspace
from kiosk.service.platform import kerberos_ca
from kiosk.service.platform.kerberos_settings import KerberosSettings
from tests.fakes.asking import Ward, make
from tests.fakes.client import NOW, Answer
from tests.fakes.kdc import REALM
from tests.fakes.service import Hospital

PROGRAM = "/usr/bin/kiosk"


class Workspace:
    """Ada's, with a key that was made in it."""

    def __init__(self, ward: Ward) -> None:
        self.ward = ward
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=workspace.KEY_BITS)

    async def asks(self, **bent: Any) -> Answer:
        """For a certificate."""
        said = {"session": self.ward.session, "csr": workspace.request_for(self.key), "program": PROGRAM, **bent}
        return await self.ward.station.post("/v1/kerberos", said)

    async def granted(self) -> workspace.Granted:
        """What ``kinit`` is run with."""
        body = (await self.asks()).body
        assert body["decision"] == "given", body
        return workspace.Granted(body["certificate"], body["authority"], body["principal"], body["ticket_seconds"])


async def working(hospital: Hospital, *roles: str, now: int = NOW, **settings: Any) -> Workspace:
    """Ada at work with badge and PIN, where that is enough unless told otherwise. ``now``: the CA's first moment."""
    table = KerberosSettings(**{"realm": REALM, "acr": "urn:kiosk:pin", **settings})
    bend(hospital, kerberos=table)
    authority = kerberos_ca.read(kerberos_ca.make(1, "auth.hospital.example", now), Path("kerberos-1.pem"))
    bend(hospital, keys=replace(hospital.service.keys, kerberos=(authority,)))
    return Workspace(await make(hospital, *roles))


def bend(hospital: Hospital, **changed: Any) -> None:
    """The running service is another one in these."""
    hospital.service = hospital.app.state.service = replace(hospital.service, **changed)


def read(answer: Answer) -> x509.Certificate:
    """The certificate that was given."""
    assert answer.body["decision"] == "given", answer.body
    return x509.load_pem_x509_certificate(answer.body["certificate"].encode())
