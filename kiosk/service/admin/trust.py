"""Revocation lists of the CAs behind PIV cards."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin.act import ActRefusedError, Admin, record
from kiosk.service.platform import certificate_files
from kiosk.service.platform.certificate_files import CertificateFileError
from kiosk.service.proofs import certificate_authority, crls
from kiosk.service.proofs.crls import REASONS, CertificateList, Unfit
from kiosk.service.store import cards, lookups
from kiosk.service.store.cards import NewCrl

NO_LIST = "The file is not a certificate revocation list."
UNFIT = {
    Unfit.DAMAGED: NO_LIST,
    Unfit.UNKNOWN: "This list has a critical extension that this version does not understand, so no card can be judged"
    " by it. Ask its CA for a plain one.",
    Unfit.INDIRECT: "This is an indirect list, which speaks of certificates of other CAs, too. Such lists are not read"
    " here. Ask the cards' own CA for its own list.",
    Unfit.CAS: "This list is of the certificates of CAs alone. Take in the one of its users' certificates.",
    Unfit.ATTRIBUTES: "This list is of attribute certificates alone. Take in the one of its users' certificates.",
}


@dataclass(frozen=True, slots=True)
class TakenList:
    """A list that was taken in. ``subject``: its CA's; ``revoked``: how many; ``part``: what it is limited to."""

    subject: str
    revoked: int
    delta: bool
    part: bool
    every_reason: bool


@dataclass(frozen=True, slots=True)
class TakenFile:
    """What became of a file: the lists that were taken in, and a sentence for each part that was left."""

    lists: tuple[TakenList, ...]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadList:
    """A list as a file has it. ``fit``: what it says, or why no card can be judged by it."""

    crl: x509.CertificateRevocationList
    fit: CertificateList | ActRefusedError


@dataclass(frozen=True, slots=True)
class ReadLists:
    """A file's lists, and a sentence for each part that was left."""

    lists: tuple[ReadList, ...]
    left: tuple[str, ...]


def read_file(data: bytes) -> ReadLists:
    """The lists of a file, DER or PEM, each looked at entry by entry. Before a transaction: a list may have a hundred
    thousand entries, and nobody's tap waits for that. Raises ``ActRefusedError``."""
    try:
        found = certificate_files.lists(data)
    except CertificateFileError as error:
        raise ActRefusedError(str(error)) from None
    return ReadLists(tuple(ReadList(crl, _fit_or_not(crl)) for crl in found.items), found.left)


def _fit_or_not(crl: x509.CertificateRevocationList) -> CertificateList | ActRefusedError:
    try:
        return _fit(crl)
    except ActRefusedError as unfit:
        return unfit


def add_file(conn: Connection, admin: Admin, found: ReadLists) -> TakenFile:
    """Take in every list of a file; the others are named. Raises ``ActRefusedError`` if there is none to take.

    Complete ones first: a delta needs the one that it changes.
    """
    taken, left = [], list(found.left)
    for number, each in sorted(enumerate(found.lists, 1), key=lambda part: _is_delta(part[1])):
        try:
            taken.append(add_crl(conn, admin, each))
        except ActRefusedError as refused:
            several = len(found.lists) > 1 or found.left
            left.append(f"List {number} ({_named(each.crl)}) was left: {refused}" if several else str(refused))
    if not taken:
        raise ActRefusedError(" ".join(left))
    return TakenFile(tuple(taken), tuple(left))


def _is_delta(one: ReadList) -> bool:
    return isinstance(one.fit, CertificateList) and one.fit.base is not None


def _named(crl: x509.CertificateRevocationList) -> str:
    try:
        return crl.issuer.rfc4514_string()
    except ValueError:
        return "of an issuer that cannot be read"


