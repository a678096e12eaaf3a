"""Whether somebody may be the second person of a step-up, and whether one that agreed still counts.

Never the person who asks, nor another account of theirs; never a program's own account; nobody whom the policy bars.
That is asked when they are named, at each of their proofs, when the step-up is granted, and whenever its token is
signed or used.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from kiosk.model.ceremony import MethodOffer, Why
from kiosk.model.people import Person
from kiosk.model.proof import Method
from kiosk.model.refusal import RefusalCode
from kiosk.model.second import SecondOf
from kiosk.service import policy
from kiosk.service.ceremonies import agents, wishes
from kiosk.service.proofs.methods import enrolled_of, proved_of
from kiosk.service.shared import asked_within, policy_in_force
from kiosk.service.shared.context import Service
from kiosk.service.shared.frame import Frame
from kiosk.service.store import cards, ceremonies, factors, lookups, manifests, seconds
from kiosk.service.store.ceremonies import CeremonyRow
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.seconds import SecondGiven

SECONDS = 300
"""For which a step-up whose person has proved their part waits for a second one."""


@dataclass(frozen=True, slots=True)
class AgreedSecond:
    """Who agreed, in which ceremony of theirs, and the row that says so."""

    known: StoredPerson
    row: CeremonyRow
    given: SecondGiven


def lock_both(frame: Frame, row: CeremonyRow, credential: str = "") -> None:
    """Both persons of a second person's ceremony, or of a step-up that somebody agreed to, in one order (decision 33),
    before either is looked at. ``credential``: of the key that is about to say who the second person is."""
    first = first_of(frame.conn, row)
    if first is not None:
        owner = cards.credential_owner(frame.conn, credential) if credential and row.person is None else None
        lock_pair(frame, row.person or owner or "", first.person or "")
        return
    lock_with_second(frame.conn, row.person or "", row.id)


def lock_with_second(conn: Connection, person: str, ceremony: str) -> None:
    """``person``, and whoever agreed to that step-up of theirs, if somebody did."""
    given = seconds.of(conn, ceremony) if ceremony else None
    manifests.lock(conn, *(each for each in (person, given.person if given is not None else "") if each))


def lock_pair(frame: Frame, *persons: str) -> None:
    """The same, of ids; an empty one is nobody's."""
    manifests.lock(frame.conn, *(person for person in persons if person))


def first_of(conn: Connection, row: CeremonyRow) -> CeremonyRow | None:
    """The step-up that ``row`` is to agree to."""
    of = row.detail.second_of
    return None if of is None else ceremonies.find(conn, of.ceremony)


def waits(frame: Frame, first: CeremonyRow | None, of: SecondOf | None) -> bool:
    """Whether that step-up, as it was when its person signed, still waits for somebody, in a session of theirs."""
    if first is None or of is None or first.request is None or not frame.live(first):
        return False
    theirs = asked_within.goes_on(frame.conn, first, frame.now)
    same = bool(of.digest) and (of.ceremony, of.digest) == (first.id, first.detail.signed)
    return theirs and same and seconds.of(frame.conn, first.id) is None


def same_human(one: Person, other: Person) -> bool:
    """Whether two accounts are taken for one human: the same record, or the same name. Namesakes ask somebody else."""
    return one.id == other.id or _folded(one.name) == _folded(other.name)


def _folded(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name)
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).casefold().split())


def barred(frame: Frame, first: CeremonyRow, asker: StoredPerson, second: StoredPerson) -> RefusalCode | None:
    """Why ``second`` may not agree to ``first``, whatever they prove; None if they may try."""
    if same_human(asker.person, second.person):
        return RefusalCode.SAME_PERSON
    if second.suspended:
        return RefusalCode.SUSPENDED
    if agents.is_account(frame.conn, second):
        return RefusalCode.POLICY
    asking = asking_of(frame, first, second, 0, ())
    return None if policy.entitled(policy_in_force.book(frame), asking) else RefusalCode.POLICY


