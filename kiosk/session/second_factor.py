"""The second factor's screen: methods, PINs, keys; and other cards that come by meanwhile."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, Tap
from kiosk.model.proof import Fido2Presented, Method, PivPresented, Presented, UidPresented
from kiosk.session import answers, notices, proving, signing_in
from kiosk.session.draft import Draft
from kiosk.session.ending import give_up, pulled, to_locked
from kiosk.session.events import (
    Answered,
    Button,
    CardFailed,
    ChallengeCame,
    Chosen,
    Event,
    Mismatch,
    Pressed,
    Probed,
    Rang,
    ServiceRefused,
    Signed,
    Typed,
    Unreachable,
)
from kiosk.session.orders import DropCard, Probe, Tell
from kiosk.session.same import same_card
from kiosk.session.state import Doing, Probing, Proving, SecondFactorMode


def on_second_factor(d: Draft, m: SecondFactorMode, event: Event) -> bool:
    """What can happen while a second factor is wanted. False: not for us."""
    match event:
        case Tap():
            _tap(d, m, event)
        case Lift():
            _lift(d, m, event)
        case Probed(turn=turn, presented=presented) if m.probing and turn == m.probing.turn:
            _came_by(d, replace(m, probing=None), m.probing, presented)
        case CardFailed(turn=turn, trouble=trouble) if m.probing and turn == m.probing.turn:
            d.stay(replace(m, probing=None, proving=replace(m.proving, trouble=trouble)))
        case Answered(view=view) if m.proving.doing == Doing.SEND:
            answers.answered(d, m, view)
        case Unreachable():
            answers.lost(d, m.proving.doing, m.proving.view, m.tap)
        case ServiceRefused(code=code):
            answers.refused_by_service(d, code)
        case Mismatch():
            answers.fail(d, notices.MISMATCH)
        case Rang(name="ceremony"):
            give_up(d, "timeout")
            to_locked(d, notices.TIMED_OUT)
        case Pressed(button=Button.CANCEL | Button.REFUSE):
            give_up(d, "refused_by_person")
            to_locked(d)
        case _:
            p = on_proving(d, m.proving, event)
            if p is None:
                return False
            if isinstance(d.state.mode, SecondFactorMode):
                d.stay(replace(m, proving=p))
    return True


def on_proving(d: Draft, p: Proving, event: Event) -> Proving | None:
    """What second factor and step-up share. None: not for us."""
    match event:
        case Typed(secret=secret):
            return proving.typed(d, p, secret)
        case Chosen(method=method):
            return proving.choose(p, method)
        case Pressed(button=Button.TRY_AGAIN):
            return proving.try_again(p)
        case Pressed(button=Button.USB_KEY):
            return proving.by_usb(d, p)
        case Rang(name="wait"):
            return replace(p, wait=None)
        case Probed(presented=presented) if p.doing == Doing.PROBE:
            return proving.probed(d, p, presented)
        case ChallengeCame(challenge=challenge) if p.doing == Doing.CHALLENGE and proving.fits(p, challenge):
            return proving.sign(d, p, challenge)
        case Signed(proof=proof) if p.doing == Doing.SIGN:
            return proving.send(d, p, proof)
        case CardFailed(trouble=trouble, retries_left=left) if p.doing in (Doing.PROBE, Doing.SIGN):
            d.order(Tell("tap_failed", reason=trouble.value))
            return proving.failed(p, trouble, left)
        case _:
            return None


def _tap(d: Draft, m: SecondFactorMode, tap: Tap) -> None:
    """The key, where one is wanted; ignored while something is checked; else perhaps somebody new."""
    if not tap.fresh or m.proving.stage == "wait" or m.proving.doing != Doing.NOTHING:
        return
    if m.proving.stage == "hold":
        d.stay(replace(m, proving=proving.held(d, m.proving, tap.number)))
        return
    if m.probing:
        d.order(DropCard(m.probing.tap.number))
    d.stay(replace(m, probing=Probing(d.ask(lambda turn: Probe(turn, tap.number)), tap)))


def _came_by(d: Draft, m: SecondFactorMode, came: Probing, presented: Presented) -> None:
    """A card was held to a reader while nothing had been typed: her key, her badge again, or a colleague."""
    p = m.proving
    if p.stage != "type" or p.doing != Doing.NOTHING:
        d.order(DropCard(came.tap.number))
        d.stay(m)
        return
    if isinstance(presented, Fido2Presented) and proving.offer(p.view, Method.FIDO2) and p.method != Method.FIDO2:
        p = proving.choose(p, Method.FIDO2)
    is_key = p.method in proving.OF_A_CARD and not isinstance(presented, UidPresented)
    if is_key and not _other_badge(m, presented):
        d.stay(replace(m, proving=proving.ready(d, p, came.tap.number, presented)))
    elif same_card(presented, m.presented):
        d.order(DropCard(came.tap.number))
        d.stay(m)
    else:
        d.stay(m)
        give_up(d, "lifted")
        signing_in.begin(d, came.tap.number, came.tap.role, presented, m.behind)


def _other_badge(m: SecondFactorMode, presented: Presented) -> bool:
    """A PIV card where another PIV card began: a colleague's badge, for no key is called for that is a PIV card."""
    return (
        isinstance(presented, PivPresented)
        and isinstance(m.presented, PivPresented)
        and presented.certificate != m.presented.certificate
    )


def _lift(d: Draft, m: SecondFactorMode, lift: Lift) -> None:
    if pulled(d, m.tap, m.role, lift):
        give_up(d, "lifted")
        to_locked(d)
    elif lift.number == m.proving.key and m.proving.stage == "type":
        d.stay(replace(m, proving=replace(m.proving, key=0)))
