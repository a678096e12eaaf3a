"""Giving one method to a ceremony: type, hold, sign, send. Shared by second factor, step-up and enrolment.

A key's or card's PIN is typed first and handed to the card room once; after that the card room wipes it, so
whatever goes wrong with the card then, the PIN is typed again and never retried by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.model.card import CardTrouble, Wanted
from kiosk.model.ceremony import CeremonyView, MethodOffer
from kiosk.model.challenge import Challenge
from kiosk.model.consent import Consent
from kiosk.model.proof import Fido2Presented, Method, PivPresented, PkocPresented, Presented, Proof
from kiosk.model.refusal import RefusalCode
from kiosk.model.secret import Secret
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.card_orders import DropCard, ProbeCard, ProbeUsbKey, SignChallenge
from kiosk.session.facts.carried import Closed, PendingStep, Proving
from kiosk.session.facts.ceremony_orders import AskChallenge, SendProof, SendSecret
from kiosk.session.facts.enrolment_orders import ShownEnrolment
from kiosk.session.facts.orders import PlaySound
from kiosk.session.shared.transition import Transition

OF_A_CARD = frozenset({Method.FIDO2, Method.PIV_PIN, Method.FIDO2_TAP, Method.PIV_TAP, Method.PKOC_TAP})
OF_A_KEY = frozenset({Method.FIDO2, Method.FIDO2_TAP})
ABOUT_PIN = frozenset(
    {
        CardTrouble.WRONG_PIN,
        CardTrouble.LAST_TRY,
        CardTrouble.PIN_BLOCKED,
        CardTrouble.PIN_AUTH_BLOCKED,
        CardTrouble.SENSOR_BLOCKED,
    }
)
KNOWN_RETRIES = {CardTrouble.LAST_TRY: 1, CardTrouble.PIN_BLOCKED: None}
"""None: there is nothing to count any more, and the next key may be another one."""
TYPED_NEXT = {Method.PIN: (Method.OTP, Method.RECOVERY), Method.RECOVERY: (Method.PIN,)}
"""After what was typed at the keypad, what else is typed there."""
BY_TOUCH = frozenset({Method.FIDO2_TAP, Method.PIV_TAP, Method.PKOC_TAP})


def offer(view: CeremonyView, method: Method) -> MethodOffer | None:
    """The offer of ``method``, if policy allows it now."""
    return next((o for o in view.offers if o.method == method), None)


def number_of(proof: Proving) -> int | None:
    """Which recovery code is asked for."""
    chosen = offer(proof.view, proof.method)
    return chosen.number if chosen else None


def start(
    view: CeremonyView,
    login: str | None,
    shown: Consent | ShownEnrolment | None = None,
    purpose: str | None = None,
    first: Method | None = None,
) -> Proving:
    """``first`` if it is offered, else the strongest method, ready to be given by ``login``.

    ``view.offers`` must not be empty.
    """
    chosen = (first and offer(view, first)) or view.offers[0]
    return _ready(Proving(view, chosen.method, shown=shown, login=login, purpose=purpose), chosen)


def _ready(proof: Proving, chosen: MethodOffer) -> Proving:
    stage: Literal["type", "hold", "phone"] = "hold" if chosen.method in BY_TOUCH else "type"
    stage = "phone" if chosen.method == Method.PHONE else stage
    return replace(
        proof, method=chosen.method, stage=stage, pending=PendingStep.NOTHING, turn=0, secret=None, handed=False,
        retries_left=chosen.retries_left, trouble=None, refusal=None, again=False, entry=proof.entry + 1,
        settling=False, missed=False, phone=None, by_pin=False,
    )  # fmt: skip


def choose(proof: Proving, method: Method) -> Proving:
    """Another method; not while one is being checked."""
    chosen = offer(proof.view, method)
    return proof if chosen is None or proof.stage == "wait" else _ready(proof, chosen)


def typed(t: Transition, proof: Proving, secret: Secret, by_length: bool = False) -> Proving:
    """Enter was pressed on something, or its last digit sent it (``by_length``)."""
    if proof.stage != "type" or not secret:  # pragma: no cover - where no field is, nothing is typed
        return proof
    if proof.method in (Method.PIN, Method.OTP, Method.RECOVERY):
        method, number = proof.method, number_of(proof)
        turn = t.ask(
            lambda turn: SendSecret(turn, proof.view.id, method, secret, proof.purpose, number, proof.language)
        )
        return _waiting(replace(proof, by_length=by_length), PendingStep.SEND, turn)
    proof = replace(proof, secret=secret, trouble=None, refusal=None)
    if proof.pending == PendingStep.PROBE:
        return replace(proof, stage="wait")
    proof = replace(proof, stage="hold")
    return challenge(t, proof) if proof.key and t.lying(proof.key) else proof


def _waiting(proof: Proving, pending: PendingStep, turn: int) -> Proving:
    return replace(proof, stage="wait", pending=pending, turn=turn, trouble=None, refusal=None)


def held(t: Transition, proof: Proving, tap: int) -> Proving:
    """A card came while one is wanted: look at it before it is trusted with a PIN."""
    return _waiting(
        replace(proof, key=tap), PendingStep.PROBE, t.ask(lambda turn: ProbeCard(turn, tap, _wanted(proof)))
    )


def look(t: Transition, proof: Proving, tap: int) -> Proving:
    """A card came, or lies there, before its PIN was typed: typing goes on while it is looked at."""
    return replace(
        proof,
        key=tap,
        pending=PendingStep.PROBE,
        turn=t.ask(lambda turn: ProbeCard(turn, tap, _wanted(proof))),
        trouble=None,
    )


def _wanted(proof: Proving) -> Wanted | None:
    return "key" if proof.method in OF_A_KEY else "pkoc" if proof.method == Method.PKOC_TAP else None


def by_usb(t: Transition, proof: Proving) -> Proving:
    """Look for the key that is plugged in."""
    if proof.method not in OF_A_CARD or proof.pending != PendingStep.NOTHING:
        return proof
    turn = t.ask(lambda turn: ProbeUsbKey(turn, -turn))
    return replace(proof, key=-turn, pending=PendingStep.PROBE, turn=turn, trouble=None)


def probed(t: Transition, proof: Proving, presented: Presented) -> Proving:
    """The card in the hand is known. One of another kind proves nothing; what was typed is kept for the right one."""
    wanted, trouble = _kind_for(proof)
    if not isinstance(presented, wanted):
        t.order(DropCard(proof.key))
        return _again(proof, trouble)
    if proof.stage != "type":
        return challenge(t, proof)
    proof = replace(proof, pending=PendingStep.NOTHING, turn=0)
    return challenge(t, proof) if _verifies_itself(proof, presented) else proof


def _kind_for(proof: Proving) -> tuple[type[Presented], CardTrouble]:
    """What a card has to be for the method, and what is said of any other."""
    if proof.method in OF_A_KEY:
        return Fido2Presented, CardTrouble.NOT_A_KEY
    if proof.method == Method.PKOC_TAP:
        return PkocPresented, CardTrouble.NOT_A_PKOC_BADGE
    return PivPresented, CardTrouble.NOT_A_PIV_CARD


def _verifies_itself(proof: Proving, presented: Presented) -> bool:
    if proof.method != Method.FIDO2 or proof.by_pin:
        return False
    return isinstance(presented, Fido2Presented) and presented.built_in_uv


def ready(t: Transition, proof: Proving, tap: int, presented: Presented) -> Proving:
    """A key was laid down before its PIN was typed: it is used as soon as it has been."""
    proof = replace(proof, key=tap, trouble=None)
    return challenge(t, proof) if _verifies_itself(proof, presented) else proof


def challenge(t: Transition, proof: Proving) -> Proving:
    """Method, PIN and purpose are in: ask the service for what is to be signed."""
    turn = t.ask(
        lambda turn: AskChallenge(
            turn, proof.view.id, proof.method, proof.purpose, proof.shown, proof.login, proof.language
        )
    )
    return _waiting(proof, PendingStep.CHALLENGE, turn)


def begun(t: Transition, proof: Proving) -> Proving:
    """A phone is asked as soon as it is chosen; whatever else is given here, its person begins with."""
    return challenge(t, proof) if proof.stage == "phone" and proof.phone is None else proof


def on_phone(proof: Proving, came: Challenge) -> Proving:
    """The phone has been asked: its code is shown until it answers."""
    return replace(proof, stage="phone", pending=PendingStep.NOTHING, turn=0, phone=came.phone)


def not_on_phone(proof: Proving) -> Proving:
    """Too many wrong numbers were typed there: only a new code helps."""
    chosen = offer(proof.view, proof.method)
    return proof if chosen is None else replace(_ready(proof, chosen), refusal=RefusalCode.PHONE_SILENT)


def fits(proof: Proving, came: Challenge) -> bool:
    """Whether the challenge is for this ceremony and method."""
    return came.ceremony == proof.view.id and came.method == proof.method


def sign(t: Transition, proof: Proving, came: Challenge) -> Proving:
    """Hand challenge and PIN to the card."""
    turn = t.ask(lambda turn: SignChallenge(turn, proof.key, came, proof.secret))
    return replace(_waiting(proof, PendingStep.SIGN, turn), secret=None, handed=proof.secret is not None)


def send(t: Transition, given: Proving, proof: Proof) -> Proving:
    """Carry the card's answer to the service."""
    return _waiting(
        given,
        PendingStep.SEND,
        t.ask(lambda turn: SendProof(turn, given.view.id, proof, given.purpose, given.language)),
    )


