"""Step-up: what a program asks, what policy wants for it, and the grant."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from kiosk.model.binding import Json
from kiosk.model.ceremony import CeremonyView, Grant, Purpose, Why
from kiosk.model.people import ProgramView
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.stepup import StepUpIn
from kiosk.service import policy
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import agents, emergency_step_ups, granted, risk_learned, risk_now, second_rules, wishes
from kiosk.service.ceremonies.emergency_step_ups import EmergencyHolder
from kiosk.service.ceremonies.server_questions import QuestionAsked, open_question
from kiosk.service.jose.tokens import STEP_UP_MAX_SECONDS
from kiosk.service.platform.json_fields import number
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.policy.cedar.facts import LEVELS
from kiosk.service.policy.resource_words import words_of
from kiosk.service.policy.rules import APP_SIGN_IN
from kiosk.service.proofs.methods import enrolled_for_step_up, proved_of, why_denied
from kiosk.service.proofs.wrong_tries import bucket_of
from kiosk.service.risk import Risk
from kiosk.service.shared import asked_within, ceremony_view, consent, policy_asked, policy_in_force
from kiosk.service.shared.frame import Frame
from kiosk.service.store import (
    backchannel_clients,
    backchannel_requests,
    ceremonies,
    grants,
    lookups,
    openid_clients,
    programs,
    sessions,
)
from kiosk.service.store.ceremonies import CeremonyRow, StepUpRequest
from kiosk.service.store.lookups import Application, StoredPerson
from kiosk.service.store.people import fresh_id


def begin(frame: Frame, asked: StepUpIn) -> CeremonyView:
    """A program asks, or a server by the service. Writes one ``stepup_asked`` row. Raises ``HttpProblemError`` for an
    ask that makes no sense."""
    consent.check(asked)
    wishes.check(asked.ask)
    request_id = fresh_id()
    had = emergency_step_ups.holder(frame, asked) if asked.emergency else None
    known = _asked_person(frame, asked, had)
    if isinstance(known, Refusal):
        return _refuse(frame, request_id, asked, had.known if had else None, known, had=had)
    program = programs.registered(frame.conn, asked.name, asked.program, asked.sha256) if asked.name else None
    question = open_question(frame, known.person.id, asked) if asked.asked else None
    audience = question.audience if question is not None else _audience(frame, asked, program)
    if isinstance(audience, RefusalCode):
        return _refuse(frame, request_id, asked, known, Refusal(audience), had=had)
    risk = risk_now.of_step_up(frame, known, asked.ask)
    row = _row(frame, request_id, asked, known, program, audience, risk)
    row = row if had is None else _in_emergency(row, had)
    row = row if question is None else _of_server(frame, row, question)
    decision = decide(frame, row, known)
    if question is not None and agents.answers_none(frame.conn, question.rules, known):
        decision = policy.Denied(RefusalCode.POLICY)  # below every policy: no program answers itself
    if not isinstance(decision, policy.Need):
        code = decision.code if isinstance(decision, policy.Denied) else RefusalCode.POLICY
        refusal = ceremony_view.explained(
            why_denied(frame, known.person.id, code, bucket_of(row)), row, decision.ground
        )
        if question is not None:
            backchannel_requests.deny(frame.conn, question.request.id, frame.now)
        return _refuse(frame, request_id, asked, known, refusal, decision.ground, had=had)
    needed = decision.ground.acr if decision.ground else ""
    row = _needing(row, needed)
    ceremonies.add(frame.conn, row)
    if question is not None:
        backchannel_requests.shown(frame.conn, question.request.id, row.id, frame.now)
    risk_learned.asked(frame, known)
    frame.spent.add("stepup_asked", len(repr(row.request)), known.person.id)
    by: dict[str, Json] = {} if question is None else {"server": question.title, "question": question.request.id}
    by |= {"agent": question.agent} if question is not None and question.agent else {}
    by |= emergency_step_ups.told(had.under if had is not None else None)
    detail = {**wishes.told(asked), **by, "needed": needed, **policy_asked.told_of(decision.ground)}
    frame.write(Event("stepup_asked", "seen", frame.now, detail=detail), known, row)
    return ceremony_view.of_row(frame, row, known, offers=decision.offers, ground=decision.ground)


def _row(
    frame: Frame,
    request_id: str,
    asked: StepUpIn,
    known: StoredPerson,
    program: ProgramView | None,
    audience: str,
    risk: Risk,
) -> CeremonyRow:
    """The wish as a ceremony, with what the service knows of it."""
    ask, rules = asked.ask, frame.service.rules
    rule = rules.action(ask.action)
    return CeremonyRow(
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
            ask=ask,
            session=asked.session,
            program=asked.program,
            origin=asked.origin,
            acr="",
            audience=audience,
            sensitivity=max(rule.sensitivity, ask.sensitivity or rule.sensitivity, key=LEVELS.index),
            purposes=rule.purposes if ask.purpose is None else (),
            name=asked.name,
            sha256=asked.sha256,
            registered=program.name if program else "",
            words=words_of(rules.resources, audience, ask.resource),
            known_audience=lookups.application_by_audience(frame.conn, audience) is not None,
            risk=risk.score,
            own_risk=risk.own,
            reasons=risk.reasons,
        ),
    )


def _in_emergency(row: CeremonyRow, had: EmergencyHolder) -> CeremonyRow:
    """``row`` as asked for in an emergency access, which it never outlives."""
    if row.request is None:
        return row
    return replace(row, expires=min(row.expires, had.use.expires), request=replace(row.request, emergency=had.under))


def _of_server(frame: Frame, row: CeremonyRow, question: QuestionAsked) -> CeremonyRow:
    """``row`` as a server's question, which may have less time."""
    if row.request is None:
        return row
    asked = question.request
    request = replace(
        row.request,
        asked=asked.id,
        server=question.title,
        message=asked.message,
        least=asked.acr,
        known_audience=True,
        agent=question.agent,
    )
    return replace(row, expires=frame.now + question.seconds, request=request)


