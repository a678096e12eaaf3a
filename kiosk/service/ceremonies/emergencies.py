"""Emergency access at a workstation: begun, extended, ended; allowed by ``[emergency]``, and loud (decision 42).

The row in the trail, the messages and the case for review are of one transaction, whose end comes before the answer
that opens anything. Who it is was presented and not proved: nothing else opens by it, and no token is given.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, field, replace

from kiosk.model import sealed_code
from kiosk.model.binding import Json
from kiosk.model.ceremony import LoginPresented
from kiosk.model.emergency import (
    ENDED,
    EXTENDED,
    MAX_REASON,
    OPENED,
    PROGRAM_STARTED,
    EmergencyIn,
    EmergencyView,
    WhoItIs,
)
from kiosk.model.proof import PivPresented, UidPresented
from kiosk.model.refusal import RefusalCode
from kiosk.model.sealed_code import MAX_TYPED, SealedCodePresented
from kiosk.service import policy
from kiosk.service.audit.event import Event
from kiosk.service.ceremonies import emergency_case
from kiosk.service.channels import outbox
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.policy.cedar.facts import EMERGENCY_OPEN, ProofState
from kiosk.service.proofs import presenting
from kiosk.service.proofs.presenting import UID, Unusable
from kiosk.service.shared import policy_asked, policy_in_force
from kiosk.service.shared.frame import Frame
from kiosk.service.store import badges, emergencies, lookups, news, sealed_codes, workstations
from kiosk.service.store.emergencies import EmergencyUse
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.sealed_codes import StoredCode

OVER, SUPERSEDED = "over", "superseded"
SEALED = "code"
"""The kind of a sealed code."""
NOT_HERE, NOT_A_REASON, NOBODY_KNOWN, BAD_CODE = "not_here", "not_a_reason", "nobody_known", "bad_code"
"""Why it is refused, besides a ``RefusalCode``."""
HOUR, MAX_HOURLY = 3600, 10
"""Of one workstation in an hour so many at most tell those with ``tell_roles``. The next one says that there are more,
once an hour; the trail and the cases have all."""
MAX_NAMED = 3
"""In one person's name at one workstation in an hour so many at most tell them, and are to be written about by them:
nobody proved that it was they. The next one says that there are more, once; the trail and the cases have all."""
log = logging.getLogger("kiosk.service.ceremonies.emergencies")


@dataclass(frozen=True, slots=True)
class RefusedEmergency:
    """It is not opened. ``code``: why; ``says``: in the policy's words, by language, where it is the policy's."""

    code: str
    says: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AskedEmergency:
    """What is asked for, and who by, as far as anybody knows. ``kind``: what was presented. ``code``: the sealed one,
    if it opens this very emergency access."""

    kind: str
    reason: str
    known: StoredPerson | None
    code: StoredCode | None = None


def begin(frame: Frame, body: EmergencyIn) -> EmergencyView | RefusedEmergency:
    """Open one, or say why not; either is written. Raises ``HttpProblemError`` for what is no request at all."""
    _check(body)
    had = emergencies.find(frame.conn, body.id)
    if had is not None:
        return _again(frame, had)
    found = named(frame, body.presented)
    known = found.known if isinstance(found, Unusable) else found
    kind = body.presented.kind if body.presented else "nothing"
    asked = AskedEmergency(kind, body.reason, known, code_for(frame, body.presented, body.id))
    code, ground = judged(frame, asked)
    detail: dict[str, Json] = {"emergency": body.id, "kind": asked.kind, "why": body.reason}
    detail |= policy_asked.told_of(ground)
    if code is not None:
        # Of the budget for whatever opens nothing: whoever tries names all day must not use up what lets people in.
        event = Event(OPENED, "refused", frame.now, reason=code, detail=detail)
        frame.write(event, known, counted="tap_failed")
        return RefusedEmergency(code, ground.says if ground is not None else ())
    seconds = 60 * frame.service.rules.emergency.minutes
    person = known.person if known else None
    times = (frame.now, frame.now + seconds)
    use = EmergencyUse(body.id, frame.station.id, person.id if person else None, asked.kind, body.reason, *times)
    why = spend(frame, asked, use.id, detail)
    case = detail["case"] = emergency_case.open_review(frame, use.id, use.person, why, frame.now)
    open_use(
        frame,
        replace(use, case_id=case),
        known,
        Event(OPENED, "success", frame.now, detail={**detail, "seconds": seconds}),
    )
    return EmergencyView(use.id, person, seconds)


def refusal(frame: Frame, asked: AskedEmergency) -> str | None:
    """Why the rules do not allow it; None if they do."""
    rules, known = frame.service.rules.emergency, asked.known
    offer = rules.at(frame.station.name, frame.station.place)
    if offer is None:
        return NOT_HERE
    if asked.reason not in offer.reasons:
        return NOT_A_REASON
    if asked.kind == SEALED:
        return None if rules.codes and asked.code is not None else BAD_CODE
    if known is None:
        return None if offer.unknown else NOBODY_KNOWN
    if known.suspended:
        return RefusalCode.SUSPENDED.value
    return None if rules.may(known.person.roles) else RefusalCode.POLICY.value


def judged(frame: Frame, asked: AskedEmergency) -> tuple[str | None, policy.Ground | None]:
    """Why it is not allowed, by the settings' rules or else by the policy, None if it is; and what the policy said."""
    code = refusal(frame, asked)
    if code is not None:
        return code, None
    ground = _ruled(frame, asked)
    return (RefusalCode.POLICY.value if ground is not None and ground.answer == "cannot" else None), ground