def failed(proof: Proving, trouble: CardTrouble, retries_left: int | None) -> Proving:
    """The card could not be used. Retries left are the card's own word."""
    known = proof.retries_left if retries_left is None else retries_left
    if trouble in KNOWN_RETRIES:
        known = KNOWN_RETRIES[trouble]
    return replace(_again(proof, trouble), retries_left=known)


def _again(proof: Proving, trouble: CardTrouble | None) -> Proving:
    """One step back: to the card, or to the field where what was typed is gone or was wrong.

    A key that needed no PIN, or a PIN not handed over yet, is simply held again.
    """
    emptied = proof.handed or trouble in ABOUT_PIN
    # The key may go on lying there while the PIN is typed again; three wrong ones want it lifted (CTAP 2.1, 6.5.2.2).
    stays = trouble in (CardTrouble.WRONG_PIN, CardTrouble.LAST_TRY, CardTrouble.SENSOR_BLOCKED)
    typing = proof.method not in BY_TOUCH and (emptied or proof.stage == "type")
    return replace(
        proof,
        stage="type" if typing else "hold",
        pending=PendingStep.NOTHING,
        turn=0,
        key=proof.key if stays else 0,
        secret=None if typing else proof.secret,
        handed=False,
        trouble=trouble,
        entry=proof.entry + 1 if emptied else proof.entry,
        by_pin=proof.by_pin or trouble == CardTrouble.SENSOR_BLOCKED,
    )


