"""A step-up whose person has proved their part waits for a second one: who is named, here by a card or elsewhere by
login, and what the station is told of it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.ceremony import CeremonyView, Why
from kiosk.model.proof import Fido2Presented, PkocPresented, Presented
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.second import MAX_ROLES_SHOWN, SecondOf, SecondPersonIn, SecondWanted
from kiosk.service import policy
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import challenges, risk_now, second_rules, stepup
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.proofs import presenting
from kiosk.service.proofs.presenting import Unusable
from kiosk.service.shared import ceremony_view, policy_asked, policy_in_force
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies, events, lookups, people, seconds
from kiosk.service.store.ceremonies import CeremonyDetail, CeremonyRow
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.people import fresh_id
from kiosk.service.store.seconds import SecondRequest

ACT = "second_asked"
"""In the trail."""
MAX_ASKED = 3
"""Colleagues elsewhere whom one step-up may ask, one after the other: who gets no answer by then finds nobody."""
MAX_WAITING = 3
"""Step-ups of others that may wait for one person."""


def name(frame: Frame, ceremony_id: str, body: SecondPersonIn) -> CeremonyView:
    """Somebody is named as the second person. Of one who is here: the view of their own ceremony. Else that of the
    step-up, which says who is asked, or why not. Raises ``HttpProblemError``."""
    _lock_both(frame, ceremony_id, body)
    row, known = challenges.load(frame, ceremony_id)
    if known is None or not waiting(frame, row, known):
        raise HttpProblemError(409, "expired", "This step-up does not wait for a second person. Begin again.")
    if body.presented is not None:
        return _here(frame, row, known, body.presented)
    return _elsewhere(frame, row, known, body.login.strip())


def _lock_both(frame: Frame, ceremony_id: str, body: SecondPersonIn) -> None:
    """Who asks and who is named, in one order (decision 33), before either is looked at."""
    row = ceremonies.find(frame.conn, ceremony_id)
    named = presenting.seen(frame, body.presented) if body.presented is not None else None
    if body.presented is None and body.login.strip():
        named = people.id_of(frame.conn, body.login.strip())
    if row is not None and row.workstation == frame.station.id and named:
        second_rules.lock_pair(frame, row.person or "", named)


def waiting(frame: Frame, row: CeremonyRow, known: StoredPerson) -> bool:
    """Whether this step-up lacks nothing but a second person."""
    if row.purpose != "step_up" or not row.detail.signed or not frame.live(row):
        return False
    decision = stepup.decide(frame, row, known)
    return isinstance(decision, policy.Need) and decision.why is Why.SECOND and stepup.still_active(frame, row)


def view_of(frame: Frame, row: CeremonyRow, known: StoredPerson, refusal: str = "") -> CeremonyView:
    """A step-up that waits, as its station shows it. ``refusal``: why the last one could not be asked."""
    asked = seconds.asked_for(frame.conn, row.id)
    open_now = [each for each in asked if seconds.state_of(frame.conn, each, frame.now) in ("waiting", "shown")]
    colleague = lookups.person_seen(frame.conn, open_now[0].person) if open_now else None
    wanted = SecondWanted(
        roles=(_roles(frame, row, known) or ())[:MAX_ROLES_SHOWN],
        asked=colleague.person.login if colleague is not None else "",
        refusal=refusal,
    )
    decision = stepup.decide(frame, row, known)
    ground = decision.ground if isinstance(decision, policy.Need) else None
    return replace(ceremony_view.of_row(frame, row, known, ground=ground), second=wanted)


def _roles(frame: Frame, row: CeremonyRow, known: StoredPerson) -> tuple[str, ...] | None:
    book = policy_in_force.book(frame)
    asking = second_rules.asking_of(frame, row, known, 0, ())
    return policy.seconds_of(book, asking, policy.roles_named(book))


def nobody_may(frame: Frame, row: CeremonyRow, known: StoredPerson) -> bool:
    """Whether the policy wants a second person and lets nobody be one."""
    return _roles(frame, row, known) is None


def _here(frame: Frame, first: CeremonyRow, asker: StoredPerson, presented: Presented) -> CeremonyView:
    if isinstance(presented, PkocPresented):
        return _not(frame, first, asker, RefusalCode.NO_METHOD, None, "here")
    found = None if isinstance(presented, Fido2Presented) else presenting.whose(frame, presented)
    if isinstance(found, Unusable):
        return _not(frame, first, asker, found.refusal.code, found.known, "here")
    if found is not None:
        code = second_rules.barred(frame, first, asker, found)
        if code is not None:
            return _not(frame, first, asker, code, found, "here")
    return begin(frame, first, asker, found, presented.kind, None, "")


def begin(
    frame: Frame,
    first: CeremonyRow,
    asker: StoredPerson,
    second: StoredPerson | None,
    presented: str,
    session: str | None,
    question: str,
) -> CeremonyView:
    """Their own ceremony, at this workstation. ``second``: None for a key that has not said whose it is. ``session``:
    of theirs, where they work here; ``question``: that they answer."""
    if first.request is None:
        raise HttpProblemError(409, "expired", "This step-up is over.")
    station = lookups.station(frame.conn, first.workstation)
    request = replace(first.request, risk=0, reasons=(), purposes=(), session="")
    row = CeremonyRow(
        id=fresh_id(),
        purpose="second",
        workstation=frame.station.id,
        person=second.person.id if second is not None else None,
        state="prove",
        presented=presented,  # type: ignore[arg-type]  # one of the kinds of a card, or session
        why=Why.SECOND,
        created=frame.now,
        expires=first.expires,
        session=session,
        request=request,
        detail=CeremonyDetail(
            purpose=first.detail.purpose,
            second_of=SecondOf(first.id, first.detail.signed, asker.person.login, station.name if station else ""),
            source=frame.source,
        ),
    )
    row = weighed(frame, row, second) if second is not None else row
    decision = second_rules.decide(frame, row, second)
    if not isinstance(decision, policy.Need):
        code = decision.code if isinstance(decision, policy.Denied) else RefusalCode.POLICY
        ground = decision.ground
        if session is None:
            return _not(frame, first, asker, code, second, "here")
        _write(frame, first, asker, second, "here", code)
        refusal = ceremony_view.explained(Refusal(code), row, ground)
        return ceremony_view.of_row(frame, replace(row, state="refused"), second, refusal=refusal)
    ceremonies.add(frame.conn, row)
    frame.spent.add(ACT, len(repr(row.request)), second.person.id if second is not None else None)
    by: dict[str, Json] = {"second": row.id, **({"question": question} if question else {})}
    _write(frame, first, asker, second, "here", None, {**by, **policy_asked.told_of(decision.ground)}, row)
    return ceremony_view.of_row(frame, row, second, offers=decision.offers, ground=decision.ground)


def weighed(frame: Frame, row: CeremonyRow, second: StoredPerson) -> CeremonyRow:
    """A second person's ceremony with the risk of their agreeing here and now: known with the card that names them, or
    once a key has said whose it is."""
    if row.request is None:
        return row
    risk = risk_now.of_step_up(frame, second, row.request.ask)
    return replace(row, request=replace(row.request, risk=risk.score, reasons=risk.reasons))


def _elsewhere(frame: Frame, first: CeremonyRow, asker: StoredPerson, login: str) -> CeremonyView:
    second = lookups.person_by_login(frame.conn, login) if login else None
    code = RefusalCode.UNKNOWN_PERSON if second is None else second_rules.barred(frame, first, asker, second)
    if second is None or code is not None:
        return _not(frame, first, asker, code or RefusalCode.UNKNOWN_PERSON, second, "elsewhere")
    asked = seconds.asked_for(frame.conn, first.id)
    crowded = len(seconds.waiting_for(frame.conn, second.person.id, frame.now)) >= MAX_WAITING
    again = any(each.person == second.person.id for each in asked)
    if len(asked) >= MAX_ASKED or crowded or again:
        return _not(frame, first, asker, RefusalCode.BUSY, second, "elsewhere")
    made = SecondRequest(fresh_id(), first.id, second.person.id, frame.now, first.expires)
    seconds.ask(frame.conn, made)
    offer(frame.conn, frame.now, only=made.id)
    _write(frame, first, asker, second, "elsewhere", None, {"question": made.id})
    return view_of(frame, first, asker)


def offer(conn: Connection, now: int, only: str | None = None) -> int:
    """Tell workstations of what waits for whoever is active there. ``only``: of this question. How many."""
    found = seconds.to_offer(conn, now, only)
    if not found:
        return 0
    seconds.offered(conn, [request for request, _, _ in found], now)
    for session, workstation in dict.fromkeys((session, workstation) for _, session, workstation in found):
        events.add(conn, workstation, "asked", now, session=session)
    return len(found)


def _not(
    frame: Frame, first: CeremonyRow, asker: StoredPerson, code: RefusalCode, second: StoredPerson | None, where: str
) -> CeremonyView:
    """They cannot be: written down, and told at once."""
    _write(frame, first, asker, second, where, code)
    return view_of(frame, first, asker, code.value)


def _write(
    frame: Frame,
    first: CeremonyRow,
    asker: StoredPerson,
    second: StoredPerson | None,
    where: str,
    code: RefusalCode | None,
    more: dict[str, Json] | None = None,
    row: CeremonyRow | None = None,
) -> None:
    """One row: who asked whom. Its person is the second one, as far as that is known."""
    detail: dict[str, Json] = {"of": first.id, "by": asker.person.id, "by_login": asker.person.login, "where": where}
    request = first.request
    detail |= {"action": request.ask.action, "records": request.ask.records} if request is not None else {}
    event = Event(ACT, "seen" if code is None else "refused", frame.now, reason=code, detail={**detail, **(more or {})})
    frame.write(replace(event, ceremony=row.id if row is not None else first.id), second, row)
