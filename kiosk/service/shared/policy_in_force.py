"""Which policy holds: the newest version that was applied, else what the settings say.

It is read in the transaction that decides, so that what one machine applies is in force at every replica with its next
step-up. A version that cannot be read, or is not as it was applied, refuses every step-up.
"""

from __future__ import annotations

import time
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from kiosk.service.policy import PolicyBook, applied, unusable
from kiosk.service.shared.frame import Frame
from kiosk.service.store import policy_versions
from kiosk.service.store.policy_versions import PolicyVersion
from kiosk.service.store.unit import unit_of
from kiosk.service.store.vouching import TamperedError

MAX_AGE = 0.5
_kept: WeakKeyDictionary[Engine, tuple[float, PolicyBook, PolicyBook]] = WeakKeyDictionary()
"""By database: when it was read, what the settings said, and what held."""
KEPT = 4
_read: dict[str, str] = {}
"""Texts by their SHA-256, which the version's row vouches for: read once, not with every step-up."""


def book(frame: Frame) -> PolicyBook:
    """The policy that decides in this transaction."""
    return in_force(frame.conn, frame.service.usual)


def of_own_acts(frame: Frame) -> PolicyBook:
    """The policy that decides the service's own acts, as it was at most ``MAX_AGE`` seconds ago.

    A sign-in asks the database no more for it, over a network, than twice a second. On SQLite, which is in this very
    process, it is read anew as for a step-up.
    """
    if unit_of(frame.conn) is None:
        return book(frame)
    kept, now = _kept.get(frame.conn.engine), time.monotonic()
    if kept is None or not kept[0] <= now < kept[0] + MAX_AGE or kept[1] is not frame.service.usual:
        kept = (now, frame.service.usual, book(frame))
        _kept[frame.conn.engine] = kept
    return kept[2]


def in_force(conn: Connection, usual: PolicyBook) -> PolicyBook:
    """The same. ``usual``: what holds where none is applied."""
    try:
        version = policy_versions.newest(conn)
        if version is None or not version.sha256:
            return usual
        return applied(_text(conn, version), version.version)
    except TamperedError as error:
        return unusable(f"The policy that was applied is not as the service wrote it ({error.found}).")


def _text(conn: Connection, version: PolicyVersion) -> str:
    text = _read.get(version.sha256)
    if text is None:
        text = policy_versions.text_of(conn, version)
        while len(_read) >= KEPT:
            _read.pop(next(iter(_read)), None)
        _read[version.sha256] = text
    return text
