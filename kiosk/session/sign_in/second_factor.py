"""The second factor's screen: methods, PINs, keys; and other cards that come by meanwhile."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, ReaderRole, Tap
from kiosk.model.proof import Fido2Presented, Method, PivPresented, PkocPresented, Presented, UidPresented
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, KeyPress, Pressed
from kiosk.session.facts.card_answers import CardFailed, Probed, Signed
from kiosk.session.facts.card_orders import DropCard, ProbeCard
from kiosk.session.facts.carried import PendingStep, Probing, Proving
from kiosk.session.facts.events import Event, TimerExpired
from kiosk.session.facts.modes import SecondFactorMode
from kiosk.session.facts.person_input import MethodPicked, Typed
from kiosk.session.facts.service_answers import (
    CeremonyUpdated,
    ChallengeReceived,
    Mismatch,
    ServiceRefused,
    Unreachable,
)
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.shared import proving
from kiosk.session.shared.ending import give_up, pulled, to_locked
from kiosk.session.shared.same_card import same_card
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in import answers, more_time, reading


def on_second_factor(t: Transition, mode: SecondFactorMode, event: Event) -> bool:
    """What can happen while a second factor is wanted. False: not for us."""
    if more_time.on_time(t, mode, event):
        return True
    mode = t.state.mode if isinstance(t.state.mode, SecondFactorMode) else mode
    match event:
        case Tap():
            _tap(t, mode, event)
        case Lift():
            _lift(t, mode, event)
        case Probed(turn=turn, presented=presented) if mode.probing and turn == mode.probing.turn:
            _came_by(t, replace(mode, probing=None), mode.probing, presented)
        case CardFailed(turn=turn, trouble=trouble) if mode.probing and turn == mode.probing.turn:
            t.stay(replace(mode, probing=None, proving=replace(mode.proving, trouble=trouble)))
        case Probed(presented=presented) if mode.proving.pending == PendingStep.PROBE and _is_behind(mode, presented):
            _back(t, mode, mode.proving.key, presented)
        case CeremonyUpdated(view=view) if mode.proving.pending == PendingStep.SEND:
            answers.answered(t, mode, view)
        case Unreachable():
            answers.lost(t, mode.proving.pending, mode.proving.view, mode.tap)
        case ServiceRefused(code=code, request=request):
            answers.refused_by_service(t, code, request)
        case Mismatch():
            answers.fail(t, notices.MISMATCH)
        case TimerExpired(name=AlarmName.CEREMONY):
            give_up(t, "timeout")
            to_locked(t, notices.TIMED_OUT)
        case Pressed(button=Button.CANCEL | Button.REFUSE):
            give_up(t, "refused_by_person")
            to_locked(t)
        case _:
            proof = on_proving(t, mode.proving, event)
            if proof is None:
                return False
            if isinstance(t.state.mode, SecondFactorMode):  # pragma: no branch - a proof ends no mode by itself
                t.stay(replace(mode, proving=proof))
    return True


def on_proving(t: Transition, given: Proving, event: Event) -> Proving | None:
    """What second factor and step-up share. None: not for us."""
    match event:
        case Typed(secret=secret, by_length=by_length):
            return proving.typed(t, given, secret, by_length)
        case KeyPress() if given.settling:
            proving.settle(t)
            return replace(given, missed=True)
        case TimerExpired(name=proving.SETTLING):
            return replace(given, settling=False)
        case MethodPicked(method=method):
            return proving.begun(t, proving.choose(given, method))
        case Pressed(button=Button.TRY_AGAIN):
            return proving.begun(t, proving.try_again(given))
        case Pressed(button=Button.USB_KEY):
            return proving.by_usb(t, given)
        case TimerExpired(name=AlarmName.WAIT):
            left = proving.waited(t, given.wait)
            return replace(given, wait=left, again=left is None)
        case Probed(presented=presented) if given.pending == PendingStep.PROBE:
            return proving.probed(t, given, presented)
        case ChallengeReceived(challenge=challenge) if given.pending == PendingStep.CHALLENGE and proving.fits(
            given, challenge
        ):
            on_phone = given.method == Method.PHONE
            return proving.on_phone(given, challenge) if on_phone else proving.sign(t, given, challenge)
        case Signed(proof=proof) if given.pending == PendingStep.SIGN:
            return proving.send(t, given, proof)
        case CardFailed(trouble=trouble, retries_left=left) if given.pending in (PendingStep.PROBE, PendingStep.SIGN):
            t.order(ReportEvent("tap_failed", reason=trouble.value))
            return proving.failed(given, trouble, left)
        case _:
            return None


def _tap(t: Transition, mode: SecondFactorMode, tap: Tap) -> None:
    """The key, where one is wanted; ignored while something is checked; else perhaps somebody new."""
    if not tap.fresh or mode.proving.stage == "wait" or mode.proving.pending != PendingStep.NOTHING:
        return
    if mode.proving.stage == "hold":
        t.stay(replace(mode, proving=proving.held(t, mode.proving, tap.number)))
        return
    if mode.probing:
        t.order(DropCard(mode.probing.tap.number))
    t.stay(replace(mode, probing=Probing(t.ask(lambda turn: ProbeCard(turn, tap.number)), tap)))


def _came_by(t: Transition, mode: SecondFactorMode, came: Probing, presented: Presented) -> None:
    """A card was held to a reader while nothing had been typed: their key, their badge again, or a colleague."""
    proof = mode.proving
    if _is_behind(mode, presented) and proof.pending == PendingStep.NOTHING:
        _back(t, mode, came.tap.number, presented, came.tap.role)
        return
    if proof.stage != "type" or proof.pending != PendingStep.NOTHING:
        t.order(DropCard(came.tap.number))
        t.stay(mode)
        return
    if (
        isinstance(presented, Fido2Presented)
        and proving.offer(proof.view, Method.FIDO2)
        and proof.method != Method.FIDO2
    ):
        proof = proving.choose(proof, Method.FIDO2)
    is_key = proof.method in proving.OF_A_CARD and not isinstance(presented, UidPresented | PkocPresented)
    if is_key and not _other_badge(mode, presented):
        t.stay(replace(mode, proving=proving.ready(t, proof, came.tap.number, presented)))
    elif same_card(presented, mode.presented):
        t.order(DropCard(came.tap.number))
        t.stay(mode)
    else:
        t.stay(mode)
        give_up(t, "lifted")
        reading.begin(t, came.tap.number, came.tap.role, presented, mode.behind, _by_colleague(mode))


def _is_behind(mode: SecondFactorMode, presented: Presented) -> bool:
    """The card of the one whose work a colleague's sign-in covers. It is no proof of the colleague's."""
    return (
        mode.behind is not None
        and mode.person is not None
        and _by_colleague(mode)
        and mode.person.id != mode.behind.person.id
        and (same_card(presented, mode.behind.presented))
    )


def _by_colleague(mode: SecondFactorMode) -> bool:
    known = mode.person
    another = mode.behind is not None and known is not None and known.id != mode.behind.person.id
    return another or (mode.behind is not None and mode.colleague)


def _back(
    t: Transition, mode: SecondFactorMode, tap: int, presented: Presented, role: ReaderRole | None = None
) -> None:
    """They want their own work back: the colleague's sign-in ends, theirs begins."""
    if role is None:
        role = next((card.role for card in t.state.cards if card.number == tap), None)
    t.stay(replace(mode, proving=replace(mode.proving, key=0)))
    give_up(t, "lifted")
    reading.begin(t, tap, role, presented, mode.behind, colleague=True)


def _other_badge(mode: SecondFactorMode, presented: Presented) -> bool:
    """A PIV card where another PIV card began: a colleague's badge, for no key is called for that is a PIV card."""
    return (
        isinstance(presented, PivPresented)
        and isinstance(mode.presented, PivPresented)
        and presented.certificate != mode.presented.certificate
    )


def _lift(t: Transition, mode: SecondFactorMode, lift: Lift) -> None:
    if pulled(t, mode.tap, mode.role, lift):
        give_up(t, "lifted")
        to_locked(t)
    elif lift.number == mode.proving.key and mode.proving.stage == "type":
        t.stay(replace(mode, proving=replace(mode.proving, key=0)))
