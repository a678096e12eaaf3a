"""What everybody has to prove with, one line a factor, and how far it reaches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cryptography import x509
from sqlalchemy import Connection

from kiosk.model.proof import ACR_IDENTIFIED, Method
from kiosk.service.policy.assurance import Proved, add_up
from kiosk.service.store import inventory, phones, pkoc_badges
from kiosk.service.store.factors import short_of
from kiosk.service.store.inventory import Someone
from kiosk.service.store.sql_types import StoredRow

Kind = Literal["badge", "pin", "otp", "key", "piv", "pkoc", "recovery", "phone"]
KINDS: tuple[Kind, ...] = ("badge", "pin", "otp", "key", "piv", "pkoc", "recovery", "phone")
NONE = "none"
"""In place of an ``acr``: the person has nothing to prove with."""


@dataclass(frozen=True, slots=True)
class FactorRecord:
    """One factor. Times in epoch seconds.

    ``hardware``: known to be so, by a trusted attestation or its CA. ``certificate``: SHA-256 of the one that proves.
    ``method``: what it can prove at best, None for a badge. ``enrolled``: chain and number of its row, if it has one.
    ``why``: it is suspended. ``spent``: nothing of it is left. ``until``: of a PIV card, its certificate's end.
    """

    kind: Kind
    id: str
    person: str
    since: int
    name: str = ""
    last_used: int | None = None
    until: int | None = None
    suspended: int | None = None
    why: str | None = None
    revoked: int | None = None
    method: Method | None = None
    hardware: bool = False
    model: str | None = None
    aaguid: str | None = None
    attestation: str | None = None
    certificate: str | None = None
    enrolled: tuple[str, int] | None = None
    spent: bool = False

    @property
    def shown(self) -> str:
        """Its short id, as everywhere."""
        return {"otp": "totp", "pin": "pin", "recovery": "recovery"}.get(self.kind) or short_of(
            f"{self.kind}:{self.id}"
        )

    def counts(self, now: int) -> bool:
        """Whether it proves anything now."""
        over = self.until is not None and self.until <= now
        return self.revoked is None and self.suspended is None and not over and not self.spent


@dataclass(frozen=True, slots=True)
class PersonHoldings:
    """A person and everything they have or had, oldest of each kind first."""

    person: Someone
    factors: Sequence[FactorRecord]

    def has(self, now: int) -> list[FactorRecord]:
        """What counts now."""
        return [factor for factor in self.factors if factor.counts(now)]


def best(factors: Iterable[FactorRecord]) -> str:
    """The strongest ``acr`` that these add up to, by the very rules of sign-in and step-up; ``none`` for nothing."""
    held = list(factors)
    proofs = [Proved(factor.method, 0, hardware=factor.hardware) for factor in held if factor.method is not None]
    acr = add_up(proofs, 0).acr
    if acr == ACR_IDENTIFIED and not any(factor.kind == "badge" for factor in held):
        return NONE
    return acr


def everybody(conn: Connection) -> list[PersonHoldings]:
    """All persons by login, with what they have and had."""
    of: dict[str, list[FactorRecord]] = defaultdict(list)
    hardware = {_subject(ca.pem) for ca in inventory.cas(conn) if ca.hardware}
    for row in inventory.badges(conn):
        of[row.person].append(_badge(row))
    for row in inventory.pins(conn):
        of[row.person].append(_plain("pin", row, row.changed, Method.PIN))
    for row in inventory.code_apps(conn):
        of[row.person].append(_plain("otp", row, row.created, Method.OTP))
    for row in inventory.recovery_sets(conn):
        of[row.person].append(_recovery(row))
    for row in inventory.keys(conn):
        of[row.person].append(_key(row))
    for row in inventory.cards(conn):
        of[row.person].append(_card(row, hardware))
    for row in pkoc_badges.every(conn):
        of[row.person].append(_pkoc(row))
    for row in phones.every(conn):
        of[row.person].append(_phone(row))
    return [PersonHoldings(person, tuple(of[person.id])) for person in inventory.persons(conn)]


def _badge(row: StoredRow) -> FactorRecord:
    times = {"last_used": row.last_used, "until": row.until, "suspended": row.suspended, "revoked": row.revoked}
    return FactorRecord("badge", row.id, row.person, row.created, why=row.suspended_why, **times)


def _plain(kind: Kind, row: StoredRow, since: int, method: Method) -> FactorRecord:
    stopped = {"suspended": row.suspended, "why": row.suspended_why}
    return FactorRecord(kind, "", row.person, since, last_used=row.last_used, method=method, **stopped)


def _recovery(row: StoredRow) -> FactorRecord:
    """No ``method``: codes of a set lead to an enrolment, never to a session or a step-up. Used up, none counts."""
    times = {"last_used": row.last_used, "until": row.until, "suspended": row.suspended, "why": row.suspended_why}
    return FactorRecord(
        "recovery", "", row.person, row.created, name=f"{row.codes_left} left", spent=not row.codes_left, **times
    )


def _key(row: StoredRow) -> FactorRecord:
    return replace(
        _bound("key", row.credential_id, row),
        method=Method.FIDO2,
        hardware=bool(row.attestation_trusted),
        model=row.model,
        aaguid=row.aaguid,
        attestation=row.attestation,
    )


def _card(row: StoredRow, hardware: set[bytes]) -> FactorRecord:
    proving = x509.load_der_x509_certificate(bytes(row.cert_9e if row.cert_9a is None else row.cert_9a))
    return replace(
        _bound("piv", row.id, row),
        until=int(proving.not_valid_after_utc.timestamp()),
        method=Method.PIV_TAP if row.cert_9a is None else Method.PIV_PIN,
        hardware=proving.issuer.public_bytes() in hardware,
        certificate=row.fingerprint_9a or row.fingerprint_9e,
    )


def _pkoc(row: StoredRow) -> FactorRecord:
    return replace(_bound("pkoc", row.id, row), method=Method.PKOC_TAP)


def _phone(row: StoredRow) -> FactorRecord:
    """No ``method``: it answers step-ups, and signs nobody in."""
    return _bound("phone", row.id, row)


def _bound(kind: Kind, mark: str, row: StoredRow) -> FactorRecord:
    """What every authenticator has that was enrolled, and that can be suspended and revoked."""
    return FactorRecord(
        kind,
        mark,
        row.person,
        row.created,
        row.name,
        last_used=row.last_used,
        suspended=row.suspended,
        why=row.suspended_why,
        revoked=row.revoked,
        enrolled=(row.enrolled_chain, row.enrolled_seq),
    )


def _subject(pem: str) -> bytes:
    return x509.load_pem_x509_certificate(pem.encode()).subject.public_bytes()
