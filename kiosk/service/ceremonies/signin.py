"""Sign-in: who is presented, what is still needed, and the opening of a session."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.ceremony import BeginSignIn, CeremonyView, LoginPresented, Purpose, Why
from kiosk.model.proof import Fido2Presented, Method, PkocPresented, Presented
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.session_view import News, SessionView
from kiosk.service import policy
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import abandoned_stepups, downtime_tickets, grace, risk_learned, risk_now, rollout
from kiosk.service.enrolment import factor_list
from kiosk.service.policy.cedar.facts import OPEN
from kiosk.service.proofs import presenting, wrong_tries
from kiosk.service.proofs.methods import enrolled_of, proved_of, why_denied
from kiosk.service.proofs.presenting import Unusable
from kiosk.service.shared import ceremony_view, policy_asked, policy_in_force
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies, events, lookups, news, sessions
from kiosk.service.store.ceremonies import CeremonyDetail, CeremonyRow
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.people import fresh_id

CEREMONY_SECONDS = 120


def begin(frame: Frame, body: BeginSignIn) -> CeremonyView:
    """A card or a login is presented. Writes one ``tap`` row, and one for the sign-in if that is decided at once."""
    kind = body.presented.kind
    found = _who(frame, body.presented)
    known = found.known if isinstance(found, Unusable) else found
    tap = Event("tap", "seen", frame.now, detail={"kind": kind, "tap": body.tap})
    ceremony = fresh_id()
    if isinstance(found, Unusable):
        refusal = found.refusal
        if refusal.resembles is not None:
            tap = replace(tap, detail={**tap.detail, "resembles": refusal.resembles})
        frame.write(replace(tap, result="refused", reason=refusal.code, ceremony=ceremony), known)
        return ceremony_view.refused(ceremony, Purpose.SIGN_IN, refusal, known)
    row = CeremonyRow(
        id=ceremony,
        purpose="sign_in",
        workstation=frame.station.id,
        person=known.person.id if known else None,
        state="prove",
        presented=kind,
        why=Why.POSSESSION,
        created=frame.now,
        expires=frame.now + CEREMONY_SECONDS,
        detail=_detail(body.presented),
        tap=body.tap,
    )
    if known is not None and kind != "login":  # of a login nothing may tell whether anybody has it
        tap = replace(tap, detail={**tap.detail, **risk_now.told(risk_now.of_sign_in(frame, known))})
    decision = decide(frame, row, known)
    if isinstance(decision, policy.Need):
        tap = replace(tap, detail={**tap.detail, **policy_asked.told_of(decision.ground)})
    frame.write(tap, known, row)
    if isinstance(decision, policy.Need):
        row = because(frame, replace(row, why=decision.why), known)
        ceremonies.add(frame.conn, row)
        return ceremony_view.of_row(frame, row, known, offers=decision.offers, ground=decision.ground)
    if isinstance(decision, policy.Satisfied) and known is not None:
        return complete(frame, row, known, decision, Event("sign_in", "success", frame.now), new=True)
    code = decision.code if isinstance(decision, policy.Denied) else RefusalCode.POLICY
    refusal = why_denied(frame, known.person.id, code) if known else Refusal(code)
    ground = decision.ground if isinstance(decision, policy.Denied) else None
    refusal = ceremony_view.explained(refusal, row, ground)
    detail = policy_asked.told_of(ground)
    frame.write(Event("sign_in", "refused", frame.now, reason=refusal.code, detail=detail), known, row)
    return ceremony_view.refused(ceremony, Purpose.SIGN_IN, refusal, known)


def decide(
    frame: Frame, row: CeremonyRow, known: StoredPerson | None
) -> policy.Need | policy.Satisfied | policy.Denied:
    """What this sign-in needs now: the one decision function of sign-ins."""
    if row.presented == "session" or row.presented == "start_code":
        return policy.Denied(RefusalCode.POLICY)
    floor = rollout.least(frame, known)
    last, carries, beyond = None, None, None
    if known and row.presented != "login":  # grace is for those who have something in hand
        last = sessions.last_second_factor(frame.conn, known.person.id)
        carries, beyond = grace.carrying(frame, known.person.id, floor)
        # Once it was asked for by risk it stays so, however the risk has sunk since.
        if carries is not None and (row.why == Why.RISK or risk_now.without_grace(frame, known)):
            carries, beyond = None, Why.RISK
    who, bucket = wrong_tries.who_of(frame, row, known), wrong_tries.bucket_of(row)
    rules, kind, proved = frame.service.rules, row.presented, proved_of(row.proved)

    def enrolled() -> policy.AvailableAuthenticators:
        return enrolled_of(frame, who, bucket=bucket)

    lasts = frame.service.settings.grace if carries else 0
    since = last if carries is None else carries.at
    found = policy.sign_in(rules, kind, enrolled, proved, since, lasts, frame.now, floor, beyond)
    if known is None or (kind == "login" and not proved):  # nothing may tell whether anybody has that login
        return found
    asking = policy_asked.own_act(frame, "sign_in", OPEN, known.person, risk=risk_now.of_sign_in(frame, known))
    case = policy.SignInCase(asking, policy.least_of(rules, kind, floor), frame.now - (since or frame.now))
    return policy.sign_in_under(policy_in_force.of_own_acts(frame), case, found, enrolled, proved, frame.now)


def because(frame: Frame, row: CeremonyRow, known: StoredPerson | None) -> CeremonyRow:
    """``row`` with the reasons why grace does not hold, where that is why it asks."""
    if row.why != Why.RISK or known is None or row.detail.reasons:
        return row
    return replace(row, detail=replace(row.detail, reasons=risk_now.of_sign_in(frame, known).reasons))


def complete(
    frame: Frame, row: CeremonyRow, known: StoredPerson, decision: policy.Satisfied, event: Event, *, new: bool = False
) -> CeremonyView:
    """Open a session, lock the person's other ones, and write it down: all in this transaction.

    ``event``: the sign-in's audit row, to be filled in. ``new``: the ceremony has no row of its own, and needs none.
    """
    conn, person, now = frame.conn, known.person, frame.now
    risk = risk_now.of_sign_in(frame, known)  # before what is open elsewhere is locked
    _leave_elsewhere(frame, known)
    assurance = decision.assurance
    session = sessions.StoredSession(fresh_id(), person.id, frame.station.id, "open", assurance)
    sessions.add(conn, session, now, exempt=frame.station.exempt)
    if decision.second_factor:
        sessions.note_second_factor(conn, person.id, assurance, frame.station.id)
    done = replace(row, state="done", session=session.id, ended=now)
    if not new:
        ceremonies.save(conn, done)
    detail = {**event.detail, "presented": row.presented, "grace": not decision.second_factor, **risk_now.told(risk)}
    detail |= policy_asked.told_of(decision.ground)
    risk_learned.opened(frame, known, proved=decision.second_factor)
    frame.write(
        replace(event, action="sign_in", acr=assurance.acr, amr=assurance.amr, session=session.id, detail=detail),
        known,
        done,
    )
    carries, _ = grace.carrying(frame, person.id, rollout.least(frame, known))
    left = 0 if carries is None else max(0, carries.at + frame.service.settings.grace - now)
    missing = factor_list.keys_missing(frame, known)
    told: tuple[News, ...]
    told, language = news.greet(conn, person.id)
    if decision.second_factor and rollout.missing(frame, known):
        told = (*told, "required")
    # A badge's number within grace proved nothing now: the ticket that was given with the proof stands.
    by_pin = row.presented == "uid" and Method.PIN in {proof.method for proof in row.proved}
    given = downtime_tickets.ticket_for
    ticket = given(frame, known, session.id, language, by_pin=by_pin) if row.proved else ""
    opened = SessionView(session.id, person, assurance, left, missing, told, language, ticket)
    return ceremony_view.of_row(frame, done, known, session=opened)


def _leave_elsewhere(frame: Frame, known: StoredPerson) -> None:
    """One active station a person, one open session a station.

    A step-up that is under way at the other station may finish: its agent defers the lock until then, and the
    service lets a proof through whose ceremony began before the session was locked (see ``stepup.still_active``).
    """
    for other in sessions.in_the_way(frame.conn, known.person.id, frame.station.id):
        if other.workstation == frame.station.id:
            if other.person == known.person.id:
                sessions.end(frame.conn, other, frame.now)
                continue
            sessions.lock(frame.conn, other, frame.now)
            if other.asking != 0:
                abandoned_stepups.end_step_up(frame, other)
            continue
        station = lookups.station(frame.conn, other.workstation)
        if station is None or station.exempt:
            continue
        sessions.lock(frame.conn, other, frame.now)
        where = frame.station.place or frame.station.name
        events.add(frame.conn, other.workstation, "lock", frame.now, session=other.id, reason="elsewhere", where=where)


def _detail(presented: Presented | LoginPresented) -> CeremonyDetail:
    """What is remembered of what was presented. A PKOC badge's number tells a new key from a stranger."""
    if isinstance(presented, LoginPresented):
        return CeremonyDetail(login=presented.login)
    return CeremonyDetail(uid=presented.uid or None) if isinstance(presented, PkocPresented) else CeremonyDetail()


def _who(frame: Frame, presented: Presented | LoginPresented) -> StoredPerson | Unusable | None:
    """The person; None for a FIDO2 key or PKOC badge that has not signed yet, or a login that nobody has."""
    if isinstance(presented, Fido2Presented):
        return None
    if isinstance(presented, PkocPresented):
        return presenting.unnamed(presented)
    if isinstance(presented, LoginPresented):
        known = lookups.person_by_login(frame.conn, presented.login.strip())
        # Says no more than a wrong PIN would, until the PIN is right.
        return None if known is None or known.suspended else known
    return presenting.whose(frame, presented)
