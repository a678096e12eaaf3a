"""Why a PIV card's certificate is refused, in words for whoever enrols it.

``certificate_paths`` and ``revocation`` refuse; here it is only said which of their rules it was, and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from sqlalchemy import Connection

from kiosk.model.counted import counted
from kiosk.model.piv import RSA_ALGORITHMS
from kiosk.model.refusal import RefusalCode
from kiosk.service.admin.metadata import day
from kiosk.service.platform import ca_fitness, certificate_reading, certificate_validity
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.proofs import authenticator_binding, certificate_authority, certificate_paths
from kiosk.service.proofs.certificate_paths import PURPOSES
from kiosk.service.store import lookups
from kiosk.service.store.sql_types import StoredRow
from kiosk.verification.refused import ProofRefusedError

Kind = TypeVar("Kind", bound=x509.ExtensionType)
TRUST = "Trust that CA with: piv-ca add FILE"
ANEW = "Have its CA issue it anew."
_DIGESTS = ("sha256", "sha384", "sha512")
_OF_LISTS = {
    RefusalCode.REVOKED_CERTIFICATE: "is revoked by its CA. Have a new card issued.",
    RefusalCode.STALE_CRL: "is covered by no fresh revocation list. Add the present ones of its CA: crl add FILE",
}


def faults(conn: Connection, rules: KeyRules, held: Mapping[str, bytes | None], now: int) -> list[str]:
    """A sentence for each certificate of a card that is refused. ``held``: DER by slot, None for an empty one."""
    found = []
    for slot, der in held.items():
        if der is None:
            continue
        try:
            authenticator_binding.path_of(conn, rules, der, now)
        except ProofRefusedError as refused:
            said = _OF_LISTS.get(refused.code) or _why(conn, der, now)
            found.append(f"The card's {slot} certificate {said}")
    return found


def _why(conn: Connection, der: bytes, now: int) -> str:
    try:
        certificate = certificate_paths.parsed(der)
    except ProofRefusedError as refused:
        return _of_key(der) if refused.why == "key" else _of_bytes(der)
    dates = certificate_validity.fault(certificate, now)
    if dates is not None:
        begun = certificate.not_valid_before_utc.timestamp() <= now
        return f"{dates}. Have a new card issued." if begun else f"{dates}."
    return _of_digest(certificate) or _of_issuer(conn, certificate, der, now) or _of_itself(certificate)


def _of_digest(certificate: x509.Certificate) -> str | None:
    """Signatures that the library does not even verify."""
    try:
        digest = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return "is signed in a way that is not known here. Have its CA issue it anew with SHA-256."
    if digest is None:
        return None
    if digest.name in ("sha1", "md5"):
        return f"is signed with {digest.name.upper()}, which can be forged. Have its CA issue it anew with SHA-256."
    if digest.name not in _DIGESTS:
        return f"is signed with {digest.name.upper()}, which is not taken. Have its CA issue it anew with SHA-256."
    return _of_salt(certificate, digest)


def _of_salt(certificate: x509.Certificate, digest: hashes.HashAlgorithm) -> str | None:
    """RSASSA-PSS is verified with a salt as long as its digest and the same digest in MGF1 alone (RFC 4055)."""
    try:
        used = certificate.signature_algorithm_parameters
    except (ValueError, UnsupportedAlgorithm):
        used = None
    salt = getattr(used, "_salt_length", digest.digest_size) if isinstance(used, padding.PSS) else digest.digest_size
    if salt == digest.digest_size and used is not None:
        return None
    of = f"and a salt of {counted(salt, 'byte')}" if used is not None else "and parameters that are not known here"
    return f"is signed with RSASSA-PSS {of}. A salt of {digest.digest_size} is taken, as long as the digest. {ANEW}"


def _of_bytes(der: bytes) -> str:
    if len(der) > certificate_paths.MAX_CERTIFICATE:
        return f"is longer than {certificate_paths.MAX_CERTIFICATE} bytes, which no card is read for."
    fault = certificate_reading.why(der)
    return f"cannot be read, for {fault}. {ANEW}" if fault else "is damaged, and cannot be read. Have it written anew."


def _of_key(der: bytes) -> str:
    key = x509.load_der_x509_certificate(der).public_key()
    if isinstance(key, rsa.RSAPublicKey):
        taken = ", ".join(str(size) for size in sorted(RSA_ALGORITHMS))
        return f"holds an RSA key of {key.key_size} bits. Keys of {taken} bits are taken (SP 800-78-5)."
    curve = f" (curve {key.curve.name})" if isinstance(key, ec.EllipticCurvePublicKey) else ""
    return f"holds a key of a kind that is not taken{curve}. RSA, and ECC on P-256 and P-384, are (SP 800-78-5)."


def _of_issuer(conn: Connection, certificate: x509.Certificate, der: bytes, now: int) -> str | None:
    """What is wrong with whoever issued it; None if that is a trusted CA."""
    trusted = lookups.piv_cas(conn)
    mine = [row for row in trusted if certificate_authority.issued(der, row.pem)]
    if mine:
        said = [ca_fitness.fault(certificate_authority.certificate(row.pem), now) for row in mine]
        return None if None in said else f"is of “{mine[0].subject}”, which is trusted, but not usable. {said[0]}"
    former = next((row for row in lookups.untrusted_cas(conn) if certificate_authority.issued(der, row.pem)), None)
    if former is not None:
        since = f"since {day(former.untrusted)} by {former.untrusted_by}: {former.untrusted_why}"
        return f"is of “{former.subject}”, which is trusted no more ({since}). To trust it again: piv-ca add FILE"
    namesakes = [certificate_authority.certificate(row.pem) for row in trusted if _same_name(certificate, row)]
    return _of_namesakes(certificate, namesakes)


def _of_namesakes(certificate: x509.Certificate, namesakes: list[x509.Certificate]) -> str:
    """``namesakes``: trusted CAs of its issuer's name that did not issue it."""
    named, issuer = _issuer_key(certificate), certificate.issuer.rfc4514_string()
    which = f"“{issuer}” (key id {named})" if named else f"“{issuer}” (its key id is not said)"
    if not namesakes:
        return f"was issued by {which}, which is not trusted here. {TRUST}"
    keys = [certificate_authority.key_id(namesake) for namesake in namesakes]
    if named in keys:
        return "names a trusted CA that did not sign it, or not in a way that is taken. It may be a forgery: report it."
    return (
        f"was issued by {which}. That name is trusted with another key ({', '.join(keys)}): if the CA has a new one,"
        " trust its new certificate, too: piv-ca add FILE"
    )


