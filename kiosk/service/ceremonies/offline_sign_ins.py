"""An offline sign-in that a workstation tells of afterwards: would the service have let them in?

The workstation's word is not enough. The person's own signature is verified once more, under the key that is enrolled
now, over a challenge that names this workstation, the ticket and the person. Then come the rules of any sign-in.

A PIN that the workstation checked leaves nothing to verify. Where ``downtime_pin`` allows it the session goes on, but
it is worth what a name is worth (``ACR_IDENTIFIED``, no ``amr``): no token and no grace comes of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Literal

from kiosk.model.binding import OFFLINE_LABEL, Json, b64u, challenge, unb64u
from kiosk.model.ceremony import RefusalCode
from kiosk.model.journal import JournalEntry, Verdict
from kiosk.model.proof import ACR_IDENTIFIED, ACR_PIN, ACR_RANK, Assurance, Fido2Proof, Method, PivProof
from kiosk.service import policy
from kiosk.service.audit import evidence
from kiosk.service.audit.event import Event
from kiosk.service.audit.writer import has_evidence
from kiosk.service.ceremonies import offline_policy, rollout
from kiosk.service.policy import Proved
from kiosk.service.policy.downtime_rules import OFF
from kiosk.service.proofs import piv_cards
from kiosk.service.shared import policy_asked
from kiosk.service.shared.frame import Frame
from kiosk.service.store import downtime, lookups, review_cases, sessions
from kiosk.service.store.downtime import GivenTicket
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.sessions import StoredSession
from kiosk.service.store.unit import send_all
from kiosk.verification import fido2, piv
from kiosk.verification.refused import ProofRefusedError

SIGN_IN = "offline_sign_in"
MAX_NAME = 64
TAPS = (Method.FIDO2_TAP, Method.PIV_TAP)
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
"""What somebody else's JSON raises. One row that nobody can read must not hold up all after it."""
TOLERANCE = 120
"""Seconds by which the workstation's clock may be off."""


@dataclass(frozen=True, slots=True)
class _Checked:
    """What the signature proves, what the trail keeps of it (None: it has it), and the signed challenge, base64url.
    ``typed``: a PIN, by the workstation's word."""

    assurance: Assurance
    evidence: dict[str, Json] | None
    challenge: str
    typed: bool = False


@dataclass(slots=True)
class _Judged:
    """What is found out, step by step. ``reason``: why the service would have refused it; None: it would not."""

    reason: str | None = None
    known: StoredPerson | None = None
    checked: _Checked | None = None
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
        found.checked = _verified(frame, entry, known, ceremony)
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


def _verified(frame: Frame, entry: JournalEntry, known: StoredPerson, ceremony: str) -> _Checked:
    """Raises ``ProofRefusedError``, and one of ``MALFORMED`` for what is no proof at all."""
    proof = entry.proof or {}
    if entry.detail.get("method") == Method.PIN.value:
        if proof != {"kind": "pin"}:
            raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "no PIN")
        return _Checked(Assurance(ACR_IDENTIFIED, (), min(entry.at, frame.now)), None, "", typed=True)
    label, nonce, text = str(proof["label"]), unb64u(str(proof["nonce"])), str(proof["statement"])
    said = json.loads(text)
    who, method = said.get("who"), Method(entry.detail.get("method", ""))
    # Whose key is held is not known before it has signed: that statement alone names nobody.
    nameless = method is Method.FIDO2_TAP
    of_them = nameless if who is None else who.get("id") == known.person.id
    wanted = ("offline", ceremony, method.value, frame.station.id)
    if label != OFFLINE_LABEL or (said["kind"], said["ceremony"], said["method"], said["workstation"]) != wanted:
        raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "another statement")
    if not of_them or not (said.get("ticket") == entry.detail.get("ticket") or (nameless and who is None)):
        raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "another person or ticket")
    if abs(int(said["time"]) - entry.at) > TOLERANCE:
        raise ProofRefusedError(RefusalCode.EXPIRED, "another time")
    bound = evidence.BoundChallenge(label=label, nonce=nonce, statement=text)
    digest = challenge(label, nonce, text.encode("utf-8"))
    # Not later than now: a signature of yesterday is no fresh one because we hear of it today.
    at = min(entry.at, frame.now)
    if proof["kind"] == "fido2":
        proved, kept = _key(frame, proof, known, method, bound, digest)
    else:
        proved, kept = _card(frame, proof, known, method, bound, digest)
    return _Checked(policy.add_up([replace(proved, at=at)], at), kept, b64u(digest))


