"""How an enrolment ends otherwise than its person wanted: no answer, an error, its time over, the service's own no.

What the sentence says of the new factor must be true: nothing was added, what came before stays, or nobody here knows.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.enrolment import EnrolAct, EnrolRefusal, EnrolRefusalCode, EnrolStep
from kiosk.session.enrolment import who
from kiosk.session.enrolment.moves import leave
from kiosk.session.facts import notices
from kiosk.session.facts.enrolment_state import DonePart, EnrolMode
from kiosk.session.facts.screens import Notice
from kiosk.session.facts.state import Doing, LockedMode
from kiosk.session.shared.ending import give_up, lock_after, to_locked
from kiosk.session.shared.transition import Draft
from kiosk.session.sign_in.answers import revoked

ENDED_SECONDS = 30
"""For whoever looks at her badge or key just then: she must not miss what became of it."""
UNSURE = (notices.ENROL_UNSURE, notices.ENROL_UNSURE_SIGN_IN, notices.ENROL_UNSURE_TRY)
UNCLEAR = (notices.ENROL_UNCLEAR, notices.ENROL_UNCLEAR_SIGN_IN, notices.ENROL_UNCLEAR_TRY)
ALREADY_DONE = "already_done"
OUT_OF_STEP = frozenset({ALREADY_DONE, "wrong_step", "wrong_kind", "not_found", "conflict", notices.BAD_ANSWER})
"""Errors by which service and workstation do not mean the same enrolment, or not the same step of it."""


def _unsure(m: EnrolMode) -> bool:
    """Whether the request that is under way is the one that binds: it may have been carried out."""
    binds = m.doing == Doing.ASK and m.view is not None and m.view.step != EnrolStep.DONE
    return binds and m.view is not None and (m.view.step == EnrolStep.TRY or m.wish.act == EnrolAct.LOST)


def _perhaps(m: EnrolMode, bar: Notice, sign_in: Notice, try_it: Notice) -> Notice:
    """Where she can see what became of it: on the bar, after a sign-in, or by nothing but the new thing itself."""
    if m.session is None:
        return try_it
    return bar if m.after is None else sign_in


def service_lost(d: Draft, m: EnrolMode) -> None:
    """No answer, so it ends. Only where it may have been bound by that very request nobody here knows."""
    leave(d, _perhaps(m, *UNSURE) if _unsure(m) else notices.ENROL_LOST, "timeout")
    _longer(d)


def service_refused(d: Draft, m: EnrolMode, code: str) -> None:
    """An error instead of a view."""
    if code == notices.STATION_REVOKED:
        revoked(d)
    elif code == ALREADY_DONE and _goes_on(m):
        who.who_again(d, m)
        _say_over(d)
    elif code in OUT_OF_STEP or code.startswith(notices.HTTP_STATUS):
        leave(d, _perhaps(m, *UNCLEAR) if _unsure(m) else notices.ENROL_OUT_OF_STEP, "withdrawn")
        _longer(d)
    else:
        leave(d, notices.enrol_problem(code), "withdrawn")


def _goes_on(m: EnrolMode) -> bool:
    """ "Add another" was pressed at the lock screen, and the one before is all that was done."""
    return m.more and m.session is None and m.view is not None and m.view.step == EnrolStep.DONE


def _say_over(d: Draft) -> None:
    """Too late to go on within it, as is said where she can begin the next one at once."""
    if isinstance(d.state.mode, EnrolMode):
        d.stay(replace(d.state.mode, notice=notices.ENROL_OVER))
        d.alarm("notice", ENDED_SECONDS)


def refuse(d: Draft, m: EnrolMode, refusal: EnrolRefusal) -> None:
    """The service ended it."""
    leave(d, _no(m, refusal))


def _no(m: EnrolMode, refusal: EnrolRefusal) -> Notice:
    """ "Nothing was added" would be wrong of one that had added something."""
    if m.more and refusal.code == EnrolRefusalCode.EXPIRED:
        return notices.ENROL_MORE_EXPIRED
    if m.more and refusal.code == EnrolRefusalCode.CANCELLED:
        return notices.ENROL_MORE_CANCELLED
    return notices.enrol_refused(refusal)


def time_is_up(d: Draft, m: EnrolMode) -> None:
    """Nobody finished it. A workspace is not uncovered then: it would be shown to whoever comes by."""
    give_up(d, "timeout")
    if m.session is None:
        to_locked(d)
    else:
        lock_after(d, m.session, *(m.after or ("idle", None)))
    if isinstance(m.part, DonePart):
        return  # all was done
    m = replace(m, after=m.after or ("idle", None))
    said = _perhaps(m, *UNCLEAR) if _unsure(m) else _no(m, EnrolRefusal(EnrolRefusalCode.EXPIRED))
    if isinstance(d.state.mode, LockedMode):
        d.stay(replace(d.state.mode, notice=replace(said, tone="warning")))
        _longer(d)


def _longer(d: Draft) -> None:
    if isinstance(d.state.mode, LockedMode):
        d.alarm("notice", ENDED_SECONDS)
