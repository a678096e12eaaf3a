"""Badges: which person a number belongs to. Only keyed hashes are stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, func, or_, select

from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.store import integrity, manifests
from kiosk.service.store.badge_number import other_forms
from kiosk.service.store.people import fresh_id
from kiosk.service.store.schema import badge, badge_form, manifest, proof_card_uid
from kiosk.service.store.sql_types import AnySelect
from kiosk.service.store.unit import unit_of

_LISTED = (manifest.c.body.label("listed"), manifest.c.mac.label("listed_mac"))


@dataclass(frozen=True, slots=True)
class Tapped:
    """A badge that was recognised. ``usable``: neither suspended nor past its end."""

    id: str
    person: str
    usable: bool


def tapped(conn: Connection, keys: BadgeKeys, number: bytes, now: int) -> Tapped | None:
    """The badge with exactly this number; its person is locked from here on (decision 33)."""
    unit, hashes = unit_of(conn), keys.hashes(number)
    statement = _tapped(len(hashes)) if unit is None else _tapped_and_locked(len(hashes))
    row = conn.execute(statement, _bound(hashes)).first()
    if row is None and unit is not None:  # nobody's, or its manifest is missing
        row = conn.execute(_tapped(len(hashes)), _bound(hashes)).first()
    if row is None:
        return None
    manifests.read_manifest(conn, row.person, row.listed, row.listed_mac)
    integrity.check(conn, badge, row._mapping)
    integrity.check(conn, badge_form, {column.name: getattr(row, f"form_{column.name}") for column in badge_form.c})
    if unit is not None:
        manifests.locked(conn, row.person, row.listed, row.listed_mac)
        unit.kept["badge", row.id] = row
        unit.kept["no card", number.hex()] = row.cards == 0 if "cards" in row._mapping else False
    return Tapped(row.id, row.person, row.suspended is None and (row.until is None or now < row.until))


def past_their_end(conn: Connection, now: int) -> list[tuple[str, str]]:
    """Id and person of every temporary badge whose time is over."""
    over = badge.c.until.is_not(None) & (badge.c.until <= now) & badge.c.revoked.is_(None)
    return [(row.id, row.person) for row in integrity.rows(conn, badge, over, skip=True)]


def owner(conn: Connection, keys: BadgeKeys, number: bytes) -> tuple[str, str] | None:
    """Badge id and person of the badge with exactly this number, whether it may be used or not."""
    found = tapped(conn, keys, number, 0)
    return (found.id, found.person) if found else None


def resembled(conn: Connection, keys: BadgeKeys, number: bytes) -> Literal["reversed", "truncated"] | None:
    """Whether an unknown ``number`` looks like another form of a known badge, or a known badge like one of its."""
    hashes = keys.hashes(number)
    as_stored = select(badge_form.c.form).where(_hashed(badge_form, len(hashes)), badge_form.c.form != "exact")
    forms: set[str] = set(conn.execute(as_stored, _bound(hashes)).scalars())
    for form, variant in other_forms(number):
        exact = select(badge_form.c.badge).where(_hashed(badge_form, len(hashes)), badge_form.c.form == "exact")
        if conn.execute(exact, _bound(keys.hashes(variant))).first():
            forms.add(form)
    if "reversed" in forms:
        return "reversed"
    return "truncated" if "truncated" in forms else None


def add(
    conn: Connection,
    keys: BadgeKeys,
    person: str,
    number: bytes,
    now: int,
    until: int | None = None,
    replaces: str | None = None,
) -> str:
    """A new badge for ``person``; its id. ``StoreConflictError`` if the number is somebody's already.

    ``until``: a temporary one, good before that time. ``replaces``: mark of what goes once this one has worked.
    """
    made = fresh_id()
    row = {"id": made, "person": person, "created": now, "until": until, "replaces": replaces}
    integrity.add(conn, badge, row)
    forms = {("exact", number), *other_forms(number)}
    rows = [{"badge": made, "key_id": keys.current, "form": f, "hmac": keys.hash(keys.current, n)} for f, n in forms]
    integrity.add_all(conn, badge_form, rows)
    return made


def revoke(conn: Connection, badge_id: str, now: int) -> None:
    """The badge no longer signs in, and its number is free for somebody else."""
    integrity.change(conn, badge, badge.c.id == badge_id, {"revoked": now})
    integrity.remove(conn, badge_form, badge_form.c.badge == badge_id)


def of_person(conn: Connection, person: str) -> list[str]:
    """Ids of the person's badges, oldest first."""
    mine = select(badge.c.id).where(badge.c.person == person, badge.c.revoked.is_(None))
    return list(conn.execute(mine.order_by(badge.c.created, badge.c.id)).scalars())


