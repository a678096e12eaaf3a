"""The stored evidence of one row, by each kind of key, and whatever of it does not fit."""

from __future__ import annotations

import datetime
import hashlib
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from fido2 import cbor

from kiosk.model.binding import ENROL_LABEL, SIGN_IN_LABEL, STEP_UP_LABEL, b64u, canonical, piv_message
from kiosk.service.audit import evidence, signatures
from kiosk.service.audit.evidence import BoundChallenge, digest
from kiosk.service.audit.signatures import EvidenceBrokenError, check
from tests.service.audit.trail import CHAIN, NOW, Key, bound, digest_of

KEY = Key(ec.generate_private_key(ec.SECP256R1()))
WHERE = ("service", 3)
ROW: dict[str, Any] = {"person": "ada", "ceremony": "c1", "workstation": CHAIN, "at": NOW}
CardKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def binds(act: str, person: str | None = "ada", **detail: object) -> Any:
    """A trail in which any row that is asked for bound this."""
    row = {"action": "admin", "result": "success", "person": person, "detail": {"act": act, **detail}}
    return lambda _: row


KEY_ROW = binds("key.add", credential_id=KEY.credential_id, public_key_sha256=digest(KEY.public))


def by_key(one: BoundChallenge | None = None, **how: Any) -> dict[str, Any]:
    return dict(KEY.evidence(one or bound(), WHERE, **how))


def broken(kept: dict[str, Any], row: dict[str, Any] = ROW, row_of: Any = KEY_ROW) -> str:
    """Why it does not hold."""
    with pytest.raises(EvidenceBrokenError) as told:
        check(kept, row, row_of)
    return str(told.value)


# A key


def test_a_keys_signature_holds() -> None:
    assert check(by_key(), ROW, KEY_ROW)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"origin": "https://evil.example"}, "another origin"),
        ({"rp": "evil.example"}, "another RP ID"),
        ({"flags": 4}, "without the presence or verification"),
        ({"flags": 1}, "without the presence or verification"),
    ],
)
def test_a_key_that_signed_something_else_is_told_by_what(how: dict[str, Any], why: str) -> None:
    assert why in broken(by_key(**how))


def test_a_stored_key_that_is_none_is_told() -> None:
    assert "not a COSE_Key" in broken({**by_key(), "public_key": b64u(cbor.encode([1, 2]))})


def test_a_signature_of_another_key_does_not_verify() -> None:
    other = Key(ec.generate_private_key(ec.SECP256R1()))
    assert "does not verify" in broken({**by_key(), "public_key": b64u(other.public)})


@pytest.mark.parametrize(
    ("row_of", "why"),
    [
        (lambda _: None, "missing or changed"),
        (binds("badge.add"), "binds nothing"),
        (binds("key.add", person="ben", credential_id=KEY.credential_id), "another one"),
        (binds("key.add", credential_id="other"), "another one"),
    ],
)
def test_the_row_that_bound_the_key_must_say_so(row_of: Any, why: str) -> None:
    assert why in broken(by_key(), row_of=row_of)


# What was signed, and what the row says


@pytest.mark.parametrize(("name", "value"), [("person", "ben"), ("ceremony", "c9"), ("workstation", "station-9")])
def test_a_row_about_somebody_or_something_else_is_told(name: str, value: str) -> None:
    assert broken(by_key(), {**ROW, name: value}) == f"what was signed names another {name} than the row"


@pytest.mark.parametrize(("name", "value"), [("action", "record.delete"), ("records", 12), ("purpose", "audit")])
def test_a_step_up_for_something_else_is_told(name: str, value: object) -> None:
    row = {**ROW, "action": "stepup", "detail": {name: value}}
    assert broken(by_key(), row) == f"what was signed names another {name} than the row"
    same = {**ROW, "action": "stepup", "detail": {"action": "record.export"}}
    assert check(by_key(), same, KEY_ROW)


@pytest.mark.parametrize(
    "other", [{"emergency": "e9"}, {"emergency_reason": "another"}, {"purpose_of_use": "TREAT"}, {}]
)
def test_a_step_up_of_another_emergency_is_told(other: dict[str, str]) -> None:
    signed = said(STEP_UP_LABEL, purpose_of_use="BTG", emergency={"id": "e1", "reason": "patient in danger"})
    told = {"purpose_of_use": "BTG", "emergency": "e1", "emergency_reason": "patient in danger"}
    row = {**ROW, "action": "stepup"}
    assert check(by_key(signed), {**row, "detail": told}, KEY_ROW)
    detail = {**told, **other} if other else {}
    assert "another emergency access" in broken(by_key(signed), {**row, "detail": detail})
    assert "another emergency access" in broken(by_key(said(STEP_UP_LABEL)), {**row, "detail": told})


def said(label: str, **statement: Any) -> BoundChallenge:
    text = canonical({"ceremony": "c1", "workstation": CHAIN, "who": {"id": "ada"}, **statement})
    return {"label": label, "nonce": hashlib.sha256(b"c1").digest(), "statement": text.decode()}


def test_what_was_signed_for_one_kind_of_ceremony_is_none_of_another() -> None:
    assert "another kind of ceremony" in broken(by_key(said(ENROL_LABEL, kind="step_up")))
    assert "another kind of ceremony" in broken(by_key(said(ENROL_LABEL, kind="sign_in")))
    assert check(by_key(said(SIGN_IN_LABEL, kind="sign_in")), ROW, KEY_ROW)


ENROLMENT = {"enrolment": "e1", "part": "try", "act": "add", "factor_kind": "key", "factor": None}


