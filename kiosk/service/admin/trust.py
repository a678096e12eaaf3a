"""The CAs behind PIV cards, and their revocation lists."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin.act import ActRefused, Admin, record
from kiosk.service.audit.evidence import digest
from kiosk.service.ceremonies.revocation import CLOCK_SKEW
from kiosk.service.store import cards


def add_ca(conn: Connection, admin: Admin, pem: bytes, *, hardware: bool) -> str:
    """Trust a CA for PIV cards; its subject. ``hardware``: its cards' keys never leave them. Raises ``ActRefused``."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, x509.ExtensionNotFound):
        raise ActRefused("The file must hold one CA certificate in PEM.") from None
    if not basic.ca:
        raise ActRefused("This is not a CA's certificate, but one that a CA issued.")
    if certificate.not_valid_after_utc <= datetime.fromtimestamp(admin.now, UTC):
        raise ActRefused("This CA's certificate has expired. Ask for the present one.")
    fingerprint = digest(certificate.public_bytes(Encoding.DER))
    if any(known == fingerprint for known, _ in cards.ca_pems(conn)):
        raise ActRefused("This CA is trusted already.")
    subject = certificate.subject.rfc4514_string()
    detail: dict[str, Json] = {"fingerprint": fingerprint, "subject": subject, "hardware": hardware}
    enrolled = record(conn, admin, "piv-ca.add", detail=detail)
    text = certificate.public_bytes(Encoding.PEM).decode("ascii")
    cards.add_ca(conn, fingerprint, subject, text, hardware, enrolled, admin.now)
    return subject


def add_crl(conn: Connection, admin: Admin, data: bytes) -> tuple[str, int]:
    """Take a revocation list, DER or PEM, in; its CA's subject and how many it revokes. Raises ``ActRefused``."""
    try:
        crl = x509.load_pem_x509_crl(data) if data.lstrip().startswith(b"-----") else x509.load_der_x509_crl(data)
    except ValueError:
        raise ActRefused("The file is not a certificate revocation list.") from None
    fingerprint, issuer = _issuer(conn, crl)
    if crl.next_update_utc is None:
        raise ActRefused("This list does not say until when it is good. Ask its CA for one that does.")
    if _in_part(crl):
        raise ActRefused("This is a part of a list, or not of its CA's own cards alone. Ask for the whole one.")
    this, following = int(crl.last_update_utc.timestamp()), int(crl.next_update_utc.timestamp())
    if following <= admin.now:
        raise ActRefused("This list is too old already. Fetch the present one from its CA.")
    if this > admin.now + CLOCK_SKEW:
        # It would stand in the way of every list until then, and no card of its CA would count.
        raise ActRefused("This list is of the future. Look at this machine's clock, or ask its CA.")
    known = cards.crl_age(conn, fingerprint)
    if known is not None and this < known[0]:
        raise ActRefused("A newer list of this CA is here already.")
    try:
        number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        number = None
    cards.set_crl(conn, fingerprint, crl.public_bytes(Encoding.DER), number, this, following, admin.now)
    detail: dict[str, Json] = {
        "issuer": fingerprint,
        "this_update": this,
        "next_update": following,
        "revoked": len(crl),
    }
    record(conn, admin, "crl.add", detail=detail)
    return issuer.subject.rfc4514_string(), len(crl)


def _in_part(crl: x509.CertificateRevocationList) -> bool:
    """Every critical extension limits what the list covers (RFC 5280 section 5.2): no card would be judged by it."""
    try:
        return any(extension.critical for extension in crl.extensions)
    except ValueError:
        raise ActRefused("The file is not a certificate revocation list.") from None


def _issuer(conn: Connection, crl: x509.CertificateRevocationList) -> tuple[str, x509.Certificate]:
    for fingerprint, pem in cards.ca_pems(conn):
        ca = x509.load_pem_x509_certificate(pem.encode("ascii"))
        try:
            if ca.subject == crl.issuer and crl.is_signature_valid(ca.public_key()):  # type: ignore[arg-type]  # caught below
                # The stub wants one of three key types; another makes it raise TypeError.
                return fingerprint, ca
        except TypeError:
            continue
    raise ActRefused("This list is not signed by a trusted CA. Trust it first with: piv-ca add FILE.pem")
