"""The life of a factor and of a person's work here. Each act is one transaction, told to the stations in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin import marks
from kiosk.service.admin.act import ActRefusedError, Admin, record, the_person, whoever_works_here, worded
from kiosk.service.admin.metadata import BY_METADATA, judgement_of
from kiosk.service.admin.people import check_known, ended_told
from kiosk.service.policy.authenticator_rules import KeyRules, keys_needed
from kiosk.service.proofs.authenticator_policy import SENTENCES
from kiosk.service.proofs.certificate_authority import STOPPED
from kiosk.service.store import factors, metadata, people, stopping
from kiosk.service.store.factors import Factor
from kiosk.service.store.people import PersonLine

LOST = "lost"
MAX_REASON = 200


def suspend_factor(conn: Connection, admin: Admin, login: str, said: str, reason: str) -> Factor:
    """It proves nothing until it is resumed; what is open is locked, and asks for another. Raises
    ``ActRefusedError``."""
    reason = worded(reason, MAX_REASON, "The reason, for whoever resumes it,")
    if reason.startswith((BY_METADATA, STOPPED)):
        raise ActRefusedError(f"Say why, in 1 to {MAX_REASON} characters: whoever resumes it will want to know.")
    return _suspend(conn, admin, login, said, reason, "factor.suspend")


def report_lost(conn: Connection, admin: Admin, login: str, said: str) -> Factor:
    """As ``suspend_factor``, in one word, as somebody at the telephone reports it. Raises ``ActRefusedError``."""
    return _suspend(conn, admin, login, said, LOST, "factor.lost")


def _suspend(conn: Connection, admin: Admin, login: str, said: str, why: str, act: str) -> Factor:
    person = the_person(conn, login)
    found = marks.find(conn, person, said)
    if found.suspended is not None and not (act == "factor.lost" and found.why != LOST):
        raise ActRefusedError(f"{found.short} is suspended already ({found.why}).")
    factors.suspend(conn, found.kind, found.id, why, admin.now)
    locked = stopping.lock_everywhere(conn, person.id, admin.now, "factor")
    _told(conn, admin, act, person, found, {"reason": why, "sessions_locked": locked})
    return found


def resume_factor(conn: Connection, admin: Admin, rules: KeyRules, login: str, said: str) -> Factor:
    """It counts again, unless rules, metadata or the end of its CA's trust speak against it. Raises
    ``ActRefusedError``."""
    person = the_person(conn, login)
    found = marks.find(conn, person, said)
    if found.suspended is None:
        raise ActRefusedError(f"{found.short} is not suspended.")
    if found.kind == "key":
        judgement = judgement_of(conn, rules, metadata.enrolled_key(conn, found.id), admin.now)
        if judgement.fault is not None:
            raise ActRefusedError(SENTENCES[judgement.fault])
    if (found.why or "").startswith(STOPPED):
        raise ActRefusedError(
            f"{found.short} is of a CA that is trusted no more. It counts again with it: piv-ca add FILE"
        )
    factors.resume(conn, found.kind, found.id)
    _told(conn, admin, "factor.resume", person, found, {"reason": found.why})
    return found


def revoke_factor(conn: Connection, admin: Admin, login: str, said: str) -> Factor:
    """It is gone for good; what is open is locked, and asks for another. Raises ``ActRefusedError``."""
    person = the_person(conn, login)
    found = marks.find(conn, person, said)
    factors.revoke(conn, found.kind, found.id, admin.now)
    locked = stopping.lock_everywhere(conn, person.id, admin.now, "factor")
    _told(conn, admin, "factor.revoke", person, found, {"sessions_locked": locked})
    return found


def leave(conn: Connection, admin: Admin, login: str, reason: str | None = None) -> tuple[int, int]:
    """The person works here no more: factors and roles are gone, sessions and programs end everywhere.

    How many factors, and sessions. ``person resume`` is for one who comes back, who begins anew. Raises
    ``ActRefusedError``.
    """
    person = the_person(conn, login)
    why: dict[str, Json] = {} if reason is None else {"reason": worded(reason, MAX_REASON, "The reason")}
    gone = take_everything(conn, admin, person)
    record(conn, admin, "person.leave", person=person, detail={**gone.told, **why})
    return gone.factors, gone.sessions


@dataclass(frozen=True, slots=True)
class EndedWork:
    """What ended with a person's work here: how many ``factors`` and ``sessions``, and what the trail says of it."""

    factors: int
    sessions: int
    told: dict[str, Json]


def take_everything(conn: Connection, admin: Admin, person: PersonLine) -> EndedWork:
    """``leave`` without its row, for whoever writes that."""
    has = factors.of_person(conn, person.id)
    roles = stopping.set_left(conn, person.id)
    for factor in has:
        factors.revoke(conn, factor.kind, factor.id, admin.now)
    ended = stopping.end_everywhere(conn, person.id, admin.now, "left")
    told: dict[str, Json] = {"factors": [factor.short for factor in has], "roles": [*roles], **ended_told(ended)}
    return EndedWork(len(has), ended.sessions, told)


def transfer_role(
    conn: Connection, admin: Admin, login: str, old: str, new: str, named: Collection[str] | None = None
) -> int:
    """Another role in place of one; what is open is locked, so that the new one's rules hold. How many sessions.

    ``named``: as for ``people.check_known``. Raises ``ActRefusedError``.
    """
    person = whoever_works_here(conn, login)
    check_known(conn, (new,), named)
    if old == new or new in person.roles:
        raise ActRefusedError(f"{person.name} has the role “{new}” already.")
    if not people.remove_role(conn, person.id, old):
        raise ActRefusedError(f"{person.name} does not have the role “{old}”.")
    people.add_role(conn, person.id, new)
    locked = stopping.lock_everywhere(conn, person.id, admin.now, "role")
    record(conn, admin, "role.transfer", person=person, detail={"from": old, "to": new, "sessions_locked": locked})
    return locked


def keys_missing(conn: Connection, rules: KeyRules, person: PersonLine) -> int:
    """How many phishing-resistant factors the person's roles demand beyond those that count now."""
    has = sum(factor.spare and factor.suspended is None for factor in factors.of_person(conn, person.id))
    return max(0, keys_needed(rules, person.roles) - has)


def _told(conn: Connection, admin: Admin, act: str, person: PersonLine, found: Factor, more: dict[str, Json]) -> None:
    method = {"key": "fido2", "totp": "otp", "badge": None}.get(found.kind, found.kind)
    record(conn, admin, act, person=person, method=method, detail={"factor": found.short, "name": found.name, **more})
