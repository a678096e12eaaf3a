"""What a ceremony looks up about people, cards, stations and applications. Reads only, one query each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, bindparam, select, update

from kiosk.model.people import Person
from kiosk.service.store.schema import (
    application,
    crl,
    fido2_credential,
    person,
    person_role,
    pin,
    piv_ca,
    piv_card,
    totp,
    web_origin,
    workstation,
)

# Built once: every tap asks these, and to build a statement takes longer than to run it.
_PERSON = (select(person, person_role.c.role).outerjoin(person_role, person_role.c.person == person.c.id)).order_by(
    person_role.c.role
)
_PERSON_BY_ID = _PERSON.where(person.c.id == bindparam("wanted"))
_PERSON_BY_LOGIN = _PERSON.where(person.c.login == bindparam("wanted"))
_STATION = select(workstation).where(workstation.c.id == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class Known:
    """A person as stored. ``user_handle``: WebAuthn user.id."""

    person: Person
    user_handle: bytes
    suspended: bool


@dataclass(frozen=True, slots=True)
class Station:
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


def person_by_id(conn: Connection, person_id: str) -> Known | None:
    """The person of that id."""
    return _known(conn, _PERSON_BY_ID, person_id)


def person_by_login(conn: Connection, login: str) -> Known | None:
    """The person of that login."""
    return _known(conn, _PERSON_BY_LOGIN, login)


def _known(conn: Connection, statement: Select[Any], wanted: str) -> Known | None:
    """``statement``: the person, once for each of her roles."""
    rows = conn.execute(statement, {"wanted": wanted}).all()
    if not rows:
        return None
    row = rows[0]
    found = Person(row.id, row.login, row.name, tuple(one.role for one in rows if one.role is not None))
    return Known(found, bytes(row.user_handle), row.state != "active")


def pin_hash(conn: Connection, person_id: str) -> str | None:
    """The Argon2id hash of the person's PIN, unless that is suspended."""
    mine = (pin.c.person == person_id) & pin.c.suspended.is_(None)
    return conn.execute(select(pin.c.hash).where(mine)).scalar()


@dataclass(frozen=True, slots=True)
class SealedTotp:
    """An encrypted one-time code secret, and the last time step whose code was accepted."""

    secret: bytes
    key_id: str
    last_step: int


def totp_of(conn: Connection, person_id: str) -> SealedTotp | None:
    """The person's one-time code secret, unless that is suspended."""
    row = conn.execute(select(totp).where(totp.c.person == person_id, totp.c.suspended.is_(None))).first()
    return None if row is None else SealedTotp(bytes(row.secret), row.key_id, row.last_step)


def use_totp_step(conn: Connection, person_id: str, step: int) -> bool:
    """Accept the code of ``step``, once and never an older one. False if that was done before."""
    mine = (totp.c.person == person_id) & (totp.c.last_step < step)
    return conn.execute(update(totp).where(mine).values(last_step=step)).rowcount == 1


def credential(conn: Connection, credential_id: str) -> Row[Any] | None:
    """The row of a FIDO2 credential that is neither revoked nor suspended. ``credential_id``: base64url."""
    wanted = (fido2_credential.c.credential_id == credential_id) & _usable(fido2_credential)
    return conn.execute(select(fido2_credential).where(wanted)).first()


def credentials_of(conn: Connection, person_id: str) -> list[Row[Any]]:
    """The person's FIDO2 credentials that count, oldest first."""
    mine = (fido2_credential.c.person == person_id) & _usable(fido2_credential)
    return list(conn.execute(select(fido2_credential).where(mine).order_by(fido2_credential.c.created)))


def use_credential(conn: Connection, credential_id: str, sign_count: int, backed_up: bool, now: int) -> None:
    """Remember the counter and backup state that a key has just shown."""
    conn.execute(
        update(fido2_credential)
        .where(fido2_credential.c.credential_id == credential_id)
        .values(sign_count=sign_count, backed_up=backed_up, last_used=now)
    )


def piv_card_by(conn: Connection, slot: Literal["9E", "9A"], fingerprint: str) -> Row[Any] | None:
    """The row of the PIV card, neither revoked nor suspended, whose certificate of ``slot`` has that fingerprint."""
    column = piv_card.c.fingerprint_9e if slot == "9E" else piv_card.c.fingerprint_9a
    return conn.execute(select(piv_card).where(column == fingerprint, _usable(piv_card))).first()


def piv_cards_of(conn: Connection, person_id: str) -> list[Row[Any]]:
    """The person's PIV cards that count, oldest first."""
    mine = (piv_card.c.person == person_id) & _usable(piv_card)
    return list(conn.execute(select(piv_card).where(mine).order_by(piv_card.c.created)))


def _usable(table: Table) -> ColumnElement[bool]:
    return table.c.revoked.is_(None) & table.c.suspended.is_(None)


def piv_cas(conn: Connection) -> list[Row[Any]]:
    """Every trusted CA."""
    return list(conn.execute(select(piv_ca)))


def crl_of(conn: Connection, ca: str) -> bytes | None:
    """The stored CRL of the CA with that fingerprint, DER."""
    return conn.execute(select(crl.c.der).where(crl.c.issuer == ca)).scalar()


def station(conn: Connection, station_id: str) -> Station | None:
    """The workstation of that id."""
    row = conn.execute(_STATION, {"wanted": station_id}).first()
    if row is None:
        return None
    return Station(row.id, row.name, row.place, row.state, row.jwk, row.jkt, bool(row.exempt))


def application_by_id(conn: Connection, application_id: str) -> Application | None:
    """The application of that id."""
    return _application(conn, application.c.id == application_id)


def application_by_audience(conn: Connection, audience: str) -> Application | None:
    """The application that checks tokens as ``audience``."""
    return _application(conn, application.c.audience == audience)


def _application(conn: Connection, where: Any) -> Application | None:
    row = conn.execute(select(application).where(where)).first()
    if row is None:
        return None
    return Application(row.id, row.name, row.audience, row.jwk, row.jkt, row.state == "active")


def web_origin_of(conn: Connection, origin: str) -> WebOrigin | None:
    """The registration of a page's origin."""
    row = conn.execute(select(web_origin).where(web_origin.c.origin == origin)).first()
    return None if row is None else WebOrigin(row.origin, row.application, tuple(json.loads(row.actions)))


def web_origins(conn: Connection) -> tuple[str, ...]:
    """Every registered origin."""
    return tuple(conn.execute(select(web_origin.c.origin).order_by(web_origin.c.origin)).scalars())
