"""Giving one method to a ceremony: type, hold, sign, send. Shared by second factor, step-up and enrolment.

A key's or card's PIN is typed first and handed to the card room once; after that the card room wipes it, so
whatever goes wrong with the card then, the PIN is typed again and never retried by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.model.card import CardTrouble, Wanted
from kiosk.model.ceremony import CeremonyView, Challenge, MethodOffer, RefusalCode
from kiosk.model.consent import Consent
from kiosk.model.proof import Fido2Presented, Method, PivPresented, PkocPresented, Presented, Proof
from kiosk.model.secret import Secret
from kiosk.session.facts.carried import Closed
from kiosk.session.facts.enrolment_orders import ShownEnrolment
from kiosk.session.facts.orders import (
    AskChallenge,
    DropCard,
    Probe,
    ProbeUsb,
    SendProof,
    SendSecret,
    Sign,
    Sound,
)
from kiosk.session.facts.state import Doing, Proving
from kiosk.session.shared.transition import Draft

OF_A_CARD = frozenset({Method.FIDO2, Method.PIV_PIN, Method.FIDO2_TAP, Method.PIV_TAP, Method.PKOC_TAP})
OF_A_KEY = frozenset({Method.FIDO2, Method.FIDO2_TAP})
ABOUT_PIN = frozenset(
    {CardTrouble.WRONG_PIN, CardTrouble.LAST_TRY, CardTrouble.PIN_BLOCKED, CardTrouble.PIN_AUTH_BLOCKED}
)
KNOWN_RETRIES = {CardTrouble.LAST_TRY: 1, CardTrouble.PIN_BLOCKED: None}
"""None: there is nothing to count any more, and the next key may be another one."""
TYPED_NEXT = {Method.PIN: (Method.OTP, Method.RECOVERY), Method.RECOVERY: (Method.PIN,)}
"""After what was typed at the keypad, what else is typed there."""
BY_TOUCH = frozenset({Method.FIDO2_TAP, Method.PIV_TAP, Method.PKOC_TAP})


def offer(view: CeremonyView, method: Method) -> MethodOffer | None:
    """The offer of ``method``, if policy allows it now."""
    return next((o for o in view.offers if o.method == method), None)


def number_of(p: Proving) -> int | None:
    """Which recovery code is asked for."""
    chosen = offer(p.view, p.method)
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


def _ready(p: Proving, chosen: MethodOffer) -> Proving:
    stage: Literal["type", "hold"] = "hold" if chosen.method in BY_TOUCH else "type"
    return replace(
        p, method=chosen.method, stage=stage, doing=Doing.NOTHING, turn=0, secret=None, handed=False,
        retries_left=chosen.retries_left, trouble=None, refusal=None, again=False, entry=p.entry + 1,
        settling=False, missed=False,
    )  # fmt: skip


def choose(p: Proving, method: Method) -> Proving:
    """Another method; not while one is being checked."""
    chosen = offer(p.view, method)
    return p if chosen is None or p.stage == "wait" else _ready(p, chosen)


def typed(d: Draft, p: Proving, secret: Secret, by_length: bool = False) -> Proving:
    """Enter was pressed on something, or its last digit sent it (``by_length``)."""
    if p.stage != "type" or not secret:
        return p
    if p.method in (Method.PIN, Method.OTP, Method.RECOVERY):
        method, number = p.method, number_of(p)
        turn = d.ask(lambda turn: SendSecret(turn, p.view.id, method, secret, p.purpose, number, p.language))
        return _waiting(replace(p, by_length=by_length), Doing.SEND, turn)
    p = replace(p, secret=secret, trouble=None, refusal=None)
    if p.doing == Doing.PROBE:
        return replace(p, stage="wait")
    p = replace(p, stage="hold")
    return challenge(d, p) if p.key and d.lying(p.key) else p


def _waiting(p: Proving, doing: Doing, turn: int) -> Proving:
    return replace(p, stage="wait", doing=doing, turn=turn, trouble=None, refusal=None)


def held(d: Draft, p: Proving, tap: int) -> Proving:
    """A card came while one is wanted: look at it before it is trusted with a PIN."""
    return _waiting(replace(p, key=tap), Doing.PROBE, d.ask(lambda turn: Probe(turn, tap, _wanted(p))))


def look(d: Draft, p: Proving, tap: int) -> Proving:
    """A card came, or lies there, before its PIN was typed: typing goes on while it is looked at."""
    return replace(p, key=tap, doing=Doing.PROBE, turn=d.ask(lambda turn: Probe(turn, tap, _wanted(p))), trouble=None)


def _wanted(p: Proving) -> Wanted | None:
    return "key" if p.method in OF_A_KEY else "pkoc" if p.method == Method.PKOC_TAP else None


def by_usb(d: Draft, p: Proving) -> Proving:
    """Look for the key that is plugged in."""
    if p.method not in OF_A_CARD or p.doing != Doing.NOTHING:
        return p
    turn = d.ask(lambda turn: ProbeUsb(turn, -turn))
    return replace(p, key=-turn, doing=Doing.PROBE, turn=turn, trouble=None)


def probed(d: Draft, p: Proving, presented: Presented) -> Proving:
    """The card in the hand is known. One of another kind proves nothing; what was typed is kept for the right one."""
    wanted, trouble = _kind_for(p)
    if not isinstance(presented, wanted):
        d.order(DropCard(p.key))
        return _again(p, trouble)
    if p.stage != "type":
        return challenge(d, p)
    p = replace(p, doing=Doing.NOTHING, turn=0)
    return challenge(d, p) if _verifies_itself(p, presented) else p


def _kind_for(p: Proving) -> tuple[type[Presented], CardTrouble]:
    """What a card has to be for the method, and what is said of any other."""
    if p.method in OF_A_KEY:
        return Fido2Presented, CardTrouble.NOT_A_KEY
    if p.method == Method.PKOC_TAP:
        return PkocPresented, CardTrouble.NOT_A_PKOC_BADGE
    return PivPresented, CardTrouble.NOT_A_PIV_CARD


def _verifies_itself(p: Proving, presented: Presented) -> bool:
    return p.method == Method.FIDO2 and isinstance(presented, Fido2Presented) and presented.built_in_uv


def ready(d: Draft, p: Proving, tap: int, presented: Presented) -> Proving:
    """A key was laid down before its PIN was typed: it is used as soon as it has been."""
    p = replace(p, key=tap, trouble=None)
    return challenge(d, p) if _verifies_itself(p, presented) else p


def challenge(d: Draft, p: Proving) -> Proving:
    """Method, PIN and purpose are in: ask the service for what is to be signed."""
    turn = d.ask(lambda turn: AskChallenge(turn, p.view.id, p.method, p.purpose, p.shown, p.login, p.language))
    return _waiting(p, Doing.CHALLENGE, turn)


def fits(p: Proving, came: Challenge) -> bool:
    """Whether the challenge is for this ceremony and method."""
    return came.ceremony == p.view.id and came.method == p.method


def sign(d: Draft, p: Proving, came: Challenge) -> Proving:
    """Hand challenge and PIN to the card."""
    turn = d.ask(lambda turn: Sign(turn, p.key, came, p.secret))
    return replace(_waiting(p, Doing.SIGN, turn), secret=None, handed=p.secret is not None)


def send(d: Draft, p: Proving, proof: Proof) -> Proving:
    """Carry the card's answer to the service."""
    return _waiting(p, Doing.SEND, d.ask(lambda turn: SendProof(turn, p.view.id, proof, p.purpose, p.language)))