def _of_itself(certificate: x509.Certificate) -> str:
    usage, purposes = _value(certificate, x509.KeyUsage), _value(certificate, x509.ExtendedKeyUsage)
    basic = _value(certificate, x509.BasicConstraints)
    if usage is None:
        return f"has no KeyUsage, which SP 800-73-5 and RFC 5280 section 4.2.1.3 have in it. {ANEW}"
    if not usage.digital_signature:
        return f"has a KeyUsage without digitalSignature, so its key may not sign. {ANEW}"
    if purposes is not None and PURPOSES.isdisjoint(purpose.dotted_string for purpose in purposes):
        said = ", ".join(purpose.dotted_string for purpose in purposes)
        wanted = "id-PIV-cardAuth, clientAuth, smart card logon or any"
        return f"is for other purposes (ExtendedKeyUsage {said}). One of {wanted} is needed. {ANEW}"
    if basic is not None and basic.ca:
        return "is a CA's, and no card's."
    strange = certificate_paths.strange_extensions(certificate)
    if strange:
        return f"has a critical extension that is not understood here: {', '.join(strange)}."
    return "breaks a rule of RFC 5280, or its CA's name constraints. Show it to its CA."


def _same_name(certificate: x509.Certificate, row: StoredRow) -> bool:
    return certificate_authority.folded(
        certificate_authority.certificate(row.pem).subject
    ) == certificate_authority.folded(certificate.issuer)


def _issuer_key(certificate: x509.Certificate) -> str | None:
    said = _value(certificate, x509.AuthorityKeyIdentifier)
    return said.key_identifier.hex() if said is not None and said.key_identifier else None


def _value(certificate: x509.Certificate, kind: type[Kind]) -> Kind | None:
    return certificate_reading.value(certificate, kind)
