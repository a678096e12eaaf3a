"""What policy says about an enrolment now, and about the two ceremonies that prove things for it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Literal

from kiosk.model import statement
from kiosk.model.binding import Json
from kiosk.model.ceremony import Why
from kiosk.model.enrolment import EnrolAct, FactorKind
from kiosk.model.enrolment import EnrolRefusalCode as Code
from kiosk.model.proof import Method
from kiosk.model.refusal import RefusalCode
from kiosk.service.enrolment import offering
from kiosk.service.policy import AvailableAuthenticators, Denied, Need, Satisfied, add_up, enrolment
from kiosk.service.policy.enrolment import Case, Enough, NeedSecond, No, Second
from kiosk.service.proofs import wrong_tries
from kiosk.service.proofs.methods import enrolled_of, proved_of
from kiosk.service.shared.frame import Frame
from kiosk.service.store import enrol_windows, enrolments, lookups, recovery_codes
from kiosk.service.store.ceremonies import CeremonyRow, ForEnrolment
from kiosk.service.store.enrolments import EnrolmentRow
from kiosk.service.store.errors import UnreadableRowError
from kiosk.service.store.factors import short_of
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.stored_proofs import StoredProof

Decision = Need | NeedSecond | Enough | No
PROVING = ("key:", "piv:")
"""How the marks of those factors begin that need nobody's word."""


def decide(frame: Frame, row: EnrolmentRow, known: StoredPerson | None) -> Decision:
    """The one decision about an enrolment. ``known``: whose it is, as far as that is told."""
    rules = frame.service.rules.enrol
    return enrolment.enrolment(rules, case_of(frame, row, known), lambda: _enrolled(frame, row, known), frame.now)


def case_of(frame: Frame, row: EnrolmentRow, known: StoredPerson | None) -> Case:
    """``row`` in policy's words."""
    kind = None if row.kind is None else FactorKind(row.kind)
    move = row.detail.move
    named = known if known and (row.presented != "login" or row.proved) else None
    return Case(
        act=EnrolAct(row.act),
        kind=kind,
        # What a login's roles change would tell that somebody has it.
        roles=named.person.roles if named else (),
        offered=named is None or kind is None or offering.offered(frame, named, kind),
        presented=row.presented,
        proved=tuple(proved_of(row.proved)),
        given_up=row.detail.given_up,
        window=kind in enrolment.TAPPED
        and enrol_windows.is_open(
            frame.conn,
            frame.station.id,
            frame.station.place,
            str(FactorKind.BADGE if kind is FactorKind.PKOC else kind),
            frame.now,
        ),
        moves=move is not None,
        second=_second(frame, row.second, row.vouched),
        agreed=_second(frame, move.second, move.vouched, move.owner) if move else None,
        new_key=any(mark.startswith(PROVING) for mark in row.detail.done),
    )


def _second(
    frame: Frame, person: str | None, vouched: tuple[StoredProof, ...], owner: str | None = None
) -> Second | None:
    """Who vouched, as they are now: one who was suspended or lost the role since does not count."""
    known = lookups.person_by_id(frame.conn, person) if person and vouched else None
    if known is None or known.suspended:
        return None
    return Second(known.person.roles, tuple(proved_of(vouched)), known.person.id == owner)


def _enrolled(frame: Frame, row: EnrolmentRow, known: StoredPerson | None) -> AvailableAuthenticators:
    lost = short_of(row.factor) if row.act == "lost" and row.factor else None
    typed = row.presented == "login"
    # Also of nobody: how long a typed login takes must not tell whether anybody has it.
    keys, login = frame.service.keys.badge, row.detail.login or ""
    who = known.person.id if known else wrong_tries.nobody(keys, login) if typed else None
    has = (
        enrolled_of(frame, who, without=lost, bucket="typed" if typed else "held") if who else AvailableAuthenticators()
    )
    number = recovery_codes.ask(frame.conn, who, frame.now) if who and lost != "recovery" else None
    if number is None and row.presented == "login":
        number = _made_up(frame, row.detail.login or "")
    return replace(has, recovery=number)


def _made_up(frame: Frame, login: str) -> int:
    """Which code is asked of a login that nobody has, or that has none: always the same, as of one who has."""
    keys = frame.service.keys.badge
    mixed = keys.tagged(keys.current, "kiosk/recovery-number/v1", login.encode("utf-8", "replace"))
    return mixed[0] % recovery_codes.HOW_MANY + 1


def of_ceremony(frame: Frame, row: CeremonyRow) -> EnrolmentRow | None:
    """The enrolment that this ceremony proves something for, while it waits for that."""
    of = row.detail.enrolling
    found = None if of is None else enrolments.find(frame.conn, of.enrolment)
    waits = found is not None and found.step in ("prove", "vouch") and found.ceremony == row.id
    return found if waits else None


