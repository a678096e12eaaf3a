"""How an enrolment ends otherwise than its person wanted: no answer, an error, its time over, the service's own no.

What the sentence says of the new factor must be true: nothing was added, what came before stays, or nobody here knows.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.enrolment import EnrolAct, EnrolRefusal, EnrolRefusalCode, EnrolStep
from kiosk.session.enrolment import who
from kiosk.session.enrolment.moves import leave
from kiosk.session.facts import notices
from kiosk.session.facts.alarm_names import AlarmName
from kiosk.session.facts.carried import PendingStep
from kiosk.session.facts.enrolment_state import DonePhase, EnrolMode
from kiosk.session.facts.modes import LockedMode
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.shared.ending import give_up, lock_after, to_locked
from kiosk.session.shared.transition import Transition
from kiosk.session.sign_in.answers import revoked

ENDED_SECONDS = 30
"""For whoever looks at their badge or key just then: they must not miss what became of it."""
UNSURE = (notices.ENROL_UNSURE, notices.ENROL_UNSURE_SIGN_IN, notices.ENROL_UNSURE_TRY)
UNCLEAR = (notices.ENROL_UNCLEAR, notices.ENROL_UNCLEAR_SIGN_IN, notices.ENROL_UNCLEAR_TRY)
ALREADY_DONE = "already_done"
OUT_OF_STEP = frozenset({ALREADY_DONE, "wrong_step", "wrong_kind", "not_found", "conflict", notices.BAD_ANSWER})
"""Errors by which service and workstation do not mean the same enrolment, or not the same step of it."""


def _unsure(mode: EnrolMode) -> bool:
    """Whether the request that is under way is the one that binds: it may have been carried out."""
    binds = mode.pending == PendingStep.ASK and mode.view is not None and mode.view.step != EnrolStep.DONE
    return binds and mode.view is not None and (mode.view.step == EnrolStep.TRY or mode.wish.act == EnrolAct.LOST)


def _perhaps(mode: EnrolMode, bar: Notice, sign_in: Notice, try_it: Notice) -> Notice:
    """Where they can see what became of it: on the bar, after a sign-in, or by nothing but the new thing itself."""
    if mode.session is None:
        return try_it
    return bar if mode.after is None else sign_in


def service_lost(t: Transition, mode: EnrolMode) -> None:
    """No answer, so it ends. Only where it may have been bound by that very request nobody here knows."""
    leave(t, _perhaps(mode, *UNSURE) if _unsure(mode) else notices.ENROL_LOST, "timeout")
    _longer(t)


def service_refused(t: Transition, mode: EnrolMode, code: str, request: str) -> None:
    """An error instead of a view."""
    if code == notices.STATION_REVOKED:
        revoked(t)
    elif code == ALREADY_DONE and _goes_on(mode):
        who.who_again(t, mode)
        _say_over(t)
    elif code in OUT_OF_STEP or code.startswith(notices.HTTP_STATUS):
        leave(t, _perhaps(mode, *UNCLEAR) if _unsure(mode) else notices.ENROL_OUT_OF_STEP, "withdrawn")
        _longer(t)
    else:
        leave(t, notices.enrol_problem(code, request), "withdrawn")


def _goes_on(mode: EnrolMode) -> bool:
    """ "Add another" was pressed at the lock screen, and the one before is all that was done."""
    return mode.more and mode.session is None and mode.view is not None and mode.view.step == EnrolStep.DONE


def _say_over(t: Transition) -> None:
    """Too late to go on within it, as is said where they can begin the next one at once."""
    if isinstance(t.state.mode, EnrolMode):  # pragma: no branch - it has just been asked again who it is
        t.stay(replace(t.state.mode, notice=notices.ENROL_OVER))
        t.set_timer(AlarmName.NOTICE, ENDED_SECONDS)


def refuse(t: Transition, mode: EnrolMode, refusal: EnrolRefusal) -> None:
    """The service ended it."""
    leave(t, _no(mode, refusal))


def _no(mode: EnrolMode, refusal: EnrolRefusal) -> Notice:
    """ "Nothing was added" would be wrong of one that had added something."""
    if mode.more and refusal.code == EnrolRefusalCode.EXPIRED:
        return notices.ENROL_MORE_EXPIRED
    if mode.more and refusal.code == EnrolRefusalCode.CANCELLED:
        return notices.ENROL_MORE_CANCELLED
    return notices.enrol_refused(refusal)


def time_is_up(t: Transition, mode: EnrolMode) -> None:
    """Nobody finished it. A workspace is not uncovered then: it would be shown to whoever comes by."""
    give_up(t, "timeout")
    if mode.session is None:
        to_locked(t)
    else:
        lock_after(t, mode.session, *(mode.after or ("idle", None)))
    if isinstance(mode.part, DonePhase):
        return  # all was done
    mode = replace(mode, after=mode.after or ("idle", None))
    said = _perhaps(mode, *UNCLEAR) if _unsure(mode) else _no(mode, EnrolRefusal(EnrolRefusalCode.EXPIRED))
    if isinstance(t.state.mode, LockedMode):  # pragma: no branch - it has just been locked
        t.stay(replace(t.state.mode, notice=replace(said, tone="warning")))
        _longer(t)


def _longer(t: Transition) -> None:
    if isinstance(t.state.mode, LockedMode):
        t.set_timer(AlarmName.NOTICE, ENDED_SECONDS)
