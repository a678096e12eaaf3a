"""Which policy holds: the newest version that was applied, else what the settings say.

It is read in the transaction that decides, so that what one machine applies is in force at every replica with its next
step-up. A version that cannot be read, or is not as it was applied, refuses every step-up.
"""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.service.policy import PolicyBook, applied, unusable
from kiosk.service.shared.frame import Frame
from kiosk.service.store import policy_versions
from kiosk.service.store.policy_versions import PolicyVersion
from kiosk.service.store.vouching import TamperedError

KEPT = 4
_read: dict[str, str] = {}
"""Texts by their SHA-256, which the version's row vouches for: read once, not with every step-up."""


def book(frame: Frame) -> PolicyBook:
    """The policy that decides in this transaction."""
    return in_force(frame.conn, frame.service.usual)


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
