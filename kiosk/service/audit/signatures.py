"""Does the stored evidence of one row hold? Every signature is verified again, from nothing but what is stored.

Needs the standards and the published rules of ``kiosk.model.binding``, and trusts no other part of the service.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from fido2 import cbor
from fido2.cose import CoseKey

from kiosk.model import pkoc
from kiosk.model.binding import (
    ENROL_LABEL,
    OFFLINE_LABEL,
    SIGN_IN_LABEL,
    STEP_UP_LABEL,
    b64u,
    challenge,
    piv_message,
    unb64u,
)
from kiosk.service.platform.json_fields import JsonObject, items, member, members, number, of, text

LABELS = {"sign_in": SIGN_IN_LABEL, "step_up": STEP_UP_LABEL, "enrol": ENROL_LABEL, "offline": OFFLINE_LABEL}
UP, UV = 0x01, 0x04
"""Flags of authenticator data (WebAuthn Level 3, section 6.1)."""
Body = JsonObject
Place = tuple[str, int]
"""A row, by chain and number."""
RowOf = Callable[[Place], Body | None]
"""The body of a row, if its own hash is right. Raises ``EvidenceBrokenError`` for one that is not earlier."""
BINDS = {"key": "key.add", "card": "piv.add", "badge": "pkoc.add", "CA": "piv-ca.add"}
"""What an administrator's act is called that binds it; a key or card is bound by ``factor_added`` as well."""


class EvidenceBrokenError(Exception):
    """The evidence does not hold; the message says why in a few words."""


def check(evidence: Body, row: Body, row_of: RowOf) -> bool:
    """Verify ``evidence`` of ``row``. True if a signature was verified, False if none was made. Raises
    ``EvidenceBrokenError``."""
    try:
        label, statement = text(evidence, "label"), text(evidence, "statement")
        digest = challenge(label, unb64u(text(evidence, "nonce")), statement.encode("utf-8"))
        said = members(json.loads(statement))
        _check_statement(said, row)
        _check_label(label, said)
        kind = evidence["kind"]
        if kind == "fido2":
            _check_fido2(evidence, row, digest, row_of)
        elif kind == "piv":
            _check_piv(evidence, row, digest, row_of)
        elif kind == "pkoc":
            _check_pkoc(evidence, row, digest, row_of)
        elif kind == "code":
            return _check_code(evidence)
        else:
            raise EvidenceBrokenError(f"its evidence is of an unknown kind, “{kind}”")
    except InvalidSignature:
        raise EvidenceBrokenError("its signature does not verify under the stored public key") from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, struct.error, UnsupportedAlgorithm) as error:
        # What parsers raise for bytes that are not what they should be.
        raise EvidenceBrokenError(f"its evidence cannot be read ({type(error).__name__})") from None
    return True


def _check_statement(said: Body, row: Body) -> None:
    told = {**said, "person": member(said, "who").get("id")}
    for name in ("ceremony", "workstation", "person"):
        if told.get(name) is not None and name in row and told[name] != row[name]:
            raise EvidenceBrokenError(f"what was signed names another {name} than the row")
    detail = member(row, "detail")
    for name in ("action", "records", "purpose"):
        if row.get("action") in ("stepup", "second") and name in detail and said.get(name) != detail[name]:
            raise EvidenceBrokenError(f"what was signed names another {name} than the row")
    _check_second(said, row, detail)
    _check_emergency(said, row, detail)
    _check_on_phone(said, row, detail)
    if said.get("kind") == "enrol":
        _check_enrolment({**said, "subject": member(said, "subject").get("id")}, detail)


def _check_emergency(said: Body, row: Body, detail: Body) -> None:
    """What was signed and the row of its grant name one emergency access and its reason, or neither names one."""
    signed, told = member(said, "emergency"), detail.get("purpose_of_use")
    if row.get("action") != "stepup" or (not signed and told is None):
        return
    names = (signed.get("id"), signed.get("reason"), said.get("purpose_of_use"))
    if names != (detail.get("emergency"), detail.get("emergency_reason"), told):
        raise EvidenceBrokenError("what was signed is of another emergency access than the row")


def _check_on_phone(said: Body, row: Body, detail: Body) -> None:
    """A server's question that was approved on a phone: what was signed is what its row says was asked."""
    if row.get("action") != "phone_answered" or detail.get("purpose") != "server":
        return
    if (said.get("action"), said.get("records")) != (detail.get("asks"), detail.get("records")):
        raise EvidenceBrokenError("what was signed on the phone is another act than the row")


def _check_second(said: Body, row: Body, detail: Body) -> None:
    """A second person signs for the step-up that its row names, and nobody else does; its digest is of what the first
    one signed (``spent_tokens``)."""
    of = member(said, "second_of")
    if (row.get("action") == "second") is not bool(of) and row.get("action") in ("second", "stepup"):
        raise EvidenceBrokenError("what was signed is of another person's part than the row")
    if row.get("action") == "second" and (of.get("ceremony"), of.get("digest")) != (
        detail.get("of"),
        detail.get("digest"),
    ):
        raise EvidenceBrokenError("what the second person signed is about another request than the row")


def _check_enrolment(said: Body, detail: Body) -> None:
    """What was signed, and the row, tell of the same enrolment: which part of it, what is done, and to whose factor.

    A key that says by its signature whose it is signs for nobody yet.
    """
    for name in ("enrolment", "part", "act", "factor_kind", "factor", "subject"):
        unsaid = name == "subject" and said["subject"] is None
        if said.get(name) != detail.get(name) and not unsaid:
            raise EvidenceBrokenError(f"what was signed names another {name} than the row")


