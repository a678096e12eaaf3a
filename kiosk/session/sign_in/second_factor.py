"""The second factor's screen: methods, PINs, keys; and other cards that come by meanwhile."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, ReaderRole, Tap
from kiosk.model.proof import Fido2Presented, Method, PivPresented, PkocPresented, Presented, UidPresented
from kiosk.session.facts import notices
from kiosk.session.facts.events import (
    Answered,
    Button,
    CardFailed,
    ChallengeCame,
    Chosen,
    Event,
    KeyPress,
    Mismatch,
    Pressed,
    Probed,
    Rang,
    ServiceRefused,
    Signed,
    Typed,
    Unreachable,
)
from kiosk.session.facts.orders import DropCard, Probe, Tell
from kiosk.session.facts.state import Doing, Probing, Proving, SecondFactorMode
from kiosk.session.shared import proving
from kiosk.session.shared.ending import give_up, pulled, to_locked
from kiosk.session.shared.same_card import same_card
from kiosk.session.shared.transition import Draft
from kiosk.session.sign_in import answers, more_time, reading


def on_second_factor(d: Draft, m: SecondFactorMode, event: Event) -> bool:
    """What can happen while a second factor is wanted. False: not for us."""
    if more_time.on_time(d, m, event):
        return True
    m = d.state.mode if isinstance(d.state.mode, SecondFactorMode) else m
    match event:
        case Tap():
            _tap(d, m, event)
        case Lift():
            _lift(d, m, event)
        case Probed(turn=turn, presented=presented) if m.probing and turn == m.probing.turn:
            _came_by(d, replace(m, probing=None), m.probing, presented)
        case CardFailed(turn=turn, trouble=trouble) if m.probing and turn == m.probing.turn:
            d.stay(replace(m, probing=None, proving=replace(m.proving, trouble=trouble)))
        case Probed(presented=presented) if m.proving.doing == Doing.PROBE and _is_behind(m, presented):
            _back(d, m, m.proving.key, presented)
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
        case Typed(secret=secret, by_length=by_length):
            return proving.typed(d, p, secret, by_length)
        case KeyPress() if p.settling:
            proving.settle(d)
            return replace(p, missed=True)
        case Rang(name=proving.SETTLING):
            return replace(p, settling=False)
        case Chosen(method=method):
            return proving.choose(p, method)
        case Pressed(button=Button.TRY_AGAIN):
            return proving.try_again(p)
        case Pressed(button=Button.USB_KEY):
            return proving.by_usb(d, p)
        case Rang(name="wait"):
            left = proving.waited(d, p.wait)
            return replace(p, wait=left, again=left is None)
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
    if _is_behind(m, presented) and p.doing == Doing.NOTHING:
        _back(d, m, came.tap.number, presented, came.tap.role)
        return
    if p.stage != "type" or p.doing != Doing.NOTHING:
        d.order(DropCard(came.tap.number))
        d.stay(m)
        return
    if isinstance(presented, Fido2Presented) and proving.offer(p.view, Method.FIDO2) and p.method != Method.FIDO2:
        p = proving.choose(p, Method.FIDO2)
    is_key = p.method in proving.OF_A_CARD and not isinstance(presented, UidPresented | PkocPresented)
    if is_key and not _other_badge(m, presented):
        d.stay(replace(m, proving=proving.ready(d, p, came.tap.number, presented)))
    elif same_card(presented, m.presented):
        d.order(DropCard(came.tap.number))
        d.stay(m)
    else:
        d.stay(m)
        give_up(d, "lifted")
        reading.begin(d, came.tap.number, came.tap.role, presented, m.behind, _by_colleague(m))


def _is_behind(m: SecondFactorMode, presented: Presented) -> bool:
    """The card of the one whose work a colleague's sign-in covers. It is no proof of the colleague's."""
    return (
        m.behind is not None
        and _by_colleague(m)
        and m.person.id != m.behind.person.id
        and (same_card(presented, m.behind.presented))
    )


def _by_colleague(m: SecondFactorMode) -> bool:
    return m.behind is not None and (m.colleague or m.person.id != m.behind.person.id)


def _back(d: Draft, m: SecondFactorMode, tap: int, presented: Presented, role: ReaderRole | None = None) -> None:
    """She wants her own work back: the colleague's sign-in ends, hers begins."""
    if role is None:
        role = next((card.role for card in d.state.cards if card.number == tap), None)
    d.stay(replace(m, proving=replace(m.proving, key=0)))
    give_up(d, "lifted")
    reading.begin(d, tap, role, presented, m.behind, colleague=True)


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
