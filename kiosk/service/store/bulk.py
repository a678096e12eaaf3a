"""Many persons and badges at once: looked up and added by the thousand."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from sqlalchemy import Connection, bindparam, func, select

from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.store.badge_number import Form, other_forms
from kiosk.service.store.guarded import ROLE
from kiosk.service.store.integrity import add_rows
from kiosk.service.store.manifests import add_manifests
from kiosk.service.store.many import add_rows as plain_rows
from kiosk.service.store.people import USER_HANDLE_BYTES, fresh_id
from kiosk.service.store.schema import badge, badge_form, person, person_role, proof_card_uid
from kiosk.service.store.sql_types import AnyColumn, AnySelect, StoredRow

ADD_AT_ONCE = 1000
LOOK_UP_AT_ONCE = 2000
"""Values in one IN (…)."""
T = TypeVar("T")
Hashers = Sequence[tuple[str, Callable[[bytes], bytes]]]
"""Key ids, each with what hashes a number under that key."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to be added. ``number``: of their badge."""

    login: str
    name: str
    roles: tuple[str, ...]
    place: str | None
    number: bytes | None = field(repr=False)
    contact: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AddedPerson:
    """The ids that a person and their badge were given."""

    person: str
    badge: str | None


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a number is already. ``taken``: a badge; ``card``: a PIV card's or key's; else a form of another badge."""

    kind: Literal["taken", "card"] | Form
    login: str


_ORDER = ("taken", "exact", "card", "reversed", "truncated")


def known(conn: Connection) -> tuple[int, ...]:
    """Changes whenever a person, badge or signing card was added: none of these rows is ever deleted."""
    counted = (select(func.count()).select_from(table) for table in (person, badge, proof_card_uid))
    return tuple(conn.execute(statement).scalar_one() for statement in counted)


def logins_taken(conn: Connection, logins: Sequence[str]) -> set[str]:
    """Those of ``logins`` that somebody has."""
    return {row.login for row in among(conn, select(person.c.login), person.c.login, logins)}


def ids_of(conn: Connection, logins: Sequence[str]) -> set[str]:
    """Ids of the persons of these logins."""
    return {row.id for row in among(conn, select(person.c.id), person.c.login, logins)}


def likenesses(conn: Connection, keys: BadgeKeys, numbers: Sequence[bytes]) -> dict[bytes, Likeness]:
    """What each of ``numbers`` is already; one that nobody knows is left out. As ``badges.resembled``, for many."""
    found: dict[bytes, Likeness] = {}
    if not any(known(conn)[1:]):
        return found
    hashers = [(key_id, keys.hasher(key_id)) for key_id in keys.by_id]
    for some in _slices(numbers, ADD_AT_ONCE):
        for number, like in _likenesses(conn, hashers, some):
            before = found.get(number)
            if before is None or _ORDER.index(like.kind) < _ORDER.index(before.kind):
                found[number] = like
    return found


def _likenesses(conn: Connection, hashers: Hashers, some: Sequence[bytes]) -> Iterator[tuple[bytes, Likeness]]:
    exact = {(key_id, hash_of(number)): number for number in some for key_id, hash_of in hashers}
    pieces: dict[tuple[str, bytes], list[bytes]] = {}
    for number in some:
        for form, variant in other_forms(number):
            if form == "truncated":  # a reversed one is found by the reversals that are stored with every badge
                for key_id, hash_of in hashers:
                    pieces.setdefault((key_id, hash_of(variant)), []).append(number)
    for hashed, stored, login in _known_forms(conn, {hmac for _, hmac in (*exact, *pieces)}):
        if hashed in exact:
            yield exact[hashed], Likeness("taken" if stored == "exact" else stored, login)
        if stored == "exact":
            yield from ((number, Likeness("truncated", login)) for number in pieces.get(hashed, ()))
    for hashed, login in _known_cards(conn, {hmac for _, hmac in exact}):
        if hashed in exact:
            yield exact[hashed], Likeness("card", login)


def _known_forms(conn: Connection, hmacs: set[bytes]) -> Iterator[tuple[tuple[str, bytes], Form, str]]:
    wanted = (
        select(badge_form.c.key_id, badge_form.c.hmac, badge_form.c.form, person.c.login)
        .join(badge, badge.c.id == badge_form.c.badge)
        .join(person, person.c.id == badge.c.person)
    )
    for row in among(conn, wanted, badge_form.c.hmac, list(hmacs)):
        yield (row.key_id, bytes(row.hmac)), row.form, row.login


def _known_cards(conn: Connection, hmacs: set[bytes]) -> Iterator[tuple[tuple[str, bytes], str]]:
    card = proof_card_uid.c
    wanted = select(card.key_id, card.hmac, person.c.login).join(person, person.c.id == card.person)
    for row in among(conn, wanted, card.hmac, list(hmacs)):
        yield (row.key_id, bytes(row.hmac)), row.login


def among(conn: Connection, wanted: AnySelect, column: AnyColumn, values: Sequence[object]) -> Iterator[StoredRow]:
    """Rows of ``wanted`` whose ``column`` is one of ``values``. A fixed number of them a statement, so that it is
    compiled once: SQLAlchemy's own expanding IN takes four times as long."""
    statement = wanted.where(column.in_([bindparam(f"v{at}", type_=column.type) for at in range(LOOK_UP_AT_ONCE)]))
    for some in _slices(values, LOOK_UP_AT_ONCE):
        padded = [*some, *([some[-1]] * (LOOK_UP_AT_ONCE - len(some)))]
        yield from conn.execute(statement, {f"v{at}": value for at, value in enumerate(padded)})


