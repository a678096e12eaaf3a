"""Enrolments at the workstation, as rows. What was made is sealed before it comes here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import Connection, delete, select

from kiosk.service.store import integrity, manifests
from kiosk.service.store.schema import enrolment
from kiosk.service.store.unit import unit_of

OVER = ("done", "refused")
SECONDS = 600
"""How long an enrolment lasts, and once more for each further factor."""
Step = Literal["choose", "prove", "second", "vouch", "make", "try", "done", "refused"]
UNTOLD = "untold"
_JSON = ("proved", "vouched", "detail")
_AGREED = re.compile(r'"second": "([^"]*)"')
"""Whoever agreed to a badge's move, anywhere in ``detail``."""


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """An enrolment as stored. ``presented``: what said who it is. ``kind``, ``act``, ``step``: as in the model.

    ``factor``: mark of what is lost, or to be replaced. ``ceremony``: of the proof that is under way. ``proved``,
    ``vouched``: proofs of the person and of ``second``. ``pending``: what was made, sealed under ``key_id``.
    """

    id: str
    workstation: str
    person: str | None
    presented: Literal["uid", "piv", "fido2", "pkoc", "login", "start_code", "session"]
    act: Literal["add", "lost"]
    step: Step
    created: int
    expires: int
    kind: str | None = None
    factor: str | None = None
    session: str | None = None
    ceremony: str | None = None
    second: str | None = None
    proved: tuple[dict[str, Any], ...] = ()
    vouched: tuple[dict[str, Any], ...] = ()
    detail: dict[str, Any] = field(default_factory=dict)
    pending: bytes | None = field(default=None, repr=False)
    key_id: str | None = None
    tap: int | None = None
    ended: int | None = None


def add(conn: Connection, row: EnrolmentRow) -> None:
    """Record a new enrolment."""
    integrity.add(conn, enrolment, _values(row))


def save(conn: Connection, row: EnrolmentRow) -> None:
    """Record what an enrolment has become."""
    integrity.replace(conn, enrolment, _values(row))


def find(conn: Connection, enrolment_id: str) -> EnrolmentRow | None:
    """The enrolment of that id."""
    row = integrity.one(conn, enrolment, enrolment.c.id == enrolment_id)
    return None if row is None else _row(row)


def hold(conn: Connection, row: EnrolmentRow) -> EnrolmentRow:
    """``row`` as it is once everybody who has a part in it is locked: one of them may have been stopped meanwhile."""
    if unit_of(conn) is None:
        return row
    move = row.detail.get("move") or {}
    named = (row.person, row.second, move.get("owner"), move.get("second"))
    manifests.lock(conn, *(one for one in named if one))
    return find(conn, row.id) or row


def under_way(conn: Connection, workstation: str) -> list[EnrolmentRow]:
    """Enrolments at that station that have not ended; one, unless the station lost an answer."""
    here = (enrolment.c.workstation == workstation) & enrolment.c.step.not_in(OVER)
    return [_row(row) for row in integrity.rows(conn, enrolment, here, skip=True)]


def too_old(conn: Connection, now: int) -> list[EnrolmentRow]:
    """Enrolments whose time is over, but that nobody has ended."""
    old = (enrolment.c.expires <= now) & enrolment.c.step.not_in(OVER)
    return [_row(row) for row in integrity.rows(conn, enrolment, old, skip=True)]


def untold(conn: Connection) -> list[EnrolmentRow]:
    """Enrolments that ended with a factor or a person, of which the trail does not tell yet; it is to be told now."""
    wanted = (enrolment.c.step == "refused") & enrolment.c.detail.contains(f'"{UNTOLD}"', autoescape=True)
    found = [_row(row) for row in integrity.rows(conn, enrolment, wanted, skip=True)]
    for row in found:
        save(conn, replace(row, detail={name: value for name, value in row.detail.items() if name != UNTOLD}))
    return found


def purge(conn: Connection, before: int) -> int:
    """Forget enrolments that ended before ``before``: the trail tells of them. How many."""
    return conn.execute(delete(enrolment).where(enrolment.c.ended < before)).rowcount


def end_of_person(conn: Connection, person: str, now: int, why: Literal["cancelled", "suspended"]) -> None:
    """Whatever is being enrolled for ``person``, or vouched for by her, ends: no proof from before counts after.

    ``why``: what she is told of her own; whoever she vouched for is told ``cancelled``.
    Its row in the trail follows, from ``untold``: the station's chain is not this transaction's.
    """
    agreed = enrolment.c.detail.contains(f'"second": {json.dumps(person)}', autoescape=True)  # to a badge's move
    hers = (enrolment.c.person == person) | (enrolment.c.second == person) | agreed
    mine = hers & enrolment.c.step.not_in(OVER)
    for found in integrity.rows(conn, enrolment, mine, skip=True):
        row = _row(found)
        detail = {**row.detail, "refusal": {"code": why if row.person == person else "cancelled"}, UNTOLD: True}
        save(conn, replace(row, step="refused", pending=None, key_id=None, ended=now, detail=detail))
    done = (enrolment.c.person == person) & (enrolment.c.step == "done") & (enrolment.c.expires > now)
    integrity.change(conn, enrolment, done, {"expires": now}, skip=True)


def named(conn: Connection, now: int) -> set[str]:
    """Whoever has a part in an enrolment that is not over, or goes on."""
    goes_on = enrolment.c.step.not_in(OVER) | ((enrolment.c.step == "done") & (enrolment.c.expires > now))
    found: set[str | None] = set()
    for row in conn.execute(select(enrolment.c.person, enrolment.c.second, enrolment.c.detail).where(goes_on)):
        found |= {row.person, row.second, *_AGREED.findall(row.detail)}
    return {one for one in found if one is not None}


def close(conn: Connection, workstation: str, now: int) -> None:
    """What is done at that station does not go on: another enrolment begins there."""
    here = (enrolment.c.workstation == workstation) & (enrolment.c.step == "done") & (enrolment.c.expires > now)
    integrity.change(conn, enrolment, here, {"expires": now}, skip=True)


def _values(row: EnrolmentRow) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in EnrolmentRow.__dataclass_fields__}
    return {**values, **{name: json.dumps(values[name]) for name in _JSON}}


def _row(row: Any) -> EnrolmentRow:
    values = {name: getattr(row, name) for name in EnrolmentRow.__dataclass_fields__}
    values |= {name: json.loads(values[name]) for name in _JSON}
    values["proved"], values["vouched"] = tuple(values["proved"]), tuple(values["vouched"])
    values["pending"] = None if row.pending is None else bytes(row.pending)
    return EnrolmentRow(**values)
