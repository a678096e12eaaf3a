"""What a ceremony looks up about people, cards, stations and applications, one query each.

Two functions write: ``use_totp_step`` and ``use_credential`` accept a code or a signature once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Table, bindparam, func, select

from kiosk.model.people import Person
from kiosk.service.store import integrity, manifests, news, people, risk_rows, sessions, vouching
from kiosk.service.store.schema import (
    application,
    crl,
    fido2_credential,
    manifest,
    person,
    person_role,
    pin,
    piv_ca,
    piv_card,
    risk_person,
    risk_station,
    second_factor,
    totp,
    web_origin,
    workstation,
)
from kiosk.service.store.sql_types import StoredRow, StoredValues
from kiosk.service.store.unit import unit_of

# Built once: every tap asks these, and to build a statement takes longer than to run it.
_LISTED = (manifest.c.body.label("listed"), manifest.c.mac.label("listed_mac"))
_PERSON = (
    select(person, person_role.c.role, *_LISTED)
    .outerjoin(person_role, person_role.c.person == person.c.id)
    .outerjoin(manifest, manifest.c.subject == person.c.id)
    .order_by(person_role.c.role)
)
_PERSON_BY_ID = _PERSON.where(person.c.id == bindparam("wanted"))
_PERSON_BY_LOGIN = _PERSON.where(person.c.login == bindparam("wanted"))
_PERSON_AND_MORE = (
    _PERSON.add_columns(
        *(column.label(f"grace_{column.name}") for column in second_factor.c),
        *(column.label(f"past_{column.name}") for column in risk_person.c),
        *(column.label(f"here_{column.name}") for column in risk_station.c),
        select(func.array_agg(news.QUESTION.c.what)).scalar_subquery().label("told"),
    )
    .outerjoin(second_factor, second_factor.c.person == person.c.id)
    .outerjoin(risk_person, risk_person.c.person == person.c.id)
    .outerjoin(risk_station, risk_station.c.workstation == bindparam("station_"))
    .where(person.c.id == bindparam("wanted"))
)
_STATION = (
    select(workstation, *_LISTED)
    .outerjoin(manifest, manifest.c.subject == workstation.c.id)
    .where(workstation.c.id == bindparam("wanted"))
)


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """A person as stored. ``user_handle``: WebAuthn user.id."""

    person: Person
    user_handle: bytes
    suspended: bool


@dataclass(frozen=True, slots=True)
class StoredStation:
    """A workstation as stored. ``jwk``: its public key in JSON, None before enrolment."""

    id: str
    name: str
    place: str
    state: Literal["pending", "enrolled", "revoked"]
    jwk: str | None
    jkt: str | None
    exempt: bool


@dataclass(frozen=True, slots=True)
class Application:
    """Who checks step-up tokens. ``jwk``: its public key in JSON."""

    id: str
    name: str
    audience: str
    jwk: str
    jkt: str
    active: bool


@dataclass(frozen=True, slots=True)
class WebOrigin:
    """A page's origin, tied to an application and to the actions that it may ask for."""

    origin: str
    application: str
    actions: tuple[str, ...]


def person_by_id(conn: Connection, person_id: str) -> StoredPerson | None:
    """The person of that id; in a transaction that writes, locked from here on (decision 33)."""
    manifests.lock(conn, person_id)
    return person_seen(conn, person_id)


def person_seen(conn: Connection, person_id: str) -> StoredPerson | None:
    """The person of that id, whom nothing is decided about."""
    return _known(conn, conn.execute(_PERSON_BY_ID, {"wanted": person_id}).all())


def person_by_login(conn: Connection, login: str) -> StoredPerson | None:
    """The person of that login, locked as by ``person_by_id``. It asks as much where nobody has it."""
    found = _known(conn, conn.execute(_PERSON_BY_LOGIN, {"wanted": login}).all())
    manifests.lock(conn, found.person.id if found else "")
    return found


