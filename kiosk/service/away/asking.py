"""A server's question goes to the phone of somebody who is active at no workstation; or it does not, and never will.

One question waits on a phone, whoever asks. A server whose questions came to nothing three times within an hour, or
that was reported within a day, reaches that phone no more meanwhile; and all together, stations and servers, reach it
twenty times an hour. What does not go to the phone still waits for a workstation: the server is told nothing of it.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection

from kiosk.model import binding, statement
from kiosk.model.proof import Method
from kiosk.service import policy
from kiosk.service.away import judging
from kiosk.service.away.found import FoundQuestion, allowed, find
from kiosk.service.ceremonies.server_questions import COLLECTED, MIN_SHOWN
from kiosk.service.policy import Need, Satisfied
from kiosk.service.proofs import phones as passkeys
from kiosk.service.shared import policy_asked
from kiosk.service.shared.context import Service
from kiosk.service.store import phone_questions, phone_subscriptions
from kiosk.service.store.phone_questions import WaitingQuestion

ASKED = "phone_asked"
"""In the trail."""
MIN_LEFT = MIN_SHOWN + COLLECTED
"""Seconds that a question still has to stand, so that it goes to a phone."""
MAX_UNANSWERED = 3
"""Questions of one server within an hour that were refused or left, after which it reaches that phone no more."""
HOUR = 3600


def waiting(conn: Connection, service: Service, now: int) -> list[str]:
    """Ids of servers' questions that are to be looked at: nothing is written."""
    return phone_questions.to_offer(conn, now, MIN_LEFT) if allowed(service) else []


def offer(conn: Connection, service: Service, question: str, now: int) -> bool:
    """Ask the phone of whom ``question`` is for, or note that it is not asked. Whether it is."""
    found = find(conn, service, question, now)
    if found is None or question not in phone_questions.to_offer(conn, now, MIN_LEFT, question):
        return False
    frame = judging.frame_of(conn, service, now)
    risk = judging.risk_of(frame, found.known, found.request)
    decision = judging.decide(frame, found.known, found.client, found.request, risk)
    why = _unfit(found, decision)
    phone_questions.add(conn, _row(found, why))
    told = policy_asked.told_of(decision.ground)
    if why is not None:
        found.write(ASKED, "refused", why, **told)
        return False
    found.write(ASKED, "seen", None, until=_until(found), **told)
    judging.learn_asked(frame, found.known)
    if service.phone.push_services:
        phone_subscriptions.wake(conn, found.known.person.id, question, _until(found), now)
    return True


def _unfit(found: FoundQuestion, decision: policy.Need | policy.Satisfied | policy.Denied) -> str | None:
    """Why it goes to no phone; a stable word."""
    conn, now, person, app = found.conn, found.now, found.known.person.id, found.client.id
    if phone_questions.reported_since(conn, person, app, now - phone_questions.KEEP):
        return "reported"
    if phone_questions.unanswered_since(conn, person, app, now - HOUR) >= MAX_UNANSWERED:
        return "unanswered"
    if passkeys.asked_lately(conn, person, now) >= passkeys.MAX_AN_HOUR:
        return "too_many"
    if found.request.ask.lasts or isinstance(decision, Need):
        return "more_needed"  # a key, or a second person: those are at workstations
    if not isinstance(decision, Satisfied):
        return "policy"
    return None if judging.says_what_for(found.service, found.request) else "purpose_needed"


def _until(found: FoundQuestion) -> int:
    """Until when it may be answered on the phone (SP 800-63B-4 section 3.1.3.2: ten minutes at most)."""
    return min(found.request.expires - COLLECTED, found.now + passkeys.MAX_SECONDS)


def _row(found: FoundQuestion, why: str | None) -> WaitingQuestion:
    """It as it waits; as what was looked at, and is on no phone, where there is a ``why``."""
    request, consent = found.request, found.consent
    salts = [secrets.token_bytes(binding.SALT_BYTES) for _ in (consent.resource, *consent.patients)]
    resource, *patients = (
        binding.commitment(salt, value)
        for salt, value in zip(salts, (consent.resource, *consent.patients), strict=True)
    )
    said = statement.step_up(
        consent,
        ceremony=request.id,
        method=Method.PHONE,
        workstation=None,
        time=found.now,
        person=found.known.person.id,
        language="en",
        resource=resource,
        patients=patients,
    )
    return WaitingQuestion(
        id=request.id,
        person=found.known.person.id,
        application=found.client.id,
        nonce=binding.b64u(secrets.token_bytes(binding.NONCE_BYTES)),
        statement=binding.canonical(said).decode("utf-8"),
        salts=() if why is not None else tuple(binding.b64u(salt) for salt in salts),
        created=found.now,
        expires=_until(found),
        state="open" if why is None else "unfit",
        why=why,
    )
