"""Step-up: what a program asks, what policy wants for it, and the grant."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.binding import Json
from kiosk.model.ceremony import CeremonyView, Grant, Purpose, Refusal, RefusalCode, Why
from kiosk.model.people import ProgramView
from kiosk.model.stepup import StepUpIn
from kiosk.service import policy
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import granted
from kiosk.service.jose.tokens import STEP_UP_MAX_SECONDS
from kiosk.service.platform.json_fields import number
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.policy.resource_words import words_of
from kiosk.service.policy.rules import APP_SIGN_IN
from kiosk.service.proofs.methods import enrolled_of, proved_of, why_denied
from kiosk.service.shared import ceremony_view, consent
from kiosk.service.shared.frame import Frame
from kiosk.service.store import ceremonies, grants, lookups, openid_clients, programs, sessions
from kiosk.service.store.ceremonies import CeremonyRow, StepUpRequest
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.people import fresh_id


def begin(frame: Frame, asked: StepUpIn) -> CeremonyView:
    """A program asks. Writes one ``stepup_asked`` row. Raises ``HttpProblemError`` for an ask that makes no sense."""
    consent.check(asked)
    request_id = fresh_id()
    found = _session_person(frame, asked)
    known = found if isinstance(found, StoredPerson) else None
    need = found if isinstance(found, RefusalCode) else _needed(frame, asked, found)
    program = programs.registered(frame.conn, asked.name, asked.program, asked.sha256) if asked.name else None
    audience = None if isinstance(need, RefusalCode) else _audience(frame, asked, program)
    if isinstance(need, RefusalCode) or isinstance(audience, RefusalCode) or known is None or audience is None:
        codes = [code for code in (need, audience) if isinstance(code, RefusalCode)]
        return _refuse(frame, request_id, asked, known, Refusal(codes[0] if codes else RefusalCode.POLICY))
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
        request=StepUpRequest(
            ask=asked.ask,
            session=asked.session,
            program=asked.program,
            origin=asked.origin,
            acr=need.acr,
            audience=audience,
            sensitivity=need.sensitivity,
            purposes=need.purposes if asked.ask.purpose is None else (),
            name=asked.name,
            sha256=asked.sha256,
            registered=program.name if program else "",
            words=words_of(frame.service.rules.resources, audience, asked.ask.resource),
        ),
    )
    decision = decide(frame, row, known)
    if not isinstance(decision, policy.Need):
        code = decision.code if isinstance(decision, policy.Denied) else RefusalCode.POLICY
        return _refuse(frame, request_id, asked, known, why_denied(frame, known.person.id, code))
    ceremonies.add(frame.conn, row)
    frame.spent.add("stepup_asked", len(repr(row.request)), known.person.id)
    frame.write(Event("stepup_asked", "seen", frame.now, detail={**_told(asked), "needed": need.acr}), known, row)
    return ceremony_view.of_row(frame, row, known, offers=decision.offers)


def decide(frame: Frame, row: CeremonyRow, known: StoredPerson) -> policy.Need | policy.Satisfied | policy.Denied:
    """What this step-up needs now: the one decision function of step-ups. Only proofs of this ceremony count."""
    if row.request is None:  # forgotten: it ended long ago
        return policy.Denied(RefusalCode.EXPIRED)
    ask = row.request.ask
    need = policy.step_up_need(frame.service.rules, known.person, ask.action, ask.records)
    if isinstance(need, policy.Denied):
        return need
    return policy.step_up(need, lambda: enrolled_of(frame, known.person.id), proved_of(row.proved), frame.now)


def still_active(frame: Frame, row: CeremonyRow) -> bool:
    """Whether the session that asked is still its person's: open, or locked from elsewhere while this was under way."""
    session = sessions.find(frame.conn, row.session or "")
    return session is not None and session.workstation == frame.station.id and session.state != "ended"


def grant(
    frame: Frame, row: CeremonyRow, known: StoredPerson, decision: policy.Satisfied, event: Event
) -> CeremonyView:
    """Write the grant down, and issue its token unless the audience collects it. One transaction."""
    if row.request is None:
        raise ValueError("this ceremony is no step-up, or was forgotten")
    request, assurance = row.request, decision.assurance
    done = replace(row, state="done", ended=frame.now)
    ceremonies.save(frame.conn, done)
    made = grants.StepUpGrant(
        request_id=row.id,
        ceremony=row.id,
        session=row.session or "",
        person=known.person.id,
        workstation=frame.station.id,
        audience=request.audience,
        jti=fresh_id(),
        delivery="collect" if request.origin is not None else "direct",
        issued=frame.now,
        expires=frame.now + min(frame.service.settings.token_seconds, STEP_UP_MAX_SECONDS),
    )
    claims = granted.claims(frame.service.issuer, done, known, frame.station, assurance, made)
    detail = {**event.detail, **{name: claims[name] for name in ("action", "records", "purpose", "jti")}}
    full = replace(event, action="stepup", acr=assurance.acr, amr=assurance.amr, detail=detail)
    _, seq = frame.write(full, known, done)
    grants.add(frame.conn, replace(made, told_seq=seq))
    token = frame.service.mint.sign_step_up(claims, made.audience) if made.delivery == "direct" else None
    given = Grant(row.id, token, assurance.acr, assurance.amr, number(claims, "exp") - number(claims, "iat"))
    return ceremony_view.of_row(frame, done, known, grant=given)


