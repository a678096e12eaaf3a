"""Somebody else has to agree to a step-up: found here by their card, or asked by login where they work.

While a colleague proves themselves here, the ceremony that is shown is theirs, and ``waits`` keeps the first person's.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import Lift, Tap
from kiosk.model.ceremony import CeremonyView, Purpose
from kiosk.model.proof import Fido2Presented, Method, PivPresented, Presented
from kiosk.model.refusal import RefusalCode
from kiosk.model.stepup import Reason
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.card_answers import CardFailed, Probed
from kiosk.session.facts.card_orders import DropCard, ProbeCard
from kiosk.session.facts.carried import PendingStep
from kiosk.session.facts.ceremony_orders import CancelCeremony, FinishStepUp, NameSecond
from kiosk.session.facts.events import Event
from kiosk.session.facts.held_by_mode import holder_of
from kiosk.session.facts.orders import PlaySound
from kiosk.session.facts.person_input import LoginTyped
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.step_up_state import FindingSecond, StepUpMode
from kiosk.session.shared import proving
from kiosk.session.shared.ending import pulled
from kiosk.session.shared.saying import say
from kiosk.session.shared.transition import Transition
from kiosk.session.step_up import consent

MAX_LOGIN = 128
FIRST = {Fido2Presented: Method.FIDO2, PivPresented: Method.PIV_PIN}


def waiting(mode: StepUpMode) -> bool:
    """Whether a second person is wanted, and nobody proves themselves yet."""
    return mode.waits is None and mode.view is not None and mode.view.second is not None


def begin(t: Transition, mode: StepUpMode, view: CeremonyView) -> None:
    """The person has proved their part: now somebody else has to agree."""
    if mode.proving is not None and mode.proving.key:
        t.order(DropCard(mode.proving.key))
    anew = mode.view is None or mode.view.second is None
    wanted = view.second
    mode = replace(mode, view=view, waits=None, proving=None, turn=0, finding=FindingSecond(), notice=None)
    mode = replace(mode, seconds=view.expires_in if anew else mode.seconds, read=True)
    t.stay(mode)
    if anew:
        t.order(PlaySound("attention"))
        t.set_timer(AlarmName.STEP_UP, max(1, view.expires_in))
    if wanted is not None and wanted.refusal:
        say(t, mode, notices.second(wanted.refusal))


def on_waiting(t: Transition, mode: StepUpMode, event: Event) -> bool:
    """While nobody proves themselves yet. False: not for us."""
    finding, view = mode.finding, mode.view
    if view is None:  # pragma: no cover - a view that waits is how it began
        return False
    match event:
        case Tap() if not event.fresh:
            say(t, mode, notices.LIFT_AND_TAP)
        case Tap() if finding.pending == PendingStep.NOTHING:
            t.order(PlaySound("tap"))
            turn = t.ask(lambda turn: ProbeCard(turn, event.number))
            t.stay(replace(mode, finding=FindingSecond(PendingStep.PROBE, turn, event.number), notice=None))
        case Tap():
            pass
        case Lift():
            if pulled(t, mode.session.tap, mode.session.role, event):
                t.stay(replace(mode, after=mode.after or ("card_removed", None)))
        case Probed(presented=presented) if finding.pending == PendingStep.PROBE:
            _name(t, mode, view.id, presented, "", finding.tap)
        case CardFailed(trouble=trouble) if finding.pending == PendingStep.PROBE:
            t.order(ReportEvent("tap_failed", reason=trouble.value))
            mode = replace(mode, finding=FindingSecond())
            t.stay(mode)
            say(t, mode, notices.card(trouble))
        case LoginTyped(login=login) if finding.pending == PendingStep.NOTHING and login.strip():
            _name(t, mode, view.id, None, login.strip()[:MAX_LOGIN], 0)
        case _:
            return False
    return True


def _name(t: Transition, mode: StepUpMode, ceremony: str, presented: Presented | None, login: str, tap: int) -> None:
    turn = t.ask(lambda turn: NameSecond(turn, ceremony, presented, login, tap))
    t.stay(replace(mode, finding=FindingSecond(PendingStep.BEGIN, turn, tap, presented), notice=None))


def named(t: Transition, mode: StepUpMode, view: CeremonyView) -> None:
    """The service's word about whoever was named: their own ceremony here, or the first one, which waits on."""
    finding = mode.finding
    here = view.purpose is Purpose.SECOND and view.state == "prove" and bool(view.offers)
    holder = holder_of(t.state, mode.session)
    same = view.person is not None and holder is not None and view.person.id == holder.id
    if not here or same or mode.view is None:
        if finding.tap:
            t.order(DropCard(finding.tap))
        code = view.refusal.code if view.refusal is not None else RefusalCode.POLICY
        if view.purpose is Purpose.SECOND:
            back(t, mode, notices.second(code.value))
        else:
            begin(t, mode, view)
        return
    lying = finding.tap if finding.tap and t.lying(finding.tap) else 0
    t.order(PlaySound("attention"))
    mode = replace(mode, waits=mode.view, view=view, page=0, shown=0, read=False, finding=replace(finding, turn=0))
    if consent.pages_of(t.state, mode):
        t.order(*(DropCard(tap) for tap in (lying,) if tap))
        t.stay(replace(mode, finding=FindingSecond()))
        return
    start(t, replace(mode, read=True), view)


