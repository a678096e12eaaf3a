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
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.card_answers import CardFailed, CredentialMade, KeyRead, PivRead, PkocRead, Probed
from kiosk.session.facts.card_orders import MakeKey, ProbeUsbKey, ReadKey, ReadPivCertificates, ReadPkocKey
from kiosk.session.facts.carried import PendingStep
from kiosk.session.facts.enrolment_orders import SendMade, SendTry
from kiosk.session.facts.enrolment_state import EnrolMode, HoldPhase, PinPhase
from kiosk.session.facts.events import Event
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.shared.transition import Transition

BADGES = frozenset({FactorKind.BADGE, FactorKind.TEMPORARY_BADGE})
NO_TRIES_LEFT = 0
PIN_AGAIN = frozenset({CardTrouble.WRONG_PIN, CardTrouble.LAST_TRY, CardTrouble.SENSOR_BLOCKED})
"""The card lies there still, and waits for its PIN; a key whose sensor is blocked, too."""


def on_hold(t: Transition, mode: EnrolMode, part: HoldPhase, event: Event) -> bool:
    """What can happen while the new thing is wanted on the reader, or is read there. False: not for us."""
    view = mode.view
    if view is None:  # pragma: no cover - what is held is told by a view
        return False
    match event:
        case Tap() if mode.pending == PendingStep.NOTHING and event.fresh:
            probe(t, mode, event, replace(part, tap=event.number, trouble=None))
        case Pressed(button=Button.USB_KEY) if mode.pending == PendingStep.NOTHING and view.kind == FactorKind.KEY:
            usb = t.state.turn + 1
            part = replace(part, tap=-usb, trouble=None)
            do(t, mode, PendingStep.PROBE, lambda turn: ProbeUsbKey(turn, -turn), part)
        case Pressed(button=Button.TRY_AGAIN) if mode.pending == PendingStep.NOTHING:
            put(t, mode, replace(part, tap=0, trouble=None))
        case Probed(presented=presented) if mode.pending == PendingStep.PROBE:
            _probed(t, replace(mode, presented=presented), part, view, presented)
        case KeyRead(facts=facts) if mode.pending == PendingStep.READ:
            _key_read(t, mode, part, facts)
        case CredentialMade(made=made) if mode.pending == PendingStep.MAKE:
            ask(t, mode, lambda turn: SendMade(turn, view.id, made), replace(part, old=None))
        case PivRead(made=card) if mode.pending == PendingStep.READ:
            mode = replace(mode, presented=card.presented, card=card)
            ask(t, mode, lambda turn: SendMade(turn, view.id, card))
        case PkocRead(made=badge) if mode.pending == PendingStep.READ:
            ask(t, mode, lambda turn: SendMade(turn, view.id, badge))
        case CardFailed(trouble=trouble, retries_left=left):
            t.order(ReportEvent("tap_failed", reason=trouble.value))
            _failed(t, mode, part, trouble, left)
        case _:
            return on_try(t, mode, part, view, event)
    return True


def _probed(t: Transition, mode: EnrolMode, part: HoldPhase, view: EnrolmentView, presented: Presented) -> None:
    """It is on the reader: is it the kind of thing that is wanted, and the same as before?"""
    match presented:
        case UidPresented() if view.kind in BADGES and part.again:
            mode = replace(mode, who=mode.who or presented)
            ask(t, mode, lambda turn: SendTry(turn, view.id, BadgeTried(presented)))
        case UidPresented() if view.kind in BADGES:
            ask(t, mode, lambda turn: SendMade(turn, view.id, BadgeMade(presented)))
        case Fido2Presented() if view.kind == FactorKind.KEY and part.again:
            try_key(t, mode, part.tap, presented)
        case Fido2Presented() if view.kind == FactorKind.KEY and part.facts is not None:
            _with_pin(t, mode, part, part.facts, presented)
        case Fido2Presented() if view.kind == FactorKind.KEY:
            do(t, mode, PendingStep.READ, lambda turn: ReadKey(turn, part.tap))
        case PivPresented() if view.kind == FactorKind.PIV and part.again:
            if mode.card is not None and presented.certificate == mode.card.presented.certificate:
                card_again(t, mode, part)
            else:
                put(t, mode, replace(part, tap=0, trouble=CardTrouble.WRONG_CARD))
        case PivPresented() if view.kind == FactorKind.PIV:
            do(t, mode, PendingStep.READ, lambda turn: ReadPivCertificates(turn, part.tap))
        case PkocPresented() if view.kind == FactorKind.PKOC and part.again:
            challenge(t, mode, part)
        case PkocPresented(uid=uid) if view.kind in BADGES and part.again:
            ask(t, mode, lambda turn: SendTry(turn, view.id, BadgeTried(UidPresented(uid or ""))))
        case PkocPresented() if view.kind == FactorKind.PKOC or view.kind in BADGES:
            do(t, mode, PendingStep.READ, lambda turn: ReadPkocKey(turn, part.tap))
        case _:
            put(t, mode, replace(part, tap=0, trouble=_OTHER_KIND.get(view.kind, CardTrouble.WRONG_CARD)))


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


