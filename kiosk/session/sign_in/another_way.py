"""A card may be several things: where nobody is known by the first, the same tap goes on to the next.

A certificate that names nobody → the FIDO2 key that the card is, too → the PKOC badge → its bare number, of a badge
that signs with a key that nobody has. Which of them lets anybody in the service decides each time.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble, Wanted
from kiosk.model.proof import Fido2Presented, PivPresented, PkocPresented, Presented, UidPresented
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.session.facts.card_orders import ProbeCard
from kiosk.session.facts.carried import PendingStep
from kiosk.session.facts.ceremony_orders import CancelCeremony
from kiosk.session.facts.modes import ReadingMode
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in import hidden_key

NAMES_NOBODY = frozenset(
    {
        RefusalCode.UNKNOWN_BADGE,
        RefusalCode.UNTRUSTED_CERTIFICATE,
        RefusalCode.EXPIRED_CERTIFICATE,
        RefusalCode.OFFLINE_NOT_HERE,
    }
)
HOLDS_NOTHING = frozenset({CardTrouble.NO_CREDENTIAL, *hidden_key.HIDES})
"""Nothing of ours, as far as a tap can tell."""
SHOWS: dict[Wanted, tuple[type[Presented], ...]] = {
    "key": (Fido2Presented, PkocPresented),
    "pkoc": (PkocPresented,),
    "number": (UidPresented,),
}
"""What goes on, looked at so: a card that is no key may be a PKOC badge still."""


def look(t: Transition, mode: ReadingMode, why: Refusal | CardTrouble) -> bool:
    """Look at the same card as what it may be besides. False: there is nothing else that it could be, or it is gone."""
    wants = _next(mode.presented, why)
    if wants is None or not t.lying(mode.tap):
        return False
    view = mode.view if hidden_key.may_go_on(mode, why) else None
    if mode.view is not None and view is None and isinstance(why, CardTrouble):
        t.order(CancelCeremony(mode.view.id, "withdrawn"))
    turn = t.ask(lambda turn: ProbeCard(turn, mode.tap, wants))
    t.stay(replace(mode, pending=PendingStep.PROBE, turn=turn, view=view, refused=mode.refused or why, wants=wants))
    return True


def is_wanted(mode: ReadingMode, presented: Presented) -> bool:
    """Whether that is what the card was looked at for."""
    return mode.wants is None or isinstance(presented, SHOWS[mode.wants])


def final(mode: ReadingMode, refusal: Refusal) -> Refusal | CardTrouble:
    """What is said in the end: of its number, where it came to that and somebody's badge could have had it."""
    of_its_number = mode.wants == "number" and refusal.code != RefusalCode.CARD_REQUIRES_PROOF
    return refusal if of_its_number or mode.refused is None else mode.refused


def _next(presented: object, why: Refusal | CardTrouble) -> Wanted | None:
    code = why.code if isinstance(why, Refusal) else None
    if isinstance(presented, PivPresented) and code in NAMES_NOBODY:
        return "key"
    if isinstance(presented, Fido2Presented) and (code == RefusalCode.WRONG_KEY or why in HOLDS_NOTHING):
        return "pkoc"
    if isinstance(presented, PkocPresented) and code == RefusalCode.UNKNOWN_BADGE and presented.uid is not None:
        return "number"
    return None
