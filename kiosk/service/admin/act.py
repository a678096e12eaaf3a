"""Who acts, how it is written down, and how an act is refused."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit.event import SERVICE, Event
from kiosk.service.audit.writer import append
from kiosk.service.channels import outbox
from kiosk.service.policy import wording
from kiosk.service.store import lookups, news, people
from kiosk.service.store.lookups import StoredPerson
from kiosk.service.store.people import PersonLine

NEWS: dict[str, news.What] = {
    **dict.fromkeys(("badge.add", "key.add", "piv.add", "pkoc.add", "totp.add", "pin.set"), "added"),
    **dict.fromkeys(("factor.lost", "factor.suspend", "factor.revoke"), "lost"),
    **dict.fromkeys(("badge.revoke", "key.revoke", "piv.revoke", "pkoc.revoke", "key.suspend"), "lost"),
}
"""Acts of which their person is told at their next sign-in."""


class ActRefusedError(Exception):
    """The act would break a rule; nothing was changed. The message is a sentence."""


def worded(text: str, longest: int, what: str) -> str:
    """``text`` by the one rule for names, 1 to ``longest`` characters; ``what`` begins the sentence of a refusal.

    Raises ``ActRefusedError``.
    """
    try:
        plain = wording.tidy(text)
    except wording.WordingError as error:
        raise ActRefusedError(f"{what} cannot be taken so. {error}") from None
    if not 1 <= len(plain) <= longest:
        raise ActRefusedError(f"{what} has 1 to {longest} characters.")
    return plain


@dataclass(frozen=True, slots=True)
class Admin:
    """Who acts: the operating system's user (``name``, ``uid``), at ``now`` (epoch seconds).

    ``person``: the user behind that account, None if the system cannot tell. ``how``: what tells it. ``source``: the
    directory that wanted it, None for a person's own act.
    """

    name: str
    uid: int
    now: int
    person: str | None = None
    how: str = "not known"
    source: str | None = None


def record(
    conn: Connection,
    admin: Admin,
    act: str,
    *,
    person: PersonLine | None = None,
    station: tuple[str, str] | None = None,
    method: str | None = None,
    detail: dict[str, Json] | None = None,
) -> tuple[str, int]:
    """Write the act to the service's chain, and keep it as news for ``person``. Chain and number of the row.

    ``station``: id and name.
    """
    who = (person.id, person.login) if person else None
    event = act_event(admin, act, who=who, station=station, method=method, detail=detail)
    seq, _ = append(conn, SERVICE, event)
    if person is not None and act in NEWS:
        what = NEWS[act]
        news.add(conn, person.id, what, admin.now)
        outbox.tell(conn, person.id, "factor_lost" if what == "lost" else "factor_added", admin.now)
    return SERVICE, seq


def act_event(
    admin: Admin,
    act: str,
    *,
    who: tuple[str, str] | None = None,
    station: tuple[str, str] | None = None,
    method: str | None = None,
    detail: dict[str, Json] | None = None,
) -> Event:
    """The act as a row, not written yet. ``who``: id and login of the person that it is about."""
    return Event(
        action="admin",
        result="success",
        at=admin.now,
        person=who[0] if who else None,
        login=who[1] if who else None,
        workstation=station[0] if station else None,
        station=station[1] if station else None,
        method=method,
        detail={"act": act, "by": admin.name, "uid": admin.uid, **_behind(admin), **(detail or {})},
    )


def _behind(admin: Admin) -> dict[str, Json]:
    wanted_by: dict[str, Json] = {} if admin.source is None else {"source": admin.source}
    return {"administrator": admin.person, "known_by": admin.how, **wanted_by}


def the_person(conn: Connection, login: str) -> PersonLine:
    """Raises ``ActRefusedError`` if there is nobody of that login."""
    found = people.find(conn, login.lower())
    if found is None:
        raise _nobody(login)
    return found


def the_stored_person(conn: Connection, login: str) -> StoredPerson:
    """``the_person`` with all that a decision asks of them, locked as by ``person_by_id``. Raises as it."""
    known = lookups.person_by_id(conn, the_person(conn, login).id)
    if known is None:
        raise _nobody(login)
    return known


def _nobody(login: str) -> ActRefusedError:
    return ActRefusedError(f"There is nobody with the login “{login}”. Add the person first: person add {login} …")


def whoever_works_here(conn: Connection, login: str) -> PersonLine:
    """The person of that login, for what is given to them. Raises ``ActRefusedError`` for one who has left, too.

    Whoever comes back begins anew: nothing may wait for them that was given meanwhile.
    """
    found = the_person(conn, login)
    if found.state == "left":
        raise ActRefusedError(f"{found.name} has left. First, for one who comes back: person resume {found.login}")
    return found