def _needing(row: CeremonyRow, acr: str) -> CeremonyRow:
    """The step-up ``row``, which needs ``acr``."""
    return row if row.request is None else replace(row, request=replace(row.request, acr=acr))


def decide(frame: Frame, row: CeremonyRow, known: StoredPerson) -> policy.Need | policy.Satisfied | policy.Denied:
    """What this step-up needs now: the one decision function of step-ups. Only proofs of this ceremony count."""
    if row.request is None:  # forgotten: it ended long ago
        return policy.Denied(RefusalCode.EXPIRED)
    has = partial(enrolled_for_step_up, frame, known.person.id, bucket_of(row))
    proved = proved_of(row.proved)
    book, now = policy_in_force.book(frame), frame.now
    seconded = bool(row.detail.signed) and isinstance(second_rules.agreed(frame, row), second_rules.AgreedSecond)
    asking = asking_of(frame, row, row.request, known)
    return policy.step_up(book, asking, has, proved, now, row.request.least, seconded=seconded)


def entitled(frame: Frame, row: CeremonyRow, known: StoredPerson) -> bool:
    """Whether the policy in force lets ``known`` ask for this at all, whatever they prove."""
    if row.request is None:
        return False
    return policy.entitled(policy_in_force.book(frame), asking_of(frame, row, row.request, known))


def asking_of(frame: Frame, row: CeremonyRow, request: StepUpRequest, known: StoredPerson) -> policy.Asking:
    """The wish of ``row`` as the policy is asked about it."""
    return wishes.asking_of(
        frame,
        known.person,
        request.ask,
        request.audience,
        origin=request.origin,
        registered=bool(request.registered),
        known_audience=request.known_audience,
        purpose=row.detail.purpose,
        server=bool(request.asked),
        agent=request.agent,
        risk=request.risk,
        own_risk=request.own_risk,
        reasons=request.reasons,
    )


def still_active(frame: Frame, row: CeremonyRow) -> bool:
    """Whether the session that asked is still its person's: open, or locked from elsewhere while this was under way;
    or the emergency access goes on in which it was asked."""
    return row.workstation == frame.station.id and asked_within.goes_on(frame.conn, row, frame.now)


