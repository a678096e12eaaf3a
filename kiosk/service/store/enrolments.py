"""Enrolments at the workstation, as rows. What was made is sealed before it comes here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, select

from kiosk.model.enrolment import EnrolRefusal, EnrolRefusalCode, SecondMay, SecondWhy
from kiosk.service.store import integrity, manifests, stored_json
from kiosk.service.store.errors import UnreadableRowError
from kiosk.service.store.schema import enrolment
from kiosk.service.store.stored_json import UnreadableError
from kiosk.service.store.stored_proofs import StoredProof
from kiosk.service.store.unit import unit_of

OVER = ("done", "refused")
SECONDS = 600
"""How long an enrolment lasts, and once more for each further factor."""
Step = Literal["choose", "prove", "second", "vouch", "make", "try", "done", "refused"]
_AGREED = re.compile(r'"second": "([^"]*)"')
"""Whoever agreed to a badge's move, anywhere in ``detail``."""


@dataclass(frozen=True, slots=True)
class Move:
    """A new badge that is somebody else's. ``badge``, ``owner``: ids. ``second``: who agreed, by ``vouched``."""

    badge: str
    owner: str
    second: str | None
    vouched: tuple[StoredProof, ...]


@dataclass(frozen=True, slots=True)
class EnrolmentDetail:
    """What else an enrolment remembers.

    ``login``: as typed, where that said who it is. ``code``, ``code_by``: the start code that said it, and who gave it
    out. ``chosen``: the kind before the person went back to choosing. ``given_up``: they prove no more by themselves.
    ``wanted``: who may vouch, and why somebody has to. ``refusal``: the last failed try, or the final one. ``done``:
    marks of what was added in it before; ``mark``: of what was added last, or is lost. ``untold``: it was ended
    elsewhere, and the trail does not tell of that yet.
    """

    login: str | None = None
    code: str | None = None
    code_by: str | None = None
    chosen: str | None = None
    given_up: bool = False
    move: Move | None = None
    wanted: tuple[SecondMay, SecondWhy] | None = None
    refusal: EnrolRefusal | None = None
    done: tuple[str, ...] = ()
    mark: str | None = None
    untold: bool = False


NOTHING = EnrolmentDetail()
"""Of an enrolment that has just begun."""


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
    proved: tuple[StoredProof, ...] = ()
    vouched: tuple[StoredProof, ...] = ()
    detail: EnrolmentDetail = NOTHING
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
    """The enrolment of that id. Raises ``UnreadableRowError`` for one that this version cannot read."""
    row = integrity.one(conn, enrolment, enrolment.c.id == enrolment_id)
    return None if row is None else _row(row._mapping)


def hold(conn: Connection, row: EnrolmentRow) -> EnrolmentRow:
    """``row`` as it is once everybody who has a part in it is locked: one of them may have been stopped meanwhile."""
    if unit_of(conn) is None:
        return row
    move = row.detail.move
    named = (row.person, row.second, *((move.owner, move.second) if move else ()))
    manifests.lock(conn, *(authority for authority in named if authority))
    return find(conn, row.id) or row


def under_way(conn: Connection, workstation: str) -> list[EnrolmentRow]:
    """Enrolments at that station that have not ended; one, unless the station lost an answer."""
    here = (enrolment.c.workstation == workstation) & enrolment.c.step.not_in(OVER)
    return _to_end(conn, here)


def too_old(conn: Connection, now: int) -> list[EnrolmentRow]:
    """Enrolments whose time is over, but that nobody has ended."""
    old = (enrolment.c.expires <= now) & enrolment.c.step.not_in(OVER)
    return _to_end(conn, old)


def untold(conn: Connection) -> list[EnrolmentRow]:
    """Enrolments that ended with a factor or a person, of which the trail does not tell yet; it is to be told now."""
    wanted = (enrolment.c.step == "refused") & enrolment.c.detail.contains('"untold"', autoescape=True)
    found = _to_end(conn, wanted)
    for row in found:
        save(conn, replace(row, detail=replace(row.detail, untold=False)))
    return found


