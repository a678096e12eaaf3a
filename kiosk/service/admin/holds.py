"""Legal holds: what an archive must leave in the database, who asked for it, and who lifted it again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from kiosk.model import binding
from kiosk.model.binding import Json
from kiosk.model.challenge import CommitmentOpening
from kiosk.service.admin.act import ActRefusedError, Admin, act_event, record, worded
from kiosk.service.admin.policy_proposals import the_administrator
from kiosk.service.audit.archived import HOLD, LIFT
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.writer import append
from kiosk.service.platform.opening_marks import folded
from kiosk.service.store import holds, integrity, manifests
from kiosk.service.store.guarded import HOLDS
from kiosk.service.store.holds import NewHold
from kiosk.service.store.people import PersonLine
from kiosk.service.store.schema import opening
from kiosk.service.store.sql_types import StoredRow

MAX_REASON = 300
SECONDS = 7 * 86_400
"""For which it may wait that a second administrator agrees to lift a hold."""


@dataclass(frozen=True, slots=True)
class HoldWish:
    """What is to be held. ``workstation``: an id; ``patient``: as it reads. At least one of them is given, and whatever
    is given must be true of a row. ``since``, ``until``: epoch seconds, both included."""

    person: PersonLine | None = None
    workstation: str | None = None
    patient: str | None = None
    since: int | None = None
    until: int | None = None


def add(conn: Connection, admin: Admin, wish: HoldWish, reason: str) -> int:
    """Its number. Raises ``ActRefusedError``."""
    why = worded(reason, MAX_REASON, "The reason")
    if wish == HoldWish():
        raise ActRefusedError("Say what is to be held: a person, a patient, a workstation, a time, or several of them.")
    if wish.patient is not None and folded(wish.patient) in folded(why):
        raise ActRefusedError("The reason names the patient, and stays for good. Say it without the name.")
    manifests.lock(conn, HOLDS)
    number = holds.next_id(conn)
    openings: tuple[CommitmentOpening, ...] = ()
    detail: dict[str, Json] = {"hold": number, "reason": why, "since": wish.since, "until": wish.until}
    if wish.workstation is not None:
        detail["held_station"] = wish.workstation
    if wish.patient is not None:
        salt = secrets.token_bytes(binding.SALT_BYTES)
        commitment = binding.commitment(salt, wish.patient)
        openings = (CommitmentOpening(commitment, binding.b64u(salt), wish.patient),)
        detail["patient"] = commitment
    who = None if wish.person is None else (wish.person.id, wish.person.login)
    # Before the row, so that it tells of the manifest: a hold that is put back or taken away shows by it.
    manifests.enlist(conn, HOLDS, f"hold:{number}")
    act, _ = append(conn, SERVICE, replace(act_event(admin, HOLD, who=who, detail=detail), openings=openings))
    patient = openings[0].commitment if openings else None
    person = None if wish.person is None else wish.person.id
    new = NewHold(
        why, person, wish.workstation, patient, wish.since, wish.until, act, admin.name, admin.person, admin.now
    )
    holds.add(conn, number, new)
    return number


def lift(conn: Connection, admin: Admin, number: int, reason: str, *, two: bool) -> bool:
    """It holds no more; with ``two``, once another administrator asks for the same. Whether it is lifted.

    Raises ``ActRefusedError``.
    """
    why = worded(reason, MAX_REASON, "The reason")
    manifests.lock(conn, HOLDS)
    found = holds.find(conn, number)
    if found is None:
        raise ActRefusedError(f"There is no hold {number}. See: kiosk audit hold list --data DIR")
    if found.lifted is not None:
        raise ActRefusedError(f"Hold {number} is lifted already.")
    told: dict[str, Json] = {"hold": number, "reason": why}
    if two:
        who = the_administrator(admin)
        fresh = found.lift_asked is not None and 0 <= admin.now - found.lift_asked < SECONDS
        if not fresh:
            holds.ask_to_lift(conn, number, who, admin.now)
            record(conn, admin, "audit.lift_asked", detail=told)
            return False
        if who == found.lift_asked_by:
            raise ActRefusedError(f"{who} asked to lift it. Another administrator has to agree, by the same command.")
        told |= {"asked_by": found.lift_asked_by}
    holds.lift(conn, number, admin.now)
    record(conn, admin, LIFT, detail=told)
    return True


def patient_of(conn: Connection, hold: StoredRow) -> str | None:
    """The patient that a hold names, None for none. Raises ``ActRefusedError`` where that was taken away."""
    if hold.patient is None:
        return None
    mine = (opening.c.commitment == hold.patient, opening.c.chain == SERVICE, opening.c.seq == hold.act)
    found = integrity.one(conn, opening, *mine)
    if found is None:
        raise ActRefusedError(
            f"Hold {hold.id} names a patient that is not there any more: somebody took it out of the database. "
            "Nothing is archived until an administrator lifts it and asks for it anew."
        )
    return str(found.value)


def holding(conn: Connection, patient: str) -> list[int]:
    """Numbers of the holds that name this patient, however it is written."""
    mine = folded(patient)
    named = ((row.id, patient_of(conn, row)) for row in holds.lasting(conn))
    return [number for number, text in named if text is not None and folded(text) == mine]
