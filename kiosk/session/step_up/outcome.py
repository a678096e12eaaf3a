"""How a step-up ends: granted, refused, or silenced. The program is told once, and the trail with it."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.ceremony import CeremonyView, Grant
from kiosk.model.proof import PhoneProof
from kiosk.model.refusal import Refusal
from kiosk.model.stepup import Reason, StepUpAnswer
from kiosk.model.wire import StationEvent
from kiosk.session.facts import notices
from kiosk.session.facts.orders import AnswerStepUp, PlaySound
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.facts.step_up_state import StepUpMode
from kiosk.session.shared import aftermath, proving, silenced_programs
from kiosk.session.shared.ending import CancelReason, answer_step_up, give_up, harmless, let_go, return_to_workspace
from kiosk.session.shared.transition import Transition
from kiosk.session.step_up import first_way


def agreed(t: Transition, mode: StepUpMode) -> None:
    """They agreed to a colleague's step-up, at their own station."""
    t.order(AnswerStepUp(mode.request_number, StepUpAnswer("granted", None, None, None, (), None)))
    let_go(t)
    t.order(PlaySound("granted"))
    silenced_programs.granted(t, mode.asker)
    return_to_workspace(t, mode.session, Notice(notices.STEP_UP_ENDED + "agreed"), mode.after)


def granted(t: Transition, mode: StepUpMode, view: CeremonyView, grant: Grant) -> None:
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


def silence(t: Transition, mode: StepUpMode) -> None:
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