def purge(conn: Connection, before: int) -> int:
    """Forget enrolments that ended before ``before``: the trail tells of them. How many."""
    return conn.execute(delete(enrolment).where(enrolment.c.ended < before)).rowcount


def end_of_person(conn: Connection, person: str, now: int, why: Literal["cancelled", "suspended"]) -> None:
    """Whatever is being enrolled for ``person``, or vouched for by them, ends: no proof from before counts after.

    ``why``: what they are told of their own; whoever they vouched for is told ``cancelled``.
    Its row in the trail follows, from ``untold``: the station's chain is not this transaction's.
    """
    agreed = enrolment.c.detail.contains(f'"second": {json.dumps(person)}', autoescape=True)  # to a badge's move
    theirs = (enrolment.c.person == person) | (enrolment.c.second == person) | agreed
    mine = theirs & enrolment.c.step.not_in(OVER)
    for found in integrity.rows(conn, enrolment, mine, skip=True):
        row = _row(found._mapping, blank=True)
        refusal = EnrolRefusal(EnrolRefusalCode(why if row.person == person else "cancelled"))
        detail = replace(row.detail, refusal=refusal, untold=True)
        save(conn, replace(row, step="refused", pending=None, key_id=None, ended=now, detail=detail))
    done = (enrolment.c.person == person) & (enrolment.c.step == "done") & (enrolment.c.expires > now)
    integrity.change(conn, enrolment, done, {"expires": now}, skip=True)


def named(conn: Connection, now: int) -> set[str]:
    """Whoever has a part in an enrolment that is not over, or goes on."""
    goes_on = enrolment.c.step.not_in(OVER) | ((enrolment.c.step == "done") & (enrolment.c.expires > now))
    found: set[str | None] = set()
    for row in conn.execute(select(enrolment.c.person, enrolment.c.second, enrolment.c.detail).where(goes_on)):
        found |= {row.person, row.second, *_AGREED.findall(row.detail)}
    return {station for station in found if station is not None}


def close(conn: Connection, workstation: str, now: int) -> None:
    """What is done at that station does not go on: another enrolment begins there."""
    here = (enrolment.c.workstation == workstation) & (enrolment.c.step == "done") & (enrolment.c.expires > now)
    integrity.change(conn, enrolment, here, {"expires": now}, skip=True)


def _to_end(conn: Connection, where: ColumnElement[bool]) -> list[EnrolmentRow]:
    """Those rows, each to be ended, or told of: for that nothing that they remember has to be read."""
    return [_row(row._mapping, blank=True) for row in integrity.rows(conn, enrolment, where, skip=True)]


def _values(row: EnrolmentRow) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(row, name) for name in EnrolmentRow.__dataclass_fields__}
    values["proved"] = json.dumps([stored_json.write(proof) for proof in row.proved])
    values["vouched"] = json.dumps([stored_json.write(voucher) for voucher in row.vouched])
    return {**values, "detail": json.dumps(stored_json.write(row.detail))}


def _row(had: RowMapping, *, blank: bool = False) -> EnrolmentRow:
    """The row as it was saved. ``blank``: one that cannot be read comes without what it remembers, to be ended."""
    try:
        proved, vouched, detail = (_proofs(had["proved"]), _proofs(had["vouched"]), _detail(had["detail"]))
    except UnreadableError as error:
        if not blank:
            raise UnreadableRowError("enrolment", str(had["id"]), str(error)) from None
        proved, vouched, detail = (), (), EnrolmentDetail()
    values = {name: had[name] for name in EnrolmentRow.__dataclass_fields__}
    values["pending"] = None if had["pending"] is None else bytes(had["pending"])
    return EnrolmentRow(**{**values, "proved": proved, "vouched": vouched, "detail": detail})


def _proofs(text: str) -> tuple[StoredProof, ...]:
    return stored_json.read(tuple[StoredProof, ...], stored_json.parse_list(text))


def _detail(text: str) -> EnrolmentDetail:
    return stored_json.read(EnrolmentDetail, stored_json.parse(text))
