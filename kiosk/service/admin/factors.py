"""Badges, PINs and one-time codes of a person."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.counted import counted
from kiosk.service.admin import marks
from kiosk.service.admin.act import ActRefusedError, Admin, record, the_person, whoever_works_here
from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.proofs.pin_and_otp import MAX_PIN, MIN_PIN, pin_form, trivial_pin
from kiosk.service.store import badge_number, badges, codes, lookups, people, stopping
from kiosk.service.store.factors import short_of

WEAK_PIN = 6
MAX_TEMPORARY = 366 * 86_400


def add_badge(
    conn: Connection,
    admin: Admin,
    keys: BadgeKeys,
    login: str,
    uid: str | bytes,
    until: int | None = None,
    replaces: str | None = None,
) -> str | None:
    """Give a badge to a person. Returns a warning, if the number looks like another badge's. Raises
    ``ActRefusedError``.

    ``uid``: in hex, or the bytes that ``badge_number.parse_as`` gave.
    ``until``: a temporary one, good before that time (epoch seconds). ``replaces``: what goes once this has worked.
    """
    person = whoever_works_here(conn, login)
    if until is not None and not admin.now < until <= admin.now + MAX_TEMPORARY:
        raise ActRefusedError("A temporary badge ends in the future, within a year.")
    gone = marks.find(conn, person, replaces).mark if replaces else None
    number = _number(uid)
    taken = badges.owner(conn, keys, number)
    if taken:
        if taken[1] == person.id:
            raise ActRefusedError(f"{person.name} has this badge already.")
        whose = people.by_id(conn, taken[1]).login
        raise ActRefusedError(f"This badge belongs to {whose}. Take it away first: badge revoke {whose}")
    if badges.proof_card_owner(conn, keys, number):
        raise ActRefusedError(
            "This is the number of a PIV card, PKOC badge or security key, which signs in by its key, not its number."
        )
    likeness = badges.resembled(conn, keys, number)
    made = badges.add(conn, keys, person.id, number, admin.now, until, gone)
    detail: dict[str, Json] = {"factor": short_of(f"badge:{made}"), "badge": made, "resembles": likeness or "none"}
    detail |= {
        name: value for name, value in (("until", until), ("replaces", gone and short_of(gone))) if value is not None
    }
    record(conn, admin, "badge.add", person=person, detail=detail)
    if likeness is None:
        return None
    return f"This number looks like a {likeness} form of another badge: one of the readers may report numbers wrongly."


def revoke_badge(conn: Connection, admin: Admin, keys: BadgeKeys, login: str, uid: str | bytes | None) -> int:
    """Take away one badge, or all without ``uid``; how many. Raises ``ActRefusedError``."""
    person = the_person(conn, login)
    if uid is None:
        gone = badges.of_person(conn, person.id)
    else:
        found = badges.owner(conn, keys, _number(uid))
        if found is None or found[1] != person.id:
            raise ActRefusedError(f"{person.name} has no such badge.")
        gone = [found[0]]
    if not gone:
        raise ActRefusedError(f"{person.name} has no badge.")
    for badge in gone:
        badges.revoke(conn, badge, admin.now)
        record(
            conn, admin, "badge.revoke", person=person, detail={"factor": short_of(f"badge:{badge}"), "badge": badge}
        )
    stopping.lock_everywhere(conn, person.id, admin.now, "factor")
    return len(gone)


def check_pin(pin: str, length: int = 0) -> str | None:
    """A warning for a weak PIN, None for a fair one. Raises ``ActRefusedError`` for one that cannot be used.

    ``length``: digits that every PIN has here, 0 for any number.

    SP 800-63B-4 section 3.1.1.2 asks for at least eight characters, and for a check against common values; a PIN that
    is checked centrally and shorter than that is a weak password there, which is why it opens no step-up alone.
    """
    if length and not pin_form(pin, length=length):
        raise ActRefusedError(f"A PIN has exactly {counted(length, 'digit')} here, as pin_length of the policy says.")
    if not MIN_PIN <= len(pin) <= MAX_PIN:
        raise ActRefusedError(f"A PIN has {MIN_PIN} to {MAX_PIN} characters.")
    if not pin_form(pin):
        raise ActRefusedError("A PIN has printable characters only, and no space at its ends.")
    if trivial_pin(pin):
        return "This PIN is among the first that anybody would try. Choose another soon."
    if len(pin) < WEAK_PIN:
        return f"A PIN of fewer than {WEAK_PIN} characters is weak. Choose a longer one if you can."
    return None


def set_pin(conn: Connection, admin: Admin, login: str, hashed: str) -> None:
    """``hashed``: Argon2id. What the one before has proved counts no more. Raises ``ActRefusedError``."""
    person = whoever_works_here(conn, login)
    if lookups.pin_hash(conn, person.id) is not None:
        stopping.lock_everywhere(conn, person.id, admin.now, "factor")
    codes.set_pin(conn, person.id, hashed, admin.now)
    record(conn, admin, "pin.set", person=person, method="pin", detail={"factor": "pin"})


def set_totp(conn: Connection, admin: Admin, login: str, key_id: str, sealed: bytes) -> None:
    """``sealed``: the secret, encrypted for the person's id. As for a PIN. Raises ``ActRefusedError``."""
    person = whoever_works_here(conn, login)
    if lookups.totp_of(conn, person.id) is not None:
        stopping.lock_everywhere(conn, person.id, admin.now, "factor")
    codes.set_totp(conn, person.id, key_id, sealed, admin.now)
    record(conn, admin, "totp.add", person=person, method="otp", detail={"factor": "totp"})


def _number(uid: str | bytes) -> bytes:
    if isinstance(uid, bytes):
        return uid
    try:
        return badge_number.parse(uid)
    except badge_number.InvalidBadgeNumberError as error:
        raise ActRefusedError(str(error)) from None