def proof_card_owner(conn: Connection, keys: BadgeKeys, number: bytes) -> str | None:
    """Whose PIV card or FIDO2 key has this number."""
    unit, hashes = unit_of(conn), keys.hashes(number)
    if unit is not None and unit.kept.get(("no card", number.hex())):
        return None
    row = conn.execute(_proof_card(len(hashes)), _bound(hashes)).first()
    if row is None:
        return None
    integrity.check(conn, proof_card_uid, row._mapping)
    return str(row.person)


def add_proof_card(conn: Connection, keys: BadgeKeys, person: str, number: bytes, now: int) -> None:
    """A PIV card or FIDO2 key has this number: it never signs in by it. Nothing happens if that is known."""
    if proof_card_owner(conn, keys, number) is None:
        hashed = keys.hash(keys.current, number)
        row = {"key_id": keys.current, "hmac": hashed, "person": person, "created": now}
        integrity.add(conn, proof_card_uid, row)


# Every tap asks these two, and to build a statement takes longer than to run it: once for each number of keys.


@cache
def _tapped(keys: int) -> AnySelect:
    return (
        select(badge, *(column.label(f"form_{column.name}") for column in badge_form.c), *_LISTED)
        .join(badge_form, badge_form.c.badge == badge.c.id)
        .outerjoin(manifest, manifest.c.subject == badge.c.person)
        .where(badge_form.c.form == "exact", _hashed(badge_form, keys), badge.c.revoked.is_(None))
    )


@cache
def _tapped_and_locked(keys: int) -> AnySelect:
    """The same on PostgreSQL, and whether there are signing cards of that number; nobody else's manifest is locked."""
    cards = select(func.count()).select_from(proof_card_uid).where(_hashed(proof_card_uid, keys))
    return (
        select(
            badge,
            *(column.label(f"form_{column.name}") for column in badge_form.c),
            *_LISTED,
            cards.scalar_subquery().label("cards"),
        )
        .join(badge_form, badge_form.c.badge == badge.c.id)
        .join(manifest, manifest.c.subject == badge.c.person)
        .where(badge_form.c.form == "exact", _hashed(badge_form, keys), badge.c.revoked.is_(None))
        .with_for_update(key_share=True, of=manifest)
    )


@cache
def _proof_card(keys: int) -> AnySelect:
    return select(proof_card_uid).where(_hashed(proof_card_uid, keys))


def _hashed(table: Table, keys: int) -> ColumnElement[bool]:
    """A number's hash under any of so many keys. Not a row value IN (…): SQLite reads the whole table for that."""
    each = (
        and_(table.c.key_id == bindparam(f"key{n}"), table.c.hmac == bindparam(f"hash{n}", type_=table.c.hmac.type))
        for n in range(keys)
    )
    return or_(*each)


def _bound(hashes: Iterable[tuple[str, bytes]]) -> dict[str, str | bytes]:
    """The values for ``_hashed``."""
    values: dict[str, str | bytes] = {}
    for n, (key_id, hmac) in enumerate(hashes):
        values |= {f"key{n}": key_id, f"hash{n}": hmac}
    return values
