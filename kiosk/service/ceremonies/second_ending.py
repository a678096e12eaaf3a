"""How the wait for a second person begins, and how it ends: they agree, they say no, or nothing comes of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from kiosk.model.binding import Json
from kiosk.model.ceremony import CeremonyView, Purpose, Why
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.service import policy
from kiosk.service.audit import reading
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import challenges, second_asking, second_rules, stepup
from kiosk.service.platform.json_fields import members
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared import ceremony_view, policy_asked
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies, events, lookups, seconds, sessions, vouching
from kiosk.service.store.ceremonies import CeremonyRow, ChallengeRow
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.seconds import SecondGiven

ACT = "second"
"""In the trail."""


def wait(
    frame: Frame, row: CeremonyRow, known: StoredPerson, event: Event, signed: ChallengeRow | None
) -> CeremonyView | None:
    """Its person has proved their part; ``event``: of the last proof, ``signed``: what it was given for. None where the
    policy lets nobody agree."""
    if signed is None or second_asking.nobody_may(frame, row, known):
        return None
    _, seq = frame.write(event, known, row)
    detail = replace(row.detail, signed=digest_of(signed.statement), signed_seq=seq)
    row = replace(row, why=Why.SECOND, detail=detail, expires=frame.now + second_rules.SECONDS)
    ceremonies.save(frame.conn, row)
    return second_asking.view_of(frame, row, known)


def digest_of(statement: str) -> str:
    """SHA-256, lower-case hex, of a statement: what a second person's names."""
    return hashlib.sha256(statement.encode("utf-8")).hexdigest()


def fault(frame: Frame, row: CeremonyRow) -> RefusalCode | None:
    """Why a second person's ceremony is over, whatever they prove; None while it is not."""
    first = second_rules.first_of(frame.conn, row)
    if first is not None and seconds.of(frame.conn, first.id) is not None:
        return RefusalCode.SECOND_CAME_FIRST
    if not second_rules.waits(frame, first, row.detail.second_of):
        return RefusalCode.NOT_ACTIVE
    if row.session is None:
        return None
    session = sessions.find(frame.conn, row.session)
    here = session is not None and session.workstation == frame.station.id and session.state != "ended"
    return None if here else RefusalCode.NOT_ACTIVE


def give(
    frame: Frame, row: CeremonyRow, known: StoredPerson, decision: policy.Satisfied, event: Event
) -> CeremonyView | None:
    """They agree; the first person's workstation is told. None where somebody else did before. One transaction."""
    first, of = second_rules.first_of(frame.conn, row), row.detail.second_of
    if first is None or of is None or first.request is None:
        return None
    done = replace(row, state="done", ended=frame.now)
    detail: dict[str, Json] = {**event.detail, "of": first.id, "digest": of.digest, "by": first.person}
    detail |= {"by_login": of.login, "action": first.request.ask.action, "records": first.request.ask.records}
    detail |= {"purpose": first.detail.purpose, **policy_asked.told_of(decision.ground)}
    assurance = decision.assurance
    given = replace(event, action=ACT, acr=assurance.acr, amr=assurance.amr, detail=detail)
    if seconds.of(frame.conn, first.id) is not None:
        return None
    ceremonies.save(frame.conn, done)
    chain, seq = frame.write(given, known, done)
    if not seconds.give(frame.conn, SecondGiven(first.id, done.id, known.person.id, chain, seq, frame.now)):
        raise HttpProblemError(409, RefusalCode.SECOND_CAME_FIRST, "Somebody else has agreed already.")
    _tell(frame, first)
    return ceremony_view.of_row(frame, done, known, ground=decision.ground)


def said_no(frame: Frame, row: CeremonyRow) -> None:
    """They refused, in their own ceremony: that is the end of the step-up."""
    first = second_rules.first_of(frame.conn, row)
    if first is None:
        return
    for request in seconds.asked_for(frame.conn, first.id):
        if request.shown == row.id:
            seconds.deny(frame.conn, request.id, frame.now)
    end_by_no(frame, first)


