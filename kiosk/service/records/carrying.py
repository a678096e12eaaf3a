"""Carries out what ``updating`` found, each act as its own command would; the rows for the trail are handed back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin.act import NEWS, Admin, act_event, the_person
from kiosk.service.admin.life import take_everything
from kiosk.service.audit.event import Event
from kiosk.service.channels import outbox as telling
from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.records.people_csv import PersonEntry
from kiosk.service.records.updating import Change, LeavingPerson
from kiosk.service.store import badges, messages, news, people, stopping
from kiosk.service.store.factors import short_of


def changes(
    conn: Connection,
    admin: Admin,
    keys: BadgeKeys,
    found: tuple[Change, ...],
    entries: dict[str, PersonEntry],
    warned: dict[int, str],
    more: dict[str, Json],
) -> Iterator[Event]:
    """Every change of ``found``, as its row. ``entries``: by login. ``warned``: which lines' badges look like what.

    ``more``: what each row says besides.
    """
    for login, mine in groupby(found, lambda one: one.login):
        one_person = list(mine)
        who = (one_person[0].person, login)
        rows = _of_one(conn, admin, keys, one_person, entries[login], warned)
        for act, detail in rows:
            yield act_event(admin, act, who=who, detail={**detail, **more})


def leaving(conn: Connection, admin: Admin, found: tuple[LeavingPerson, ...], more: dict[str, Json]) -> Iterator[Event]:
    """Each of ``found`` leaves, as the row of it."""
    for change in found:
        person = the_person(conn, change.login)
        gone = take_everything(conn, admin, person)
        yield act_event(admin, "person.leave", who=(person.id, person.login), detail={**gone.told, **more})


def _of_one(
    conn: Connection, admin: Admin, keys: BadgeKeys, found: list[Change], entry: PersonEntry, warned: dict[int, str]
) -> Iterator[tuple[str, dict[str, Json]]]:
    person = found[0].person
    new: dict[str, str] = {change.what: change.after for change in found if change.what in ("name", "place")}
    if new:
        people.set_name_and_place(conn, person, new)
    for change in found:
        if change.what == "name":
            yield "person.rename", {"from": change.before, "to": change.after}
        elif change.what == "place":
            yield "person.move", {"from": change.before or None, "to": change.after}
        elif change.what == "contact":
            yield "person.contact", _contact(conn, admin, person, entry)
        elif change.what == "badge" and entry.number is not None:
            warning = warned.get(entry.line) or "none"
            yield "badge.add", _badge(conn, admin, keys, person, entry.number, warning)
    yield from _roles(conn, admin, person, found)


def _contact(conn: Connection, admin: Admin, person: str, entry: PersonEntry) -> dict[str, Json]:
    before = messages.contact_of(conn, person)
    if before is not None:
        # As by hand: where they were told until now, they are told of this, too.
        telling.tell(conn, person, "contact_changed", admin.now)
    messages.set_contact(conn, person, entry.contact)
    return {"set": True, "before": before is not None}


def _badge(
    conn: Connection, admin: Admin, keys: BadgeKeys, person: str, number: bytes, resembles: str
) -> dict[str, Json]:
    made = badges.add(conn, keys, person, number, admin.now)
    news.add(conn, person, NEWS["badge.add"], admin.now)
    telling.tell(conn, person, "factor_added", admin.now)
    return {"factor": short_of(f"badge:{made}"), "badge": made, "resembles": resembles}


def _roles(conn: Connection, admin: Admin, person: str, found: list[Change]) -> Iterator[tuple[str, dict[str, Json]]]:
    given = [change.after for change in found if change.what == "role given"]
    taken = [change.before for change in found if change.what == "role taken"]
    for role in given:
        people.add_role(conn, person, role)
    for role in taken:
        people.remove_role(conn, person, role)
    # Once for all of them: what is open goes on under the rules of the new roles.
    locked = stopping.lock_everywhere(conn, person, admin.now, "role") if given or taken else 0
    for act, roles in (("role.remove", taken), ("role.add", given)):
        for role in roles:
            yield act, {"role": role, "sessions_locked": locked}
