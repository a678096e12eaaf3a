"""What a person proves with, of whichever kind: listed, suspended, used, replaced, taken away.

A *mark* names one: its kind, a colon and its id (``key:8fJx…``); ``pin``, ``totp`` and ``recovery`` are alone of their
kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Column, Connection, Table, delete, select, update

from kiosk.service.store import badges, recovery_codes
from kiosk.service.store.schema import badge, fido2_credential, pin, piv_card, recovery_set, totp

Kind = Literal["badge", "key", "piv", "pin", "totp", "recovery"]
TABLES: dict[Kind, Table] = {
    "badge": badge,
    "key": fido2_credential,
    "piv": piv_card,
    "pin": pin,
    "totp": totp,
    "recovery": recovery_set,
}
ALONE = ("pin", "totp", "recovery")
NAMES = {"badge": "Badge", "pin": "PIN", "totp": "Code app", "recovery": "Recovery codes"}


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
        """As other rows and the trail name it."""
        return self.kind if self.kind in ALONE else f"{self.kind}:{self.id}"

    @property
    def short(self) -> str:
        """As an administrator types it."""
        return self.kind if self.kind in ALONE else f"{self.kind}:{self.id[:8]}"


def of_person(conn: Connection, person: str) -> list[Factor]:
    """Everything the person has that is not revoked, badges first, the oldest of each kind first."""
    return [one for kind in TABLES for one in _of_kind(conn, person, kind)]


def suspend(conn: Connection, kind: Kind, identifier: str, why: str, now: int) -> None:
    """It proves nothing any more, until ``resume``."""
    _set(conn, kind, identifier, suspended=now, suspended_why=why)


def resume(conn: Connection, kind: Kind, identifier: str) -> None:
    """It counts again."""
    _set(conn, kind, identifier, suspended=None, suspended_why=None)


def revoke(conn: Connection, kind: Kind, identifier: str, now: int) -> None:
    """It is gone for good."""
    if kind == "badge":
        badges.revoke(conn, identifier, now)
    elif kind == "recovery":
        recovery_codes.revoke(conn, identifier)
    elif kind in ALONE:
        conn.execute(delete(TABLES[kind]).where(_key(kind) == identifier))
    else:
        _set(conn, kind, identifier, revoked=now)


def used(conn: Connection, kind: Kind, identifier: str, now: int) -> str | None:
    """It has just worked; the mark of what it replaces, once."""
    table = TABLES[kind]
    if "replaces" not in table.c:
        _set(conn, kind, identifier, last_used=now)
        return None
    replaces = conn.execute(select(table.c.replaces).where(_key(kind) == identifier)).scalar()
    _set(conn, kind, identifier, last_used=now, **({"replaces": None} if replaces else {}))
    return replaces


def by_mark(conn: Connection, person: str, mark: str) -> Factor | None:
    """The person's factor of exactly that mark, unless it is revoked."""
    kind = next((kind for kind in TABLES if kind == mark.partition(":")[0]), None)
    if kind is None:
        return None
    return next((one for one in _of_kind(conn, person, kind) if one.mark == mark), None)


def _of_kind(conn: Connection, person: str, kind: Kind) -> list[Factor]:
    table = TABLES[kind]
    mine = table.c.person == person
    if "revoked" in table.c:
        mine &= table.c.revoked.is_(None)
    rows = conn.execute(select(table).where(mine))
    return sorted((_factor(kind, row) for row in rows), key=lambda one: (one.since, one.id))


def _set(conn: Connection, kind: Kind, identifier: str, **values: object) -> None:
    conn.execute(update(TABLES[kind]).where(_key(kind) == identifier).values(**values))


def _key(kind: Kind) -> Column[Any]:
    """The column that ``Factor.id`` is from."""
    name = "person" if kind in ALONE else "credential_id" if kind == "key" else "id"
    column: Column[Any] = TABLES[kind].c[name]
    return column


def _factor(kind: Kind, row: Any) -> Factor:
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