def add_crl(conn: Connection, admin: Admin, one: ReadList) -> TakenList:
    """Take a revocation list in: a complete one, a part, or a delta. Raises ``ActRefusedError``."""
    crl, listed = one.crl, one.fit
    ca = _issuer(conn, crl)
    if isinstance(listed, ActRefusedError):
        raise listed
    if crl.next_update_utc is None:
        raise ActRefusedError("This list does not say until when it is good. Ask its CA for one that does.")
    following = int(crl.next_update_utc.timestamp())
    if listed.past(admin.now):
        raise ActRefusedError("This list is too old already. Fetch the present one from its CA.")
    if listed.future(admin.now):
        # It would stand in the way of every list until then, and no card of its CA would count.
        raise ActRefusedError("This list is of the future. Look at this machine's clock, or ask its CA.")
    this, der = int(crl.last_update_utc.timestamp()), crl.public_bytes(Encoding.DER)
    new = NewCrl(certificate_authority.identity(ca), listed.scope.id, der, listed.number, listed.base, this, following)
    _check_place(conn, new)
    cards.set_crl(conn, new, admin.now)
    detail: dict[str, Json] = {
        "issuer": new.issuer,
        "scope": new.scope,
        "delta": new.delta,
        "this_update": this,
        "next_update": following,
        "revoked": len(crl),
    }
    record(conn, admin, "crl.add", detail=detail)
    whole = listed.scope.reasons == REASONS
    return TakenList(ca.subject.rfc4514_string(), len(crl), new.delta, listed.scope.names is not None, whole)


def _fit(crl: x509.CertificateRevocationList) -> CertificateList:
    listed = crls.read(crl)
    unfit = listed if isinstance(listed, Unfit) else listed.scope.unfit
    if isinstance(listed, Unfit) or unfit is not None:
        raise ActRefusedError(UNFIT[unfit or Unfit.DAMAGED])
    try:
        strange = any(
            extension.critical and not isinstance(extension.value, x509.CRLReason | x509.InvalidityDate)
            for entry in crl
            for extension in entry.extensions
        )
    except (ValueError, TypeError, x509.DuplicateExtension):
        raise ActRefusedError(NO_LIST) from None
    if strange:
        # RFC 5280 section 5.3: such a list must not be used at all.
        raise ActRefusedError(UNFIT[Unfit.UNKNOWN])
    return listed


def _check_place(conn: Connection, new: NewCrl) -> None:
    """Lists never go back, and a delta needs the complete list that it changes."""
    before = cards.crl_before(conn, new)
    if before is not None and new.this_update < before:
        raise ActRefusedError("A newer list of this CA is here already.")
    if new.base is None:
        return
    number = cards.complete_number(conn, new)
    if number is None or number < new.base:
        raise ActRefusedError(
            f"This list says only what has changed since list number {new.base}, which is not here."
            " Take in the complete one first."
        )
    if new.number is None or new.number <= number:
        raise ActRefusedError("The complete list that is here is newer than this list of changes.")


def _issuer(conn: Connection, crl: x509.CertificateRevocationList) -> x509.Certificate:
    trusted = [certificate_authority.certificate(row.pem) for row in lookups.piv_cas(conn)]
    for ca in trusted:
        if crls.signed_by(crl, ca):
            return ca
    raise ActRefusedError(
        _why_not(crl, trusted, [certificate_authority.certificate(row.pem) for row in lookups.untrusted_cas(conn)])
    )


def _why_not(crl: x509.CertificateRevocationList, trusted: list[x509.Certificate], gone: list[x509.Certificate]) -> str:
    """Why a list is no trusted CA's, in one sentence."""
    issuer = _named(crl)
    namesakes = [
        ca for ca in trusted if certificate_authority.folded(ca.subject) == certificate_authority.folded(crl.issuer)
    ]
    if any(crls.signature_right(crl, ca) for ca in namesakes):
        return (
            f"The CA “{issuer}” signed this list, but its KeyUsage has no cRLSign: ask it for a certificate that has."
        )
    if any(crls.signature_right(crl, ca) for ca in gone):
        return (
            f"This list is of “{issuer}”, which is trusted no more (piv-ca list). Trust it again first: piv-ca add FILE"
        )
    if namesakes and crls.signature_forgeable(crl):
        return f"“{issuer}” signed this list with SHA-1 or MD5, which can be forged. Ask that CA for one with SHA-256."
    if namesakes:
        return (
            f"This list names “{issuer}”, which is trusted, but another key signed it, or it is damaged. If that CA has"
            " a new key, trust its new certificate first: piv-ca add FILE"
        )
    return f"This list is not signed by a trusted CA, but by “{issuer}”. Trust it first with: piv-ca add FILE"
