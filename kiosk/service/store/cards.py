"""FIDO2 credentials, PIV cards, and the CAs and revocation lists behind those: changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Connection, select

from kiosk.service.store import integrity
from kiosk.service.store.people import fresh_id
from kiosk.service.store.schema import crl, fido2_credential, piv_ca, piv_card
from kiosk.service.store.sql_types import StoredRow


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A FIDO2 credential as verified at enrolment. ``credential_id``: base64url. ``public_key``: COSE_Key, CBOR."""

    credential_id: str
    person: str
    public_key: bytes
    sign_count: int
    aaguid: str
    name: str
    discoverable: bool
    user_verification: str
    attestation: str
    attestation_trusted: bool
    backup_eligible: bool
    backed_up: bool
    model: str | None = None
    replaces: str | None = None
    guarded: bool | None = None


def add_credential(conn: Connection, new: NewCredential, enrolled: tuple[str, int], now: int) -> None:
    """``enrolled``: chain and number of the audit row. ``StoreConflictError`` for a credential that is known
    already."""
    chain, seq = enrolled
    row = {**asdict(new), "enrolled_chain": chain, "enrolled_seq": seq, "created": now}
    integrity.add(conn, fido2_credential, row)


def credential_owner(conn: Connection, credential_id: str) -> str | None:
    """Whose credential it is, or was before it was revoked."""
    mine = fido2_credential.c.credential_id == credential_id
    return conn.execute(select(fido2_credential.c.person).where(mine)).scalar()


def public_key_owner(conn: Connection, public_key: bytes) -> str | None:
    """Whose key it is, or was before it was revoked, under whichever credential id. ``public_key``: COSE_Key, CBOR."""
    mine = fido2_credential.c.public_key == public_key
    return conn.execute(select(fido2_credential.c.person).where(mine).limit(1)).scalar()


def every_credential(conn: Connection, person: str) -> list[str]:
    """Credential ids of one person, for exclusion at enrolment."""
    mine = (fido2_credential.c.person == person) & fido2_credential.c.revoked.is_(None)
    return list(conn.execute(select(fido2_credential.c.credential_id).where(mine)).scalars())


def revoke_credentials(conn: Connection, person: str, name: str | None, now: int) -> list[str]:
    """Revoke the person's keys, or the one of that name; their ids."""
    mine = (fido2_credential.c.person == person) & fido2_credential.c.revoked.is_(None)
    if name is not None:
        mine &= fido2_credential.c.name == name
    return [row.credential_id for row in integrity.change(conn, fido2_credential, mine, {"revoked": now})]


def add_piv_card(
    conn: Connection,
    person: str,
    name: str,
    slot_9e: tuple[bytes, str],
    slot_9a: tuple[bytes, str] | None,
    enrolled: tuple[str, int],
    now: int,
    replaces: str | None = None,
    identifier: str | None = None,
) -> str:
    """A PIV card by certificate (DER) and fingerprint of each slot; its id. ``StoreConflictError`` for a card in use.

    ``identifier``: the id, where it was told already.
    """
    made = identifier or fresh_id()
    der_9a, print_9a = slot_9a or (None, None)
    row = {
        "id": made,
        "person": person,
        "name": name,
        "cert_9e": slot_9e[0],
        "fingerprint_9e": slot_9e[1],
        "cert_9a": der_9a,
        "fingerprint_9a": print_9a,
        "enrolled_chain": enrolled[0],
        "enrolled_seq": enrolled[1],
        "created": now,
        "replaces": replaces,
    }
    integrity.add(conn, piv_card, row)
    return made


def piv_owner(conn: Connection, fingerprint: str) -> str | None:
    """Whose card, not revoked, has a certificate of that fingerprint in either slot."""
    here = (piv_card.c.fingerprint_9e == fingerprint) | (piv_card.c.fingerprint_9a == fingerprint)
    return conn.execute(select(piv_card.c.person).where(here, piv_card.c.revoked.is_(None))).scalar()