def _check_label(label: str, said: Body) -> None:
    """A challenge of one domain is no statement of another."""
    wanted = LABELS.get(str(said.get("kind")))
    if wanted is not None and label != wanted:
        raise EvidenceBrokenError("what was signed belongs to another kind of ceremony")


def _check_fido2(evidence: Body, row: Body, digest: bytes, row_of: RowOf) -> None:
    """WebAuthn Level 3 section 7.2, steps 11 to 21."""
    data, client = unb64u(text(evidence, "authenticator_data")), unb64u(text(evidence, "client_data"))
    said = members(json.loads(client))
    if said["type"] != "webauthn.get" or said["challenge"] != b64u(digest):
        raise EvidenceBrokenError("the key signed another challenge than that of the stored statement")
    if said["origin"] != evidence["origin"] or said.get("crossOrigin", False):
        raise EvidenceBrokenError("the key signed for another origin")
    if data[:32] != hashlib.sha256(text(evidence, "rp_id").encode("utf-8")).digest():
        raise EvidenceBrokenError("the key signed for another RP ID")
    if not data[32] & UP or (evidence["user_verification"] and not data[32] & UV):
        raise EvidenceBrokenError("the key signed without the presence or verification of its user")
    public = unb64u(text(evidence, "public_key"))
    decoded = cbor.decode(public)
    if not isinstance(decoded, Mapping):
        raise EvidenceBrokenError("the stored public key is not a COSE_Key")
    key = CoseKey.parse(decoded)
    key.verify(data + hashlib.sha256(client).digest(), unb64u(text(evidence, "signature")))
    wanted = {"credential_id": evidence["credential_id"], "public_key_sha256": hashlib.sha256(public).hexdigest()}
    _check_reference(members(evidence["enrolled"]), row_of, "key", wanted, row.get("person"))


def _check_piv(evidence: Body, row: Body, digest: bytes, row_of: RowOf) -> None:
    path = [x509.load_der_x509_certificate(unb64u(of(str, der))) for der in items(evidence["path"])]
    if len(path) < 2:
        raise EvidenceBrokenError("its certificate path has no CA")
    at = datetime.fromtimestamp(number(row, "at"), UTC)
    for certificate, issuer in pairwise(path):
        certificate.verify_directly_issued_by(issuer)
        if not issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise EvidenceBrokenError("its certificate was issued by what is no CA")
    if any(at < certificate.not_valid_before_utc or at > certificate.not_valid_after_utc for certificate in path):
        raise EvidenceBrokenError("a certificate was not valid at the time")
    _verify_piv(path[0], unb64u(text(evidence, "signature")), piv_message(digest))
    slot = {"9E": "fingerprint_9e", "9A": "fingerprint_9a"}[text(evidence, "slot")]
    _check_reference(members(evidence["enrolled"]), row_of, "card", {slot: _fingerprint(path[0])}, row.get("person"))
    _check_reference(members(evidence["anchored"]), row_of, "CA", {"fingerprint": _fingerprint(path[-1])}, None)


def _check_pkoc(evidence: Body, row: Body, digest: bytes, row_of: RowOf) -> None:
    """ECDSA with SHA-256 on P-256 over the transaction identifier alone (PSIA PKOC NFC Card Specification 1.1)."""
    size = evidence["identifier_bytes"]
    point, signature = unb64u(text(evidence, "public_key")), unb64u(text(evidence, "signature"))
    if type(size) is not int or size not in pkoc.SIZES or len(signature) != pkoc.SIGNATURE_BYTES:
        raise EvidenceBrokenError("the badge signed no part of the challenge that counts")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key.verify(encode_dss_signature(r, s), pkoc.identifier(digest, size), ec.ECDSA(hashes.SHA256()))
    wanted = {"public_key_sha256": hashlib.sha256(point).hexdigest()}
    _check_reference(members(evidence["enrolled"]), row_of, "badge", wanted, row.get("person"))


def _verify_piv(certificate: x509.Certificate, signature: bytes, message: bytes) -> None:
    """The algorithms of SP 800-78-5 table 1."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        wide = key.curve.name == "secp384r1"
        key.verify(signature, message, ec.ECDSA(hashes.SHA384() if wide else hashes.SHA256()))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    else:
        raise EvidenceBrokenError("its certificate holds another kind of key")


def _check_code(evidence: Body) -> bool:
    if evidence["signed"] is not False:
        raise EvidenceBrokenError("a code is said to be a signature")
    return False


def _check_reference(place: Body, row_of: RowOf, what: str, wanted: Body, person: object) -> None:
    """The row at ``place`` must have bound ``what`` (see ``BINDS``), say what ``wanted`` says, and be about ``person``.

    Any other row could be made to name any key.
    """
    found = row_of((text(place, "chain"), number(place, "seq")))
    if found is None:
        raise EvidenceBrokenError(f"the row that bound the {what} is missing or changed")
    detail = member(found, "detail")
    by_admin = found.get("action") == "admin" and detail.get("act") == BINDS[what]
    at_a_station = found.get("action") == "factor_added" and what != "CA"
    if found.get("result") != "success" or not (by_admin or at_a_station):
        raise EvidenceBrokenError(f"the row that it names as having bound the {what} binds nothing")
    if any(detail.get(name) != value for name, value in wanted.items()) or (person and found.get("person") != person):
        raise EvidenceBrokenError(f"the row that bound the {what} tells of another one")


def _fingerprint(certificate: x509.Certificate) -> str:
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