@pytest.mark.parametrize("name", [*ENROLMENT, "subject"])
def test_an_enrolment_is_the_one_that_the_row_tells_of(name: str) -> None:
    kept = by_key(said(ENROL_LABEL, kind="enrol", subject={"id": "ada"}, **ENROLMENT))
    detail = {**ENROLMENT, "subject": "ada"}
    assert check(kept, {**ROW, "detail": detail}, KEY_ROW)
    assert (
        broken(kept, {**ROW, "detail": {**detail, name: "other"}})
        == f"what was signed names another {name} than the row"
    )


def test_a_key_that_says_whose_it_is_signs_for_nobody_yet() -> None:
    kept = by_key(said(ENROL_LABEL, kind="enrol", subject=None, **ENROLMENT))
    assert check(kept, {**ROW, "detail": {**ENROLMENT, "subject": "ada"}}, KEY_ROW)


# A badge that proves itself


def by_badge(size: int = 32, cut: int = 64, change: bytes = b"") -> tuple[dict[str, Any], Any]:
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    r, s = decode_dss_signature(private.sign(digest_of(bound())[:size] + change, ec.ECDSA(SHA256())))
    signature = (r.to_bytes(32, "big") + s.to_bytes(32, "big"))[:cut]
    kept = evidence.of_pkoc(bound(), public_key=point, signature=signature, identifier_bytes=size, enrolled=WHERE)
    return dict(kept), binds("pkoc.add", public_key_sha256=digest(point))


@pytest.mark.parametrize("size", [32, 16])
def test_a_badges_signature_over_the_challenge_or_its_first_half_holds(size: int) -> None:
    kept, row_of = by_badge(size)
    assert check(kept, ROW, row_of)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"size": 8}, "no part of the challenge"),
        ({"cut": 63}, "no part of the challenge"),
        ({"change": b"!"}, "does not verify"),
    ],
)
def test_a_badge_that_signed_too_little_or_something_else_is_told(how: dict[str, Any], why: str) -> None:
    kept, row_of = by_badge(**how)
    assert why in broken(kept, row_of=row_of)


def test_a_badge_bound_to_somebody_else_is_told() -> None:
    kept, _ = by_badge()
    assert "another one" in broken(kept, row_of=binds("pkoc.add", public_key_sha256="00"))


# A PIV card


def certificate(subject: str, key: CardKey, issuer: str, by: CardKey, *, ca: bool, days: int = 1) -> x509.Certificate:
    at = datetime.datetime.fromtimestamp(NOW, datetime.UTC)
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (subject, issuer)]
    builder = x509.CertificateBuilder(names[1], names[0], key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(at - datetime.timedelta(days=9)).not_valid_after(
        at + datetime.timedelta(days=days)
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return builder.sign(by, None if isinstance(by, ed25519.Ed25519PrivateKey) else SHA256())


def signed(key: CardKey) -> bytes:
    message = piv_message(digest_of(bound()))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    return key.sign(message, ec.ECDSA(SHA384() if key.curve.key_size == 384 else SHA256()))


def by_card(key: CardKey, *, ca: bool = True, alone: bool = False, days: int = 1) -> tuple[dict[str, Any], Any]:
    ca_key = ec.generate_private_key(ec.SECP256R1())
    issuer = certificate("CA", ca_key, "CA", ca_key, ca=ca)
    card = certificate("Ada", key, "CA", ca_key, ca=False, days=days)
    path = (card,) if alone else (card, issuer)
    kept = evidence.of_piv(
        bound(), slot="9A", signature=signed(key), path=path, enrolled=WHERE, anchored=("service", 4)
    )
    prints = {"fingerprint_9a": digest(card.public_bytes(Encoding.DER))}
    bound_rows = {
        3: binds("piv.add", **prints)(None),
        4: binds("piv-ca.add", None, fingerprint=digest(path[-1].public_bytes(Encoding.DER)))(None),
    }
    return dict(kept), lambda place: bound_rows[place[1]]


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
    ],
    ids=["P-256", "P-384", "RSA"],
)
def test_a_cards_signature_holds_by_each_of_its_algorithms(key: CardKey) -> None:
    kept, row_of = by_card(key)
    assert check(kept, ROW, row_of)


def test_a_key_of_an_algorithm_that_no_card_has_is_told() -> None:
    kept, row_of = by_card(ed25519.Ed25519PrivateKey.generate())
    assert "another kind of key" in broken(kept, row_of=row_of)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"alone": True}, "path has no CA"),
        ({"ca": False}, "issued by what is no CA"),
        ({"days": -1}, "not valid at the time"),
    ],
)
def test_a_path_that_leads_nowhere_is_told(how: dict[str, Any], why: str) -> None:
    kept, row_of = by_card(ec.generate_private_key(ec.SECP256R1()), **how)
    assert why in broken(kept, row_of=row_of)


# Anything else


def test_a_code_proves_nothing_by_a_signature() -> None:
    kept = dict(evidence.of_code(bound(), method="pin"))
    assert not check(kept, ROW, KEY_ROW)
    assert "said to be a signature" in broken({**kept, "signed": True})


@pytest.mark.parametrize("changed", [{"kind": "voice"}, {"nonce": 7}, {"statement": "[]"}, {"signature": "no base64!"}])
def test_what_cannot_be_read_is_told_as_such(changed: dict[str, Any]) -> None:
    why = broken({**by_key(), **changed})
    assert "unknown kind" in why or "cannot be read" in why


def test_every_label_has_one_kind_of_statement() -> None:
    assert json.loads(bound()["statement"])["kind"] in signatures.LABELS
    assert len(set(signatures.LABELS.values())) == len(signatures.LABELS)
