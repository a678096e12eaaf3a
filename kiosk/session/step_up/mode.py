"""A program asks for more proof, now, for one action: over a covered workspace, and answered exactly once."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, ReaderRole, Tap
from kiosk.model.ceremony import CeremonyView, Grant, Purpose, Refusal
from kiosk.model.consent import check_purpose
from kiosk.model.drawable import NotDrawableError
from kiosk.model.proof import Method, PhoneProof, PivPresented
from kiosk.model.stepup import Reason, StepUpAnswer
from kiosk.model.wire import StationEvent
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.buttons import Button, Pressed
from kiosk.session.facts.card_orders import DropCard
from kiosk.session.facts.carried import PendingStep
from kiosk.session.facts.ceremony_orders import CancelCeremony
from kiosk.session.facts.events import Event, StepUpWithdrawn, TimerExpired
from kiosk.session.facts.held_by_mode import holder_of
from kiosk.session.facts.orders import AnswerStepUp, PlaySound
from kiosk.session.facts.person_input import PageShown, PurposePicked
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.service_answers import (
    CeremonyUpdated,
    ChallengeReceived,
    Mismatch,
    ServiceRefused,
    Unreachable,
)
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared import aftermath, proving, silenced_programs
from kiosk.session.shared.ending import (
    NOTICE_SECONDS,
    CancelReason,
    answer_step_up,
    give_up,
    harmless,
    let_go,
    pulled,
    return_to_workspace,
)
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in.second_factor import on_proving
from kiosk.session.step_up import consent, first_second, first_way, second
from kiosk.session.step_up.doorbell import of_code, of_refusal

PURPOSE_LENGTH = 200


def on_step_up(t: Transition, mode: StepUpMode, event: Event) -> bool:
    """While more proof is wanted. False: not for us."""
    if not mode.ready and first_second.swallowed(t, mode, event):
        return True
    if second.waiting(mode) and second.on_waiting(t, mode, event):
        return True
    match event:
        case CeremonyUpdated(turn=turn, view=view) if turn and turn == mode.finishing:
            _finished(t, replace(mode, finishing=0), view)
        case CeremonyUpdated(turn=turn, view=view) if turn and turn == mode.finding.turn:
            second.named(t, mode, view)
        case CeremonyUpdated(view=view) if mode.waits is not None:
            second.answered(t, mode, view)
        case CeremonyUpdated(view=view) if mode.turn or (mode.proving and mode.proving.pending == PendingStep.SEND):
            _view(t, replace(mode, turn=0), view)
        case PurposePicked(purpose=purpose):
            _purpose(t, mode, purpose.strip()[:PURPOSE_LENGTH])
        case PageShown(request_number=number) if number == mode.request_number:
            _painted(t, mode if mode.painted else first_second.begin(t, replace(mode, painted=True)), event)
        case Pressed(button=Button.NEXT | Button.BACK | Button.READ_AGAIN as button):
            _turn_page(t, mode, button)
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
            _silence(t, mode)
        case StepUpWithdrawn(request_number=number) if number == mode.request_number:
            refuse(t, mode, Reason.TIMEOUT, "withdrawn", notices.STEP_UP_WITHDRAWN)
        case Unreachable():
            refuse(t, mode, Reason.UNREACHABLE, "timeout")
        case ServiceRefused(code=code):
            refuse(t, mode, of_code(code), "withdrawn")
        case _:
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
        _granted(t, mode, view, view.grant)
    elif view.state == "prove" and view.second is not None:
        second.begin(t, before, view)
    elif view.state == "done" and view.purpose is Purpose.SECOND:
        _agreed(t, mode)
    elif view.state == "prove" and view.offers:
        if mode.proving is not None:
            t.stay(replace(mode, proving=proving.advance(t, mode.proving, view)))
        else:
            _read(t, mode)
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


def _agreed(t: Transition, mode: StepUpMode) -> None:
    """They agreed to a colleague's step-up, at their own station."""
    t.order(AnswerStepUp(mode.request_number, StepUpAnswer("granted", None, None, None, (), None)))
    let_go(t)
    t.order(PlaySound("granted"))
    silenced_programs.granted(t, mode.asker)
    return_to_workspace(t, mode.session, Notice(notices.STEP_UP_ENDED + "agreed"), mode.after)


