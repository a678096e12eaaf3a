"""The new badge, key or card is held to the reader: to be made, and once more for its try in ``trial``."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble, KeyFacts, Tap
from kiosk.model.enrolment import BadgeMade, BadgeTried, EnrolmentView, FactorKind
from kiosk.model.proof import Fido2Presented, PivPresented, PkocPresented, Presented, UidPresented
from kiosk.model.secret import Secret
from kiosk.session.enrolment.moves import ask, do, leave, probe, put, retype
from kiosk.session.enrolment.trial import card_again, challenge, on_try, try_card, try_key
from kiosk.session.facts import notices
from kiosk.session.facts.enrolment_orders import (
    MakeKey,
    ReadKey,
    ReadPivCertificates,
    ReadPkocKey,
    SendMade,
    SendTry,
)
from kiosk.session.facts.enrolment_state import EnrolMode, HoldPart, PinPart
from kiosk.session.facts.events import (
    Button,
    CardFailed,
    CredentialMade,
    Event,
    KeyRead,
    PivRead,
    PkocRead,
    Pressed,
    Probed,
)
from kiosk.session.facts.orders import ProbeUsb, Tell
from kiosk.session.facts.state import Doing
from kiosk.session.shared.transition import Draft

BADGES = frozenset({FactorKind.BADGE, FactorKind.TEMPORARY_BADGE})
NO_TRIES_LEFT = 0
PIN_AGAIN = frozenset({CardTrouble.WRONG_PIN, CardTrouble.LAST_TRY})
"""The card lies there still, and waits for its PIN."""


def on_hold(d: Draft, m: EnrolMode, part: HoldPart, event: Event) -> bool:
    """What can happen while the new thing is wanted on the reader, or is read there. False: not for us."""
    view = m.view
    if view is None:
        return False
    match event:
        case Tap() if m.doing == Doing.NOTHING and event.fresh:
            probe(d, m, event, replace(part, tap=event.number, trouble=None))
        case Pressed(button=Button.USB_KEY) if m.doing == Doing.NOTHING and view.kind == FactorKind.KEY:
            usb = d.state.turn + 1
            part = replace(part, tap=-usb, trouble=None)
            do(d, m, Doing.PROBE, lambda turn: ProbeUsb(turn, -turn), part)
        case Pressed(button=Button.TRY_AGAIN) if m.doing == Doing.NOTHING:
            put(d, m, replace(part, tap=0, trouble=None))
        case Probed(presented=presented) if m.doing == Doing.PROBE:
            _probed(d, replace(m, presented=presented), part, view, presented)
        case KeyRead(facts=facts) if m.doing == Doing.READ:
            _key_read(d, m, part, facts)
        case CredentialMade(made=made) if m.doing == Doing.MAKE:
            ask(d, m, lambda turn: SendMade(turn, view.id, made), replace(part, old=None))
        case PivRead(made=card) if m.doing == Doing.READ:
            m = replace(m, presented=card.presented, card=card)
            ask(d, m, lambda turn: SendMade(turn, view.id, card))
        case PkocRead(made=badge) if m.doing == Doing.READ:
            ask(d, m, lambda turn: SendMade(turn, view.id, badge))
        case CardFailed(trouble=trouble, retries_left=left):
            d.order(Tell("tap_failed", reason=trouble.value))
            _failed(d, m, part, trouble, left)
        case _:
            return on_try(d, m, part, view, event)
    return True


def _probed(d: Draft, m: EnrolMode, part: HoldPart, view: EnrolmentView, presented: Presented) -> None:
    """It is on the reader: is it the kind of thing that is wanted, and the same as before?"""
    match presented:
        case UidPresented() if view.kind in BADGES and part.again:
            m = replace(m, who=m.who or presented)
            ask(d, m, lambda turn: SendTry(turn, view.id, BadgeTried(presented)))
        case UidPresented() if view.kind in BADGES:
            ask(d, m, lambda turn: SendMade(turn, view.id, BadgeMade(presented)))
        case Fido2Presented() if view.kind == FactorKind.KEY and part.again:
            try_key(d, m, part.tap, presented)
        case Fido2Presented() if view.kind == FactorKind.KEY and part.facts is not None:
            _with_pin(d, m, part, part.facts, presented)
        case Fido2Presented() if view.kind == FactorKind.KEY:
            do(d, m, Doing.READ, lambda turn: ReadKey(turn, part.tap))
        case PivPresented() if view.kind == FactorKind.PIV and part.again:
            if m.card is not None and presented.certificate == m.card.presented.certificate:
                card_again(d, m, part)
            else:
                put(d, m, replace(part, tap=0, trouble=CardTrouble.WRONG_CARD))
        case PivPresented() if view.kind == FactorKind.PIV:
            do(d, m, Doing.READ, lambda turn: ReadPivCertificates(turn, part.tap))
        case PkocPresented() if view.kind == FactorKind.PKOC and part.again:
            challenge(d, m, part)
        case PkocPresented(uid=uid) if view.kind in BADGES and part.again:
            ask(d, m, lambda turn: SendTry(turn, view.id, BadgeTried(UidPresented(uid or ""))))
        case PkocPresented() if view.kind == FactorKind.PKOC or view.kind in BADGES:
            do(d, m, Doing.READ, lambda turn: ReadPkocKey(turn, part.tap))
        case _:
            put(d, m, replace(part, tap=0, trouble=_OTHER_KIND.get(view.kind, CardTrouble.WRONG_CARD)))


_OTHER_KIND: dict[FactorKind | None, CardTrouble] = {
    FactorKind.KEY: CardTrouble.NOT_A_KEY,
    FactorKind.PIV: CardTrouble.NOT_A_PIV_CARD,
    FactorKind.PKOC: CardTrouble.NOT_A_PKOC_BADGE,
}


def same_key(facts: KeyFacts, presented: Presented) -> bool:
    """As far as can be told: of the same model, with a PIN as before. Only such a key is sent what was typed."""
    return (
        isinstance(presented, Fido2Presented)
        and presented.aaguid == facts.aaguid
        and presented.has_pin == facts.has_pin
    )


def _with_pin(d: Draft, m: EnrolMode, part: HoldPart, facts: KeyFacts, presented: Presented) -> None:
    if same_key(facts, presented):
        make_key(d, m, part.tap, facts, part.pin, part.set_pin, part.old)
    else:
        put(d, m, replace(part, tap=0, trouble=CardTrouble.WRONG_CARD))


def _key_read(d: Draft, m: EnrolMode, part: HoldPart, facts: KeyFacts) -> None:
    """What the key is going to need: nothing, its PIN, another one instead of it, or a first one."""
    if facts.retries_left == NO_TRIES_LEFT:
        put(d, m, replace(part, tap=0, trouble=CardTrouble.PIN_BLOCKED))
    elif facts.change_pin and facts.has_pin:
        retype(d, m, to_change(facts, part.tap))
    elif facts.has_pin and not facts.built_in_uv:
        retype(d, m, pin_part(facts, part.tap))
    elif facts.can_pin and not facts.has_pin and not facts.built_in_uv:
        retype(d, m, PinPart("key", "new", facts.shortest, facts.longest, part.tap, facts))
    else:
        make_key(d, m, part.tap, facts, None, set_pin=False)


def pin_part(facts: KeyFacts, tap: int, trouble: CardTrouble | None = None, left: int | None = None) -> PinPart:
    """The PIN that the key has already is wanted."""
    known = facts.retries_left if left is None else left
    return PinPart("key", "present", facts.shortest, facts.longest, tap, facts, retries_left=known, trouble=trouble)


def to_change(facts: KeyFacts, tap: int) -> PinPart:
    """The PIN that the key has is wanted, to be changed: until then it is good for nothing else (CTAP 2.1, 6.4)."""
    return PinPart("key", "change", facts.shortest, facts.longest, tap, facts, retries_left=facts.retries_left)


def make_key(
    d: Draft, m: EnrolMode, tap: int, facts: KeyFacts, pin: Secret | None, set_pin: bool, old: Secret | None = None
) -> None:
    """Have the key make its credential. The PINs go with the order.

    A twin of ``pin`` stays for the try that follows, one of ``old`` until the key has taken the new one.
    """
    options = m.view.make.key if m.view is not None and m.view.make is not None else None
    if options is None:
        leave(d, notices.ENROL_OUT_OF_STEP, "withdrawn")
        return
    m = replace(m, pin=pin.twin() if pin is not None else None)
    part = HoldPart(again=False, tap=tap, facts=facts, old=old.twin() if old is not None else None)
    do(d, m, Doing.MAKE, lambda turn: MakeKey(turn, tap, options, pin, set_pin, old), part)


def _failed(d: Draft, m: EnrolMode, part: HoldPart, trouble: CardTrouble, left: int | None) -> None:
    """One step back: to the card, or to the PIN that was wrong. What was typed is gone, but for a broken try."""
    if trouble in PIN_AGAIN and left == NO_TRIES_LEFT:
        trouble = CardTrouble.PIN_BLOCKED
    if m.doing == Doing.MAKE:
        _not_made(d, replace(m, pin=None), part, trouble, left, m.pin)
    elif m.doing == Doing.SIGN and trouble in PIN_AGAIN and m.card is not None:
        try_card(d, m, part.tap, trouble, left)
    elif m.doing == Doing.SIGN and trouble in PIN_AGAIN:
        m = replace(m, pin=None)
        retype(d, m, PinPart("key", "present", tap=part.tap, retries_left=left, trouble=trouble))
    else:
        put(d, m, replace(part, tap=0, trouble=trouble))


def _not_made(
    d: Draft, m: EnrolMode, part: HoldPart, trouble: CardTrouble, left: int | None, chosen: Secret | None
) -> None:
    """Whether a PIN was set on it before it left is not known: the key is asked anew when it comes back.

    Of two PINs only the one at fault is typed again. ``chosen``: the new one.
    """
    facts = part.facts
    if facts is not None and trouble in PIN_AGAIN and part.old is not None:
        known = facts.retries_left if left is None else left
        again = replace(to_change(facts, part.tap), first=chosen, retries_left=known, trouble=trouble)
        retype(d, m, again)
    elif facts is not None and trouble in PIN_AGAIN:
        retype(d, m, pin_part(facts, part.tap, trouble, left))
    elif facts is not None and trouble == CardTrouble.PIN_REFUSED:
        new = PinPart("key", "new", facts.shortest, facts.longest, part.tap, facts, old=part.old, trouble=trouble)
        retype(d, m, new)
    else:
        put(d, m, HoldPart(again=False, trouble=trouble))
