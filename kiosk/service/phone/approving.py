"""A step-up is shown on a phone once its number was typed there; approved, refused, or reported as somebody else's.

Whoever has the QR code alone sees nothing. With the number as well they see what stands on the workstation's screen
beside it, and no more. To approve or to report takes the person's own passkey, their user verified: a report stops
something, so that no passer-by may make one. Wrong numbers and wrong passkeys are counted together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import Connection

from kiosk.model.binding import PHONE_REPORT_LABEL, STEP_UP_LABEL, b64u
from kiosk.model.consent import lines
from kiosk.model.proof import Fido2Proof, Method
from kiosk.model.refusal import RefusalCode
from kiosk.service.channels import outbox
from kiosk.service.phone import languages
from kiosk.service.phone.page_texts import labelled
from kiosk.service.phone.pairing import PasskeyOptions, SignOptions, options
from kiosk.service.phone.questions import PhoneQuestion, find, over
from kiosk.service.proofs import phones as passkeys
from kiosk.service.shared import asked_within, risk_memory
from kiosk.service.shared.context import Service
from kiosk.service.store import ceremonies, events, phone_requests, phones
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.phone_requests import MAX_TRIES, PhoneRequest, PhoneState
from kiosk.verification.refused import ProofRefusedError

BLOCKED_SECONDS = 24 * 3600
"""For which a station does not ask the phone of somebody who said “Not me”."""
Outcome = Literal["approved", "refused", "reported", "not_yours", "over"]
EVENT = "phone"
"""What the workstation is told."""


@dataclass(frozen=True, slots=True)
class LookView:
    """What a code is for. ``pair``: with ``name`` and ``station``. ``report``: what “Not me” signs."""

    purpose: Literal["pair", "approve"]
    name: str = ""
    station: str = ""
    pair: PasskeyOptions | None = None
    report: SignOptions | None = None


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of what is asked, in the phone's language."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class PhoneAskedView:
    """Everything that the statement says. ``approve``: what a yes signs."""

    lines: tuple[ShownLine, ...]
    approve: SignOptions


@dataclass(frozen=True, slots=True)
class NumberView:
    """``asked`` None: the number was wrong, and ``left`` tries are left."""

    left: int = MAX_TRIES
    asked: PhoneAskedView | None = None


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """How it ended for the phone."""

    outcome: Outcome


def look(conn: Connection, service: Service, code: str, now: int) -> LookView:
    """What the code is for. Whoever looks learns nothing of what is asked. Raises ``HttpProblemError``."""
    found = phone_requests.find(conn, phone_requests.mark_of(code))
    if found is None:
        raise over()
    if found.purpose == "pair":
        asked = find(conn, service, code, "pair", now)
        if asked.request.state != "open":
            raise over()
        return LookView("pair", asked.known.person.name, asked.station.name, options(asked))
    asked = find(conn, service, code, "approve", now)
    return LookView("approve", report=SignOptions(_digest(asked, PHONE_REPORT_LABEL), service.rp_id))


def show(conn: Connection, service: Service, code: str, number: str, language: str, now: int) -> NumberView:
    """What is asked, for the right ``number``. A wrong one is a value: it is counted. Raises ``HttpProblemError``."""
    asked, row = _open(conn, service, code, now)
    if not passkeys.right_number(service.keys, code, number):
        return NumberView(_wrong(asked, row, "wrong_number"))
    consent = languages.consent_of_question(asked, row)
    asked = replace(asked, request=languages.drawn_in(asked.request, consent, language))
    said = tuple(ShownLine(*labelled(language, line.key, line.value)) for line in lines(consent, language))
    mine = tuple(phone.credential_id for phone in phones.of_person(conn, asked.known.person.id))
    return NumberView(asked=PhoneAskedView(said, SignOptions(_digest(asked, STEP_UP_LABEL), service.rp_id, mine)))


def approve(conn: Connection, service: Service, code: str, number: str, proof: Fido2Proof, now: int) -> OutcomeView:
    """Yes, signed. The workstation is told, and comes for it. Raises ``HttpProblemError``."""
    asked, row = _open(conn, service, code, now)
    if not passkeys.right_number(service.keys, code, number):
        return OutcomeView("over" if _wrong(asked, row, "wrong_number") == 0 else "not_yours")
    return _signed(asked, row, proof, STEP_UP_LABEL, "approved")


def report(conn: Connection, service: Service, code: str, proof: Fido2Proof, now: int) -> OutcomeView:
    """“Not me”, signed: that workstation asks their phone no more for a day. Raises ``HttpProblemError``."""
    asked, row = _open(conn, service, code, now)
    done = _signed(asked, row, proof, PHONE_REPORT_LABEL, "reported")
    if done.outcome == "reported":
        phones.block(conn, asked.known.person.id, asked.station.id, now, now + BLOCKED_SECONDS)
        outbox.tell(conn, asked.known.person.id, "phone_reported", now, at=asked.station.name)
    return done


def refuse(conn: Connection, service: Service, code: str, number: str, now: int) -> OutcomeView:
    """No. It takes the number alone, which gives no more than the button at the workstation. Raises
    ``HttpProblemError``."""
    asked, row = _open(conn, service, code, now)
    if not passkeys.right_number(service.keys, code, number):
        return OutcomeView("over" if _wrong(asked, row, "wrong_number") == 0 else "not_yours")
    return _answer(asked, row, replace(asked.request, state="refused"))


def _open(conn: Connection, service: Service, code: str, now: int) -> tuple[PhoneQuestion, CeremonyRow]:
    """The question and its step-up, both still under way. Raises ``HttpProblemError``."""
    asked = find(conn, service, code, "approve", now)
    row = ceremonies.find(conn, asked.request.about)
    if row is None or row.state != "prove" or now >= row.expires or row.person != asked.known.person.id:
        raise over()
    if row.request is None or not asked_within.goes_on(conn, row, now):
        raise over()
    waits = ceremonies.challenge_waits(conn, row.id, Method.PHONE, now)
    if not waits or phones.blocked(conn, asked.known.person.id, asked.station.id, now):
        raise over()
    return asked, row


def _digest(asked: PhoneQuestion, label: str) -> str:
    return b64u(passkeys.digest_of(asked.request, label))


def _signed(asked: PhoneQuestion, row: CeremonyRow, proof: Fido2Proof, label: str, state: PhoneState) -> OutcomeView:
    """The answer that ``proof`` signs, if one of the person's own phones did."""
    try:
        signed = languages.as_signed(asked, row, proof, label)
        digest = passkeys.digest_of(signed, label)
        phone, assertion = passkeys.signed(asked.service, asked.conn, asked.known, proof, digest)
    except ProofRefusedError as refused:
        left = _wrong(asked, row, refused.code)
        return OutcomeView("not_yours" if left else "over")
    phones.used(asked.conn, phone, assertion.sign_count, assertion.backed_up, asked.now)
    return _answer(asked, row, replace(signed, state=state, proof=proof))


