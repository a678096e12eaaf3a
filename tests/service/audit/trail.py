"""A small trail with every kind of evidence, made by real keys, to be tampered with."""

from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from fido2 import cbor
from sqlalchemy import Connection, select

from kiosk.model.binding import Json, b64u, canonical, challenge, commitment, piv_message
from kiosk.model.challenge import CommitmentOpening
from kiosk.service.audit import evidence
from kiosk.service.audit.checkpoint import Checkpoint, Head, sign
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.evidence import BoundChallenge, digest
from kiosk.service.audit.writer import append
from kiosk.service.platform.keys import CheckpointKeys, checkpoint_kid
from kiosk.service.store.schema import audit_chain

NOW = 1_795_000_000
RP, ORIGIN = "auth.hospital.example", "https://auth.hospital.example"
CHAIN = "station-1"
SALT = bytes(range(16))
PATIENT = commitment(SALT, "Patient/123")


def checkpoint_keys() -> CheckpointKeys:
    signer = Ed25519PrivateKey.generate()
    kid = checkpoint_kid(signer.public_key())
    return CheckpointKeys(kid, signer, {kid: signer.public_key()})


def bound(ceremony: str = "c1") -> BoundChallenge:
    said = canonical(
        {
            "kind": "step_up",
            "ceremony": ceremony,
            "workstation": CHAIN,
            "who": {"id": "ada"},
            "action": "record.export",
            "resource": PATIENT,
            "patients": [],
        }
    )
    return {
        "label": "kiosk/step-up/v1",
        "nonce": hashlib.sha256(ceremony.encode()).digest(),
        "statement": said.decode(),
    }


def digest_of(one: BoundChallenge) -> bytes:
    return challenge(one["label"], one["nonce"], one["statement"].encode())


@dataclass(frozen=True)
class Key:
    """A FIDO2 key."""

    private: ec.EllipticCurvePrivateKey
    credential_id: str = b64u(b"c" * 16)

    @property
    def public(self) -> bytes:
        point = self.private.public_key().public_numbers()
        # COSE_Key of an ES256 key (RFC 9053 section 7.1.1).
        return cbor.encode({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})

    def evidence(
        self, one: BoundChallenge, enrolled: tuple[str, int], *, origin: str = ORIGIN, rp: str = RP, flags: int = 5
    ) -> dict[str, Json]:
        data = hashlib.sha256(rp.encode()).digest() + bytes([flags]) + (7).to_bytes(4, "big")
        client = json.dumps({"type": "webauthn.get", "challenge": b64u(digest_of(one)), "origin": origin}).encode()
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return evidence.of_fido2(
            one,
            rp_id=RP,
            origin=ORIGIN,
            verified=True,
            credential_id=self.credential_id,
            authenticator_data=data,
            client_data=client,
            signature=signature,
            public_key=self.public,
            enrolled=enrolled,
        )


def certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, by: ec.EllipticCurvePrivateKey, *, ca: bool
) -> x509.Certificate:
    at = datetime.datetime.fromtimestamp(NOW, datetime.UTC)

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - datetime.timedelta(days=1))
        .not_valid_after(at + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(by, SHA256())
    )


def admin(act: str, person: str | None = None, **detail: Json) -> Event:
    return Event("admin", "success", NOW, person=person, detail={"act": act, **detail})


def proof(kept: dict[str, Json] | None, ceremony: str = "c1", at: int = NOW) -> Event:
    return Event("proof", "success", at, person="ada", workstation=CHAIN, ceremony=ceremony, evidence=kept)


def enrol(conn: Connection, key: Key) -> tuple[str, int]:
    told: dict[str, Json] = {"credential_id": key.credential_id, "public_key_sha256": digest(key.public)}
    seq, _ = append(conn, SERVICE, admin("key.add", "ada", **told))
    return SERVICE, seq


def piv_evidence(conn: Connection, *, forged: bool = False) -> dict[str, Json]:
    ca_key, card_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = certificate("CA", ca_key, "CA", ca_key, ca=True)
    card = certificate("Ada", card_key, "CA", card_key if forged else ca_key, ca=False)
    trusted, _ = append(conn, SERVICE, admin("piv-ca.add", fingerprint=digest(ca.public_bytes(Encoding.DER))))
    print_9a = digest(card.public_bytes(Encoding.DER))
    enrolled, _ = append(conn, SERVICE, admin("piv.add", "ada", fingerprint_9a=print_9a))
    one = bound("c2")
    signature = card_key.sign(piv_message(digest_of(one)), ec.ECDSA(SHA256()))
    where, anchor = (SERVICE, enrolled), (SERVICE, trusted)
    return evidence.of_piv(one, slot="9A", signature=signature, path=(card, ca), enrolled=where, anchored=anchor)


def old_station(conn: Connection, *chains: str) -> None:
    """Workstations that are older than signing, so that their rows need no signature of theirs."""
    for chain in chains or (CHAIN,):
        append(conn, SERVICE, Event("station_key", "success", NOW, workstation=chain, detail={"jwk": None, "seq": 0}))


def sign_unread(conn: Connection, keys: CheckpointKeys, at: int) -> Checkpoint | None:
    """Sign the heads that the database says, as nothing but a stolen key would: no row is read."""
    rows = conn.execute(select(audit_chain).order_by(audit_chain.c.chain)).all()
    moved = [Head(row.chain, row.head_seq, bytes(row.head_hash)) for row in rows if row.head_seq > row.sealed_seq]
    every = {row.chain: Head(row.chain, row.head_seq, bytes(row.head_hash)) for row in rows}
    return sign(conn, keys, at, moved, every) if moved else None


def write_trail(conn: Connection, keys: CheckpointKeys) -> None:
    """Service chain: 1 init, 2 workstation, 3 key, 4 CA, 5 card. Station chain: 1 tap, 2 FIDO2, 3 PIV, 4 code, 5 lock.

    A checkpoint after the PIV proof, and one at the end.
    """
    append(conn, SERVICE, admin("service.init"))
    old_station(conn)
    key = Key(ec.generate_private_key(ec.SECP256R1()))
    enrolled = enrol(conn, key)
    append(conn, CHAIN, Event("tap", "success", NOW, person="ada", workstation=CHAIN))
    opening = CommitmentOpening(PATIENT, b64u(SALT), "Patient/123")
    append(conn, CHAIN, replace(proof(key.evidence(bound(), enrolled)), openings=(opening,)))
    append(conn, CHAIN, proof(piv_evidence(conn), "c2"))
    sign_unread(conn, keys, NOW + 1)
    append(conn, CHAIN, proof(evidence.of_code(bound("c3"), method="pin"), "c3"))
    append(conn, CHAIN, Event("lock", "seen", NOW, reason="idle", workstation=CHAIN))
    sign_unread(conn, keys, NOW + 2)