def person_and_more(conn: Connection, person_id: str, station_id: str) -> StoredPerson | None:
    """``person_by_id``, and on PostgreSQL in the same question what a sign-in asks next: grace, news, language, and
    what is remembered of the person and the workstation, which is locked already."""
    if unit_of(conn) is None:
        return person_by_id(conn, person_id)
    manifests.lock(conn, person_id)
    rows = conn.execute(_PERSON_AND_MORE, {"wanted": person_id, "station_": station_id}).all()
    found = _known(conn, rows)
    if found is not None:
        had = _joined(rows[0], second_factor, "grace")
        sessions.keep_grace(conn, person_id, had)
        news.keep(conn, person_id, rows[0].told or ())
        risk_rows.keep(conn, risk_person, person_id, _joined(rows[0], risk_person, "past"))
        risk_rows.keep(conn, risk_station, station_id, _joined(rows[0], risk_station, "here"))
    return found


def _joined(row: StoredRow, table: Table, label: str) -> StoredValues | None:
    """A row of ``table`` that was read along; None where there was none."""
    had = {column.name: row._mapping[f"{label}_{column.name}"] for column in table.c}
    return had if had[next(iter(had))] is not None else None


def _known(conn: Connection, rows: Sequence[StoredRow]) -> StoredPerson | None:
    """``rows``: the person, once for each of their roles."""
    if not rows:
        return None
    row = rows[0]
    manifests.read_manifest(conn, row.id, row.listed, row.listed_mac)
    return person_of(conn, row._mapping, tuple(row.role for row in rows if row.role is not None))


def person_of(conn: Connection, had: StoredValues, roles: tuple[str, ...]) -> StoredPerson:
    """A row of ``person``, as it was read together with its manifest, and the person's roles. Raises
    ``TamperedError``."""
    integrity.check(conn, person, had)
    people.check_roles(conn, had["id"], roles)
    found = Person(had["id"], had["login"], had["name"], roles)
    return StoredPerson(found, bytes(had["user_handle"]), had["state"] != "active")


def _check(conn: Connection, table: Table, row: StoredRow) -> None:
    """``integrity.check`` for a row that was read along with its own manifest."""
    manifests.read_manifest(conn, row.id, row.listed, row.listed_mac)
    integrity.check(conn, table, row._mapping)


def like_somebody(conn: Connection) -> None:
    """Read as much as for a person who is there: how long a typed login takes must not tell whether anybody has it."""
    manifests.manifest_of(conn, "")


def pin_hash(conn: Connection, person_id: str) -> str | None:
    """The Argon2id hash of the person's PIN, unless that is suspended."""
    mine = (pin.c.person == person_id) & pin.c.suspended.is_(None)
    row = integrity.one(conn, pin, mine)
    return None if row is None else vouching.guard_of(conn).pins.unseal(row.hash, person_id)


@dataclass(frozen=True, slots=True)
class SealedTotp:
    """An encrypted one-time code secret, and the last time step whose code was accepted."""

    secret: bytes
    key_id: str
    last_step: int


def totp_of(conn: Connection, person_id: str) -> SealedTotp | None:
    """The person's one-time code secret, unless that is suspended."""
    row = integrity.one(conn, totp, totp.c.person == person_id, totp.c.suspended.is_(None))
    return None if row is None else SealedTotp(bytes(row.secret), row.key_id, row.last_step)


def use_totp_step(conn: Connection, person_id: str, step: int) -> bool:
    """Accept the code of ``step``, once and never an older one. False if that was done before."""
    mine = (totp.c.person == person_id) & (totp.c.last_step < step)
    return len(integrity.change(conn, totp, mine, {"last_step": step})) == 1


def credential(conn: Connection, credential_id: str) -> StoredRow | None:
    """The row of a FIDO2 credential that is neither revoked nor suspended. ``credential_id``: base64url."""
    wanted = (fido2_credential.c.credential_id == credential_id) & _usable(fido2_credential)
    return integrity.one(conn, fido2_credential, wanted)


def credentials_of(conn: Connection, person_id: str) -> list[StoredRow]:
    """The person's FIDO2 credentials that count, oldest first."""
    mine = (fido2_credential.c.person == person_id) & _usable(fido2_credential)
    return integrity.rows(conn, fido2_credential, mine, order=(fido2_credential.c.created,), skip=True)


