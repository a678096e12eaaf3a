"""Step-up: what a program asks, what policy wants for it, and the grant."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import Any

from kiosk.model.ceremony import CeremonyView, Grant, Purpose, Refusal, RefusalCode, Why
from kiosk.model.stepup import StepUpIn
from kiosk.service import policy
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import view
from kiosk.service.ceremonies.frame import Frame
from kiosk.service.ceremonies.methods import enrolled_of, proved_of
from kiosk.service.problems import HttpProblem
from kiosk.service.store import ceremonies, grants, lookups, sessions
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.lookups import Known
from kiosk.service.store.people import fresh_id
from kiosk.service.tokens import STEP_UP_MAX_SECONDS, STEP_UP_TYP

ACTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
LONGEST = 512
MOST_PATIENTS = 500
MOST_RECORDS = 1_000_000_000


def begin(frame: Frame, asked: StepUpIn) -> CeremonyView:
    """A program asks. Writes one ``stepup_asked`` row. Raises ``HttpProblem`` for an ask that makes no sense."""
    _check_form(asked)
    request_id = fresh_id()
    found = _session_person(frame, asked)
    known = found if isinstance(found, Known) else None
    need = found if isinstance(found, RefusalCode) else _needed(frame, asked, found)
    audience = None if isinstance(need, RefusalCode) else _audience(frame, asked)
    if isinstance(need, RefusalCode) or isinstance(audience, RefusalCode) or known is None or audience is None:
        codes = [one for one in (need, audience) if isinstance(one, RefusalCode)]
        return _refuse(frame, request_id, asked, known, codes[0] if codes else RefusalCode.POLICY)
    row = CeremonyRow(
        id=request_id,
        purpose="step_up",
        workstation=frame.station.id,
        person=known.person.id,
        state="prove",
        presented="session",
        why=Why.STEP_UP,
        created=frame.now,
        expires=frame.now + frame.service.settings.stepup_seconds,
        session=asked.session,
        request={
            **asdict(asked),
            "acr": need.acr,
            "sensitivity": need.sensitivity,
            "purposes": list(need.purposes) if asked.ask.purpose is None else [],
            "audience": audience,
        },
    )
    decision = decide(frame, row, known)
    if not isinstance(decision, policy.Need):
        code = decision.code if isinstance(decision, policy.Denied) else RefusalCode.POLICY
        return _refuse(frame, request_id, asked, known, code)
    ceremonies.add(frame.conn, row)
    frame.write(Event("stepup_asked", "seen", frame.now, detail={**_told(asked), "needed": need.acr}), known, row)
    return view.of_row(frame, row, known, offers=decision.offers)


def decide(frame: Frame, row: CeremonyRow, known: Known) -> policy.Need | policy.Satisfied | policy.Denied:
    """What this step-up needs now: the one decision function of step-ups. Only proofs of this ceremony count."""
    if row.request is None:  # forgotten: it ended long ago
        return policy.Denied(RefusalCode.EXPIRED)
    ask = row.request["ask"]
    need = policy.step_up_need(frame.service.rules, known.person, ask["action"], int(ask["records"]))
    if isinstance(need, policy.Denied):
        return need
    return policy.step_up(need, lambda: enrolled_of(frame, known.person.id), proved_of(row.proved), frame.now)


def still_active(frame: Frame, row: CeremonyRow) -> bool:
    """Whether the session that asked is still its person's: open, or locked from elsewhere while this was under way."""
    session = sessions.find(frame.conn, row.session or "")
    return session is not None and session.workstation == frame.station.id and session.state != "ended"


def grant(frame: Frame, row: CeremonyRow, known: Known, decision: policy.Satisfied, event: Event) -> CeremonyView:
    """Issue the token's claims, and the token itself unless the audience collects it. One transaction with the row."""
    request, assurance = row.request or {}, decision.assurance
    claims = _claims(frame, row, known, decision)
    collect = request.get("origin") is not None
    grants.add(
        frame.conn,
        grants.StepUpGrant(
            request_id=row.id,
            ceremony=row.id,
            session=row.session or "",
            person=known.person.id,
            workstation=frame.station.id,
            audience=claims["aud"],
            claims=claims,
            jti=claims["jti"],
            delivery="collect" if collect else "direct",
            issued=claims["iat"],
            expires=claims["exp"],
        ),
    )
    done = replace(row, state="done", ended=frame.now)
    ceremonies.save(frame.conn, done)
    detail = {**event.detail, **{name: claims[name] for name in ("action", "records", "purpose", "jti")}}
    full = replace(event, action="stepup", acr=assurance.acr, amr=assurance.amr, detail=detail)
    frame.write(full, known, done)
    token = None if collect else frame.service.mint.sign(STEP_UP_TYP, claims)
    given = Grant(row.id, token, assurance.acr, assurance.amr, claims["exp"] - claims["iat"])
    return view.of_row(frame, done, known, grant=given)