def _with_pin(t: Transition, mode: EnrolMode, part: HoldPhase, facts: KeyFacts, presented: Presented) -> None:
    if same_key(facts, presented):
        make_key(t, mode, part.tap, facts, part.pin, part.set_pin, part.old)
    else:
        put(t, mode, replace(part, tap=0, trouble=CardTrouble.WRONG_CARD))


def _key_read(t: Transition, mode: EnrolMode, part: HoldPhase, facts: KeyFacts) -> None:
    """What the key is going to need: nothing, its PIN, another one instead of it, or a first one."""
    if facts.retries_left == NO_TRIES_LEFT:
        put(t, mode, replace(part, tap=0, trouble=CardTrouble.PIN_BLOCKED))
    elif facts.change_pin and facts.has_pin:
        retype(t, mode, to_change(facts, part.tap))
    elif facts.has_pin and not facts.built_in_uv:
        retype(t, mode, pin_part(facts, part.tap))
    elif facts.can_pin and not facts.has_pin and not facts.built_in_uv:
        retype(t, mode, PinPhase("key", "new", facts.shortest, facts.longest, part.tap, facts))
    else:
        make_key(t, mode, part.tap, facts, None, set_pin=False)


def pin_part(facts: KeyFacts, tap: int, trouble: CardTrouble | None = None, left: int | None = None) -> PinPhase:
    """The PIN that the key has already is wanted."""
    known = facts.retries_left if left is None else left
    return PinPhase("key", "present", facts.shortest, facts.longest, tap, facts, retries_left=known, trouble=trouble)


def to_change(facts: KeyFacts, tap: int) -> PinPhase:
    """The PIN that the key has is wanted, to be changed: until then it is good for nothing else (CTAP 2.1, 6.4)."""
    return PinPhase("key", "change", facts.shortest, facts.longest, tap, facts, retries_left=facts.retries_left)


def make_key(
    t: Transition,
    mode: EnrolMode,
    tap: int,
    facts: KeyFacts,
    pin: Secret | None,
    set_pin: bool,
    old: Secret | None = None,
) -> None:
    """Have the key make its credential. The PINs go with the order.

    A copy of ``pin`` stays for the try that follows, one of ``old`` until the key has taken the new one.
    """
    options = mode.view.make.key if mode.view is not None and mode.view.make is not None else None
    if options is None:
        leave(t, notices.ENROL_OUT_OF_STEP, "withdrawn")
        return
    mode = replace(mode, pin=pin.copy() if pin is not None else None)
    part = HoldPhase(again=False, tap=tap, facts=facts, old=old.copy() if old is not None else None)
    do(t, mode, PendingStep.MAKE, lambda turn: MakeKey(turn, tap, options, pin, set_pin, old), part)


def _failed(t: Transition, mode: EnrolMode, part: HoldPhase, trouble: CardTrouble, left: int | None) -> None:
    """One step back: to the card, or to the PIN that was wrong. What was typed is gone, but for a broken try."""
    if trouble in PIN_AGAIN and left == NO_TRIES_LEFT:
        trouble = CardTrouble.PIN_BLOCKED
    if mode.pending == PendingStep.MAKE:
        _not_made(t, replace(mode, pin=None), part, trouble, left, mode.pin)
    elif mode.pending == PendingStep.SIGN and trouble in PIN_AGAIN and mode.card is not None:
        try_card(t, mode, part.tap, trouble, left)
    elif mode.pending == PendingStep.SIGN and trouble in PIN_AGAIN:
        mode = replace(mode, pin=None)
        retype(t, mode, PinPhase("key", "present", tap=part.tap, retries_left=left, trouble=trouble))
    else:
        put(t, mode, replace(part, tap=0, trouble=trouble))


def _not_made(
    t: Transition, mode: EnrolMode, part: HoldPhase, trouble: CardTrouble, left: int | None, chosen: Secret | None
) -> None:
    """Whether a PIN was set on it before it left is not known: the key is asked anew when it comes back.

    Of two PINs only the one at fault is typed again. ``chosen``: the new one.
    """
    facts = part.facts
    if facts is not None and trouble == CardTrouble.SENSOR_BLOCKED and not facts.has_pin:
        put(t, mode, HoldPhase(again=False, trouble=trouble))  # there is no PIN to type instead
    elif facts is not None and trouble in PIN_AGAIN and part.old is not None:
        known = facts.retries_left if left is None else left
        again = replace(to_change(facts, part.tap), first=chosen, retries_left=known, trouble=trouble)
        retype(t, mode, again)
    elif facts is not None and trouble in PIN_AGAIN:
        retype(t, mode, pin_part(facts, part.tap, trouble, left))
    elif facts is not None and trouble == CardTrouble.PIN_REFUSED:
        new = PinPhase("key", "new", facts.shortest, facts.longest, part.tap, facts, old=part.old, trouble=trouble)
        retype(t, mode, new)
    else:
        put(t, mode, HoldPhase(again=False, trouble=trouble))
