"""FIDO2 keys and PIV cards of a person."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.refusal import RefusalCode
from kiosk.service.admin import card_faults, marks
from kiosk.service.admin.act import ActRefusedError, Admin, record, the_person, whoever_works_here, worded
from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.policy.authenticator_rules import KeyRules
from kiosk.service.proofs import admission, authenticator_binding, registration
from kiosk.service.proofs.admission import KeyNotAcceptedError
from kiosk.service.proofs.authenticator_binding import NewCard, NewKey
from kiosk.service.proofs.registration import Begun, RegistrationRefusedError, VerifiedRegistration
from kiosk.service.store import cards, lookups, stopping
from kiosk.service.store.factors import short_of
from kiosk.service.store.people import PersonLine
from kiosk.verification import piv
from kiosk.verification.refused import ProofRefusedError

MAX_LABEL = 100
ANY = KeyRules()
"""The rules where none are set: keys of any kind."""
_SENTENCES = {
    RefusalCode.UNTRUSTED_CERTIFICATE: "The card's 9E and 9A certificates name two different cards. Report it.",
    RefusalCode.BAD_SIGNATURE: "This card could not prove that it holds its key. It may be a copy: report it.",
}


def begin_key(conn: Connection, login: str, origin: str, rp_id: str, now: int, rules: KeyRules = ANY) -> Begun:
    """Options for a new FIDO2 key. Raises ``ActRefusedError``."""
    person = whoever_works_here(conn, login)
    known = lookups.person_by_id(conn, person.id)
    handle = known.user_handle if known else b""
    held = cards.every_credential(conn, person.id)
    return registration.begin(
        origin,
        rp_id,
        user_handle=handle,
        login=person.login,
        name=person.name,
        known=held,
        now=now,
        attested=rules.attestation != "none",
    )


def verify_key(begun: Begun, client_data: bytes, attestation_object: bytes, now: int) -> VerifiedRegistration:
    """What the key answered, verified. Raises ``ActRefusedError``."""
    try:
        return registration.complete(begun, client_data, attestation_object, now)
    except RegistrationRefusedError as refused:
        raise ActRefusedError(f"The key's answer is not right ({refused}). Hold it again and repeat.") from None


def add_key(
    conn: Connection,
    admin: Admin,
    keys: BadgeKeys,
    login: str,
    name: str,
    made: VerifiedRegistration,
    *,
    discoverable: bool,
    built_in: bool,
    guarded: bool = False,
    uid: str | None,
    rules: KeyRules = ANY,
    replaces: str | None = None,
) -> str | None:
    """Bind a verified key to a person; its model's name, if that is known. Raises ``ActRefusedError``.

    ``uid``: its card number, by which it never signs in. ``replaces``: what is revoked once this has worked.
    """
    person, name = whoever_works_here(conn, login), check_label(name)
    gone = str(marks.find(conn, person, replaces).mark) if replaces else None
    try:
        judgement = admission.admit(conn, rules, made, person.id, admin.now)
    except KeyNotAcceptedError as refused:
        raise ActRefusedError(str(refused)) from None
    new = NewKey(made, judgement, name, discoverable, built_in, gone, guarded)
    enrolled = record(conn, admin, "key.add", person=person, method="fido2", detail=authenticator_binding.key_told(new))
    authenticator_binding.keep_key(conn, person.id, new, enrolled, admin.now)
    never_by_number(conn, admin, keys, person.id, uid)
    return judgement.model


def check_label(name: str) -> str:
    """A key's or card's ``name`` as it is stored and shown: single spaces. Raises ``ActRefusedError``."""
    return worded(name, MAX_LABEL, "A key's or card's name")


def revoke_keys(conn: Connection, admin: Admin, login: str, name: str | None) -> int:
    """Take away the person's FIDO2 keys, or the one of that name; how many. Raises ``ActRefusedError``."""
    person = the_person(conn, login)
    gone = cards.revoke_credentials(conn, person.id, name, admin.now)
    if not gone:
        raise ActRefusedError(f"{person.name} has no such key.")
    for credential in gone:
        record(conn, admin, "key.revoke", person=person, method="fido2", detail=_named(credential))
    stopping.lock_everywhere(conn, person.id, admin.now, "factor")
    return len(gone)


def _named(credential: str) -> dict[str, Json]:
    return {"factor": short_of(f"key:{credential}"), "credential_id": credential}


def piv_challenge() -> bytes:
    """32 random bytes for the card's 9E key to sign, as in any ceremony."""
    return secrets.token_bytes(32)


def piv_faults(conn: Connection, rules: KeyRules, cert_9e: bytes | None, cert_9a: bytes | None, now: int) -> list[str]:
    """A sentence for each of a card's certificates (DER) that is refused."""
    return card_faults.faults(conn, rules, {"9E": cert_9e, "9A": cert_9a}, now)


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

    Raises ``ActRefusedError``.
    """
    person, name = whoever_works_here(conn, login), check_label(name)
    gone = str(marks.find(conn, person, replaces).mark) if replaces else None
    new = NewCard(name, cert_9e, cert_9a, gone)
    _check_card(conn, rules, new, challenge, signature, admin.now)
    owner = authenticator_binding.card_owner(conn, new)
    if owner is not None:
        raise ActRefusedError(f"This card belongs to {'this' if owner == person.id else 'another'} person already.")
    enrolled = record(conn, admin, "piv.add", person=person, method="piv", detail=authenticator_binding.card_told(new))
    authenticator_binding.keep_card(conn, person.id, new, enrolled, admin.now)
    never_by_number(conn, admin, keys, person.id, uid)


def revoke_piv(conn: Connection, admin: Admin, login: str) -> int:
    """Take away the person's PIV cards; how many. Raises ``ActRefusedError``."""
    person = the_person(conn, login)
    gone = cards.revoke_piv_cards(conn, person.id, admin.now)
    if not gone:
        raise ActRefusedError(f"{person.name} has no PIV card.")
    return tell_revoked(conn, admin, person, "piv.revoke", "cards", gone)


def tell_revoked(
    conn: Connection, admin: Admin, person: PersonLine, act: str, counted: str, gone: Sequence[str]
) -> int:
    """What ``act`` took away is written down, and every session of the person locks; how many there were."""
    method = act.partition(".")[0]
    ended: list[Json] = [short_of(f"{method}:{key}") for key in gone]
    record(conn, admin, act, person=person, method=method, detail={counted: len(gone), "factors": ended})
    stopping.lock_everywhere(conn, person.id, admin.now, "factor")
    return len(gone)


def _check_card(conn: Connection, rules: KeyRules, new: NewCard, challenge: bytes, signature: bytes, now: int) -> None:
    """Raises ``ActRefusedError`` with every fault of its certificates."""
    found = piv_faults(conn, rules, new.cert_9e, new.cert_9a, now)
    if found:
        raise ActRefusedError("\n".join(found))
    try:
        path, _ = authenticator_binding.check_card(conn, rules, new, now)
        piv.verify(path.certificate, signature, challenge)
    except ProofRefusedError as refused:
        raise ActRefusedError(_SENTENCES.get(refused.code, "This card cannot be used here.")) from None


def never_by_number(conn: Connection, admin: Admin, keys: BadgeKeys, person: str, uid: str | None) -> None:
    """See to it that a card which proves itself never signs in by its number. Raises ``ActRefusedError``."""
    if not authenticator_binding.number_free(conn, keys, uid):
        raise ActRefusedError(
            "This card's number is enrolled as a badge. Take that away first with: badge revoke LOGIN --uid"
        )
    authenticator_binding.guard_number(conn, keys, person, uid, admin.now)