def try_again(proof: Proving) -> Proving:
    """Clear what went wrong; the field is empty and has the focus."""
    return choose(proof, proof.method)


def advance(t: Transition, proof: Proving, view: CeremonyView) -> Proving:
    """The service wants more: the next factor, or this one again. ``view.offers`` must not be empty."""
    # Who typed goes on at the keypad: were the key offered first again, their code would be spent as its PIN.
    typed = [offer(view, method) for method in TYPED_NEXT.get(proof.method, ())]
    chosen = offer(view, proof.method) or next(filter(None, typed), view.offers[0])
    login = view.person.login if view.person and proof.shown is None else proof.login
    sent_itself, before = proof.by_length, proof.method
    proof = _ready(
        replace(proof, view=view, login=login, key=proof.key if t.lying(proof.key) else 0, wait=None, closed=None),
        chosen,
    )
    if sent_itself:  # digits of a longer PIN, or an Enter out of habit, are not for what is typed next
        proof = replace(proof, by_length=False, by_enter=proof.by_enter or view.refusal is not None, settling=True)
        settle(t)
    if view.refusal is None:
        return proof
    left = view.refusal.retries_left
    proof = replace(proof, refusal=view.refusal.code, retries_left=proof.retries_left if left is None else left)
    if view.refusal.code is RefusalCode.LOCKED_OUT:  # that way is closed; whatever else is offered waits for nothing
        return replace(proof, closed=Closed(before, view.refusal.until), retries_left=chosen.retries_left)
    proof = replace(proof, wait=view.refusal.wait or None)
    if proof.wait:
        t.set_timer(AlarmName.WAIT, 1)
    return proof


SETTLING, SETTLES = AlarmName.SETTLING, 0.7
"""The alarm, and seconds without a key, until what is typed is for the next field."""


def settle(t: Transition) -> None:
    """A key came, or the field has only just been emptied."""
    t.set_timer(SETTLING, SETTLES)


def waited(t: Transition, wait: int | None) -> int | None:
    """A second more has passed of ``wait``; None once it is over, as is said aloud."""
    left = (wait or 1) - 1
    t.set_timer(AlarmName.WAIT, 1) if left else t.order(PlaySound("attention"))
    return left or None
