"""Wrong tries: whose, where and from where, and what they close (SP 800-63B-4 section 3.2.2).

Counted three ways. By person: each ``lockout`` in a row close that method, in that bucket, for a time that doubles
(``store/failures``). By station: it is slowed; a success takes off only the tries of whoever succeeded, and typed
logins have a share besides. By source, the address that asks: beyond its share every station there is slowed from its
first wrong try. A signature cannot be guessed, so keys and cards are counted nowhere.

A login that nobody has is counted like one that somebody has, by the same statements: neither what is answered nor
how long it takes tells which it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.model.binding import b64u
from kiosk.model.proof import Method
from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.policy import PolicyRules
from kiosk.service.shared.frame import Frame
from kiosk.service.store import failures, guesses
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.failures import MAX_A_BUCKET, Bucket, FailedTries
from kiosk.service.store.lookups import StoredPerson

GUESSABLE = (Method.PIN, Method.OTP)
"""Only what can be guessed is counted and locked: neither a signature nor a recovery code of 66 bits (section
3.1.2.2: from 64 on no limit is needed)."""
WINDOW = 900
"""Seconds within which the wrong tries of a station's typed logins, and of a source, are counted."""


@dataclass(frozen=True, slots=True)
class TriesLeft:
    """What a wrong try left: ``left`` before the next lock, None for what is not counted; ``until`` a lock ends, 0 for
    none and None for never; ``wait``: seconds that the station is slowed."""

    left: int | None
    until: int | None
    wait: int


def bucket_of(row: CeremonyRow) -> Bucket:
    """Where this ceremony's tries are counted. In an emergency access nobody has proved whose badge or login it was, so
    wrong tries there must not close what its person signs in with."""
    unproved = row.request is not None and row.request.emergency is not None and row.purpose == "step_up"
    return "typed" if row.presented == "login" or unproved else "held"


def who_of(frame: Frame, row: CeremonyRow, known: StoredPerson | None) -> str:
    """Whose tries these are: a person's id, or what stands for a login that nobody has."""
    return known.person.id if known else nobody(frame.service.keys.badge, row.detail.login or "")


def nobody(keys: BadgeKeys, login: str) -> str:
    """What stands for ``login``; a keyed hash, because people type PINs there, too."""
    mixed = keys.tagged(keys.current, "kiosk/typed-login/v1", login.strip().casefold().encode("utf-8", "replace"))
    return failures.NOBODY + b64u(mixed[:16])


def lockout(rules: PolicyRules) -> int:
    """Wrong tries in a row that lock."""
    return min(rules.lockout, MAX_A_BUCKET)


def wait_left(conn: Connection, rules: PolicyRules, station: str, now: int, bucket: Bucket) -> int:
    """Seconds until another secret is looked at, at this station; 0 for none."""
    slowed = failures.wait_left(conn, station, now, rules.slow_most)
    share = guesses.wait_left(conn, _share(station), now, most=rules.typed_tries, within=WINDOW)
    return max(slowed, share) if bucket == "typed" else slowed


def wrong(frame: Frame, row: CeremonyRow, known: StoredPerson | None, method: Method | None) -> TriesLeft:
    """Count one, in the transaction that refuses it."""
    conn, now, rules, station = frame.conn, frame.now, frame.service.rules, frame.station.id
    who, bucket = who_of(frame, row, known), bucket_of(row)
    guesses.add(conn, _own(station, who), now, within=failures.FORGET_SECONDS)
    guesses.add(conn, _source(frame), now, within=WINDOW)
    if bucket == "typed":
        guesses.add(conn, _share(station), now, within=WINDOW)
    crowded = guesses.wait_left(conn, _source(frame), now, most=rules.source_tries, within=WINDOW) > 0
    quick = 1 if crowded else rules.quick_failures
    wait = failures.slow(conn, station, now, quick=quick, first=rules.slow_first, most=rules.slow_most)
    if method not in GUESSABLE:
        return TriesLeft(None, 0, wait)
    found = failures.add(
        conn, who, method, bucket, now, lockout=lockout(rules), first=rules.lock_first, most=rules.lock_most
    )
    locked = found.locked(now)
    return TriesLeft(0 if locked else found.left(lockout(rules)), None if found.closed else found.until, wait)


def right(frame: Frame, row: CeremonyRow, known: StoredPerson, method: Method) -> None:
    """A success: it forgives this person's tries, in this bucket and at this station, and nobody else's."""
    failures.clear(frame.conn, known.person.id, method, bucket_of(row))
    own = guesses.take(frame.conn, _own(frame.station.id, known.person.id), frame.now, within=failures.FORGET_SECONDS)
    failures.calm(frame.conn, frame.station.id, own, frame.service.rules.quick_failures)


def lock_wait(found: dict[str, FailedTries], methods: tuple[Method, ...], now: int) -> int | None:
    """Seconds until the first of ``methods`` that is locked is looked at again; None if only a new secret opens it."""
    ends = [
        count.until - now for name, count in found.items() if name in methods and count.locked(now) and not count.closed
    ]
    return max(1, min(ends)) if ends else None


def _own(station: str, who: str) -> str:
    return f"at:{station}:{who}"


def _share(station: str) -> str:
    return f"typed:{station}"


def _source(frame: Frame) -> str:
    return f"from:{frame.source}"
