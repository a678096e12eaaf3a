"""A card may be several things: where nobody is known by the first, the same tap goes on to the next.

A certificate that names nobody → the FIDO2 key that the card is, too → the PKOC badge → its bare number, of a badge
that signs with a key that nobody has. Which of them lets anybody in the service decides each time.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble, Wanted
from kiosk.model.ceremony import Refusal, RefusalCode
from kiosk.model.proof import Fido2Presented, PivPresented, PkocPresented, Presented, UidPresented
from kiosk.session.facts.orders import CancelCeremony, Probe
from kiosk.session.facts.state import Doing, ReadingMode
from kiosk.session.shared.transition import Draft

NAMES_NOBODY = frozenset(
    {RefusalCode.UNKNOWN_BADGE, RefusalCode.UNTRUSTED_CERTIFICATE, RefusalCode.EXPIRED_CERTIFICATE}
)
SHOWS: dict[Wanted, tuple[type[Presented], ...]] = {
    "key": (Fido2Presented, PkocPresented),
    "pkoc": (PkocPresented,),
    "number": (UidPresented,),
}
"""What goes on, looked at so: a card that is no key may be a PKOC badge still."""


def look(d: Draft, m: ReadingMode, why: Refusal | CardTrouble) -> bool:
    """Look at the same card as what it may be besides. False: there is nothing else that it could be, or it is gone."""
    wants = _next(m.presented, why)
    if wants is None or not d.lying(m.tap):
        return False
    if m.view is not None and isinstance(why, CardTrouble):
        d.order(CancelCeremony(m.view.id, "withdrawn"))
    turn = d.ask(lambda turn: Probe(turn, m.tap, wants))
    d.stay(replace(m, doing=Doing.PROBE, turn=turn, view=None, refused=m.refused or why, wants=wants))
    return True


def is_wanted(m: ReadingMode, presented: Presented) -> bool:
    """Whether that is what the card was looked at for."""
    return m.wants is None or isinstance(presented, SHOWS[m.wants])


def final(m: ReadingMode, refusal: Refusal) -> Refusal | CardTrouble:
    """What is said in the end: of its number, where it came to that and somebody's badge could have had it."""
    of_its_number = m.wants == "number" and refusal.code != RefusalCode.CARD_REQUIRES_PROOF
    return refusal if of_its_number or m.refused is None else m.refused


def _next(presented: object, why: Refusal | CardTrouble) -> Wanted | None:
    code = why.code if isinstance(why, Refusal) else None
    if isinstance(presented, PivPresented) and code in NAMES_NOBODY:
        return "key"
    if isinstance(presented, Fido2Presented) and (code == RefusalCode.WRONG_KEY or why == CardTrouble.NO_CREDENTIAL):
        return "pkoc"
    if isinstance(presented, PkocPresented) and code == RefusalCode.UNKNOWN_BADGE and presented.uid is not None:
        return "number"
    return None