def _read(t: Transition, mode: StepUpMode) -> None:
    """The methods, once the purpose is in and all has been read: at a glance where it is short, else on pages."""
    t.stay(mode)
    if mode.view is None or mode.proving is not None or consent.wants_purpose(mode):
        return
    if second.waiting(mode):  # read once more; whoever is to agree is still to come
        t.stay(replace(mode, read=mode.read or not consent.pages_of(t.state, mode)))
    elif mode.read or not consent.pages_of(t.state, mode):
        _start(t, replace(mode, read=True), mode.view)


def _painted(t: Transition, mode: StepUpMode, painted: PageShown) -> None:
    """The window shows a page. Whoever changes the language while reading begins again: the evidence names one."""
    paged = bool(consent.pages_of(t.state, mode))
    if painted.language != mode.language and not (paged and mode.read):
        proving = replace(mode.proving, language=painted.language) if mode.proving is not None else None
        mode = replace(mode, language=painted.language, proving=proving, page=0, shown=0)
    page = consent.page_of(t.state, mode)
    if page is not None and painted.number == mode.page == mode.shown:
        mode = replace(mode, shown=mode.shown + 1)
    t.stay(mode)


def _turn_page(t: Transition, mode: StepUpMode, button: Button) -> None:
    """On, once the page has been painted; after the last one come the methods. Back as one likes."""
    said = consent.pages_of(t.state, mode)
    busy = mode.proving is not None and mode.proving.stage == "wait"
    if button == Button.READ_AGAIN:
        if said and mode.read and not busy:
            t.stay(_put_back(t, mode))
    elif mode.read or consent.page_of(t.state, mode) is None:
        return
    elif button == Button.BACK:
        t.stay(replace(mode, page=max(0, mode.page - 1)))
    elif mode.page < mode.shown:
        read = mode.page + 1 == len(said)
        _read(t, replace(mode, read=read, page=mode.page if read else mode.page + 1))


def _put_back(t: Transition, mode: StepUpMode) -> StepUpMode:
    """To the first page: the proof that was being given is put down, and what was typed is forgotten."""
    if mode.proving is not None and mode.proving.key:
        t.order(DropCard(mode.proving.key))
    return replace(mode, page=0, read=False, proving=None, notice=None)


def _start(t: Transition, mode: StepUpMode, view: CeremonyView) -> None:
    """The methods; a card in its slot is looked at so that it is ready when its PIN has been typed."""
    if mode.waits is not None:
        second.start(t, mode, view)
        return
    shown = consent.consent_of(t.state, mode)
    slotted = mode.session.role == ReaderRole.INSERTION and isinstance(mode.session.presented, PivPresented)
    # The card that lies there already is the shorter way than a key in a pocket.
    nearest = Method.PIV_PIN if slotted and t.lying(mode.session.tap) else None
    first = first_way.remembered(t, mode) or nearest
    proof = proving.start(view, shown.login, shown, mode.purpose, first)
    if slotted and proof.method in proving.OF_A_CARD and t.lying(mode.session.tap):
        proof = proving.look(t, proof, mode.session.tap)
    t.stay(replace(mode, view=view, proving=proving.begun(t, replace(proof, language=mode.language))))


def _purpose(t: Transition, mode: StepUpMode, purpose: str) -> None:
    """Picked or typed; what is signed says it, so it stays once anything has been proved for it."""
    if not purpose or mode.view is None or mode.waits is not None or second.waiting(mode):
        return
    try:
        check_purpose(purpose)
    except NotDrawableError:
        _say(t, mode, notices.PURPOSE_NOT_DRAWABLE)
        return
    if mode.proving is None:
        _read(t, replace(mode, purpose=purpose, page=0, shown=0, read=False, notice=None))
    elif mode.proving.stage != "wait" and not mode.view.proved:
        given = mode.proving
        mode = replace(mode, purpose=purpose, page=0, shown=0, read=False)
        if consent.pages_of(t.state, mode):
            t.stay(_put_back(t, mode))
            return
        shown = consent.consent_of(t.state, mode)
        given = proving.try_again(replace(given, purpose=purpose, shown=shown)) if given.stage == "phone" else given
        t.stay(replace(mode, read=True, proving=replace(given, purpose=purpose, shown=shown)))