def _ruled(frame: Frame, asked: AskedEmergency) -> policy.Ground | None:
    """What the policy says to what the settings' rules allow; None where it says nothing, or cannot be used: no broken
    policy keeps a patient waiting."""
    known = asked.known.person if asked.known is not None else None
    asking = policy_asked.own_act(frame, "emergency", EMERGENCY_OPEN, known, asked.kind)
    return policy.judged(policy_in_force.of_own_acts(frame), asking, ProofState())


def code_for(frame: Frame, presented: WhoItIs | None, use: str) -> StoredCode | None:
    """The sealed code that was presented, if it is one of this workstation that nobody used but ``use``."""
    if not isinstance(presented, SealedCodePresented):
        return None
    typed = sealed_code.tidy(presented.code)
    digest = sealed_code.digest_of(frame.station.id, typed) if typed is not None else ""
    found = sealed_codes.find(frame.conn, frame.station.id, digest)
    return found if found is not None and (found.live or found.used_by == use) else None


def spend(frame: Frame, asked: AskedEmergency, use: str, detail: dict[str, Json]) -> str:
    """Use the sealed code up, if it was opened by one, and tell its workstation; why it was opened, for the case."""
    if asked.code is None:
        return asked.reason
    if asked.code.live:
        sealed_codes.use(frame.conn, asked.code, use, frame.now)
        workstations.tell_settings(frame.conn, frame.now, frame.station.id)
    detail["code"] = asked.code.number
    return f"{asked.reason}; sealed code {asked.code.number}"


def named(frame: Frame, presented: WhoItIs | None) -> StoredPerson | Unusable | None:
    """Whose it is that was presented. It is a name here, so the number of a card that could sign names its person."""
    if presented is None or isinstance(presented, SealedCodePresented):
        return None
    if isinstance(presented, LoginPresented):
        return lookups.person_by_login(frame.conn, presented.login.strip())
    if isinstance(presented, UidPresented | PivPresented):
        found = presenting.whose(frame, presented)
        if not isinstance(found, Unusable) or found.refusal.code is not RefusalCode.CARD_REQUIRES_PROOF:
            return found
    if presented.uid is None or not UID.fullmatch(presented.uid):
        return None
    owner = badges.proof_card_owner(frame.conn, frame.service.keys.badge, bytes.fromhex(presented.uid))
    return lookups.person_by_id(frame.conn, owner) if owner is not None else None


def open_use(frame: Frame, use: EmergencyUse, known: StoredPerson | None, event: Event) -> None:
    """Write it, keep it, and tell whoever is to know. One that began here before it is over: a journal may be told of
    after another has begun."""
    for other in emergencies.lasting_at(frame.conn, frame.station.id):
        if not use.offline or other.begun <= use.begun:
            _end(frame, other, SUPERSEDED)
    named = 1 + _named_before(frame, use)
    if named > MAX_NAMED:
        event = replace(event, detail={**event.detail, "named_in_an_hour": named})
    _, seq = frame.write(event, known)
    # What a workstation told of late could not be asked for before.
    due = frame.now + HOUR * frame.service.rules.emergency.text_hours
    emergencies.add(frame.conn, replace(use, seq=seq, text_due=due if named <= MAX_NAMED else None))
    if use.person is not None and named <= MAX_NAMED:
        news.owe(frame.conn, use.person, frame.now)
    log.warning("emergency access at workstation %s", frame.station.id)
    _tell_people(frame, use, known, named)
    tell_neighbours(frame)


