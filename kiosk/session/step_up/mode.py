"""A program asks for more proof, now, for one action: over a covered workspace, and answered exactly once."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, Tap
from kiosk.model.ceremony import CeremonyView, Purpose
from kiosk.model.stepup import Reason
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.carried import PendingStep
from kiosk.session.facts.ceremony_orders import CancelCeremony
from kiosk.session.facts.events import Event, StepUpWithdrawn, TimerExpired
from kiosk.session.facts.held_by_mode import holder_of
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.person_input import PageShown, PurposePicked
from kiosk.session.facts.service_answers import (
    CeremonyUpdated,
    ChallengeReceived,
    Mismatch,
    ServiceRefused,
    Unreachable,
)
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared import proving
from kiosk.session.shared.ending import pulled
from kiosk.session.shared.saying import say
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in.second_factor import on_proving
from kiosk.session.step_up import first_second, first_way, second
from kiosk.session.step_up.doorbell import of_code, of_refusal
from kiosk.session.step_up.outcome import agreed, granted, refuse, silence
from kiosk.session.step_up.reading import PURPOSE_LENGTH, page_painted, read_on, take_purpose, turn_page


def on_step_up(t: Transition, mode: StepUpMode, event: Event) -> bool:
    """While more proof is wanted. False: not for us."""
    if not mode.ready and first_second.swallowed(t, mode, event):
        return True
    if second.waiting(mode) and second.on_waiting(t, mode, event):
        return True
    match event:
        case CeremonyUpdated():
            return _updated(t, mode, event)
        case PurposePicked(purpose=purpose):
            take_purpose(t, mode, purpose.strip()[:PURPOSE_LENGTH])
        case PageShown(request_number=number) if number == mode.request_number:
            page_painted(t, mode if mode.painted else first_second.begin(t, replace(mode, painted=True)), event)
        case Pressed(button=Button.NEXT | Button.BACK | Button.READ_AGAIN as button):
            turn_page(t, mode, button)
        case Tap():
            _tap(t, mode, event)
        case Lift():
            _lift(t, mode, event)
        case TimerExpired(name=AlarmName.NOTICE):
            t.stay(replace(mode, notice=None))
        case TimerExpired(name=AlarmName.STEP_UP):
            refuse(t, mode, Reason.TIMEOUT, "timeout")
        case Pressed(button=Button.REFUSE | Button.CANCEL):
            reason = second.no(t, mode)
            mode = t.state.mode if isinstance(t.state.mode, StepUpMode) else mode
            refuse(t, mode, reason, "refused_by_person" if reason == Reason.REFUSED_BY_PERSON else "second_refused")
        case Pressed(button=Button.NOT_ME):
            silence(t, mode)
        case StepUpWithdrawn(request_number=number) if number == mode.request_number:
            refuse(t, mode, Reason.TIMEOUT, "withdrawn", notices.STEP_UP_WITHDRAWN)
        case Unreachable():
            refuse(t, mode, Reason.UNREACHABLE, "timeout")
        case ServiceRefused(code=code):
            refuse(t, mode, of_code(code), "withdrawn")
        case _:
            return _on_card(t, mode, event)
    return True


def _updated(t: Transition, mode: StepUpMode, event: CeremonyUpdated) -> bool:
    """The service answered: about which of the questions that may be open at once."""
    if event.turn and event.turn == mode.finishing:
        _finished(t, replace(mode, finishing=0), event.view)
    elif event.turn and event.turn == mode.finding.turn:
        second.named(t, mode, event.view)
    elif mode.waits is not None:
        second.answered(t, mode, event.view)
    elif mode.turn or (mode.proving and mode.proving.pending == PendingStep.SEND):
        _view(t, replace(mode, turn=0), event.view)
    else:
        return _on_card(t, mode, event)
    return True


def _on_card(t: Transition, mode: StepUpMode, event: Event) -> bool:
    if mode.proving is None:
        return False
    wrong = isinstance(event, ChallengeReceived) and not proving.fits(mode.proving, event.challenge)
    if isinstance(event, Mismatch) or wrong:
        t.order(ReportEvent("stepup_refused", mode.session.id, "mismatch", {"ceremony": mode.proving.view.id}))
        refuse(t, mode, Reason.POLICY, "withdrawn", notices.MISMATCH)
        return True
    proof = on_proving(t, mode.proving, event)
    if proof is None:
        return False
    t.stay(replace(first_way.picked(mode, event, proof), proving=proof))
    return True


def _view(t: Transition, mode: StepUpMode, view: CeremonyView) -> None:
    """The service's word: granted, more is wanted, or no."""
    before = mode
    mode = replace(mode, view=view) if mode.view is not None else first_second.begin(t, replace(mode, view=view))
    t.stay(mode)
    holder = holder_of(t.state, mode.session)
    if view.person is not None and holder is not None and view.person.id != holder.id:
        refuse(t, mode, Reason.POLICY, "withdrawn", notices.MISMATCH)
    elif view.state == "done" and view.grant is not None:
        granted(t, mode, view, view.grant)
    elif view.state == "prove" and view.second is not None:
        second.begin(t, before, view)
    elif view.state == "done" and view.purpose is Purpose.SECOND:
        agreed(t, mode)
    elif view.state == "prove" and view.offers:
        if mode.proving is not None:
            t.stay(replace(mode, proving=proving.advance(t, mode.proving, view)))
        else:
            read_on(t, mode)
    elif view.state == "refused":
        refuse(t, mode, of_refusal(view.refusal), None, notices.step_up_refused(view.refusal), view.refusal)
    else:
        refuse(t, mode, of_refusal(view.refusal), "withdrawn")


def _finished(t: Transition, mode: StepUpMode, view: CeremonyView) -> None:
    """What came of waiting for a second person: the first person's ceremony goes on, or has ended."""
    if view.state == "prove" and view.second is not None and mode.waits is not None:
        t.stay(replace(mode, waits=view))  # somebody is at it here; nothing came of whoever was asked elsewhere
        return
    if mode.waits is not None and mode.view is not None:
        t.order(CancelCeremony(mode.view.id, "withdrawn"))
        second.back(t, mode)
        mode = t.state.mode if isinstance(t.state.mode, StepUpMode) else mode
    _view(t, replace(mode, view=view, waits=None), view)


def _tap(t: Transition, mode: StepUpMode, tap: Tap) -> None:
    """The key that is wanted; any other card is held off until this is answered."""
    proof = mode.proving
    if proof is not None and (proof.stage == "wait" or proof.pending != PendingStep.NOTHING):
        return
    if not tap.fresh:
        say(t, mode, notices.LIFT_AND_TAP)
    elif proof is None or proof.method not in proving.OF_A_CARD:
        say(t, mode, notices.HELD_OFF)
    else:
        t.order(PlaySound("tap"))
        taken = proving.held(t, proof, tap.number) if proof.stage == "hold" else proving.look(t, proof, tap.number)
        t.stay(replace(mode, proving=taken, notice=None))


def _lift(t: Transition, mode: StepUpMode, lift: Lift) -> None:
    """The key was taken away; or the card that signed them in: that locks, once this has ended."""
    if pulled(t, mode.session.tap, mode.session.role, lift):
        mode = replace(mode, after=mode.after or ("card_removed", None))
    proof = mode.proving
    if (
        proof is not None
        and lift.number == proof.key
        and proof.stage == "type"
        and proof.pending == PendingStep.NOTHING
    ):
        mode = replace(mode, proving=replace(proof, key=0))
    t.stay(mode)
