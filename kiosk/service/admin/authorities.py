"""The CAs behind PIV cards: trusted out of a file, and trusted no more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.counted import counted
from kiosk.service.admin import card_stops
from kiosk.service.admin.act import ActRefusedError, Admin, record, worded
from kiosk.service.admin.metadata import day
from kiosk.service.audit.evidence import digest
from kiosk.service.platform import ca_fitness
from kiosk.service.platform.certificate_files import CertificateFileError, FileContents, certificates
from kiosk.service.proofs import certificate_authority, certificate_paths
from kiosk.service.store import cards, lookups
from kiosk.service.store.sql_types import StoredRow

MAX_REASON = 300
MAX_CAS = 20
"""Certificates of one file: the public CAs of a system are no CAs of cards."""
MIN_MARK = 8
"""Hexadecimal digits of a fingerprint that are enough to name a CA by."""
_MARK = re.compile(rf"[0-9a-f]{{{MIN_MARK},64}}")
ALREADY = "This CA is trusted already."


@dataclass(frozen=True, slots=True)
class Trusted:
    """A CA that was added. ``hardware``: as it counts now; ``renewed``: its name and key were trusted already.

    ``lists``: how many of its revocation lists are here. ``warning``: what will not work although it is fit.
    """

    subject: str
    hardware: bool
    renewed: bool
    lists: int
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class TrustedAuthorities:
    """What became of a file: the CAs that are trusted now, and a sentence for each part that was left."""

    trusted: tuple[Trusted, ...]
    left: tuple[str, ...]


def read_file(data: bytes) -> FileContents[x509.Certificate]:
    """The CAs of a file to be trusted. Before a transaction: nobody's tap waits while a file is read.

    Raises ``ActRefusedError``.
    """
    found = _found(data)
    if len(found.items) > MAX_CAS:
        raise ActRefusedError(
            f"This file has {len(found.items)} certificates, as a list of public CAs has, and each that is trusted may"
            f" issue cards. Nothing was changed. Give those that issue yours, at most {MAX_CAS} in a file."
        )
    return found


def add_file(
    conn: Connection, admin: Admin, found: FileContents[x509.Certificate], *, hardware: bool
) -> TrustedAuthorities:
    """Trust every CA of a file that is fit, the others are named. Raises ``ActRefusedError`` if there is none to
    trust."""
    trusted, left = [], list(found.left)
    for item in found.items:
        try:
            trusted.append(add_ca(conn, admin, item, hardware=hardware))
        except ActRefusedError as refused:
            left.append(f"{named(item)} was left: {refused}" if len(found.items) > 1 or found.left else str(refused))
    if not trusted:
        raise ActRefusedError(" ".join(left))
    return TrustedAuthorities(tuple(trusted), tuple(left))


def read(data: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a file. Raises ``ActRefusedError``."""
    return _found(data).items


def _found(data: bytes) -> FileContents[x509.Certificate]:
    try:
        return certificates(data)
    except CertificateFileError as error:
        raise ActRefusedError(str(error)) from None


def add_ca(conn: Connection, admin: Admin, certificate: x509.Certificate, *, hardware: bool) -> Trusted:
    """Trust a CA for PIV cards. ``hardware``: its cards' keys never leave them. Raises ``ActRefusedError``.

    A CA is its name and key. Another certificate of one that is trusted inherits what is said of it, lists too.
    """
    fault = ca_fitness.fault(certificate, admin.now)
    if fault is not None:
        raise ActRefusedError(f"No card of this CA could ever be used. {fault}")
    fingerprint, identity = digest(certificate.public_bytes(Encoding.DER)), certificate_authority.identity(certificate)
    rows = lookups.piv_cas(conn)
    if any(row.fingerprint == fingerprint for row in rows):
        raise ActRefusedError(ALREADY)
    same = [ca for ca in certificate_paths.trusted(rows) if ca.identity == identity]
    marked = hardware or (bool(same) and all(ca.hardware for ca in same))
    subject = certificate.subject.rfc4514_string()
    detail: dict[str, Json] = {
        "fingerprint": fingerprint,
        "subject": subject,
        "hardware": marked,
        "authority": identity,
        "renewed": bool(same),
    }
    enrolled = record(conn, admin, "piv-ca.add", detail=detail)
    text = certificate.public_bytes(Encoding.PEM).decode("ascii")
    cards.add_ca(conn, fingerprint, subject, text, marked, enrolled, admin.now)
    if marked and same:
        cards.mark_hardware(conn, [ca.fingerprint for ca in same])
    lists = len(lookups.crls_of(conn, identity))
    return Trusted(subject, marked, bool(same), lists, ca_fitness.warning(certificate, admin.now))


