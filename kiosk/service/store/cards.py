"""FIDO2 credentials, PIV cards, and the CAs and revocation lists behind those: changes."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert, select, update

from kiosk.service.store.people import fresh_id
from kiosk.service.store.schema import crl, fido2_credential, piv_ca, piv_card


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


def add_credential(conn: Connection, new: NewCredential, enrolled: tuple[str, int], now: int) -> None:
    """``enrolled``: chain and number of the audit row. ``StoreConflict`` for a credential that is known already."""
    chain, seq = enrolled
    conn.execute(insert(fido2_credential).values(**asdict(new), enrolled_chain=chain, enrolled_seq=seq, created=now))


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
    found = list(conn.execute(select(fido2_credential.c.credential_id).where(mine)).scalars())
    conn.execute(update(fido2_credential).where(mine).values(revoked=now))
    return found


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
    """A PIV card by certificate (DER) and fingerprint of each slot; its id. ``StoreConflict`` for a card in use.

    ``identifier``: the id, where it was told already.
    """
    made = identifier or fresh_id()
    der_9a, print_9a = slot_9a or (None, None)
    conn.execute(
        insert(piv_card).values(
            id=made,
            person=person,
            name=name,
            cert_9e=slot_9e[0],
            fingerprint_9e=slot_9e[1],
            cert_9a=der_9a,
            fingerprint_9a=print_9a,
            enrolled_chain=enrolled[0],
            enrolled_seq=enrolled[1],
            created=now,
            replaces=replaces,
        )
    )
    return made


def piv_owner(conn: Connection, fingerprint: str) -> str | None:
    """Whose card, not revoked, has a certificate of that fingerprint in either slot."""
    here = (piv_card.c.fingerprint_9e == fingerprint) | (piv_card.c.fingerprint_9a == fingerprint)
    return conn.execute(select(piv_card.c.person).where(here, piv_card.c.revoked.is_(None))).scalar()


def revoke_piv_cards(conn: Connection, person: str, now: int) -> int:
    """Revoke every PIV card of the person; how many."""
    mine = (piv_card.c.person == person) & piv_card.c.revoked.is_(None)
    return conn.execute(update(piv_card).where(mine).values(revoked=now)).rowcount


def add_ca(
    conn: Connection, fingerprint: str, subject: str, pem: str, hardware: bool, enrolled: tuple[str, int], now: int
) -> None:
    """Trust a CA for PIV cards. ``StoreConflict`` for one that is trusted already."""
    row = {"fingerprint": fingerprint, "subject": subject, "pem": pem, "hardware": hardware, "created": now}
    conn.execute(insert(piv_ca).values(**row, enrolled_chain=enrolled[0], enrolled_seq=enrolled[1]))


def ca_pems(conn: Connection) -> list[tuple[str, str]]:
    """Fingerprint and PEM of every trusted CA."""
    return [(row.fingerprint, row.pem) for row in conn.execute(select(piv_ca.c.fingerprint, piv_ca.c.pem))]


def set_crl(
    conn: Connection, issuer: str, der: bytes, number: int | None, this_update: int, next_update: int, now: int
) -> None:
    """The CA's revocation list, in place of the one before."""
    conn.execute(delete(crl).where(crl.c.issuer == issuer))
    said = None if number is None else str(number)
    row = {"issuer": issuer, "der": der, "crl_number": said, "this_update": this_update, "next_update": next_update}
    conn.execute(insert(crl).values(**row, added=now))


def crl_age(conn: Connection, issuer: str) -> tuple[int, str | None] | None:
    """``thisUpdate`` and number of the list that is stored for the CA."""
    row = conn.execute(select(crl.c.this_update, crl.c.crl_number).where(crl.c.issuer == issuer)).one_or_none()
    return (row.this_update, row.crl_number) if row else None