def add_all(
    conn: Connection, keys: BadgeKeys, new: Sequence[NewPerson], now: int, tell: Callable[[int], None]
) -> list[AddedPerson]:
    """Add everybody, in order; ``tell`` hears how many are in. ``StoreConflictError`` for a login or badge in use."""
    made: list[AddedPerson] = []
    for some in _slices(new, ADD_AT_ONCE):
        made += _add_some(conn, keys, some, now)
        tell(len(made))
    return made


def _add_some(conn: Connection, keys: BadgeKeys, some: Sequence[NewPerson], now: int) -> list[AddedPerson]:
    made = [AddedPerson(fresh_id(), fresh_id() if person.number is not None else None) for person in some]
    pairs = list(zip(some, made, strict=True))
    add_rows(
        conn,
        person,
        ("id", "login", "name", "place", "contact", "user_handle", "created"),
        (
            (ids.person, pair.login, pair.name, pair.place, pair.contact, secrets.token_bytes(USER_HANDLE_BYTES), now)
            for pair, ids in pairs
        ),
    )
    plain_rows(
        conn, person_role, ("person", "role"), ((ids.person, role) for pair, ids in pairs for role in pair.roles)
    )
    given = [(ids.badge, ids.person, pair.number) for pair, ids in pairs if ids.badge is not None]
    add_rows(conn, badge, ("id", "person", "created"), ((badge_id, owner, now) for badge_id, owner, _ in given))
    add_manifests(conn, ((ids.person, _counting(pair, ids)) for pair, ids in pairs))
    hashed = keys.hasher(keys.current)
    forms = ((badge_id, form, number) for badge_id, _, exact in given if exact for form, number in _forms(exact))
    add_rows(
        conn,
        badge_form,
        ("badge", "key_id", "form", "hmac"),
        ((badge_id, keys.current, form, hashed(number)) for badge_id, form, number in forms),
    )
    return made


def _counting(one: NewPerson, ids: AddedPerson) -> dict[str, int]:
    """What counts of somebody new: see ``guarded``."""
    listed = {"person": 1, **dict.fromkeys((ROLE + role for role in one.roles), 1)}
    return listed if ids.badge is None else {**listed, f"badge:{ids.badge}": 1}


def _forms(number: bytes) -> set[tuple[Form, bytes]]:
    return {("exact", number), *other_forms(number)}


def _slices(many: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (many[start : start + size] for start in range(0, len(many), size))
