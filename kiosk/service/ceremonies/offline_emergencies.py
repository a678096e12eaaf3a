"""An emergency access that a workstation opened while the service was away, judged when it is told of.

It has happened: the row says so, whatever the rules say. What they would have refused ends there at once, and the case
for review says why.
"""

from __future__ import annotations

import uuid

import msgspec

from kiosk.model.binding import Json
from kiosk.model.ceremony import LoginPresented
from kiosk.model.emergency import MAX_REASON, OPENED, WhoItIs
from kiosk.model.journal import JournalEntry, Verdict
from kiosk.model.proof import Fido2Presented, PivPresented, PkocPresented, UidPresented
from kiosk.model.sealed_code import SealedCodePresented
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import emergencies, emergency_case
from kiosk.service.ceremonies.emergencies import AskedEmergency
from kiosk.service.proofs.presenting import Unusable
from kiosk.service.shared import policy_asked
from kiosk.service.shared.frame import Frame
from kiosk.service.store import emergencies as store
from kiosk.service.store import lookups, sealed_codes
from kiosk.service.store.emergencies import EmergencyUse
from kiosk.service.store.lookups import StoredPerson

BAD_ROW, TOLD_BEFORE = "bad_row", "told_before"
_KINDS: dict[str, type[WhoItIs]] = {
    "uid": UidPresented,
    "piv": PivPresented,
    "fido2": Fido2Presented,
    "pkoc": PkocPresented,
    "login": LoginPresented,
    "code": SealedCodePresented,
}


def take(frame: Frame, entry: JournalEntry, told: dict[str, Json]) -> Verdict:
    """Judge it, write its row, open its case. ``told``: what every row of a journal says."""
    use = entry.session or ""
    presented = _presented(entry)
    reason = entry.reason or ""
    if not _is_uuid(use) or len(reason) > MAX_REASON or "\0" in reason or isinstance(presented, str):
        return _odd(frame, entry, told, BAD_ROW)
    if store.find(frame.conn, use) is not None:
        return _before(frame, entry, told, use)
    known = _named(frame, presented)
    kind = presented.kind if presented is not None else "nothing"
    asked = AskedEmergency(kind, reason, known, emergencies.code_for(frame, presented, use))
    refused, ground = emergencies.judged(frame, asked)
    seconds = 60 * frame.service.rules.emergency.minutes
    person = known.person.id if known else None
    detail: dict[str, Json] = {**told, "emergency": use, "kind": kind, "why": reason, "seconds": seconds}
    detail |= policy_asked.told_of(ground)
    spent = emergencies.spend(frame, asked, use, detail)  # whatever is refused: its envelope is open
    why = spent if refused is None else refused
    case = detail["case"] = emergency_case.open_review(frame, use, person, why, entry.at)
    # It happened. What is refused now is that it goes on.
    event = Event(OPENED, "success" if refused is None else "refused", frame.now, reason=refused, detail=detail)
    begun = min(entry.at, frame.now)
    times = (begun, begun + seconds)
    opened = EmergencyUse(use, frame.station.id, person, kind, reason, *times, offline=True, case_id=case)
    emergencies.open_use(frame, opened, known, event)
    return Verdict(use, refused is None, refused)


def told_again(frame: Frame, entry: JournalEntry) -> Verdict:
    """The answer to a row that was taken before, said once more: by what is kept and what the rules say."""
    had = store.find(frame.conn, entry.session or "")
    if had is None or had.workstation != frame.station.id:
        return Verdict(entry.session or "", accepted=False, reason=emergencies.OVER)
    return _still(frame, had)


def _still(frame: Frame, had: EmergencyUse) -> Verdict:
    """Whether one that is kept may go on: it lasts, and the rules do not refuse what began without them."""
    refused = emergencies.OVER if had.ended is not None else None
    if refused is None and had.offline:
        known = lookups.person_by_id(frame.conn, had.person) if had.person else None
        code = sealed_codes.of_use(frame.conn, frame.station.id, had.id)
        refused, _ = emergencies.judged(frame, AskedEmergency(had.presented, had.reason, known, code))
    return Verdict(had.id, refused is None, refused)


def _before(frame: Frame, entry: JournalEntry, told: dict[str, Json], use: str) -> Verdict:
    """The service had opened it, and only its answer was lost: it goes on. Another workstation's name is none of it."""
    had = store.find(frame.conn, use)
    if had is None or had.workstation != frame.station.id:
        return _odd(frame, entry, told, TOLD_BEFORE)
    frame.write(Event(OPENED, "seen", frame.now, detail={**told, "emergency": use, "again": True}))
    return _still(frame, had)


def _odd(frame: Frame, entry: JournalEntry, told: dict[str, Json], why: str) -> Verdict:
    case = emergency_case.open_review(frame, "", None, why, entry.at)
    frame.write(Event(OPENED, "failure", frame.now, reason=why, detail={**told, "case": case}))
    return Verdict(entry.session or "", accepted=False, reason=why)


def _named(frame: Frame, presented: WhoItIs | None) -> StoredPerson | None:
    found = emergencies.named(frame, presented)
    return found.known if isinstance(found, Unusable) else found


def _presented(entry: JournalEntry) -> WhoItIs | str | None:
    """What was presented there; None for nothing, a text for what cannot be read."""
    if entry.proof is None or entry.proof.get("kind") == "nothing":
        return None
    try:
        return msgspec.convert(entry.proof, _KINDS[str(entry.proof.get("kind"))], strict=True)
    except (msgspec.ValidationError, KeyError, RecursionError):
        return BAD_ROW


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