def decide_proof(frame: Frame, row: CeremonyRow, known: StoredPerson | None) -> Need | Satisfied | Denied:
    """What this ceremony of an enrolment still needs; satisfied once they can prove no more that would help."""
    of = of_ceremony(frame, row)
    if of is None:
        return Denied(RefusalCode.EXPIRED)
    proved = proved_of(row.proved)
    if row.purpose == "vouch":
        found = _decide_vouch(frame, of, row, known)
    else:
        now = replace(of, proved=row.proved, person=row.person)
        found = decide(frame, now, known)
    if isinstance(found, Need):
        return found
    if isinstance(found, No):
        return Denied(RefusalCode.NO_METHOD if known else RefusalCode.UNKNOWN_PERSON)
    return Satisfied(add_up(proved, frame.now), second_factor=False)


def _decide_vouch(frame: Frame, of: EnrolmentRow, row: CeremonyRow, known: StoredPerson | None) -> Decision:
    if known is None:
        return Need((enrolment.says_who(row.presented),), Why.VOUCH)
    if known.person.id == of.person or known.suspended or gave_code(of, known):
        return No(Code.SAME_PERSON if known.person.id == of.person else Code.NOT_ENTITLED)
    subject = lookups.person_by_id(frame.conn, of.person or "")
    need = decide(frame, of, subject)
    if not isinstance(need, NeedSecond):
        return Enough()
    second = Second(known.person.roles, tuple(proved_of(row.proved)), owns(of, known))
    has = partial(enrolled_of, frame, known.person.id)  # looked up only if more is needed
    return enrolment.vouch(frame.service.rules.enrol, need, second, has, frame.now)


def can_vouch(frame: Frame, of: EnrolmentRow, need: NeedSecond, known: StoredPerson) -> bool:
    """Whether they may vouch for what ``need`` asks, and have what proves it."""
    if gave_code(of, known):
        return False
    second = Second(known.person.roles, (), owns(of, known))
    has = partial(enrolled_of, frame, known.person.id)
    return not isinstance(enrolment.vouch(frame.service.rules.enrol, need, second, has, frame.now), No)


def gave_code(of: EnrolmentRow, known: StoredPerson) -> bool:
    """Whether the start code is from them: who resets somebody does not vouch, too, or one alone could be anybody."""
    return of.detail.code_by == known.person.login


def owns(of: EnrolmentRow, known: StoredPerson) -> bool:
    """Whether the badge that is to move is theirs."""
    return of.detail.move is not None and of.detail.move.owner == known.person.id


def barred(frame: Frame, row: CeremonyRow) -> str | None:
    """Short id of the factor that proves nothing in this ceremony, because it is being reported lost."""
    of = row.detail.enrolling
    lost = row.purpose == "enrol" and of is not None and of.act == "lost"
    return short_of(of.factor) if of is not None and lost and of.factor else None


def statement_of(frame: Frame, row: CeremonyRow, known: StoredPerson | None, method: Method) -> dict[str, Json]:
    """What a proof of this ceremony is bound to. ``known``: who signs."""
    of = about(row)
    part: Literal["prove", "vouch"] = "vouch" if row.purpose == "vouch" else "prove"
    subject = of.subject
    if part == "prove" and known is not None:
        subject = (known.person.id, known.person.login)
    return statement.enrol(
        ceremony=row.id,
        method=method,
        workstation=frame.station.id,
        time=frame.now,
        part=part,
        enrolment=of.enrolment,
        act=of.act,
        kind=of.kind,
        factor=of.factor,
        signer=(known.person.id, known.person.login) if known else None,
        subject=subject,
    )


def about(row: CeremonyRow) -> ForEnrolment:
    """What it proves something for. Raises ``UnreadableRowError`` where its row does not say it."""
    if row.detail.enrolling is None:
        raise UnreadableRowError("ceremony", row.id, "of no enrolment")
    return row.detail.enrolling


def told(row: CeremonyRow, known: StoredPerson | None) -> dict[str, Json]:
    """What the trail says of a proof in this ceremony; the statement that was signed says the same."""
    of = about(row)
    person = of.subject[0] if of.subject else known.person.id if known and row.purpose == "enrol" else None
    said: dict[str, Json] = {
        "enrolment": of.enrolment,
        "part": "vouch" if row.purpose == "vouch" else "prove",
        "act": of.act,
        "factor_kind": of.kind,
        "factor": of.factor,
        "subject": person,
    }
    return {name: value for name, value in said.items() if value is not None}
