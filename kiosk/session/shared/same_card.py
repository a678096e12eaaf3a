"""Whether two cards are the same one, as far as can be told without a signature."""

from __future__ import annotations

from kiosk.model.ceremony import LoginPresented
from kiosk.model.proof import Fido2Presented, PivPresented, PkocPresented, Presented


def same_card(one: Presented, other: Presented | LoginPresented) -> bool:
    """By certificate or number. Good enough to lock or to ignore, never to open."""
    if isinstance(other, LoginPresented):
        return False
    if isinstance(one, PivPresented) and isinstance(other, PivPresented):
        return one.certificate == other.certificate
    return one.uid is not None and one.uid == other.uid


def maybe_same_key(one: Presented, other: Presented | LoginPresented) -> bool:
    """FIDO2 keys of one make, or PKOC badges, where no number tells them apart."""
    if isinstance(one, PkocPresented) and isinstance(other, PkocPresented):
        return None in (one.uid, other.uid)
    return (
        isinstance(one, Fido2Presented)
        and isinstance(other, Fido2Presented)
        and one.aaguid == other.aaguid
        and None in (one.uid, other.uid)
    )


def other_card(one: Presented, other: Presented | LoginPresented) -> bool:
    """Whether they are surely two cards."""
    return not same_card(one, other) and not maybe_same_key(one, other)