def grant(
    frame: Frame, row: CeremonyRow, known: StoredPerson, decision: policy.Satisfied, event: Event
) -> CeremonyView:
    """Write the grant down, and issue its token unless the audience collects it. One transaction."""
    if row.request is None:
        raise ValueError("this ceremony is no step-up, or was forgotten")
    request, assurance = row.request, decision.assurance
    # What was enough stays what it has to come to, whenever its token is made anew.
    done = replace(_needing(row, assurance.acr), state="done", ended=frame.now)
    second = second_rules.found_of(frame.conn, row) if row.detail.signed else None
    if second is None:
        done = replace(done, detail=replace(done.detail, signed="", signed_seq=0))
    lasts = request.ask.lasts
    if lasts:  # what was asked for is remembered as long as it may be used
        done = replace(done, expires=frame.now + lasts)
    ceremonies.save(frame.conn, done)
    if lasts and second is not None:
        ceremonies.save(frame.conn, replace(second.row, expires=frame.now + lasts))
    use = emergency_step_ups.count(frame, row)
    until = frame.now + (lasts or min(frame.service.settings.token_seconds, STEP_UP_MAX_SECONDS))
    made = grants.StepUpGrant(
        request_id=row.id,
        ceremony=row.id,
        session=row.session or "",
        person=known.person.id,
        workstation=frame.station.id,
        audience=request.audience,
        jti=fresh_id(),
        delivery=request.delivery,
        issued=frame.now,
        expires=until if use is None else min(until, use.expires),
        batch=request.ask.records if lasts else None,
        used=0 if lasts else None,
    )
    claims = granted.claims(frame.service.issuer, done, known, frame.station, assurance, made, second)
    told = {name: claims[name] for name in ("action", "records", "purpose", "jti")}
    by: dict[str, Json] = {"agent": request.agent} if request.agent else {}
    by |= {"second": granted.told_of(second, event)} if second is not None else {}
    by |= emergency_step_ups.told(request.emergency)
    by |= {"batch": claims["batch"]} if lasts else {}
    detail = {**event.detail, **told, **by, **policy_asked.told_of(decision.ground)}
    full = replace(event, action="stepup", acr=assurance.acr, amr=assurance.amr, detail=detail)
    _, seq = frame.write(full, known, done)
    grants.add(frame.conn, replace(made, told_seq=seq))
    risk_learned.granted(frame, known, request)
    emergency_step_ups.tell(frame, use, known)
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


def _asked_person(frame: Frame, asked: StepUpIn, had: EmergencyHolder | None) -> StoredPerson | Refusal:
    """Who is to prove themselves: whose session it is, or who is said to have the emergency access."""
    if not asked.emergency:
        found = _session_person(frame, asked)
        return Refusal(found) if isinstance(found, RefusalCode) else found
    if had is None:
        return Refusal(RefusalCode.NOT_ACTIVE)
    refused = emergency_step_ups.refusal(frame, had, asked)
    if refused is not None:
        return refused
    return had.known or Refusal(RefusalCode.EMERGENCY_NOBODY)


def _session_person(frame: Frame, asked: StepUpIn) -> StoredPerson | RefusalCode:
    """Whose open session at this very workstation it is."""
    session = sessions.held(frame.conn, asked.session)
    if session is None or session.workstation != frame.station.id or session.state != "open":
        return RefusalCode.NOT_ACTIVE
    known = lookups.person_by_id(frame.conn, session.person)
    if known is None:
        return RefusalCode.NOT_ACTIVE
    return RefusalCode.SUSPENDED if known.suspended else known


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
    if application is not None and asked.ask.action in APP_SIGN_IN.values():
        return _of_program_token(frame, asked, application)
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


def _of_program_token(frame: Frame, asked: StepUpIn, application: Application) -> str | RefusalCode:
    """The doorbell asks for a program that wants a token of an audience that an administrator opened."""
    client = openid_clients.find(frame.conn, application.id)
    opened = backchannel_clients.audience_acr(frame.conn, application.id) is not None
    about = (asked.ask.resource, asked.ask.records, asked.ask.patients)
    if client is None or not application.active or not opened or about != (client.rules.title, 0, ()):
        return RefusalCode.POLICY
    return application.audience


def _refuse(
    frame: Frame,
    request_id: str,
    asked: StepUpIn,
    known: StoredPerson | None,
    refusal: Refusal,
    ground: policy.Ground | None = None,
    *,
    had: EmergencyHolder | None = None,
) -> CeremonyView:
    under = emergency_step_ups.told(had.under if had is not None else None)
    detail = {**wishes.told(asked), **under, **policy_asked.told_of(ground)}
    event = Event("stepup", "refused", frame.now, reason=refusal.code, ceremony=request_id, detail=detail)
    frame.write(event, known)
    return ceremony_view.refused(request_id, Purpose.STEP_UP, refusal, known, action=asked.ask.action)