def _claims(frame: Frame, row: CeremonyRow, known: Known, decision: policy.Satisfied) -> dict[str, Any]:
    """What the token says. ``sub`` is the login, which is what other systems know a person by."""
    request, assurance = row.request or {}, decision.assurance
    ask = request["ask"]
    return {
        "iss": frame.service.issuer,
        "aud": request["audience"],
        "sub": known.person.login,
        "person": known.person.id,
        "acr": assurance.acr,
        "amr": list(assurance.amr),
        "auth_time": assurance.auth_time,
        "iat": frame.now,
        "exp": frame.now + min(frame.service.settings.token_seconds, STEP_UP_MAX_SECONDS),
        "jti": fresh_id(),
        "action": ask["action"],
        "resource": ask["resource"],
        "records": ask["records"],
        "purpose": row.detail.get("purpose"),
        "workstation": frame.station.name,
        "workstation_id": frame.station.id,
        "request_id": row.id,
    }


def effective_purpose(row: CeremonyRow, sent: str | None) -> str | None:
    """The purpose that will be signed. Raises ``HttpProblem`` if one is needed, or another was signed already."""
    request = row.request or {}
    purpose = sent.strip() if sent is not None else request.get("ask", {}).get("purpose")
    if row.purpose != "step_up":
        return None
    if purpose is not None and not 0 < len(purpose) <= LONGEST:
        raise HttpProblem(422, "bad_purpose", "A purpose has between 1 and 512 characters.")
    if request.get("purposes") and purpose is None:
        raise HttpProblem(422, "purpose_needed", "Say for which purpose first.")
    if row.proved and row.detail.get("purpose") != purpose:
        raise HttpProblem(409, "purpose_changed", "The purpose was changed after the first proof. Begin again.")
    return purpose


def _check_form(asked: StepUpIn) -> None:
    ask = asked.ask
    texts = [ask.resource, ask.purpose or "", ask.audience or "", asked.program, asked.origin or "", *ask.patients]
    if not ACTION.fullmatch(ask.action):
        raise HttpProblem(422, "bad_action", "An action is a short name such as record.export.")
    if not 0 <= ask.records <= MOST_RECORDS:
        raise HttpProblem(422, "bad_records", "The number of records must be 0 or more.")
    if len(ask.patients) > MOST_PATIENTS or any(len(text) > LONGEST for text in texts):
        raise HttpProblem(422, "too_long", "A text or the list of patients is too long.")


def _session_person(frame: Frame, asked: StepUpIn) -> Known | RefusalCode:
    """Whose open session at this very workstation it is."""
    session = sessions.find(frame.conn, asked.session)
    if session is None or session.workstation != frame.station.id or session.state != "open":
        return RefusalCode.NOT_ACTIVE
    known = lookups.person_by_id(frame.conn, session.person)
    if known is None:
        return RefusalCode.NOT_ACTIVE
    return RefusalCode.SUSPENDED if known.suspended else known


def _needed(frame: Frame, asked: StepUpIn, known: Known) -> policy.StepUpNeed | RefusalCode:
    need = policy.step_up_need(frame.service.rules, known.person, asked.ask.action, asked.ask.records)
    return need.code if isinstance(need, policy.Denied) else need


def _audience(frame: Frame, asked: StepUpIn) -> str | RefusalCode:
    """Who will check the token. A page's is its registration's; a program may name one, else it is the service."""
    named = asked.ask.audience
    if asked.origin is not None:
        registered = lookups.web_origin_of(frame.conn, asked.origin)
        application = lookups.application_by_id(frame.conn, registered.application) if registered else None
        if registered is None or application is None or not application.active:
            return RefusalCode.POLICY
        if asked.ask.action not in registered.actions or named not in (None, application.audience):
            return RefusalCode.POLICY
        return application.audience
    if named is None:
        return frame.service.issuer
    application = lookups.application_by_audience(frame.conn, named)
    if application is None:
        return named if frame.service.rules.open_audiences else RefusalCode.POLICY
    return named if application.active else RefusalCode.POLICY


def _told(asked: StepUpIn) -> dict[str, Any]:
    """What the trail says of an ask: no patient, no resource; those stand in the evidence as commitments."""
    return {
        "action": asked.ask.action,
        "records": asked.ask.records,
        "program": asked.program,
        "origin": asked.origin,
        "patients": len(asked.ask.patients),
    }


def _refuse(frame: Frame, request_id: str, asked: StepUpIn, known: Known | None, code: RefusalCode) -> CeremonyView:
    event = Event("stepup", "refused", frame.now, reason=code, ceremony=request_id, detail=_told(asked))
    frame.write(event, known)
    return view.refused(request_id, Purpose.STEP_UP, Refusal(code), known, action=asked.ask.action)