def _answer(asked: PhoneQuestion, row: CeremonyRow, after: PhoneRequest) -> OutcomeView:
    """Of two answers the first one counts. Raises ``HttpProblemError``."""
    state, before = after.state, asked.request
    if not phone_requests.move(asked.conn, before, after):
        raise over()
    said, read = before.statement, after.statement
    if said != read and not ceremonies.restate_challenge(asked.conn, row.id, Method.PHONE, said, read):
        raise over()
    asked.write("success" if state == "approved" else "refused", state)
    if state != "approved":
        _end(asked, row, state)
    _tell(asked, row, state)
    return OutcomeView("approved" if state == "approved" else "reported" if state == "reported" else "refused")


def _end(asked: PhoneQuestion, row: CeremonyRow, why: PhoneState) -> None:
    """Their no ends the step-up here and now, whatever its workstation does or leaves: it can be proved in no other way
    any more. It is learned from as if it had been said there."""
    conn, now, who = asked.conn, asked.now, asked.known.person
    detail = replace(row.detail, ended_why=RefusalCode.CANCELLED.value)
    ceremonies.save(conn, replace(row, state="refused", ended=now, detail=detail))
    risk_memory.turned_down(conn, asked.service.risk, who.id, now)
    asked.write_of("stepup", "refused", "refused_by_person", row, on_phone=why)


def _wrong(asked: PhoneQuestion, row: CeremonyRow, reason: str) -> int:
    """One try less; how many are left."""
    after = phone_requests.wrong(asked.conn, asked.request)
    asked.write("refused", reason, tries=after.tries)
    if after.state == "ended":
        _tell(asked, row, "ended")
    return max(0, MAX_TRIES - after.tries)


def _tell(asked: PhoneQuestion, row: CeremonyRow, state: PhoneState) -> None:
    events.add(asked.conn, row.workstation, EVENT, asked.now, session=row.session, reason=state, where=row.id)