def effective_purpose(row: CeremonyRow, sent: str | None) -> str | None:
    """The purpose that will be signed. Raises ``HttpProblemError`` if one is needed, or another was signed already."""
    if row.purpose != "step_up":
        return None
    request = row.request
    purpose = sent.strip() if sent is not None else request.ask.purpose if request else None
    if purpose is not None:
        consent.check_purpose(purpose)
    if request and request.purposes and purpose is None:
        raise HttpProblemError(422, "purpose_needed", "Say for which purpose first.")
    if row.proved and row.detail.purpose != purpose:
        raise HttpProblemError(409, "purpose_changed", "The purpose was changed after the first proof. Begin again.")
    return purpose


def _session_person(frame: Frame, asked: StepUpIn) -> StoredPerson | RefusalCode:
    """Whose open session at this very workstation it is."""
    session = sessions.held(frame.conn, asked.session)
    if session is None or session.workstation != frame.station.id or session.state != "open":
        return RefusalCode.NOT_ACTIVE
    known = lookups.person_by_id(frame.conn, session.person)
    if known is None:
        return RefusalCode.NOT_ACTIVE
    return RefusalCode.SUSPENDED if known.suspended else known


def _needed(frame: Frame, asked: StepUpIn, known: StoredPerson) -> policy.StepUpNeed | RefusalCode:
    need = policy.step_up_need(frame.service.rules, known.person, asked.ask.action, asked.ask.records)
    return need.code if isinstance(need, policy.Denied) else need


def _audience(frame: Frame, asked: StepUpIn, program: ProgramView | None) -> str | RefusalCode:
    """Who will check the token. A page's is its registration's; a program may name one, else it is the service.

    A page is believed in a registered browser alone. A program asks for the actions that its audience allows it.
    """
    named = asked.ask.audience
    if asked.origin == frame.service.issuer:
        return _of_sign_in(frame, asked, program)
    if asked.origin is not None:
        registered = lookups.web_origin_of(frame.conn, asked.origin)
        application = lookups.application_by_id(frame.conn, registered.application) if registered else None
        if registered is None or application is None or not application.active or not (program and program.browser):
            return RefusalCode.POLICY
        if asked.ask.action not in registered.actions or named not in (None, application.audience):
            return RefusalCode.POLICY
        return application.audience
    if named is None:
        return frame.service.issuer
    application = lookups.application_by_audience(frame.conn, named)
    if application is None:
        return named if frame.service.rules.open_audiences else RefusalCode.POLICY
    name = program.name if program else ""
    may = application.active and programs.may_ask(frame.conn, application.id, name, asked.ask.action)
    return named if may else RefusalCode.POLICY


def _of_sign_in(frame: Frame, asked: StepUpIn, program: ProgramView | None) -> str | RefusalCode:
    """The service's own sign-in page asks for an application that signs people in, and for nothing else."""
    application = lookups.application_by_audience(frame.conn, asked.ask.audience or "")
    may = program is not None and program.browser and asked.ask.action in APP_SIGN_IN.values()
    if not may or application is None or not application.active:
        return RefusalCode.POLICY
    client = openid_clients.find(frame.conn, application.id)
    about = (asked.ask.resource, asked.ask.records, asked.ask.patients)
    return RefusalCode.POLICY if client is None or about != (client.rules.title, 0, ()) else application.audience


def _told(asked: StepUpIn) -> dict[str, Json]:
    """What the trail says of an ask: no patient, no resource; those stand in the evidence as commitments."""
    return {
        "action": asked.ask.action,
        "records": asked.ask.records,
        "program": asked.program,
        "name": asked.name or None,
        "sha256": asked.sha256,
        "origin": asked.origin,
        "patients": len(asked.ask.patients),
    }


def _refuse(
    frame: Frame, request_id: str, asked: StepUpIn, known: StoredPerson | None, refusal: Refusal
) -> CeremonyView:
    event = Event("stepup", "refused", frame.now, reason=refusal.code, ceremony=request_id, detail=_told(asked))
    frame.write(event, known)
    return ceremony_view.refused(request_id, Purpose.STEP_UP, refusal, known, action=asked.ask.action)
