"""An offline sign-in that a workstation tells of afterwards: would the service have let them in?

The workstation's word is not enough. The person's own signature is verified once more, under the key that is enrolled
now, over a challenge that names this workstation, the ticket and the person. Then come the rules of any sign-in.

A PIN that the workstation checked leaves nothing to verify. Where ``downtime_pin`` allows it the session goes on, but
it is worth what a name is worth (``ACR_IDENTIFIED``, no ``amr``): no token and no grace comes of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from kiosk.model.binding import Json
from kiosk.model.journal import JournalEntry, Verdict
from kiosk.model.proof import ACR_PIN, ACR_RANK, Assurance, Method
from kiosk.model.refusal import RefusalCode
from kiosk.service.audit.event import Event
from kiosk.service.audit.writer import has_evidence
from kiosk.service.ceremonies import offline_policy, rollout
from kiosk.service.ceremonies.offline_signatures import TOLERANCE, CheckedSignature, checked_signature
from kiosk.service.policy.downtime_rules import OFF
from kiosk.service.shared import policy_asked
from kiosk.service.shared.frame import Frame
from kiosk.service.store import downtime, lookups, review_cases, sessions
from kiosk.service.store.downtime import GivenTicket
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.sessions import StoredSession
from kiosk.service.store.unit import send_all
from kiosk.verification.refused import ProofRefusedError

SIGN_IN = "offline_sign_in"
MAX_NAME = 64
TAPS = (Method.FIDO2_TAP, Method.PIV_TAP)
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
"""What somebody else's JSON raises. One row that nobody can read must not hold up all after it."""


@dataclass(slots=True)
class _Judged:
    """What is found out, step by step. ``reason``: why the service would have refused it; None: it would not."""

    reason: str | None = None
    known: StoredPerson | None = None
    checked: CheckedSignature | None = None
    why: str = ""
    detail: dict[str, Json] = field(default_factory=dict)


def take(frame: Frame, entry: JournalEntry, told: dict[str, Json]) -> Verdict:
    """Judge one, open its session or mark it, and write its row. ``told``: what every row of a journal says."""
    session, ceremony = entry.session or "", entry.detail.get("ceremony", "")
    found = _judge(frame, entry, session, ceremony)
    if found.reason is None and found.known is not None and found.checked is not None:
        state = _make_room(frame, found, entry.at)
        if found.reason is None:
            opened = StoredSession(session, found.known.person.id, frame.station.id, state, found.checked.assurance)
            sessions.add(frame.conn, opened, frame.now, exempt=frame.station.exempt or state != "open")
            send_all(frame.conn)
    good = found.reason is None
    if not good:
        person = found.known.person.id if found.known else None
        found.detail["case"] = open_case(frame, found.reason or "", entry.at, person, session)
    proved = found.checked
    if proved is not None and proved.typed:
        found.detail["checked_by"] = "workstation"
    event = Event(
        SIGN_IN,
        "success" if good else "refused",
        frame.now,
        reason=found.reason,
        session=session if good else None,
        ceremony=ceremony or None,
        method=entry.detail.get("method"),
        acr=proved.assurance.acr if proved else None,
        amr=proved.assurance.amr if proved else (),
        evidence=proved.evidence if proved else None,
        detail={**told, **found.detail, "session": session, **({"why": found.why} if found.why else {})},
    )
    frame.write(event, found.known)
    return Verdict(session, good, found.reason)


def open_case(frame: Frame, why: str, at: int, person: str | None = None, session: str = "") -> str:
    """Somebody is to look at what the workstation told of; the case's id. ``at``: by its clock, epoch seconds."""
    subject = session if 0 < len(session) <= MAX_NAME else review_cases.JOURNAL
    place = frame.station.place
    new = review_cases.NewCase("offline", subject, person, frame.station.id, place, why, at)
    return review_cases.open_case(frame.conn, new, frame.now)


