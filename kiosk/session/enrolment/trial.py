"""The new key or card is tried: once more on the reader, it signs what the service asks for. A badge is only read."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble
from kiosk.model.challenge import Challenge
from kiosk.model.enrolment import EnrolmentView, FactorKind, KeyTried, PivTried, PkocTried
from kiosk.model.proof import Fido2Presented, Fido2Proof, Method, PivProof, PkocProof, Presented
from kiosk.session.enrolment.moves import ask, do, leave, put, retype
from kiosk.session.enrolment.proof import shown
from kiosk.session.facts import notices
from kiosk.session.facts.card_answers import Signed
from kiosk.session.facts.card_orders import SignChallenge
from kiosk.session.facts.carried import PendingStep
from kiosk.session.facts.enrolment_orders import AskTryChallenge, SendTry
from kiosk.session.facts.enrolment_state import EnrolMode, HoldPhase, PinPhase
from kiosk.session.facts.events import Event
from kiosk.session.facts.service_answers import ChallengeReceived
from kiosk.session.shared.transition import Transition

METHODS = {
    FactorKind.KEY: frozenset({Method.FIDO2, Method.FIDO2_TAP}),
    FactorKind.PIV: frozenset({Method.PIV_PIN, Method.PIV_TAP}),
    FactorKind.PKOC: frozenset({Method.PKOC_TAP}),
}
"""By which each may be tried."""
MIN_PIV_PIN, MAX_PIV_PIN = 6, 8
"""SP 800-73-4 part 1, section 4.3.1: six to eight digits, padded."""


def try_it(t: Transition, mode: EnrolMode) -> None:
    """Once more, to see that it works. What never left the reader, and can sign again there, need not."""
    tap = mode.part.tap if isinstance(mode.part, HoldPhase) else 0
    usb = tap < 0 and mode.view is not None and mode.view.kind == FactorKind.KEY
    if usb and mode.refusal is None and mode.presented is not None:
        try_key(t, mode, tap, mode.presented)
    elif mode.card is not None and tap and t.lying(tap) and mode.refusal is None:
        try_card(t, mode, tap)
    elif _pkoc(mode) and tap and t.lying(tap) and mode.refusal is None:
        challenge(t, mode, HoldPhase(again=True, tap=tap))
    else:
        put(t, mode, HoldPhase(again=True))


def _pkoc(mode: EnrolMode) -> bool:
    return mode.view is not None and mode.view.kind == FactorKind.PKOC


def try_key(t: Transition, mode: EnrolMode, tap: int, presented: Presented) -> None:
    """The key signs, by the PIN with which it was made a moment ago, or by one typed now."""
    part = HoldPhase(again=True, tap=tap)
    has_pin = isinstance(presented, Fido2Presented) and presented.has_pin and not presented.built_in_uv
    if has_pin and mode.pin is None:
        retype(t, mode, PinPhase("key", "present", tap=tap))
    else:
        challenge(t, mode, part)


def try_card(
    t: Transition, mode: EnrolMode, tap: int, trouble: CardTrouble | None = None, left: int | None = None
) -> None:
    """The card signs: by its PIN, if it has a key that wants one."""
    if mode.card is None or mode.card.certificate_9a is None:
        challenge(t, mode, HoldPhase(again=True, tap=tap))
    else:
        shortest, longest = MIN_PIV_PIN, MAX_PIV_PIN
        retype(t, mode, PinPhase("card", "present", shortest, longest, tap, retries_left=left, trouble=trouble))


def card_again(t: Transition, mode: EnrolMode, part: HoldPhase) -> None:
    """It is back, perhaps in another reader: its PIN is handed over where it waits, else typed for this one."""
    if part.pin is None:
        try_card(t, mode, part.tap)
    else:
        challenge(t, mode, part)


def challenge(t: Transition, mode: EnrolMode, part: HoldPhase) -> None:
    """It lies there, and its PIN has been typed, if it wants one: ask for what is to be signed."""
    view = mode.view
    if view is not None:  # pragma: no branch - a try is told by a view
        says = shown(mode, view, view.person)
        do(t, replace(mode, refusal=None), PendingStep.CHALLENGE, lambda turn: AskTryChallenge(turn, says), part)


def on_try(t: Transition, mode: EnrolMode, part: HoldPhase, view: EnrolmentView, event: Event) -> bool:
    """The service's challenge, and what was signed over it. False: not for us."""
    match event:
        case ChallengeReceived(challenge=challenge) if mode.pending == PendingStep.CHALLENGE:
            _sign(t, mode, part, view, challenge)
        case Signed(proof=Fido2Proof() as assertion) if mode.pending == PendingStep.SIGN:
            ask(t, mode, lambda turn: SendTry(turn, view.id, KeyTried(assertion)))
        case Signed(proof=PivProof() as signature) if mode.pending == PendingStep.SIGN:
            ask(t, mode, lambda turn: SendTry(turn, view.id, PivTried(signature)))
        case Signed(proof=PkocProof() as answer) if mode.pending == PendingStep.SIGN:
            ask(t, mode, lambda turn: SendTry(turn, view.id, PkocTried(answer)))
        case _:
            return False
    return True


def _sign(t: Transition, mode: EnrolMode, part: HoldPhase, view: EnrolmentView, came: Challenge) -> None:
    methods = METHODS.get(view.kind, frozenset()) if view.kind else frozenset()
    if came.ceremony != view.id or came.method not in methods:
        leave(t, notices.MISMATCH, "withdrawn")
        return
    # The key's PIN was right a moment ago; a key without the new credential is not sent it (``credential.fido2``).
    secret = part.pin or (mode.pin.copy() if mode.pin is not None else None)
    do(t, mode, PendingStep.SIGN, lambda turn: SignChallenge(turn, part.tap, came, secret), replace(part, pin=None))
