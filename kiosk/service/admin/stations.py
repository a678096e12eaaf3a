"""Workstations: announced, renamed, moved, set up anew, revoked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin.act import ActRefusedError, Admin, record, worded
from kiosk.service.store import workstations
from kiosk.service.store.workstations import CODE_SECONDS, StationLine

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
MAX_PLACE = 100


@dataclass(frozen=True, slots=True)
class NewStation:
    """One to be announced. ``secret``: of its one-time code."""

    name: str
    place: str
    exempt: bool
    secret: str = field(repr=False)


def check_name(name: str) -> str:
    """``name`` if a workstation can be called so. Raises ``ActRefusedError``."""
    if not NAME.fullmatch(name):
        raise ActRefusedError(f"“{name}” cannot be a workstation's name: letters, digits, and . _ - inside.")
    return name


def check_place(place: str) -> str:
    """``place`` as it is stored. Raises ``ActRefusedError``."""
    return worded(place, MAX_PLACE, "A place, such as “Ward 3, bed 12”,")


def add(conn: Connection, admin: Admin, new: NewStation, seconds: int = CODE_SECONDS) -> str:
    """A workstation that may enrol once within ``seconds``; its id. One that has not enrolled yet gets the new code in
    place of the one before, and stands where it is said to now. Raises ``ActRefusedError``."""
    name, place = check_name(new.name), check_place(new.place)
    known = workstations.find(conn, name)
    if known and known.state == "enrolled":
        raise ActRefusedError(f"{name} is enrolled already. To set it up anew: workstation reinstall {name}")
    detail: dict[str, Json] = {"place": place, "exempt": new.exempt, "seconds": seconds}
    if known:
        workstations.renew_code(conn, known.id, place, new.secret, admin.now, exempt=new.exempt, seconds=seconds)
        record(conn, admin, "workstation.code", station=(known.id, name), detail=detail)
        return known.id
    made = workstations.announce(conn, name, place, new.secret, admin.now, exempt=new.exempt, seconds=seconds)
    record(conn, admin, "workstation.add", station=(made, name), detail=detail)
    return made


def add_all(conn: Connection, admin: Admin, new: Sequence[NewStation], seconds: int) -> None:
    """``add`` for each, all or none. Raises ``ActRefusedError``."""
    for station in new:
        add(conn, admin, station, seconds)


def reinstall(conn: Connection, admin: Admin, name: str, secret: str, seconds: int = CODE_SECONDS) -> StationLine:
    """A new code for a workstation that is enrolled: the machine that enrols with it has its name and place, and the
    key of the one before ends in that moment. Until then that one works on. Raises ``ActRefusedError``."""
    known = _the_station(conn, name)
    if known.state != "enrolled":
        raise ActRefusedError(f"{name} has not enrolled yet. For a new code: workstation add {name} --place …")
    waiting = workstations.replacement_of(conn, known.id)
    if waiting is not None:
        workstations.renew_code(conn, waiting, known.place, secret, admin.now, exempt=known.exempt, seconds=seconds)
    else:
        waiting = workstations.announce(
            conn, name, known.place, secret, admin.now, exempt=known.exempt, seconds=seconds, replaces=known.id
        )
    detail: dict[str, Json] = {"by": waiting, "seconds": seconds}
    record(conn, admin, "workstation.reinstall", station=(known.id, name), detail=detail)
    return known


def rename(conn: Connection, admin: Admin, name: str, new: str) -> None:
    """It is called so from now on, and told. Raises ``ActRefusedError``."""
    known = _the_station(conn, name)
    if workstations.find(conn, check_name(new)) is not None:
        raise ActRefusedError(f"There is a workstation “{new}” already. Choose another name.")
    workstations.rename(conn, known.id, new, admin.now)
    record(conn, admin, "workstation.rename", station=(known.id, new), detail={"from": name, "to": new})


def move(conn: Connection, admin: Admin, name: str, place: str) -> None:
    """It stands there from now on, and is told. Raises ``ActRefusedError``."""
    known, place = _the_station(conn, name), check_place(place)
    if known.place == place:
        raise ActRefusedError(f"{name} is at {place} already.")
    workstations.move(conn, known.id, place, admin.now)
    record(conn, admin, "workstation.move", station=(known.id, name), detail={"from": known.place, "to": place})


def revoke(conn: Connection, admin: Admin, name: str) -> StationLine:
    """Its key is refused from now on and its open stream ends. Raises ``ActRefusedError``."""
    known = _the_station(conn, name)
    workstations.revoke(conn, known.id, admin.now)
    record(conn, admin, "workstation.revoke", station=(known.id, name))
    return known


def _the_station(conn: Connection, name: str) -> StationLine:
    found = workstations.find(conn, name)
    if found is None:
        raise ActRefusedError(f"There is no workstation “{name}”. See: workstation list")
    return found
