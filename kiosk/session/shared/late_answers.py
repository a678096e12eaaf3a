"""What an answer of the service opened and nobody uses is closed again, late answers above all.

A ceremony that is not the one under way is cancelled, a session that is not open here is locked, a grant that
no program was given is reported. So the service never believes something open that is not.
"""

from __future__ import annotations

from kiosk.model.ceremony import CeremonyView, Purpose
from kiosk.model.enrolment import EnrolmentView
from kiosk.session.facts.enrolment_orders import CancelEnrolment
from kiosk.session.facts.enrolment_state import FINAL, enrolment_under_way
from kiosk.session.facts.orders import AnswerRing, CancelCeremony, Tell
from kiosk.session.facts.state import EnrolMode, behind, ceremony_of, session_of
from kiosk.session.shared.transition import Draft

OF_AN_ENROLMENT = frozenset({Purpose.ENROL, Purpose.VOUCH})
"""Ceremonies that end with their enrolment."""


def close(d: Draft, view: CeremonyView) -> None:
    """After the rules have had ``view``, or have not wanted it."""
    if view.purpose in OF_AN_ENROLMENT:
        return
    if view.state == "prove" and view.id != ceremony_of(d.state.mode) and not _cancelled(d, view.id):
        d.order(CancelCeremony(view.id, "withdrawn"))
    if view.session is not None and not _accounted_for(d, view.session.id):
        d.order(Tell("lock", view.session.id, "late"))
    if view.grant is not None and not _handed_over(d):
        d.order(Tell("stepup_refused", None, "late", {"request_id": view.grant.request_id}))


def close_enrolment(d: Draft, view: EnrolmentView) -> None:
    """An enrolment that nobody here goes on with."""
    mode = d.state.mode
    here = enrolment_under_way(mode) if isinstance(mode, EnrolMode) else None
    told = {o.enrolment for o in d.orders if isinstance(o, CancelEnrolment)}
    if view.step not in FINAL and view.id != here and view.id not in told:
        d.order(CancelEnrolment(view.id, "withdrawn"))


def _handed_over(d: Draft) -> bool:
    return any(isinstance(o, AnswerRing) and o.answer.decision == "granted" for o in d.orders)


def _cancelled(d: Draft, ceremony: str) -> bool:
    return any(isinstance(o, CancelCeremony) and o.ceremony == ceremony for o in d.orders)


def _accounted_for(d: Draft, session: str) -> bool:
    here = {found.id for found in (session_of(d.state.mode), behind(d.state.mode)) if found is not None}
    told = {o.session for o in d.orders if isinstance(o, Tell) and o.action in ("lock", "session_end")}
    return session in here | told