def revoke_piv_cards(conn: Connection, person: str, now: int) -> list[str]:
    """Revoke every PIV card of the person; their ids."""
    mine = (piv_card.c.person == person) & piv_card.c.revoked.is_(None)
    return [row.id for row in integrity.change(conn, piv_card, mine, {"revoked": now})]


def add_ca(
    conn: Connection, fingerprint: str, subject: str, pem: str, hardware: bool, enrolled: tuple[str, int], now: int
) -> None:
    """Trust a CA for PIV cards, one that was untrusted too. ``StoreConflictError`` for one that is trusted already.

    ``fingerprint``: hex of SHA-256 over the certificate. ``enrolled``: chain and number of the audit row that says so.
    """
    integrity.remove(conn, piv_ca, (piv_ca.c.fingerprint == fingerprint) & piv_ca.c.untrusted.is_not(None))
    row = {"fingerprint": fingerprint, "subject": subject, "pem": pem, "hardware": hardware, "created": now}
    integrity.add(conn, piv_ca, {**row, "enrolled_chain": enrolled[0], "enrolled_seq": enrolled[1]})


@dataclass(frozen=True, slots=True)
class NewCrl:
    """A revocation list. ``issuer``: identity of its CA; ``scope``, ``number``, ``base``: as in ``ceremonies.crls``.

    ``this_update``, ``next_update``: seconds since the epoch.
    """

    issuer: str
    scope: str
    der: bytes
    number: int | None
    base: int | None
    this_update: int
    next_update: int

    @property
    def delta(self) -> bool:
        """Whether it says what changed since another one."""
        return self.base is not None


def set_crl(conn: Connection, new: NewCrl, now: int) -> None:
    """A CA's list, in place of the one before of the same kind."""
    integrity.remove(conn, crl, _kind(new))
    said = None if new.number is None else str(new.number)
    row = {"issuer": new.issuer, "scope": new.scope, "delta": new.delta, "der": new.der, "crl_number": said}
    times = {"this_update": new.this_update, "next_update": new.next_update, "added": now}
    integrity.add(conn, crl, {**row, **times})


def crl_before(conn: Connection, new: NewCrl) -> int | None:
    """``thisUpdate`` of the list that ``new`` would replace."""
    row = integrity.one(conn, crl, _kind(new))
    return None if row is None else int(row.this_update)


def complete_number(conn: Connection, new: NewCrl) -> int | None:
    """The number of the complete list that goes with a delta; None where there is none, or it has no number."""
    same = (crl.c.issuer == new.issuer) & (crl.c.scope == new.scope) & crl.c.delta.is_(False)
    row = integrity.one(conn, crl, same)
    return None if row is None or row.crl_number is None else int(row.crl_number)


def _kind(new: NewCrl) -> ColumnElement[bool]:
    return (crl.c.issuer == new.issuer) & (crl.c.scope == new.scope) & (crl.c.delta.is_(new.delta))


def mark_hardware(conn: Connection, fingerprints: Sequence[str]) -> None:
    """Of these certificates of a CA: its cards' keys never leave them."""
    integrity.change(conn, piv_ca, piv_ca.c.fingerprint.in_(fingerprints), {"hardware": True})


def untrust(conn: Connection, fingerprints: Sequence[str], by: str, why: str, now: int) -> None:
    """These certificates of a CA count no more."""
    said = {"untrusted": now, "untrusted_by": by, "untrusted_why": why}
    integrity.change(conn, piv_ca, piv_ca.c.fingerprint.in_(fingerprints), said)


def in_use(conn: Connection, ids: Sequence[str] | None = None) -> list[StoredRow]:
    """Every PIV card that is not revoked, or those of ``ids``."""
    mine = [piv_card.c.revoked.is_(None)] if ids is None else [piv_card.c.revoked.is_(None), piv_card.c.id.in_(ids)]
    return integrity.rows(conn, piv_card, *mine, order=(piv_card.c.id,), skip=True)