def asking_of(
    frame: Frame, first: CeremonyRow, second: StoredPerson, risk: int, reasons: tuple[str, ...]
) -> policy.Asking:
    """The wish of ``first`` as the policy is asked whether ``second`` may agree to it. Raises ``ValueError`` where it
    was forgotten."""
    request = first.request
    if request is None:
        raise ValueError("this ceremony is no step-up, or was forgotten")
    return wishes.asking_of(
        frame,
        second.person,
        request.ask,
        request.audience,
        origin=request.origin,
        registered=bool(request.registered),
        known_audience=request.known_audience,
        purpose=first.detail.purpose,
        server=bool(request.asked),
        agent=request.agent,
        risk=risk,
        reasons=reasons,
        as_second=True,
    )


def decide(
    frame: Frame, row: CeremonyRow, known: StoredPerson | None
) -> policy.Need | policy.Satisfied | policy.Denied:
    """What a second person's ceremony needs now. A key that has not said whose it is says so by its proof."""
    first = first_of(frame.conn, row)
    asker = lookups.person_by_id(frame.conn, first.person or "") if first is not None else None
    if first is None or first.request is None or row.request is None or asker is None:
        return policy.Denied(RefusalCode.EXPIRED)
    if known is None:
        return policy.Need((MethodOffer(Method.FIDO2),), Why.SECOND)
    code = barred(frame, first, asker, known)
    if code is not None:
        return policy.Denied(code)
    asking = asking_of(frame, first, known, row.request.risk, row.request.reasons)
    has = partial(enrolled_of, frame, known.person.id)
    book = policy_in_force.book(frame)
    at = row.ended if row.state == "done" and row.ended is not None else frame.now
    return policy.step_up(book, asking, has, proved_of(row.proved), at, first.request.least, seconded=True)


def agreed(frame: Frame, first: CeremonyRow) -> AgreedSecond | RefusalCode | None:
    """Who agreed to ``first`` and still counts; why they count no more; None while nobody did."""
    found = found_of(frame.conn, first)
    if found is None:
        return None
    if found.known.suspended:
        return RefusalCode.SUSPENDED
    station = lookups.station(frame.conn, found.given.chain)
    if station is None or station.state != "enrolled" or not _same_things(frame.conn, found):
        return RefusalCode.SECOND_WITHDRAWN
    # Judged anew where they were: a rule may speak of the place.
    there = replace(frame, station=station, source=found.row.detail.source)
    good = isinstance(decide(there, found.row, found.known), policy.Satisfied)
    return found if good else RefusalCode.SECOND_WITHDRAWN


def found_of(conn: Connection, first: CeremonyRow) -> AgreedSecond | None:
    """Who agreed to ``first``, as it is stored; None where nobody did, or it does not fit together."""
    given = seconds.of(conn, first.id)
    row = ceremonies.find(conn, given.second) if given is not None else None
    known = lookups.person_by_id(conn, given.person) if given is not None else None
    of = row.detail.second_of if row is not None else None
    if given is None or row is None or known is None or of is None:
        return None
    fits = (row.purpose, row.state, row.person, row.workstation) == ("second", "done", given.person, given.chain)
    about = (of.ceremony, of.digest) == (first.id, first.detail.signed) and bool(of.digest)
    return AgreedSecond(known, row, given) if fits and about and given.person != first.person else None


def _same_things(conn: Connection, found: AgreedSecond) -> bool:
    """Whether each factor that they proved with is the very one that it was then."""
    for proof in found.row.proved:
        factor = factors.by_mark(conn, found.given.person, proof.factor) if proof.factor is not None else None
        if proof.factor is not None and (factor is None or factor.suspended is not None or factor.since > proof.at):
            return False
    return True


def stands(conn: Connection, service: Service, first: CeremonyRow, now: int) -> bool:
    """Whether a step-up that needed a second person still has one that counts; true of one that needed none."""
    if not first.detail.signed:
        return True
    station = lookups.station(conn, first.workstation)
    return station is not None and isinstance(agreed(Frame(service, conn, station, now), first), AgreedSecond)