def start(t: Transition, mode: StepUpMode, view: CeremonyView) -> None:
    """Their own proof, beside what they agree to."""
    finding = mode.finding
    shown = consent.consent_of(t.state, mode)
    login = view.person.login if view.person is not None else None
    first = FIRST.get(type(finding.presented)) if finding.presented is not None else None
    proof = proving.start(view, login, shown, mode.purpose, first)
    lying = bool(finding.tap) and t.lying(finding.tap)
    if lying and finding.presented is not None and first is proof.method:  # a badge that said who it is proves nothing
        proof = proving.look(t, proof, finding.tap)
    elif finding.tap:
        t.order(DropCard(finding.tap))
    t.stay(replace(mode, proving=replace(proof, language=mode.language), finding=FindingSecond()))


def answered(t: Transition, mode: StepUpMode, view: CeremonyView) -> None:
    """The service's word about the colleague's proof."""
    if view.state == "prove" and view.offers and mode.proving is not None:
        t.stay(replace(mode, view=view, proving=proving.advance(t, mode.proving, view)))
    elif view.state == "done":
        if mode.proving is not None and mode.proving.key:
            t.order(DropCard(mode.proving.key))
        mode = replace(mode, view=mode.waits, waits=None, proving=None)
        t.stay(mode)
        finish(t, mode)
    else:
        code = view.refusal.code if view.refusal is not None else RefusalCode.POLICY
        back(t, mode, notices.second(code.value))


def back(t: Transition, mode: StepUpMode, notice: Notice | None = None) -> None:
    """Nobody proves themselves here any more; somebody else may."""
    if mode.proving is not None and mode.proving.key:
        t.order(DropCard(mode.proving.key))
    view = mode.waits if mode.waits is not None else mode.view
    mode = replace(mode, view=view, waits=None, proving=None, finding=FindingSecond(), read=True)
    t.stay(mode)
    if notice is not None:
        say(t, mode, notice)


def finish(t: Transition, mode: StepUpMode) -> None:
    """Ask the service what came of it."""
    ceremony = mode.waits or mode.view
    if ceremony is None or ceremony.second is None:
        return
    name = ceremony.id
    t.stay(replace(mode, finishing=t.ask(lambda turn: FinishStepUp(turn, name))))


def seconded(t: Transition, session: str | None) -> None:
    """Somebody answered elsewhere for the step-up of this session."""
    mode = t.state.mode
    if isinstance(mode, StepUpMode) and mode.session.id == session:
        finish(t, mode)


def no(t: Transition, mode: StepUpMode) -> Reason:
    """Refuse was pressed. Whose no it is: of the colleague who is at it, or the person's own."""
    if mode.waits is None or mode.view is None:
        return Reason.REFUSED_BY_PERSON
    t.order(CancelCeremony(mode.view.id, "refused_by_person"))
    t.stay(replace(mode, view=mode.waits, waits=None))
    return Reason.SECOND_REFUSED
