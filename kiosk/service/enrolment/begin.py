"""An enrolment begins: who it is, and what it is about."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.ceremony import LoginPresented
from kiosk.model.enrolment import (
    BeginEnrolment,
    EnrolAct,
    EnrolRefusal,
    FactorKind,
    SessionPresented,
    StartCodePresented,
    Who,
)
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.proof import Fido2Presented, PkocPresented
from kiosk.service.audit.event import Event
from kiosk.service.channels import outbox
from kiosk.service.enrolment import pending, refused, rows, start_code, steps
from kiosk.service.enrolment.pending import Pending
from kiosk.service.enrolment.refused import EnrolmentRefusedError
from kiosk.service.enrolment.table import handler_of
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.policy.enrolment import NAMELESS
from kiosk.service.proofs import presenting
from kiosk.service.proofs.presenting import Unusable
from kiosk.service.shared.frame import Frame
from kiosk.service.store import enrolments, lookups, sessions
from kiosk.service.store.enrolments import NOTHING, EnrolmentDetail, EnrolmentRow
from kiosk.service.store.factors import short_of
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.people import fresh_id

MAX_LOGIN = 128
MAX_MARK = 1400
"""A credential id has at most 1023 bytes (WebAuthn Level 3, section 4), which is 1364 characters."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Who it is, as far as that is told; or why that cannot be told."""

    known: StoredPerson | None = None
    refusal: EnrolRefusal | None = None
    session: str | None = None
    detail: EnrolmentDetail = NOTHING


def begin(frame: Frame, body: BeginEnrolment) -> EnrolmentRow:
    """A new enrolment at this station, refused or under way; an earlier one that is left over ends.

    Raises ``HttpProblemError``.
    """
    if body.factor is not None and len(body.factor) > MAX_MARK:
        raise HttpProblemError(422, "too_long", f"A factor's mark has at most {MAX_MARK} characters.")
    for left in enrolments.under_way(frame.conn, frame.station.id):
        person = lookups.person_by_id(frame.conn, left.person) if left.person else None
        rows.refuse(frame, left, person, Code.CANCELLED, "superseded")
    enrolments.close(frame.conn, frame.station.id, frame.now)
    found = _who(frame, body.who)
    kind = body.kind
    if kind is None and body.new is not None and body.act is EnrolAct.ADD:
        kind = FactorKind.BADGE
    row = EnrolmentRow(
        id=fresh_id(),
        workstation=frame.station.id,
        person=found.known.person.id if found.known else None,
        presented=body.who.kind,
        act=body.act.value,
        step="choose",
        created=frame.now,
        expires=frame.now + enrolments.SECONDS,
        kind=None if kind is None or body.act is EnrolAct.LOST else kind.value,
        factor=None if body.factor is None else short_of(body.factor),
        session=found.session,
        detail=found.detail,
        tap=body.tap or None,
    )
    enrolments.add(frame.conn, row)
    tapped = {"presented": row.presented, "tap": body.tap}
    rows.write(frame, Event("enrol_begin", "seen", frame.now, detail={**tapped}), row, None)
    if found.refusal is not None:
        return rows.refuse(frame, row, found.known, found.refusal)
    if body.act is EnrolAct.LOST and body.factor is None:
        return rows.refuse(frame, row, found.known, Code.POLICY)
    if row.presented not in NAMELESS:
        rows.write(
            frame, Event("enrol_who", "success", frame.now, detail={"presented": row.presented}), row, found.known
        )
    return _with_new_badge(frame, row, body, found.known)


def _with_new_badge(frame: Frame, row: EnrolmentRow, body: BeginEnrolment, known: StoredPerson | None) -> EnrolmentRow:
    """What is wrong with the number itself is said before anybody proves anything for it."""
    if body.new is not None and row.kind is not None:
        try:
            taken = handler_of(row).begun_by(frame, body.new)
        except EnrolmentRefusedError as refusal:
            return rows.refuse(frame, row, known, refusal.refusal)
        if taken is not None:
            row = pending.put(frame, row, Pending(new=body.new.uid, source=body.new.source))
    return steps.follow(frame, row, known)


def _who(frame: Frame, who: Who) -> _Found:
    if isinstance(who, Fido2Presented | PkocPresented):
        return _Found()
    if isinstance(who, LoginPresented):
        return _by_login(frame, who.login)
    if isinstance(who, StartCodePresented):
        return _by_start_code(frame, who)
    if isinstance(who, SessionPresented):
        return _by_session(frame, who.session)
    found = presenting.whose(frame, who)
    if isinstance(found, Unusable):
        code = refused.OF_PROOF.get(found.refusal.code, Code.UNKNOWN)
        return _Found(found.known, EnrolRefusal(code, resembles=found.refusal.resembles))
    return _Found(found)


def _by_login(frame: Frame, login: str) -> _Found:
    """Whether anybody has that login does not show before something is proved."""
    plain = login.strip()
    if not plain or len(plain) > MAX_LOGIN:
        return _Found(refusal=EnrolRefusal(Code.UNKNOWN))
    known = lookups.person_by_login(frame.conn, plain)
    return _Found(None if known is None or known.suspended else known, detail=EnrolmentDetail(login=plain))


def _by_start_code(frame: Frame, who: StartCodePresented) -> _Found:
    """A code of somebody suspended is as good as none."""
    found = start_code.use(frame, who.code)
    if isinstance(found, int):
        return _Found(refusal=EnrolRefusal(Code.TOO_FAST, wait=found))
    known = lookups.person_by_id(frame.conn, found.person) if found else None
    if found is not None and known is not None and not known.suspended:
        outbox.tell(frame.conn, known.person.id, "code_used", frame.now, at=frame.station.name)
        return _Found(known, detail=EnrolmentDetail(code=found.id, code_by=found.by))
    start_code.wrong(frame, who.code)
    return _Found(refusal=EnrolRefusal(Code.START_CODE))


def _by_session(frame: Frame, session: str) -> _Found:
    """The person whose session is open at this very station."""
    found = sessions.held(frame.conn, session)
    if found is None or found.workstation != frame.station.id or found.state != "open":
        return _Found(refusal=EnrolRefusal(Code.UNKNOWN))
    known = lookups.person_by_id(frame.conn, found.person)
    if known is None or known.suspended:
        return _Found(known, EnrolRefusal(Code.SUSPENDED))
    return _Found(known, session=session)