def _tell_people(frame: Frame, use: EmergencyUse, known: StoredPerson | None, named: int) -> None:
    """Those with ``tell_roles`` and who it was said to be, of each; or once an hour of many. ``named``: how many."""
    told = set(emergencies.people_with(frame.conn, frame.service.rules.emergency.tell_roles))
    hourly = emergencies.begun_between(frame.conn, frame.station.id, use.begun - HOUR, use.begun)
    if hourly > MAX_HOURLY:
        _tell_of_more(frame, told, "emergency_many")
        told = set()
    if known is not None and named <= MAX_NAMED:
        told.add(known.person.id)
    for who in sorted(told):
        outbox.tell(frame.conn, who, "emergency_opened", frame.now, at=frame.station.name)
    if known is not None and named > MAX_NAMED:
        _tell_of_more(frame, {known.person.id}, "emergency_more")


def _tell_of_more(frame: Frame, people: set[str], kind: outbox.Kind) -> None:
    for who in sorted(people):
        outbox.tell_once(frame.conn, who, kind, frame.now, at=frame.station.name, within=HOUR)


def _named_before(frame: Frame, use: EmergencyUse) -> int:
    """How many began here in the hour before in the same name."""
    if use.person is None:
        return 0
    return emergencies.named_between(frame.conn, frame.station.id, use.person, use.begun - HOUR, use.begun)


def tell_neighbours(frame: Frame) -> None:
    """The other workstations of this place are to look again at what goes on beside them."""
    for station in emergencies.neighbours(frame.conn, frame.station.id, frame.station.place):
        workstations.tell_settings(frame.conn, frame.now, station)


@dataclass(frozen=True, slots=True)
class SaidOfEmergency:
    """What a workstation reports of one. ``told``: what its row says besides. ``at``: when, of what its journal tells;
    epoch seconds by its clock, None for just now."""

    action: str
    use: str
    reason: str | None
    told: dict[str, Json] = field(default_factory=dict)
    at: int | None = None


def follow(frame: Frame, said: SaidOfEmergency) -> None:
    """Extended, ended, or a program seen in it: written, and believed about its own alone. More than the rules allow is
    marked."""
    use = emergencies.find(frame.conn, said.use)
    if use is None or use.workstation != frame.station.id:
        unknown: dict[str, Json] = {**said.told, "emergency": said.use, "unknown_emergency": True}
        frame.write(Event(said.action, "seen", frame.now, reason=said.reason, detail=unknown))
        return
    known = lookups.person_by_id(frame.conn, use.person) if use.person else None
    detail: dict[str, Json] = {**said.told, "emergency": use.id}
    if said.action == EXTENDED:
        rules = frame.service.rules.emergency
        expires = use.expires + 60 * rules.minutes
        over = use.ended is not None or expires > use.begun + 60 * rules.most_minutes
        if not over:
            emergencies.extend(frame.conn, use, expires)
        frame.write(Event(EXTENDED, "failure" if over else "seen", frame.now, detail=detail), known)
    elif said.action == PROGRAM_STARTED:
        frame.write(Event(PROGRAM_STARTED, "seen", frame.now, reason=said.reason, detail=detail), known)
    elif use.ended is None:
        at = frame.now if said.at is None else min(max(said.at, use.begun), frame.now)
        emergencies.end(frame.conn, use, at, said.reason or OVER)
        frame.write(Event(ENDED, "seen", frame.now, reason=said.reason, detail=detail), known)
        tell_neighbours(frame)
    else:
        frame.write(Event(ENDED, "seen", frame.now, reason=said.reason, detail={**detail, "again": True}), known)


def _end(frame: Frame, use: EmergencyUse, reason: str) -> None:
    emergencies.end(frame.conn, use, frame.now, reason)
    known = lookups.person_by_id(frame.conn, use.person) if use.person else None
    frame.write(Event(ENDED, "success", frame.now, reason=reason, detail={"emergency": use.id}), known)


def _again(frame: Frame, had: EmergencyUse) -> EmergencyView:
    """The answer was lost, and it is asked for once more: it is the same one. Nothing is written."""
    if had.workstation != frame.station.id or had.ended is not None or had.expires <= frame.now:
        raise HttpProblemError(409, "emergency_over", "This emergency access is over. Begin another one.")
    known = lookups.person_by_id(frame.conn, had.person) if had.person else None
    return EmergencyView(had.id, known.person if known else None, had.expires - frame.now)


def _check(body: EmergencyIn) -> None:
    try:
        uuid.UUID(body.id)
    except ValueError:
        raise HttpProblemError(422, "bad_emergency", "The name of an emergency access is a UUID.") from None
    login = body.presented.login if isinstance(body.presented, LoginPresented) else ""
    code = body.presented.code if isinstance(body.presented, SealedCodePresented) else ""
    if len(body.reason) > MAX_REASON or len(login) > 128 or len(code) > MAX_TYPED:
        raise HttpProblemError(422, "bad_emergency", "A text of this request is too long.")
