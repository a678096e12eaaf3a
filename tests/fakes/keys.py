"""Keys that sign whatever a test wants, right or wrong: an authenticator (WebAuthn) and a PIV card, without a card."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from fido2 import cbor
from sqlalchemy import Connection, select

from kiosk.model.binding import b64u, piv_message, unb64u
from kiosk.model.proof import PkocProof
from kiosk.service.admin import pkoc as pkoc_acts
from kiosk.service.admin.act import Admin
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.evidence import digest
from kiosk.service.audit.writer import append
from kiosk.service.proofs import certificate_paths, crls
from kiosk.service.proofs.certificate_paths import fingerprint
from kiosk.service.store import cards, lookups
from kiosk.service.store.schema import person
from kiosk.simulator.piv_ca import CardAuthority
from kiosk.simulator.pkoc import public_point
from tests.fakes.client import ORIGIN
from tests.fakes.service import RP_ID, Hospital

UP, UV, BE, BS = 0x01, 0x04, 0x08, 0x10
ENROLLED = ("service", 1)


@dataclass
class SoftKey:
    """A FIDO2 credential of one person."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: str = field(default_factory=lambda: b64u(uuid.uuid4().bytes))
    user_handle: bytes = b""
    counter: int = 0

    def sign(self, asked: dict[str, Any], **bent: Any) -> dict[str, Any]:
        """An assertion for the ``Challenge`` ``asked``. ``bent``: origin, rp_id, flags, counter, type, handle…"""
        verified = asked["user_verification"] == "required"
        self.counter = bent.get("counter", self.counter + 1)
        flags = bent.get("flags", UP | (UV if verified else 0))
        client: dict[str, Any] = {
            "type": bent.get("type", "webauthn.get"),
            "challenge": bent.get("challenge", asked["challenge"]),
            "origin": bent.get("origin", ORIGIN),
            "crossOrigin": bent.get("cross_origin", False),
        }
        data = hashlib.sha256(bent.get("rp_id", RP_ID).encode()).digest()
        data += bytes([flags]) + self.counter.to_bytes(4, "big")
        client_data = json.dumps(client).encode()
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "credential_id": bent.get("credential_id", self.credential_id),
            "authenticator_data": b64u(data),
            "client_data": b64u(client_data),
            "signature": b64u(bent.get("signature", signature)),
            "user_handle": bent.get("handle", b64u(self.user_handle)),
            "method": "fido2",
        }


async def give_key(
    hospital: Hospital,
    owner: str,
    *,
    user_verification: Literal["pin", "builtin"] = "pin",
    trusted: bool = False,
    name: str = "blue key",
    told: bool = False,
) -> SoftKey:
    """A key enrolled for ``owner``; ``told``: the trail has the row that binds it, so that its signatures verify."""
    made = SoftKey()
    numbers = made.key.public_key().public_numbers()
    x, y = (n.to_bytes(32, "big") for n in (numbers.x, numbers.y))
    public = cbor.encode({1: 2, 3: -7, -1: 1, -2: x, -3: y})  # COSE_Key, RFC 9053 section 7.1.1

    def act(conn: Connection) -> bytes:
        new = cards.NewCredential(
            made.credential_id,
            owner,
            public,
            0,
            "00" * 16,
            name,
            True,
            user_verification,
            "packed",
            trusted,
            False,
            False,
        )
        where = ENROLLED
        if told:
            detail = {"act": "key.add", "credential_id": made.credential_id, "public_key_sha256": digest(public)}
            event = Event("admin", "success", int(hospital.clock()), person=owner, detail={**detail})
            where = (SERVICE, append(conn, SERVICE, event)[0])
        cards.add_credential(conn, new, where, int(hospital.clock()))
        return bytes(conn.execute(select(person.c.user_handle).where(person.c.id == owner)).scalar_one())

    made.user_handle = await hospital.db.write(act)
    return made


