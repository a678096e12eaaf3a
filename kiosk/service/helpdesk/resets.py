"""A reset from its begin to its start code. Each act is one transaction with its row, in the workstation's chain."""

from __future__ import annotations

from kiosk.model.binding import Json
from kiosk.model.helpdesk import ResetView
from kiosk.service.admin import marks
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.audit.event import Event
from kiosk.service.channels import outbox
from kiosk.service.helpdesk.approver import Approver
from kiosk.service.helpdesk.refusals import ResetRefusedError
from kiosk.service.policy.reset_rules import DAY, reset_terms
from kiosk.service.shared.frame import Frame
from kiosk.service.store import factors, lookups, news, people, resets, start_codes, stopping
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.resets import Reset

HOUR = 3600


def begin(frame: Frame, by: Approver, said: tuple[str, ...] = ()) -> ResetView:
    """Begin a reset of the person whom ``by`` approved it for; their code, or what it waits for. What is reported lost
    is what the same approval names; ``said``: what the program says of it, which may name nothing else.

    Raises ``ResetRefusedError`` with nothing changed but the token used up.
    """
    subject = _subject(frame, by)
    rules = frame.service.rules.recovery
    earlier = resets.begun_since(frame.conn, frame.now - rules.reset_risk_days * DAY, person=subject.person.id)
    _not_too_often(frame, by, subject)
    terms = reset_terms(rules, subject.person.roles, earlier)
    if set(said) - set(by.lost):
        raise ResetRefusedError("lost_not_signed")
    found = _lost(frame, by, subject)
    new = Reset(
        id=resets.fresh_id(),
        person=subject.person.id,
        begun_by=by.known.person.id,
        workstation=frame.station.id,
        seen=by.purpose,
        lost=tuple(factor.short for factor in found),
        begun=frame.now,
        due=frame.now + terms.wait,
        second=terms.second,
        risk=terms.risk,
    )
    resets.add(frame.conn, new)
    for factor in found:
        factors.suspend(frame.conn, factor.kind, factor.id, "lost", frame.now)
        outbox.tell(frame.conn, subject.person.id, "factor_lost", frame.now, factor=factor.kind, at=frame.station.name)
    locked = stopping.lock_everywhere(frame.conn, subject.person.id, frame.now, "factor") if found else 0
    news.add(frame.conn, subject.person.id, "reset", frame.now)
    told = outbox.tell(frame.conn, subject.person.id, "reset_begun", frame.now, reset=new.id, at=frame.station.name)
    lost_marks: list[Json] = [*new.lost]
    detail: dict[str, Json] = {"seen": new.seen, "lost": lost_marks, "sessions_locked": locked, "told": told}
    detail |= {"wait": terms.wait, "second": terms.second, "earlier": earlier}
    _write(frame, "reset", subject, new, by, {**detail, **({"risk": new.risk} if new.risk else {})})
    return _give(frame, by, subject, new) if not terms.wait and not terms.second else _view(frame, subject, new)


def approve(frame: Frame, by: Approver) -> ResetView:
    """A second person agrees: the code may be fetched. Raises ``ResetRefusedError``."""
    found, subject = _live(frame, by)
    if by.known.person.id in (found.begun_by, found.person):
        raise ResetRefusedError("same_person")
    if found.approved is not None:
        raise ResetRefusedError("agreed_already")
    resets.approve(frame.conn, found.id, by.known.person.id, frame.now)
    told = outbox.tell(frame.conn, found.person, "reset_approved", frame.now, reset=found.id, at=frame.station.name)
    _write(frame, "reset_approved", subject, found, by, {"told": told})
    return _view(frame, subject, _again(frame, found))


def code(frame: Frame, by: Approver) -> ResetView:
    """The start code, to the one who began it, once it is due. Raises ``ResetRefusedError``."""
    found, subject = _live(frame, by)
    if by.known.person.id != found.begun_by:
        raise ResetRefusedError("not_yours")
    if found.second and found.approved is None:
        raise ResetRefusedError("second_needed")
    if frame.now < found.due:
        raise ResetRefusedError("too_early")
    return _give(frame, by, subject, found)


def _subject(frame: Frame, by: Approver) -> StoredPerson:
    subject = lookups.person_by_login(frame.conn, by.resource.lower())
    if subject is None:
        raise ResetRefusedError("unknown_person")
    if subject.person.id == by.known.person.id:
        raise ResetRefusedError("self")
    if subject.suspended:
        raise ResetRefusedError("not_active")
    if not by.purpose.strip():
        raise ResetRefusedError("nothing_seen")
    return subject


def _not_too_often(frame: Frame, by: Approver, subject: StoredPerson) -> None:
    rules, conn = frame.service.rules.recovery, frame.conn
    by_them = resets.begun_since(conn, frame.now - HOUR + 1, by=by.known.person.id)
    of_theirs = resets.begun_since(conn, frame.now - DAY + 1, person=subject.person.id)
    if by_them >= rules.resets_an_hour or of_theirs >= rules.resets_a_day:
        raise ResetRefusedError("too_many")


def _lost(frame: Frame, by: Approver, subject: StoredPerson) -> list[factors.Factor]:
    """What was reported lost: fields of what was shown and signed, so that no program adds any."""
    person = people.by_id(frame.conn, subject.person.id)
    try:
        found = {factor.mark: factor for factor in (marks.find(frame.conn, person, said) for said in by.lost)}
    except ActRefusedError:
        raise ResetRefusedError("no_such_factor") from None
    return list(found.values())


def _live(frame: Frame, by: Approver) -> tuple[Reset, StoredPerson]:
    found = resets.find(frame.conn, by.resource.upper())
    subject = lookups.person_by_id(frame.conn, found.person) if found is not None else None
    if found is None or subject is None:
        raise ResetRefusedError("unknown_reset")
    if found.ended is not None or found.lapsed(frame.now) or frame.now < found.begun:
        raise ResetRefusedError("over")
    if subject.suspended:
        raise ResetRefusedError("not_active")
    return found, subject


def _again(frame: Frame, found: Reset) -> Reset:
    return resets.find(frame.conn, found.id) or found


def _give(frame: Frame, by: Approver, subject: StoredPerson, found: Reset) -> ResetView:
    """Issue the code and end the reset. The code itself is in no row of any table."""
    login = by.known.person.login
    made = start_codes.issue(frame.conn, frame.service.keys.badge, found.person, login, f"reset {found.id}", frame.now)
    resets.end(frame.conn, found.id, "code_given", frame.now)
    _write(frame, "reset_code", subject, found, by, {"expires": frame.now + start_codes.SECONDS})
    return _view(frame, subject, found, made)


def _view(frame: Frame, subject: StoredPerson, found: Reset, made: str | None = None) -> ResetView:
    whose = (found.id, subject.person.login, subject.person.name)
    if made is not None:
        return ResetView(*whose, "code", found.due, made, start_codes.SECONDS, risk=found.risk)
    if found.second and found.approved is None:
        return ResetView(*whose, "second", found.due, risk=found.risk)
    return ResetView(*whose, "waiting" if frame.now < found.due else "ready", found.due, risk=found.risk)


def _write(
    frame: Frame, action: str, subject: StoredPerson, found: Reset, by: Approver, detail: dict[str, Json]
) -> None:
    who: dict[str, Json] = {"reset": found.id, "by": by.known.person.id, "by_login": by.known.person.login}
    event = Event(action, "success", frame.now, reason=found.risk, detail={**who, **detail, "jti": by.jti})
    frame.write(event, subject)