@dataclass(frozen=True, slots=True)
class Removed:
    """A CA that is trusted no more: how many of its ``certificates``, ``cards`` under it, and ``persons`` with one."""

    subject: str
    certificates: int
    cards: int
    persons: int


def remove_ca(conn: Connection, admin: Admin, wanted: str | Sequence[x509.Certificate], why: str) -> Removed:
    """Trust a CA no more, by all of its certificates: its cards are refused at once, what their persons have open
    is locked. ``card_stops`` marks the cards afterwards.

    ``wanted``: the beginning of a fingerprint, its subject or common name, or its certificates. Raises
    ``ActRefusedError``.
    """
    why = worded(why, MAX_REASON, "A reason")
    rows = lookups.piv_cas(conn)
    identity = _identity(rows, wanted)
    gone = [row for row in rows if certificate_authority.identity_of(row.pem) == identity]
    held = card_stops.under(conn, gone)
    persons = len({card.person for card in held})
    cards.untrust(conn, [row.fingerprint for row in gone], admin.name, why, admin.now)
    detail: dict[str, Json] = {
        "subject": gone[0].subject,
        "authority": identity,
        "fingerprints": [row.fingerprint for row in gone],
        "reason": why,
        "cards": len(held),
        "persons": persons,
    }
    record(conn, admin, "piv-ca.remove", detail=detail)
    card_stops.lock(conn, admin, held)
    return Removed(gone[0].subject, len(gone), len(held), persons)


def _identity(rows: Sequence[StoredRow], wanted: str | Sequence[x509.Certificate]) -> str:
    """Which CA is meant. Raises ``ActRefusedError`` where it is none, or could be several."""
    found = {certificate_authority.identity_of(row.pem): row for row in rows if _is(row, wanted)}
    if not found:
        raise ActRefusedError("No such CA is trusted. See them with: piv-ca list")
    if len(found) > 1:
        marks = ", ".join(f"{row.fingerprint[:16]} ({row.subject})" for row in found.values())
        raise ActRefusedError(f"Several CAs are meant by that. Name one by its mark: {marks}.")
    return next(iter(found))


def _is(row: StoredRow, wanted: str | Sequence[x509.Certificate]) -> bool:
    if not isinstance(wanted, str):
        return certificate_authority.identity_of(row.pem) in {_identity_or_none(certificate) for certificate in wanted}
    mark = wanted.replace(":", "").replace(" ", "").lower()
    if _MARK.fullmatch(mark) and row.fingerprint.startswith(mark):
        return True
    common = certificate_authority.certificate(row.pem).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return wanted == row.subject or wanted.casefold() in {str(name.value).casefold() for name in common}


def _identity_or_none(certificate: x509.Certificate) -> str | None:
    try:
        return certificate_authority.identity(certificate)
    except (ValueError, UnsupportedAlgorithm):
        return None


def named(certificate: x509.Certificate) -> str:
    """A certificate in a sentence."""
    try:
        subject = certificate.subject.rfc4514_string()
    except ValueError:
        subject = ""
    return f"“{subject or 'without a name'}” (SHA-256 {digest(certificate.public_bytes(Encoding.DER))[:16]})"


def listed(conn: Connection, now: int) -> list[tuple[str, ...]]:
    """For each CA that is or was trusted: mark, subject, and how it stands at ``now``, epoch seconds."""
    lines = []
    for row in sorted(lookups.piv_cas(conn), key=lambda one: (one.subject, one.created)):
        ca, under = certificate_authority.certificate(row.pem), len(card_stops.under(conn, [row]))
        fault = ca_fitness.fault(ca, now)
        state = f"trusted since {day(row.created)}, ends {ca.not_valid_after_utc.date().isoformat()}"
        lists = len(lookups.crls_of(conn, certificate_authority.identity(ca)))
        told = f"{counted(under, 'card')}, {counted(lists, 'revocation list')}" + (
            ", keys in hardware" if row.hardware else ""
        )
        broken = (f"NO CARD OF IT COUNTS: {fault}",) if fault else ()
        lines.append((row.fingerprint[:16], row.subject, state, told, *broken))
    for row in lookups.untrusted_cas(conn):
        under = len(card_stops.under(conn, [row]))
        state = f"trusted no more since {day(row.untrusted)} by {row.untrusted_by}: {row.untrusted_why}"
        lines.append((row.fingerprint[:16], row.subject, state, f"{counted(under, 'card')} refused"))
    return lines