@dataclass
class SoftPkoc:
    """A PKOC badge of one person."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    uid: str | None = None

    @property
    def point(self) -> bytes:
        return public_point(self.key)

    @property
    def presented(self) -> dict[str, Any]:
        """What a tap shows."""
        return {"kind": "pkoc", "uid": self.uid}

    @property
    def made(self) -> dict[str, Any]:
        """What it says of itself at an enrolment."""
        return {"presented": self.presented, "public_key": b64u(self.point), "kind": "pkoc"}

    def sign(self, challenge: dict[str, Any], size: int = 32, **bent: Any) -> dict[str, Any]:
        """A proof for a ``Challenge``. ``bent``: message, public_key, signature, identifier_bytes."""
        message = bent.pop("message", unb64u(challenge["challenge"])[:size])
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        signature = b64u(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        said = {"public_key": b64u(self.point), "signature": signature, "identifier_bytes": size, "method": "pkoc"}
        return {**said, **bent}


async def give_pkoc(hospital: Hospital, owner: str, uid: str | None = None, name: str = "white badge") -> SoftPkoc:
    """A PKOC badge enrolled for ``owner``, with its row in the trail."""
    made, now = SoftPkoc(uid=uid), int(hospital.clock())
    asked = {"challenge": b64u(bytes(32))}
    said = made.sign(asked)
    proof = PkocProof(said["public_key"], said["signature"], 32)
    admin, keys = Admin("root", 0, now), hospital.folder.keys.badge

    def act(conn: Connection) -> None:
        login = conn.execute(select(person.c.login).where(person.c.id == owner)).scalar_one()
        pkoc_acts.add(conn, admin, keys, login, name, bytes(32), proof, uid)

    await hospital.db.write(act)
    return made


CardKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass
class SoftPiv:
    """A PIV card of one person."""

    key_9e: CardKey
    key_9a: CardKey
    cert_9e: x509.Certificate
    cert_9a: x509.Certificate

    @property
    def presented(self) -> dict[str, Any]:
        """What a tap shows."""
        return {"kind": "piv", "certificate": b64u(der(self.cert_9e)), "uid": None}

    def sign(self, challenge: dict[str, Any], slot: Literal["9E", "9A"], **bent: Any) -> dict[str, Any]:
        """A signature for a ``Challenge``."""
        key, certificate = (self.key_9e, self.cert_9e) if slot == "9E" else (self.key_9a, self.cert_9a)
        message = bent.get("message", piv_message(unb64u(challenge["challenge"])))
        return {
            "slot": slot,
            "certificate": bent.get("certificate", b64u(der(certificate))),
            "signature": b64u(sign_as_a_card(key, message)),
            "method": "piv",
        }


def sign_as_a_card(key: CardKey, message: bytes) -> bytes:
    """As SP 800-78-5 has it."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(message, ec.ECDSA(hashes.SHA384() if key.curve.name == "secp384r1" else hashes.SHA256()))


def der(certificate: x509.Certificate) -> bytes:
    """Its DER."""
    return certificate.public_bytes(Encoding.DER)


def piv_card(authority: CardAuthority, key: CardKey | None = None, **more: Any) -> SoftPiv:
    """A card of ``authority``, with the same kind of key in both slots."""
    first = key or ec.generate_private_key(ec.SECP256R1())
    second = key or ec.generate_private_key(ec.SECP256R1())
    guid = uuid.uuid4()
    return SoftPiv(
        first,
        second,
        authority.issue_card_auth(first.public_key(), guid, **more),
        authority.issue_piv_auth(second.public_key(), "Ada Lovelace", guid, **more),
    )


async def trust(hospital: Hospital, authority: CardAuthority, *, hardware: bool = False) -> str:
    """Trust a CA; its fingerprint."""
    certificate = authority.certificate
    mark = fingerprint(der(certificate))
    pem = certificate.public_bytes(Encoding.PEM).decode()
    subject = certificate.subject.rfc4514_string()
    await hospital.db.write(cards.add_ca, mark, subject, pem, hardware, ENROLLED, int(hospital.clock()))
    return mark


async def give_card(hospital: Hospital, owner: str, card: SoftPiv) -> None:
    """Enrol the card for ``owner``."""
    both = [(der(certificate), fingerprint(der(certificate))) for certificate in (card.cert_9e, card.cert_9a)]
    await hospital.db.write(cards.add_piv_card, owner, "white card", both[0], both[1], ENROLLED, int(hospital.clock()))


async def give_crl(hospital: Hospital, mark: str, crl: x509.CertificateRevocationList) -> None:
    """Put a list there for the CA of that fingerprint, whoever signed it."""
    until, listed = crl.next_update_utc, crls.read(crl)
    assert isinstance(listed, crls.CertificateList)

    def act(conn: Connection) -> None:
        ca = next(ca for ca in certificate_paths.trusted(lookups.piv_cas(conn)) if ca.fingerprint == mark)
        this, following = int(crl.last_update_utc.timestamp()), int(until.timestamp()) if until else 0
        der = crl.public_bytes(Encoding.DER)
        new = cards.NewCrl(ca.identity, listed.scope.id, der, listed.number, listed.base, this, following)
        cards.set_crl(conn, new, int(hospital.clock()))

    await hospital.db.write(act)