def failed(p: Proving, trouble: CardTrouble, retries_left: int | None) -> Proving:
    """The card could not be used. Retries left are the card's own word."""
    known = p.retries_left if retries_left is None else retries_left
    if trouble in KNOWN_RETRIES:
        known = KNOWN_RETRIES[trouble]
    return replace(_again(p, trouble), retries_left=known)


def _again(p: Proving, trouble: CardTrouble | None) -> Proving:
    """One step back: to the card, or to the field where what was typed is gone or was wrong.

    A key that needed no PIN, or a PIN not handed over yet, is simply held again.
    """
    emptied = p.handed or trouble in ABOUT_PIN
    # The key may go on lying there while the PIN is typed again; three wrong ones want it lifted (CTAP 2.1, 6.5.2.2).
    stays = trouble in (CardTrouble.WRONG_PIN, CardTrouble.LAST_TRY)
    typing = p.method not in BY_TOUCH and (emptied or p.stage == "type")
    return replace(
        p,
        stage="type" if typing else "hold",
        doing=Doing.NOTHING,
        turn=0,
        key=p.key if stays else 0,
        secret=None if typing else p.secret,
        handed=False,
        trouble=trouble,
        entry=p.entry + 1 if emptied else p.entry,
    )


def try_again(p: Proving) -> Proving:
    """Clear what went wrong; the field is empty and has the focus."""
    return choose(p, p.method)


def advance(d: Draft, p: Proving, view: CeremonyView) -> Proving:
    """The service wants more: the next factor, or this one again. ``view.offers`` must not be empty."""
    # Who typed goes on at the keypad: were the key offered first again, her code would be spent as its PIN.
    typed = [offer(view, method) for method in TYPED_NEXT.get(p.method, ())]
    chosen = offer(view, p.method) or next(filter(None, typed), view.offers[0])
    login = view.person.login if view.person and p.shown is None else p.login
    sent_itself, before = p.by_length, p.method
    p = _ready(replace(p, view=view, login=login, key=p.key if d.lying(p.key) else 0, wait=None, closed=None), chosen)
    if sent_itself:  # digits of a longer PIN, or an Enter out of habit, are not for what is typed next
        p = replace(p, by_length=False, by_enter=p.by_enter or view.refusal is not None, settling=True)
        settle(d)
    if view.refusal is None:
        return p
    left = view.refusal.retries_left
    p = replace(p, refusal=view.refusal.code, retries_left=p.retries_left if left is None else left)
    if view.refusal.code is RefusalCode.LOCKED_OUT:  # that way is closed; whatever else is offered waits for nothing
        return replace(p, closed=Closed(before, view.refusal.until), retries_left=chosen.retries_left)
    p = replace(p, wait=view.refusal.wait or None)
    if p.wait:
        d.alarm("wait", 1)
    return p


SETTLING, SETTLES = "settling", 0.7
"""The alarm, and seconds without a key, until what is typed is for the next field."""


def settle(d: Draft) -> None:
    """A key came, or the field has only just been emptied."""
    d.alarm(SETTLING, SETTLES)


def waited(d: Draft, wait: int | None) -> int | None:
    """A second more has passed of ``wait``; None once it is over, as is said aloud."""
    left = (wait or 1) - 1
    d.alarm("wait", 1) if left else d.order(Sound("attention"))
    return left or None