def _tap(t: Transition, mode: StepUpMode, tap: Tap) -> None:
    """The key that is wanted; any other card is held off until this is answered."""
    proof = mode.proving
    if proof is not None and (proof.stage == "wait" or proof.pending != PendingStep.NOTHING):
        return
    if not tap.fresh:
        _say(t, mode, notices.LIFT_AND_TAP)
    elif proof is None or proof.method not in proving.OF_A_CARD:
        _say(t, mode, notices.HELD_OFF)
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


def _say(t: Transition, mode: StepUpMode, notice: Notice) -> None:
    t.order(PlaySound("attention"))
    t.stay(replace(mode, notice=notice))
    t.set_timer(AlarmName.NOTICE, NOTICE_SECONDS)


def _granted(t: Transition, mode: StepUpMode, view: CeremonyView, grant: Grant) -> None:
    t.order(
        AnswerStepUp(
            mode.request_number, StepUpAnswer("granted", None, grant.token, grant.acr, grant.amr, grant.request_id)
        )
    )
    let_go(t)
    first_way.remember(t, mode)
    session = replace(mode.session, assurance=view.session.assurance) if view.session else mode.session
    t.order(PlaySound("granted"))
    silenced_programs.granted(t, mode.asker)
    return_to_workspace(t, session, Notice(notices.STEP_UP_ENDED + "granted"), mode.after)


def refuse(
    t: Transition,
    mode: StepUpMode,
    reason: Reason,
    cancel: CancelReason | None,
    notice: Notice | None = None,
    refused: Refusal | None = None,
    *,
    here: bool = True,
) -> None:
    """Not granted: the program is told why, the ceremony (unless it ended by itself) is cancelled.

    ``refused``: by the service, which may say more. ``here``: what they did they did at this screen.
    """
    answer_step_up(t, mode, reason, refused)
    if mode.view is None:  # the service has not named the ceremony yet, so it can only be told in our own words
        t.order(ReportEvent("stepup_refused", mode.session.id, reason.value))
    if cancel is None:
        let_go(t)
    else:
        give_up(t, cancel)
    t.order(PlaySound("refused"))
    silenced_programs.not_granted(t, mode.asker)
    notice = notice or Notice(notices.STEP_UP_ENDED + reason.value, "refused")
    if reason == Reason.REFUSED_BY_PERSON and cancel is not None and here:
        return_to_workspace(t, mode.session, notice, mode.after)
    else:
        aftermath.ended(t, mode.session, notice, mode.after)


def on_phone(t: Transition, said: StationEvent) -> None:
    """The person's phone has answered, or too many wrong numbers were typed there. A no counts whatever they were at
    here meanwhile; a yes only while it is waited for."""
    mode = t.state.mode
    if said.kind != "phone" or not isinstance(mode, StepUpMode) or mode.view is None or said.where != mode.view.id:
        return
    given = mode.proving
    waits = given is not None and given.stage == "phone"
    if said.reason in PHONE_SAYS:
        notice = PHONE_SAYS[said.reason]
        refuse(t, mode, Reason.REFUSED_BY_PERSON, "refused_by_person", notice, here=False)
    elif given is not None and waits and said.reason == "approved":
        t.stay(replace(mode, proving=proving.send(t, given, PhoneProof())))
    elif given is not None and waits:
        t.order(PlaySound("attention"))
        t.stay(replace(mode, proving=proving.not_on_phone(given)))


PHONE_SAYS = {"refused": notices.PHONE_REFUSED, "reported": notices.PHONE_REPORTED}


def _silence(t: Transition, mode: StepUpMode) -> None:
    """They did not ask for this: the program is refused, silenced, and reported by name."""
    program = mode.asker.server or mode.asker.program or mode.asker.path
    detail = {"program": harmless(program), "action": harmless(mode.request.ask.action)}
    if mode.asker.server:
        detail["question"] = mode.asker.asked
    if mode.asker.origin:
        detail["origin"] = harmless(mode.asker.origin)
    if mode.view is not None:
        detail["ceremony"] = mode.view.id
    t.order(ReportEvent("not_me", mode.session.id, Reason.SILENCED.value, detail))
    refuse(
        t,
        mode,
        Reason.REFUSED_BY_PERSON,
        "refused_by_person",
        notices.silenced(harmless(program), silenced_programs.who(mode.asker) == silenced_programs.UNREGISTERED),
    )
    silenced_programs.silence(t, mode.session, mode.asker)