def _assertion(proof: dict[str, Json]) -> Fido2Proof:
    handle = proof["user_handle"]
    return Fido2Proof(
        str(proof["credential_id"]),
        str(proof["authenticator_data"]),
        str(proof["client_data"]),
        str(proof["signature"]),
        str(handle) if handle is not None else None,
    )


def _key(
    frame: Frame,
    proof: dict[str, Json],
    known: StoredPerson,
    method: Method,
    bound: evidence.BoundChallenge,
    digest: bytes,
) -> tuple[Proved, dict[str, Json]]:
    if method not in (Method.FIDO2, Method.FIDO2_TAP):
        raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "another method")
    given = _assertion(proof)
    stored = lookups.credential(frame.conn, given.credential_id)
    if stored is None or stored.person != known.person.id:
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "not enrolled")
    verified = method is Method.FIDO2
    builtin = stored.user_verification == "builtin"
    credential = fido2.Credential(
        credential_id=stored.credential_id,
        person=stored.person,
        public_key=bytes(stored.public_key),
        sign_count=0,  # the key may have signed elsewhere since: what it counts now says nothing about then
        user_handle=known.user_handle,
        user_verification="builtin" if builtin else "pin",
        hardware=bool(stored.attestation_trusted),
        backup_eligible=bool(stored.backup_eligible),
    )
    expected = fido2.Expected(digest, frame.service.issuer, frame.service.rp_id, verified, handle_required=False)
    done = fido2.verify(given, credential, expected)
    if done.sign_count > stored.sign_count:
        lookups.use_credential(frame.conn, stored.credential_id, done.sign_count, done.backed_up, frame.now)
    kept = evidence.of_fido2(
        bound,
        rp_id=expected.rp_id,
        origin=expected.origin,
        verified=verified,
        credential_id=stored.credential_id,
        authenticator_data=done.authenticator_data,
        client_data=done.client_data,
        signature=done.signature,
        public_key=bytes(stored.public_key),
        enrolled=(stored.enrolled_chain, stored.enrolled_seq),
    )
    proved = Proved(method, frame.now, "builtin" if builtin else "pin", bool(stored.attestation_trusted) and verified)
    return proved, kept


def _card(
    frame: Frame,
    proof: dict[str, Json],
    known: StoredPerson,
    method: Method,
    bound: evidence.BoundChallenge,
    digest: bytes,
) -> tuple[Proved, dict[str, Json]]:
    given = PivProof("9A" if proof["slot"] == "9A" else "9E", str(proof["certificate"]), str(proof["signature"]))
    if method is not (Method.PIV_PIN if given.slot == "9A" else Method.PIV_TAP):
        raise ProofRefusedError(RefusalCode.BAD_SIGNATURE, "another slot")
    card = piv_cards.card_of(frame, given.slot, unb64u(given.certificate))
    if card.person != known.person.id:
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "of another person")
    signature = unb64u(given.signature)
    piv.verify(card.path.certificate, signature, digest)
    kept = evidence.of_piv(
        bound,
        slot=given.slot,
        signature=signature,
        path=(card.path.certificate, card.path.issuer),
        enrolled=card.enrolled,
        anchored=card.anchored,
    )
    return Proved(method, frame.now, "pin", card.path.ca.hardware and method is Method.PIV_PIN), kept
