"""The factor becomes theirs, or is stopped because it is lost: one transaction with its rows."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.binding import Json
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.enrolment import Tried
from kiosk.service.audit.event import Event
from kiosk.service.channels import outbox
from kiosk.service.enrolment import rows
from kiosk.service.enrolment.handler import Situation
from kiosk.service.enrolment.pending import Pending
from kiosk.service.enrolment.table import handler_of
from kiosk.service.policy import add_up
from kiosk.service.proofs import replacing
from kiosk.service.proofs.methods import proved_of
from kiosk.service.shared.frame import Frame
from kiosk.service.store import factors, news, stopping
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.lookups import StoredPerson

LOST = "lost"


def bind(at: Situation, sent: Tried, waiting: Pending) -> EnrolmentRow:
    """What was made is tried, and bound. Raises ``EnrolmentRefusedError``, with nothing changed."""
    frame, row, known = at.frame, at.row, at.known
    bound = handler_of(row).bound(at, sent, waiting.made or {}, _told(frame, row))
    if bound.evidence is not None:
        detail: dict[str, Json] = {"enrolment": row.id, "part": "try", "act": row.act, "factor_kind": row.kind}
        detail = {**detail, "subject": known.person.id, **({"factor": row.factor} if row.factor else {})}
        event = Event("proof", "success", frame.now, method=bound.method, evidence=bound.evidence, detail=detail)
        frame.write(replace(event, ceremony=row.id, session=row.session), known)
    mark = bound.kind if bound.kind in factors.ALONE else factors.short_of(f"{bound.kind}:{bound.id}")
    factors.used(frame.conn, bound.kind, bound.id, frame.now)
    if row.factor and row.factor != mark:
        replacing.take_away(frame, known.person.id, row.factor, bound.kind, bound.id)
    news.add(frame.conn, known.person.id, "added", frame.now)
    outbox.tell(frame.conn, known.person.id, "factor_added", frame.now, factor=row.kind, at=frame.station.name)
    return _done(frame, row, mark)


def lose(frame: Frame, row: EnrolmentRow, known: StoredPerson) -> EnrolmentRow:
    """It proves nothing any more, and what they have open elsewhere is locked; here they have just proved another."""
    found = factors.by_mark(frame.conn, known.person.id, row.factor or "")
    if found is None:
        return rows.refuse(frame, row, known, Code.POLICY)
    factors.suspend(frame.conn, found.kind, found.id, LOST, frame.now)
    locked = stopping.lock_everywhere(frame.conn, known.person.id, frame.now, "factor", but=row.session)
    news.add(frame.conn, known.person.id, "lost", frame.now)
    outbox.tell(frame.conn, known.person.id, "factor_lost", frame.now, factor=found.kind, at=frame.station.name)
    detail: dict[str, Json] = {**_told(frame, row), "name": found.name, "sessions_locked": locked}
    event = Event("factor_lost", "success", frame.now, session=row.session, detail={**detail, "factor": found.short})
    frame.write(event, known)
    return _done(frame, row, found.short)


def _done(frame: Frame, row: EnrolmentRow, mark: str) -> EnrolmentRow:
    row = rows.failed(frame, row, None)
    row = replace(row, step="done", ceremony=None, pending=None, key_id=None, ended=frame.now)
    return rows.save(frame, replace(row, detail=replace(row.detail, mark=mark)))


def _told(frame: Frame, row: EnrolmentRow) -> dict[str, Json]:
    """What every such row says: on which proof, and on whose word."""
    acr = add_up(proved_of(row.proved), frame.now).acr if row.proved else None
    told: dict[str, Json] = {
        "enrolment": row.id,
        "factor_kind": row.kind,
        "presented": row.presented,
        "proved": acr,
        "vouched_by": row.second if row.vouched else None,
        "replaces": row.factor if row.act == "add" else None,
    }
    return {name: value for name, value in told.items() if value is not None}
