"""Start codes at the counter, resets, windows of enrolment and messages, on the service's own machine."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.model.enrolment import FactorKind
from kiosk.service.admin.act import ActRefusedError, Admin, record, the_person, worded
from kiosk.service.channels import outbox as telling
from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.store import enrol_windows, messages, people, resets, start_codes, workstations

MAX_WINDOW = 31 * 86_400
MAX_REASON = 200


def start_code(conn: Connection, admin: Admin, keys: BadgeKeys, login: str, reason: str) -> str:
    """A start code for the person, to be told once. It voids the one before. Raises ``ActRefusedError``."""
    person = the_person(conn, login)
    reason = worded(reason, MAX_REASON, "The reason")
    if not person.active:
        raise ActRefusedError(f"{person.name} is suspended or has left. First: person resume {person.login}")
    made = start_codes.issue(conn, keys, person.id, admin.name, reason, admin.now)
    told = telling.tell(conn, person.id, "code_issued", admin.now)
    record(conn, admin, "start_code", person=person, detail={"reason": reason, "told": told})
    return made


def withdraw_reset(conn: Connection, admin: Admin, reset_id: str) -> str:
    """End a reset, and the start code that came of it; the person's login. Raises ``ActRefusedError``."""
    found = resets.find(conn, reset_id.upper())
    if found is None:
        raise ActRefusedError(f"There is no reset “{reset_id}”. See them all with: report resets")
    ended = resets.end(conn, found.id, "withdrawn", admin.now)
    code = start_codes.withdraw(conn, found.person, admin.now) if found.ended_why == "code_given" else False
    if not ended and not code:
        raise ActRefusedError(f"{found.id} is over already, and its code is used or void.")
    person = people.by_id(conn, found.person)
    record(conn, admin, "reset.withdraw", person=person, detail={"reset": found.id, "code_withdrawn": code})
    return person.login


def open_window(
    conn: Connection, admin: Admin, kinds: Sequence[str], until: int, *, place: str | None, station: str | None
) -> str:
    """Let ``kinds`` be given out at a place or a station until then, everywhere without either; the window's id.

    Raises ``ActRefusedError``.
    """
    badges = (FactorKind.BADGE, FactorKind.TEMPORARY_BADGE)
    if not kinds or not set(kinds) <= set(badges):
        raise ActRefusedError(
            f"A window is for {' or '.join(badges)}: every other kind needs its full proof at any time."
        )
    if not admin.now < until <= admin.now + MAX_WINDOW:
        raise ActRefusedError("A window ends in the future, within 31 days.")
    known = workstations.find(conn, station) if station else None
    if station and known is None:
        raise ActRefusedError(f"There is no workstation “{station}”.")
    if place and all(station.place != place for station in workstations.all_of_them(conn)):
        raise ActRefusedError(f"No workstation is at “{place}”. See where they are with: workstation list")
    here = known.id if known else None
    made = enrol_windows.open(conn, kinds, admin.name, until, admin.now, place=place, workstation=here)
    said: list[Json] = [*kinds]
    detail: dict[str, Json] = {"window": made, "kinds": said, "until": until, "place": place}
    record(conn, admin, "window.open", station=(known.id, known.name) if known else None, detail=detail)
    return made


def close_window(conn: Connection, admin: Admin, window: str) -> None:
    """Raises ``ActRefusedError``."""
    if not enrol_windows.close(conn, window, admin.now):
        raise ActRefusedError("There is no such open window. See them with: window list")
    record(conn, admin, "window.close", detail={"window": window})


def try_again(conn: Connection, admin: Admin, message: str) -> None:
    """Try to deliver a message that was given up. Raises ``ActRefusedError``."""
    if not messages.again(conn, message, admin.now):
        raise ActRefusedError("There is no message of that id that was given up. See them with: messages list --dead")
    record(conn, admin, "message.again", detail={"message": message})