def end_by_no(frame: Frame, first: CeremonyRow) -> None:
    """A colleague said no to ``first``: it ends here and now, whatever its workstation does or leaves, and nobody can
    agree to it any more. That workstation is told. One that has ended already stays as it is."""
    first = ceremonies.find_again(frame.conn, first)
    if first.state == "prove":
        code = RefusalCode.SECOND_REFUSED
        detail = replace(first.detail, ended_why=code.value)
        ended = replace(first, state="refused", ended=frame.now, detail=detail)
        ceremonies.save(frame.conn, ended)
        known = lookups.person_seen(frame.conn, first.person or "")
        # A part of the no: or a budget of theirs that is used up would keep a colleague from saying it.
        frame.write(Event("stepup", "refused", frame.now, reason=code), known, ended, counted=ACT)
    _tell(frame, first)


def _tell(frame: Frame, first: CeremonyRow) -> None:
    if first.workstation != frame.station.id:
        events.add(frame.conn, first.workstation, "seconded", frame.now, session=first.session)


def finish(frame: Frame, ceremony_id: str) -> CeremonyView:
    """The first person's workstation asks what came of it: granted, refused, or still waiting. Raises
    ``HttpProblemError``."""
    row, known = challenges.load(frame, ceremony_id)
    if known is None or row.purpose != "step_up" or not row.detail.signed:
        raise HttpProblemError(409, "expired", "This step-up does not wait for a second person.")
    code = None
    if row.state == "done":
        # What was granted stays granted. An answer that was lost is asked for as such (``repeated``).
        raise HttpProblemError(409, "expired", "This step-up was granted already.")
    if row.state == "refused":
        why = RefusalCode(row.detail.ended_why or RefusalCode.EXPIRED)
        return ceremony_view.refused(row.id, Purpose.STEP_UP, Refusal(why), known)
    if not frame.live(row):
        code = RefusalCode.EXPIRED
    elif known.suspended:
        code = RefusalCode.SUSPENDED
    elif not stepup.still_active(frame, row):
        code = RefusalCode.NOT_ACTIVE
    elif any(request.denied is not None for request in seconds.asked_for(frame.conn, row.id)):
        code = RefusalCode.SECOND_REFUSED
    found = second_rules.agreed(frame, row) if code is None else None
    if code is None and isinstance(found, RefusalCode):
        code = found if found is RefusalCode.SECOND_WITHDRAWN else RefusalCode.SECOND_WITHDRAWN
    return _refuse(frame, row, known, code) if code is not None else _granted(frame, row, known)


def _granted(frame: Frame, row: CeremonyRow, known: StoredPerson) -> CeremonyView:
    decision = stepup.decide(frame, row, known)
    if isinstance(decision, policy.Satisfied):
        return stepup.grant(frame, row, known, decision, _as_signed(frame, row))
    if isinstance(decision, policy.Need) and decision.why is Why.SECOND:
        return second_asking.view_of(frame, row, known)
    if isinstance(decision, policy.Need):
        # Their own proof has grown too old meanwhile: they give it once more, and the second one's stands.
        return ceremony_view.of_row(frame, row, known, offers=decision.offers, ground=decision.ground)
    return _refuse(frame, row, known, decision.code)


def _as_signed(frame: Frame, row: CeremonyRow) -> Event:
    """The row of the grant names the row in which its own person signed: it was signed before, and is enough only now.
    Raises ``TamperedError`` where that is not to be found."""
    at = row.detail.signed_seq
    kept = reading.evidence_between(frame.conn, frame.station.id, at, at).get(at)
    said = members(json.loads(kept[0])) if kept is not None else {}
    if kept is None or digest_of(str(said.get("statement"))) != row.detail.signed:
        raise vouching.refused(frame.conn, "ceremony", row.id, "has no evidence of what was signed")
    method = row.proved[-1].method.value if row.proved else None
    signed: dict[str, Json] = {"seq": at, "evidence": digest_of(kept[0])}
    return Event("stepup", "success", frame.now, method=method, detail={"signed": signed})


def _refuse(frame: Frame, row: CeremonyRow, known: StoredPerson, code: RefusalCode) -> CeremonyView:
    frame.write(Event("stepup", "refused", frame.now, reason=code), known, row)
    ended = replace(row, state="refused", ended=frame.now)
    ceremonies.save(frame.conn, ended)
    return ceremony_view.of_row(frame, ended, lookups.person_seen(frame.conn, known.person.id), refusal=Refusal(code))
