"""Whose badge or card it is that was presented. A name, not a proof."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kiosk.model import badge
from kiosk.model.badge import MAX_BYTES, MIN_BYTES, NumberFault
from kiosk.model.binding import unb64u
from kiosk.model.proof import PivPresented, PkocPresented, Presented, UidPresented
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.service.proofs import certificate_paths, piv_cards, replacing
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ahead, badges, lookups
from kiosk.service.store.lookups import StoredPerson
from kiosk.verification.refused import ProofRefusedError

UID = re.compile(rf"(?:[0-9A-F]{{2}}){{{MIN_BYTES},{MAX_BYTES}}}")


@dataclass(frozen=True, slots=True)
class Unusable:
    """What is presented is refused. ``known``: whose it is nevertheless."""

    refusal: Refusal
    known: StoredPerson | None = None


def whose(frame: Frame, presented: UidPresented | PivPresented) -> StoredPerson | Unusable:
    """The person of a badge or PIV card, locked from here on; that it was tapped is noted."""
    found = _badge(frame, presented) if isinstance(presented, UidPresented) else _piv(frame, presented)
    if isinstance(found, Unusable):
        return found
    person, used = found
    known = lookups.person_and_more(frame.conn, person, frame.station.id)
    ahead.look(frame.conn, person, frame.station.id, frame.now)
    if used is not None:
        replacing.worked(frame, person, "badge", used)
    if known is None:
        return Unusable(Refusal(RefusalCode.UNKNOWN_BADGE))
    return Unusable(Refusal(RefusalCode.SUSPENDED), known) if known.suspended else known


def seen(frame: Frame, presented: Presented) -> str | None:
    """Whose it seems to be, by id, with nothing locked, noted or checked: to lock several persons in one order."""
    if isinstance(presented, UidPresented):
        number = _number(presented)
        found = badges.owner(frame.conn, frame.service.keys.badge, number) if isinstance(number, bytes) else None
        return found[1] if found is not None else None
    if not isinstance(presented, PivPresented):
        return None
    try:
        der = unb64u(presented.certificate)
    except ValueError:
        return None
    row = lookups.piv_card_by(frame.conn, "9E", certificate_paths.fingerprint(der))
    return str(row.person) if row is not None else None


def unnamed(presented: PkocPresented) -> Unusable | None:
    """Nobody yet, for who it is shows when it signs; or why not even that is asked: a number of no form."""
    bad = presented.uid is not None and not UID.fullmatch(presented.uid)
    return Unusable(Refusal(RefusalCode.BAD_UID)) if bad else None


def number_of(frame: Frame, presented: UidPresented) -> bytes | RefusalCode:
    """The number of a badge, or why it is none: of no form, blank, made up at every tap, or of a card that signs."""
    number = _number(presented)
    if isinstance(number, bytes) and badges.proof_card_owner(frame.conn, frame.service.keys.badge, number) is not None:
        return RefusalCode.CARD_REQUIRES_PROOF
    return number


def _number(presented: UidPresented) -> bytes | RefusalCode:
    if not UID.fullmatch(presented.uid):
        return RefusalCode.BAD_UID
    number = badge.canonical(bytes.fromhex(presented.uid))
    wrong = badge.fault(number, presented.source)
    if wrong is not None:
        return RefusalCode.RANDOM_UID if wrong is NumberFault.RANDOM else RefusalCode.BAD_UID
    return number


def _badge(frame: Frame, presented: UidPresented) -> tuple[str, str] | Unusable:
    """Whose it is, and which of their badges."""
    number, keys = _number(presented), frame.service.keys.badge
    if isinstance(number, RefusalCode):
        return Unusable(Refusal(number))
    found = badges.tapped(frame.conn, keys, number, frame.now)
    if badges.proof_card_owner(frame.conn, keys, number) is not None:
        return Unusable(Refusal(RefusalCode.CARD_REQUIRES_PROOF))
    if found is not None and not found.usable:
        return Unusable(Refusal(RefusalCode.SUSPENDED), lookups.person_by_id(frame.conn, found.person))
    if found is not None:
        return found.person, found.id
    return Unusable(Refusal(RefusalCode.UNKNOWN_BADGE, resembles=badges.resembled(frame.conn, keys, number)))


def _piv(frame: Frame, presented: PivPresented) -> tuple[str, None] | Unusable:
    try:
        der = unb64u(presented.certificate)
    except ValueError:
        return Unusable(Refusal(RefusalCode.UNTRUSTED_CERTIFICATE))
    try:
        return piv_cards.card_of(frame, "9E", der).person, None
    except ProofRefusedError as refused:
        code = RefusalCode.UNKNOWN_BADGE if refused.code is RefusalCode.WRONG_KEY else refused.code
        return Unusable(Refusal(code))
