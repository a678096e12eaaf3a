"""What a person can prove with, from the store to the policy's words."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from kiosk.model.proof import Method
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.service.policy import AvailableAuthenticators, PolicyRules, Proved
from kiosk.service.proofs import certificate_authority, certificate_paths, phones, wrong_tries
from kiosk.service.proofs.wrong_tries import GUESSABLE
from kiosk.service.shared.frame import Frame
from kiosk.service.store import failures, lookups
from kiosk.service.store.factors import short_of
from kiosk.service.store.phones import of_person as phones_of
from kiosk.service.store.sql_types import StoredRow
from kiosk.service.store.stored_proofs import StoredProof

TYPED = (Method.PIN, Method.OTP, Method.RECOVERY)


def enrolled_of(
    frame: Frame, person: str, *, without: str | None = None, bucket: failures.Bucket = "held"
) -> AvailableAuthenticators:
    """``enrolled_now``, for a request."""
    return enrolled_now(frame.conn, frame.service.rules, frame.now, person, without=without, bucket=bucket)


def enrolled_for_step_up(frame: Frame, person: str, bucket: failures.Bucket = "held") -> AvailableAuthenticators:
    """The same with phones, which answer step-ups alone, where this workstation may ask them."""
    has = enrolled_of(frame, person, bucket=bucket)
    if not frame.service.rules.enrol.phone_approval:
        return has
    return replace(has, phone_names=phones.names_for(frame.conn, person, frame.station.id, frame.now))


def enrolled_anywhere(conn: Connection, rules: PolicyRules, now: int, person: str) -> AvailableAuthenticators:
    """What ``person`` could answer a step-up with at some workstation or other, phones included."""
    has = enrolled_now(conn, rules, now, person)
    names = tuple(row.name for row in phones_of(conn, person)) if rules.enrol.phone_approval else ()
    return replace(has, phone_names=names)


def enrolled_now(
    conn: Connection,
    rules: PolicyRules,
    now: int,
    person: str,
    *,
    without: str | None = None,
    bucket: failures.Bucket = "held",
) -> AvailableAuthenticators:
    """What ``person`` can prove with now, lock-outs included. ``without``: short id of a factor that does not count.

    ``bucket``: whose tries count, see ``failures``.
    """
    lockout = wrong_tries.lockout(rules)
    found = failures.tries(conn, person, bucket)
    tries = {method: found.get(method, failures.FailedTries()) for method in GUESSABLE}
    keys = [key for key in lookups.credentials_of(conn, person) if short_of(f"key:{key.credential_id}") != without]
    cards = [card for card in lookups.piv_cards_of(conn, person) if card.cert_9a is not None]
    cards = [card for card in cards if short_of(f"piv:{card.id}") != without]
    has_pin = without != "pin" and lookups.pin_hash(conn, person) is not None
    has_code = without != "totp" and lookups.totp_of(conn, person) is not None
    return AvailableAuthenticators(
        pin=has_pin,
        otp=has_code,
        fido2_names=tuple(key.name for key in keys),
        piv_names=tuple(card.name for card in cards),
        fido2_hardware=any(key.attestation_trusted for key in keys),
        piv_hardware=bool(cards) and _any_hardware(cards, lookups.piv_cas(conn)),
        locked=frozenset(method for method, name in tries.items() if name.locked(now)),
        retries=tuple((m, 0 if name.locked(now) else name.left(lockout)) for m, name in tries.items()),
    )


def why_denied(frame: Frame, who: str, code: RefusalCode, bucket: failures.Bucket = "held") -> Refusal:
    """``code`` as it is told to whoever has shown a badge or card: that a lock is the reason, and when it ends."""
    found = failures.tries(frame.conn, who, bucket) if code is RefusalCode.NO_METHOD else {}
    has = (
        {
            Method.PIN: lookups.pin_hash(frame.conn, who) is not None,
            Method.OTP: lookups.totp_of(frame.conn, who) is not None,
        }
        if found
        else {}
    )
    locked = tuple(
        method for method, there in has.items() if there and method in found and found[method].locked(frame.now)
    )
    if not locked:
        return Refusal(code)
    return locked_out(wrong_tries.lock_wait(found, locked, frame.now), frame.now)


def locked_out(wait: int | None, now: int) -> Refusal:
    """A lock that ends in ``wait`` seconds; None: with a new secret alone."""
    return Refusal(RefusalCode.LOCKED_OUT, 0, wait, until=None if wait is None else now + wait)


def _any_hardware(cards: list[StoredRow], cas: list[StoredRow]) -> bool:
    trusted = [ca.pem for ca in certificate_paths.trusted(cas) if ca.hardware]
    return any(certificate_authority.issued(bytes(card.cert_9a), pem) for card in cards for pem in trusted)


def proved_of(stored: tuple[StoredProof, ...]) -> list[Proved]:
    """Proofs as a ceremony's row remembers them."""
    return [Proved(proof.method, proof.at, proof.user, proof.hardware) for proof in stored]


def stored(proved: Proved, factor: str) -> StoredProof:
    """A proof as a ceremony's row remembers it. ``factor``: mark of what it was given with."""
    return StoredProof(proved.method, proved.at, proved.user, proved.hardware, factor)
