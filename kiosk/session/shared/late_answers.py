"""What an answer of the service opened and nobody uses is closed again, late answers above all.

A ceremony that is not the one under way is cancelled, a session that is not open here is locked, a grant that
no program was given is reported. So the service never believes something open that is not.
"""

from __future__ import annotations

from kiosk.model.ceremony import CeremonyView, Purpose
from kiosk.model.enrolment import EnrolmentView
from kiosk.session.facts.ceremony_orders import CancelCeremony
from kiosk.session.facts.enrolment_orders import CancelEnrolment
from kiosk.session.facts.enrolment_state import FINAL, EnrolMode, enrolment_under_way
from kiosk.session.facts.held_by_mode import behind, ceremonies_of, session_of
from kiosk.session.facts.orders import AnswerStepUp
from kiosk.session.facts.session_orders import ReportEvent
from kiosk.session.shared.transition import Transition

OF_AN_ENROLMENT = frozenset({Purpose.ENROL, Purpose.VOUCH})
"""Ceremonies that end with their enrolment."""


def close(t: Transition, view: CeremonyView) -> None:
    """After the rules have had ``view``, or have not wanted it."""
    if view.purpose in OF_AN_ENROLMENT:
        return
    if view.state == "prove" and view.id not in ceremonies_of(t.state.mode) and not _cancelled(t, view.id):
        t.order(CancelCeremony(view.id, "withdrawn"))
    if view.session is not None and not _accounted_for(t, view.session.id):
        t.order(ReportEvent("lock", view.session.id, "late"))
    if view.grant is not None and not _handed_over(t):
        t.order(ReportEvent("stepup_refused", None, "late", {"request_id": view.grant.request_id}))


def close_enrolment(t: Transition, view: EnrolmentView) -> None:
    """An enrolment that nobody here goes on with."""
    mode = t.state.mode
    here = enrolment_under_way(mode) if isinstance(mode, EnrolMode) else None
    told = {o.enrolment for o in t.orders if isinstance(o, CancelEnrolment)}
    if view.step not in FINAL and view.id != here and view.id not in told:
        t.order(CancelEnrolment(view.id, "withdrawn"))


def _handed_over(t: Transition) -> bool:
    return any(isinstance(o, AnswerStepUp) and o.answer.decision == "granted" for o in t.orders)


def _cancelled(t: Transition, ceremony: str) -> bool:
    return any(isinstance(o, CancelCeremony) and o.ceremony == ceremony for o in t.orders)


def _accounted_for(t: Transition, session: str) -> bool:
    here = {found.id for found in (session_of(t.state.mode), behind(t.state.mode)) if found is not None}
    told = {o.session for o in t.orders if isinstance(o, ReportEvent) and o.action in ("lock", "session_end")}
    return session in here | told
