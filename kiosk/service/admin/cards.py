"""FIDO2 keys and PIV cards of a person."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from sqlalchemy import Connection

from kiosk.model.ceremony import RefusalCode
from kiosk.service.admin import marks
from kiosk.service.admin.act import ActRefused, Admin, record, the_person
from kiosk.service.ceremonies import admission, enrolment, keeping, piv
from kiosk.service.ceremonies.admission import KeyNotAccepted
from kiosk.service.ceremonies.enrolment import Begun, EnrolmentRefused, Verified
from kiosk.service.ceremonies.keeping import NewCard, NewKey
from kiosk.service.ceremonies.refused import ProofRefused
from kiosk.service.keys import BadgeKeys
from kiosk.service.policy.keys import KeyRules
from kiosk.service.store import cards, lookups, stopping

MAX_LABEL = 100
ANY = KeyRules()
"""The rules where none are set: keys of any kind."""
_SENTENCES = {
    RefusalCode.UNTRUSTED_CERTIFICATE: "This card is not from a trusted CA. Trust its CA with: piv-ca add FILE.pem",
    RefusalCode.EXPIRED_CERTIFICATE: "This card's certificate is not valid today. Have a new card issued.",
    RefusalCode.REVOKED_CERTIFICATE: "This card is revoked by its CA. Have a new card issued.",
    RefusalCode.STALE_CRL: "The revocation list of this card's CA is missing or too old. Add a fresh one: crl add FILE",
    RefusalCode.BAD_SIGNATURE: "This card could not prove that it holds its key. It may be a copy: report it.",
}


def begin_key(conn: Connection, login: str, origin: str, rp_id: str, now: int, rules: KeyRules = ANY) -> Begun:
    """Options for a new FIDO2 key. Raises ``ActRefused``."""
    person = the_person(conn, login)
    known = lookups.person_by_id(conn, person.id)
    handle = known.user_handle if known else b""
    held = cards.every_credential(conn, person.id)
    return enrolment.begin(
        origin,
        rp_id,
        user_handle=handle,
        login=person.login,
        name=person.name,
        known=held,
        now=now,
        attested=rules.attestation != "none",
    )


def verify_key(begun: Begun, client_data: bytes, attestation_object: bytes, now: int) -> Verified:
    """What the key answered, verified. Raises ``ActRefused``."""
    try:
        return enrolment.complete(begun, client_data, attestation_object, now)
    except EnrolmentRefused as refused:
        raise ActRefused(f"The key's answer is not right ({refused}). Hold it again and repeat.") from None


def add_key(
    conn: Connection,
    admin: Admin,
    keys: BadgeKeys,
    login: str,
    name: str,
    made: Verified,
    *,
    discoverable: bool,
    built_in: bool,
    uid: str | None,
    rules: KeyRules = ANY,
    replaces: str | None = None,
) -> str | None:
    """Bind a verified key to a person; its model's name, if that is known. Raises ``ActRefused``.

    ``uid``: its card number, by which it never signs in. ``replaces``: what is revoked once this has worked.
    """
    person, name = the_person(conn, login), check_label(name)
    gone = str(marks.find(conn, person, replaces).mark) if replaces else None
    try:
        judgement = admission.admit(conn, rules, made, person.id, admin.now)
    except KeyNotAccepted as refused:
        raise ActRefused(str(refused)) from None
    new = NewKey(made, judgement, name, discoverable, built_in, gone)
    enrolled = record(conn, admin, "key.add", person=person, method="fido2", detail=keeping.key_told(new))
    keeping.keep_key(conn, person.id, new, enrolled, admin.now)
    _never_by_number(conn, admin, keys, person.id, uid)
    return judgement.model


def check_label(name: str) -> str:
    """A key's or card's ``name`` as it is stored and shown: single spaces. Raises ``ActRefused``."""
    plain = " ".join(name.split())
    if not plain or len(plain) > MAX_LABEL or not plain.isprintable():
        raise ActRefused(f"A key's or card's name has 1 to {MAX_LABEL} printable characters.")
    return plain


def revoke_keys(conn: Connection, admin: Admin, login: str, name: str | None) -> int:
    """Take away the person's FIDO2 keys, or the one of that name; how many. Raises ``ActRefused``."""
    person = the_person(conn, login)
    gone = cards.revoke_credentials(conn, person.id, name, admin.now)
    if not gone:
        raise ActRefused(f"{person.name} has no such key.")
    for credential in gone:
        record(conn, admin, "key.revoke", person=person, method="fido2", detail={"credential_id": credential})
    stopping.lock_everywhere(conn, person.id, admin.now, "factor")
    return len(gone)


def piv_challenge() -> bytes:
    """32 random bytes for the card's 9E key to sign, as in any ceremony."""
    return secrets.token_bytes(32)


def add_piv(
    conn: Connection,
    admin: Admin,
    keys: BadgeKeys,
    login: str,
    name: str,
    cert_9e: bytes,
    cert_9a: bytes | None,
    challenge: bytes,
    signature: bytes,
    uid: str | None,
    rules: KeyRules = ANY,
    replaces: str | None = None,
) -> None:
    """Bind a PIV card whose 9E key signed ``challenge``. Certificates in DER. ``replaces``: as for a key.

    Raises ``ActRefused``.
    """
    person, name = the_person(conn, login), check_label(name)
    gone = str(marks.find(conn, person, replaces).mark) if replaces else None
    new = NewCard(name, cert_9e, cert_9a, gone)
    _refuse_nicely(lambda: _check_card(conn, rules, new, challenge, signature, admin.now))
    owner = keeping.card_owner(conn, new)
    if owner is not None:
        raise ActRefused(f"This card belongs to {'this' if owner == person.id else 'another'} person already.")
    enrolled = record(conn, admin, "piv.add", person=person, method="piv", detail=keeping.card_told(new))
    keeping.keep_card(conn, person.id, new, enrolled, admin.now)
    _never_by_number(conn, admin, keys, person.id, uid)


def revoke_piv(conn: Connection, admin: Admin, login: str) -> int:
    """Take away the person's PIV cards; how many. Raises ``ActRefused``."""
    person = the_person(conn, login)
    gone = cards.revoke_piv_cards(conn, person.id, admin.now)
    if not gone:
        raise ActRefused(f"{person.name} has no PIV card.")
    record(conn, admin, "piv.revoke", person=person, method="piv", detail={"cards": gone})
    stopping.lock_everywhere(conn, person.id, admin.now, "factor")
    return gone


def _check_card(conn: Connection, rules: KeyRules, new: NewCard, challenge: bytes, signature: bytes, now: int) -> None:
    path, _ = keeping.check_card(conn, rules, new, now)
    piv.verify(path.certificate, signature, challenge)


def _refuse_nicely(check: Callable[[], None]) -> None:
    try:
        check()
    except ProofRefused as refused:
        sentence = _SENTENCES.get(refused.code, "This card cannot be used here.")
        raise ActRefused(sentence) from None


def _never_by_number(conn: Connection, admin: Admin, keys: BadgeKeys, person: str, uid: str | None) -> None:
    if not keeping.number_free(conn, keys, uid):
        raise ActRefused(
            "This card's number is enrolled as a badge. Take that away first with: badge revoke LOGIN --uid"
        )
    keeping.guard_number(conn, keys, person, uid, admin.now)
