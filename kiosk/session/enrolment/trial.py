"""The new key or card is tried: once more on the reader, it signs what the service asks for. A badge is only read."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import Challenge
from kiosk.model.enrolment import EnrolmentView, FactorKind, KeyTried, PivTried, PkocTried
from kiosk.model.proof import Fido2Presented, Fido2Proof, Method, PivProof, PkocProof, Presented
from kiosk.session.enrolment.moves import ask, do, leave, put, retype
from kiosk.session.enrolment.proof import shown
from kiosk.session.facts import notices
from kiosk.session.facts.enrolment_orders import AskTryChallenge, SendTry
from kiosk.session.facts.enrolment_state import EnrolMode, HoldPart, PinPart
from kiosk.session.facts.events import ChallengeCame, Event, Signed
from kiosk.session.facts.orders import Sign
from kiosk.session.facts.state import Doing
from kiosk.session.shared.transition import Draft

METHODS = {
    FactorKind.KEY: frozenset({Method.FIDO2, Method.FIDO2_TAP}),
    FactorKind.PIV: frozenset({Method.PIV_PIN, Method.PIV_TAP}),
    FactorKind.PKOC: frozenset({Method.PKOC_TAP}),
}
"""By which each may be tried."""
PIV_PIN_SHORTEST, PIV_PIN_LONGEST = 6, 8
"""SP 800-73-4 part 1, section 4.3.1: six to eight digits, padded."""


def try_it(d: Draft, m: EnrolMode) -> None:
    """Once more, to see that it works. What never left the reader, and can sign again there, need not."""
    tap = m.part.tap if isinstance(m.part, HoldPart) else 0
    usb = tap < 0 and m.view is not None and m.view.kind == FactorKind.KEY
    if usb and m.refusal is None and m.presented is not None:
        try_key(d, m, tap, m.presented)
    elif m.card is not None and tap and d.lying(tap) and m.refusal is None:
        try_card(d, m, tap)
    elif _pkoc(m) and tap and d.lying(tap) and m.refusal is None:
        challenge(d, m, HoldPart(again=True, tap=tap))
    else:
        put(d, m, HoldPart(again=True))


def _pkoc(m: EnrolMode) -> bool:
    return m.view is not None and m.view.kind == FactorKind.PKOC


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


def card_again(d: Draft, m: EnrolMode, part: HoldPart) -> None:
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


def on_try(d: Draft, m: EnrolMode, part: HoldPart, view: EnrolmentView, event: Event) -> bool:
    """The service's challenge, and what was signed over it. False: not for us."""
    match event:
        case ChallengeCame(challenge=challenge) if m.doing == Doing.CHALLENGE:
            _sign(d, m, part, view, challenge)
        case Signed(proof=Fido2Proof() as assertion) if m.doing == Doing.SIGN:
            ask(d, m, lambda turn: SendTry(turn, view.id, KeyTried(assertion)))
        case Signed(proof=PivProof() as signature) if m.doing == Doing.SIGN:
            ask(d, m, lambda turn: SendTry(turn, view.id, PivTried(signature)))
        case Signed(proof=PkocProof() as answer) if m.doing == Doing.SIGN:
            ask(d, m, lambda turn: SendTry(turn, view.id, PkocTried(answer)))
        case _:
            return False
    return True


def _sign(d: Draft, m: EnrolMode, part: HoldPart, view: EnrolmentView, came: Challenge) -> None:
    methods = METHODS.get(view.kind, frozenset()) if view.kind else frozenset()
    if came.ceremony != view.id or came.method not in methods:
        leave(d, notices.MISMATCH, "withdrawn")
        return
    # The key's PIN was right a moment ago; a key without the new credential is not sent it (``credential.fido2``).
    secret = part.pin or (m.pin.twin() if m.pin is not None else None)
    do(d, m, Doing.SIGN, lambda turn: Sign(turn, part.tap, came, secret), replace(part, pin=None))