def use_credential(conn: Connection, credential_id: str, sign_count: int, backed_up: bool, now: int) -> None:
    """Remember the counter and backup state that a key has just shown."""
    shown = {"sign_count": sign_count, "backed_up": backed_up, "last_used": now}
    integrity.change(conn, fido2_credential, fido2_credential.c.credential_id == credential_id, shown)


def piv_card_by(conn: Connection, slot: Literal["9E", "9A"], fingerprint: str) -> StoredRow | None:
    """The row of the PIV card, neither revoked nor suspended, whose certificate of ``slot`` has that fingerprint."""
    return integrity.one(conn, piv_card, _holding(slot, fingerprint), _usable(piv_card))


def why_stopped(conn: Connection, slot: Literal["9E", "9A"], fingerprint: str) -> str:
    """Why the PIV card that holds such a certificate is suspended; empty if it is not, or nobody's."""
    row = integrity.one(conn, piv_card, _holding(slot, fingerprint), piv_card.c.revoked.is_(None))
    return "" if row is None else row.suspended_why or ""


def _holding(slot: Literal["9E", "9A"], fingerprint: str) -> ColumnElement[bool]:
    return (piv_card.c.fingerprint_9e if slot == "9E" else piv_card.c.fingerprint_9a) == fingerprint


def piv_cards_of(conn: Connection, person_id: str) -> list[StoredRow]:
    """The person's PIV cards that count, oldest first."""
    mine = (piv_card.c.person == person_id) & _usable(piv_card)
    return integrity.rows(conn, piv_card, mine, order=(piv_card.c.created,), skip=True)


def _usable(table: Table) -> ColumnElement[bool]:
    return table.c.revoked.is_(None) & table.c.suspended.is_(None)


def piv_cas(conn: Connection) -> list[StoredRow]:
    """Every trusted CA."""
    return integrity.rows(conn, piv_ca, piv_ca.c.untrusted.is_(None), skip=True)


def untrusted_cas(conn: Connection) -> list[StoredRow]:
    """Every CA that was trusted once, the last one first."""
    order = (piv_ca.c.untrusted.desc(), piv_ca.c.subject)
    return integrity.rows(conn, piv_ca, piv_ca.c.untrusted.is_not(None), order=order, skip=True)


def crls_of(conn: Connection, ca: str) -> list[bytes]:
    """The stored lists of the CA of that identity, DER, the newest first."""
    order = (crl.c.this_update.desc(), crl.c.scope)
    return [bytes(row.der) for row in integrity.rows(conn, crl, crl.c.issuer == ca, order=order)]


def station(conn: Connection, station_id: str) -> StoredStation | None:
    """The workstation of that id."""
    unit = unit_of(conn)
    if unit is not None and ("station", station_id) in unit.kept:
        kept: StoredStation = unit.kept["station", station_id]
        return kept
    row = conn.execute(_STATION, {"wanted": station_id}).first()
    if row is None:
        return None
    _check(conn, workstation, row)
    return station_of(row._mapping)


def station_of(had: StoredValues) -> StoredStation:
    """A row of ``workstation`` that was found right."""
    return StoredStation(
        had["id"], had["name"], had["place"], had["state"], had["jwk"], had["jkt"], exempt=bool(had["exempt"])
    )


def application_by_id(conn: Connection, application_id: str) -> Application | None:
    """The application of that id."""
    return _application(conn, application.c.id == application_id)


def application_by_audience(conn: Connection, audience: str) -> Application | None:
    """The application that checks tokens as ``audience``."""
    return _application(conn, application.c.audience == audience)


def _application(conn: Connection, where: ColumnElement[bool]) -> Application | None:
    row = integrity.one(conn, application, where)
    if row is None:
        return None
    return Application(row.id, row.name, row.audience, row.jwk, row.jkt, row.state == "active")


def web_origin_of(conn: Connection, origin: str) -> WebOrigin | None:
    """The registration of a page's origin."""
    row = integrity.one(conn, web_origin, web_origin.c.origin == origin)
    return None if row is None else WebOrigin(row.origin, row.application, tuple(json.loads(row.actions)))


def web_origins(conn: Connection) -> tuple[str, ...]:
    """Every registered origin."""
    return tuple(row.origin for row in integrity.rows(conn, web_origin, order=(web_origin.c.origin,), skip=True))