def _judge(frame: Frame, entry: JournalEntry, session: str, ceremony: str) -> _Judged:
    found = _Judged()
    known = lookups.person_by_id(frame.conn, entry.detail.get("person", ""))
    found.known = known
    found.detail["ticket"] = entry.detail.get("ticket", "")
    if known is None:
        found.reason = "unknown_person"
        return found
    ticket = downtime.find(frame.conn, entry.detail.get("ticket", ""))
    if ticket is None or (ticket.person, ticket.workstation) != (known.person.id, frame.station.id):
        found.reason = "no_ticket"
        return found
    if not 0 < len(session) <= MAX_NAME or not 0 < len(ceremony) <= MAX_NAME:
        found.reason = "bad_row"
        return found
    try:
        found.checked = checked_signature(frame, entry, known, ceremony)
    except ProofRefusedError as refused:
        found.reason, found.why = refused.code.value, refused.why
    except MALFORMED:
        found.reason, found.why = RefusalCode.BAD_SIGNATURE.value, "malformed"
    if known.suspended:
        found.reason = RefusalCode.SUSPENDED.value
    elif ticket.ended is not None:
        found.reason = "ticket_withdrawn"
    elif not ticket.created - TOLERANCE <= entry.at < ticket.expires + TOLERANCE:
        found.reason = "ticket_over"
    elif found.checked is not None and found.reason is None:
        found.reason = _against_rules(frame, entry, known, found.checked.assurance)
        if found.reason is None:
            _ask_policy(frame, entry, found, known, found.checked.assurance, ticket)
    if found.checked is not None and (_used(frame, found, ticket) or sessions.find(frame.conn, session) is not None):
        found.reason = found.reason or "told_before"
    return found


def _used(frame: Frame, found: _Judged, ticket: GivenTicket) -> bool:
    """One signature opens one session, whatever name the workstation gives to another one, and is kept once."""
    checked = found.checked
    if checked is None or checked.evidence is None:
        return False
    fresh = downtime.use_signature(frame.conn, checked.challenge, ticket)
    if fresh and not has_evidence(frame.conn, checked.evidence):
        return False
    found.checked = replace(checked, evidence=None)
    return True


def told_again(frame: Frame, entry: JournalEntry) -> Verdict:
    """What was said of a sign-in that was taken before: the first answer may have been lost on the way."""
    name = entry.session or ""
    opened = sessions.find(frame.conn, name)
    if opened is not None and opened.workstation == frame.station.id:
        return Verdict(name, accepted=True)
    return Verdict(name, accepted=False, reason=review_cases.why_of(frame.conn, frame.station.id, name) or "not_open")


def _against_rules(frame: Frame, entry: JournalEntry, known: StoredPerson, assurance: Assurance) -> str | None:
    rules = frame.service.rules.downtime
    allow, seconds = rules.at(frame.station.name)
    opened = entry.detail.get("allow") == "open"
    touched = entry.detail.get("method") in {tap.value for tap in TAPS}
    if not seconds or (opened and allow != "open") or (touched and rules.downtime_verify):
        return RefusalCode.POLICY.value
    typed = entry.detail.get("method") == Method.PIN.value
    if typed and rules.downtime_pin == OFF:
        return RefusalCode.POLICY.value
    worth = ACR_PIN if typed else assurance.acr
    if not touched and ACR_RANK[worth] < ACR_RANK[rollout.wanted(frame, known)]:
        return RefusalCode.POLICY.value
    return None


def _ask_policy(
    frame: Frame,
    entry: JournalEntry,
    found: _Judged,
    known: StoredPerson,
    assurance: Assurance,
    ticket: GivenTicket,
) -> None:
    """What the settings' rules allow, the policy may refuse, as of any sign-in. The row says by which of its rules."""
    ground = offline_policy.judged(frame, entry, known, assurance, ticket)
    found.detail |= policy_asked.told_of(ground)
    if ground is not None and ground.answer != "satisfied":
        found.reason = RefusalCode.POLICY.value


def _make_room(frame: Frame, found: _Judged, at: int) -> Literal["open", "locked"]:
    """One active station a person. The state in which the session comes to be: who signed in here since has locked it.
    Somewhere else: ``found`` is refused."""
    state: Literal["open", "locked"] = "open"
    person = found.known.person.id if found.known else ""
    for other in sessions.in_the_way(frame.conn, person, frame.station.id):
        if other.workstation != frame.station.id:
            station = lookups.station(frame.conn, other.workstation)
            if station is not None and not station.exempt and not frame.station.exempt:
                found.reason = "elsewhere"
        elif other.row is not None and other.row.opened > at:
            state = "locked"
        elif other.person == person:
            sessions.end(frame.conn, other, frame.now)
        else:
            sessions.lock(frame.conn, other, frame.now)
    return state
