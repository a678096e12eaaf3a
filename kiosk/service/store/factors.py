"""What a person proves with, of whichever kind: listed, suspended, used, replaced, taken away.

A *mark* names one in the database: its kind, a colon and its id (``key:8fJx…``); ``pin``, ``totp`` and ``recovery`` are
alone of their kind. Whatever people read has the *short id* in its place, ``key:k7q2m4xd``: in every list, report and
row of the trail, at the workstation, and in every command.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, Table

from kiosk.service.store import badges, integrity, recovery_codes
from kiosk.service.store.schema import badge, fido2_credential, phone, pin, piv_card, pkoc_badge, recovery_set, totp
from kiosk.service.store.sql_types import AnyColumn, StoredRow
from kiosk.service.store.unit import unit_of

Kind = Literal["badge", "key", "piv", "pkoc", "pin", "totp", "recovery", "phone"]
TABLES: dict[Kind, Table] = {
    "badge": badge,
    "key": fido2_credential,
    "piv": piv_card,
    "pkoc": pkoc_badge,
    "pin": pin,
    "totp": totp,
    "recovery": recovery_set,
    "phone": phone,
}
ALONE = ("pin", "totp", "recovery")
SHORT = 8
"""Characters of a short id, after the colon: 40 bits of one person's few factors."""
NAMES = {"badge": "Badge", "pin": "PIN", "totp": "Code app", "recovery": "Recovery codes"}


def short_of(mark: str) -> str:
    """The short id of the factor of that mark; a short id is its own. Never the beginning of a credential id: a key
    chooses that, and some begin all of theirs alike. Lower-case letters and digits 2 to 7, to be read out."""
    kind, colon, identifier = mark.partition(":")
    if not colon or len(identifier) == SHORT:
        return mark
    digest = hashlib.sha256(b"kiosk/factor-id/v1\x00" + mark.encode("utf-8")).digest()
    return f"{kind}:{base64.b32encode(digest[:5]).decode('ascii').lower()}"


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor that is not revoked. Times in epoch seconds; ``since``: enrolled, or last changed.

    ``until``: of a temporary badge, or of recovery codes. ``why``: it is suspended. ``model``: of a key.
    ``hardware``: attested as such. ``spare``: phishing-resistant, so that it counts where two keys are demanded.
    ``replaces``: a mark.
    """

    kind: Kind
    id: str
    name: str
    since: int
    last_used: int | None
    until: int | None = None
    suspended: int | None = None
    why: str | None = None
    model: str | None = None
    hardware: bool = False
    spare: bool = False
    replaces: str | None = None

    @property
    def mark(self) -> str:
        """As other rows of the database name it."""
        return self.kind if self.kind in ALONE else f"{self.kind}:{self.id}"

    @property
    def short(self) -> str:
        """As people read and type it."""
        return short_of(self.mark)


def of_person(conn: Connection, person: str) -> list[Factor]:
    """Everything the person has that is not revoked, badges first, the oldest of each kind first."""
    return [factor for kind in TABLES for factor in _of_kind(conn, person, kind)]


def suspend(conn: Connection, kind: Kind, identifier: str, why: str, now: int) -> None:
    """It proves nothing any more, until ``resume``."""
    _set(conn, kind, identifier, suspended=now, suspended_why=why)


def resume(conn: Connection, kind: Kind, identifier: str) -> None:
    """It counts again."""
    _set(conn, kind, identifier, suspended=None, suspended_why=None)


def rename(conn: Connection, kind: Kind, identifier: str, name: str) -> None:
    """Its person calls it so. ``kind``: one whose table has names."""
    _set(conn, kind, identifier, name=name)


def revoke(conn: Connection, kind: Kind, identifier: str, now: int) -> None:
    """It is gone for good."""
    if kind == "badge":
        badges.revoke(conn, identifier, now)
    elif kind == "recovery":
        recovery_codes.revoke(conn, identifier)
    elif kind in ALONE:
        integrity.remove(conn, TABLES[kind], _key(kind) == identifier)
    else:
        _set(conn, kind, identifier, revoked=now)


def used(conn: Connection, kind: Kind, identifier: str, now: int) -> str | None:
    """It has just worked; the mark of what it replaces, once."""
    table, unit = TABLES[kind], unit_of(conn)
    row = None if unit is None else unit.kept.pop((kind, identifier), None)
    if row is None:
        row = integrity.one(conn, table, _key(kind) == identifier)
    if row is None:
        return None
    replaces: str | None = row._mapping.get("replaces")
    integrity.change_soon(conn, table, row, {"last_used": now, **({"replaces": None} if replaces else {})})
    return replaces


def by_mark(conn: Connection, person: str, mark: str) -> Factor | None:
    """The person's factor of that mark or short id, unless it is revoked; None where two have that short id."""
    kind = next((kind for kind in TABLES if kind == mark.partition(":")[0]), None)
    if kind is None:
        return None
    has = _of_kind(conn, person, kind)
    found = [factor for factor in has if factor.mark == mark] or [factor for factor in has if factor.short == mark]
    return found[0] if len(found) == 1 else None


def _of_kind(conn: Connection, person: str, kind: Kind) -> list[Factor]:
    table = TABLES[kind]
    mine = table.c.person == person
    if "revoked" in table.c:
        mine &= table.c.revoked.is_(None)
    rows = integrity.rows(conn, table, mine, skip=True)
    return sorted((_factor(kind, row) for row in rows), key=lambda one: (one.since, one.id))


def _set(conn: Connection, kind: Kind, identifier: str, **values: object) -> None:
    integrity.change(conn, TABLES[kind], _key(kind) == identifier, values)


def _key(kind: Kind) -> AnyColumn:
    """The column that ``Factor.id`` is from."""
    name = "person" if kind in ALONE else "credential_id" if kind == "key" else "id"
    column: AnyColumn = TABLES[kind].c[name]
    return column


def _factor(kind: Kind, row: StoredRow) -> Factor:
    had = row._mapping
    return Factor(
        kind=kind,
        id=had[_key(kind).name],
        name=had.get("name") or NAMES[kind],
        since=had["changed"] if kind == "pin" else had["created"],
        last_used=had["last_used"],
        until=had.get("until"),
        suspended=had["suspended"],
        why=had["suspended_why"],
        model=had.get("model"),
        hardware=bool(had.get("attestation_trusted")),
        spare=kind == "key" or (kind == "piv" and had["cert_9a"] is not None),
        replaces=had.get("replaces"),
    )
