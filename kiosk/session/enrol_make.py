"""The new badge, key or card is held to the reader: to be made, and once more to be tried."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble, KeyFacts, Tap
from kiosk.model.ceremony import Challenge
from kiosk.model.enrolment import BadgeMade, BadgeTried, EnrolmentView, FactorKind, KeyTried, PivTried
from kiosk.model.proof import Fido2Presented, Fido2Proof, Method, PivPresented, PivProof, Presented, UidPresented
from kiosk.model.secret import Secret
from kiosk.session import notices
from kiosk.session.draft import Draft
from kiosk.session.enrol_modes import EnrolMode, HoldPart, PinPart
from kiosk.session.enrol_moves import ask, do, leave, probe, put, retype
from kiosk.session.enrol_orders import AskTryChallenge, MakeKey, ReadKey, ReadPivCertificates, SendMade, SendTry
from kiosk.session.enrol_proof import shown
from kiosk.session.events import (
    Button,
    CardFailed,
    ChallengeCame,
    CredentialMade,
    Event,
    KeyRead,
    PivRead,
    Pressed,
    Probed,
    Signed,
)
from kiosk.session.orders import ProbeUsb, Sign, Tell
from kiosk.session.state import Doing

BADGES = frozenset({FactorKind.BADGE, FactorKind.TEMPORARY_BADGE})
METHODS = {
    FactorKind.KEY: frozenset({Method.FIDO2, Method.FIDO2_TAP}),
    FactorKind.PIV: frozenset({Method.PIV_PIN, Method.PIV_TAP}),
}
"""By which each may be tried."""
NO_TRIES_LEFT = 0
PIN_AGAIN = frozenset({CardTrouble.WRONG_PIN, CardTrouble.LAST_TRY})
"""The card lies there still, and waits for its PIN."""
PIV_PIN_SHORTEST, PIV_PIN_LONGEST = 6, 8
"""SP 800-73-4 part 1, section 4.3.1: six to eight digits, padded."""


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
        case _:
            return _on_try(d, m, part, view, event)
    return True


def _on_try(d: Draft, m: EnrolMode, part: HoldPart, view: EnrolmentView, event: Event) -> bool:
    match event:
        case ChallengeCame(challenge=challenge) if m.doing == Doing.CHALLENGE:
            _sign(d, m, part, view, challenge)
        case Signed(proof=Fido2Proof() as assertion) if m.doing == Doing.SIGN:
            ask(d, m, lambda turn: SendTry(turn, view.id, KeyTried(assertion)))
        case Signed(proof=PivProof() as signature) if m.doing == Doing.SIGN:
            ask(d, m, lambda turn: SendTry(turn, view.id, PivTried(signature)))
        case CardFailed(trouble=trouble, retries_left=left):
            d.order(Tell("tap_failed", reason=trouble.value))
            _failed(d, m, part, trouble, left)
        case _:
            return False
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
                _card_again(d, m, part)
            else:
                put(d, m, replace(part, tap=0, trouble=CardTrouble.WRONG_CARD))
        case PivPresented() if view.kind == FactorKind.PIV:
            do(d, m, Doing.READ, lambda turn: ReadPivCertificates(turn, part.tap))
        case _:
            put(d, m, replace(part, tap=0, trouble=CardTrouble.WRONG_CARD))


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


def try_it(d: Draft, m: EnrolMode) -> None:
    """Once more, to see that it works. What never left the reader, and can sign again there, need not."""
    tap = m.part.tap if isinstance(m.part, HoldPart) else 0
    usb = tap < 0 and m.view is not None and m.view.kind == FactorKind.KEY
    if usb and m.refusal is None and m.presented is not None:
        try_key(d, m, tap, m.presented)
    elif m.card is not None and tap and d.lying(tap) and m.refusal is None:
        try_card(d, m, tap)
    else:
        put(d, m, HoldPart(again=True))


def try_key(d: Draft, m: EnrolMode, tap: int, presented: Presented) -> None:
    """The key signs, by the PIN with which it was made a moment ago, or by one typed now."""
    part = HoldPart(again=True, tap=tap)
    has_pin = isinstance(presented, Fido2Presented) and presented.has_pin and not presented.built_in_uv
    if has_pin and m.pin is None:
        retype(d, m, PinPart("key", "present", tap=tap))
    else:
        challenge(d, m, part)


def try_card(d: Draft, m: EnrolMode, tap: int, trouble: CardTrouble | None = None, left: int | None = None) -> None:
    """The card signs: by its PIN, if it has a key that wants one."""
    if m.card is None or m.card.certificate_9a is None:
        challenge(d, m, HoldPart(again=True, tap=tap))
    else:
        shortest, longest = PIV_PIN_SHORTEST, PIV_PIN_LONGEST
        retype(d, m, PinPart("card", "present", shortest, longest, tap, retries_left=left, trouble=trouble))


def _card_again(d: Draft, m: EnrolMode, part: HoldPart) -> None:
    """It is back, perhaps in another reader: its PIN is handed over where it waits, else typed for this one."""
    if part.pin is None:
        try_card(d, m, part.tap)
    else:
        challenge(d, m, part)


def challenge(d: Draft, m: EnrolMode, part: HoldPart) -> None:
    """It lies there, and its PIN has been typed, if it wants one: ask for what is to be signed."""
    view = m.view
    if view is not None:
        says = shown(m, view, view.person)
        do(d, replace(m, refusal=None), Doing.CHALLENGE, lambda turn: AskTryChallenge(turn, says), part)


def _sign(d: Draft, m: EnrolMode, part: HoldPart, view: EnrolmentView, came: Challenge) -> None:
    methods = METHODS.get(view.kind, frozenset()) if view.kind else frozenset()
    if came.ceremony != view.id or came.method not in methods:
        leave(d, notices.MISMATCH, "withdrawn")
        return
    # The key's PIN was right a moment ago; a key without the new credential is not sent it (``credential.fido2``).
    secret = part.pin or (m.pin.twin() if m.pin is not None else None)
    do(d, m, Doing.SIGN, lambda turn: Sign(turn, part.tap, came, secret), replace(part, pin=None))


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
