"""Questions to the trail, and what was taken out of it: each is an act itself, written down with who asked.

A patient that was looked for stands in the row as a commitment, with an opening like those of step-ups: so that the
question is found by the patient, too, and its name can be erased.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from sqlalchemy import Connection

from kiosk.model import binding, consent
from kiosk.model.binding import Json
from kiosk.model.challenge import CommitmentOpening
from kiosk.service.admin.act import ActRefusedError, Admin, act_event
from kiosk.service.audit import search
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.found import Answer
from kiosk.service.audit.search import Question
from kiosk.service.audit.writer import append
from kiosk.service.policy.wording import named
from kiosk.service.store import people
from kiosk.service.store.people import PersonLine


def the_patient(text: str) -> str:
    """``text`` as it is looked for. Raises ``ActRefusedError`` for what no opening can hold."""
    plain = text.strip()
    strange = next((character for character in plain if not character.isprintable()), None)
    if strange is not None:
        raise ActRefusedError(
            f"There is a character in the patient that cannot be seen: {named(strange)}. Type it anew."
        )
    if not 1 <= len(plain) <= consent.MAX_TEXT:
        raise ActRefusedError(f"A patient or resource has 1 to {consent.MAX_TEXT} characters.")
    return plain


def the_action(text: str) -> str:
    """Raises ``ActRefusedError`` for what can be no action."""
    if not consent.ACTION.fullmatch(text):
        raise ActRefusedError(
            "An action is a short name such as sign_in or record.export. * and % stand for themselves."
        )
    return text


def the_person(conn: Connection, said: str) -> PersonLine:
    """Who has this login or id, or had this login before, whoever left too. Raises ``ActRefusedError``."""
    found = people.find(conn, said.lower())
    if found is None and people.exists(conn, said):
        found = people.by_id(conn, said)
    if found is None:
        found = _once_called(conn, said.lower())
    if found is None:
        odd = next((character for character in said if not character.isascii() or not character.isprintable()), None)
        hint = f" It has a character that may look like another one: {named(odd)}." if odd is not None else ""
        raise ActRefusedError(f"There is nobody with the login or id “{_shown(said)}”, and there never was.{hint}")
    return found


def _once_called(conn: Connection, login: str) -> PersonLine | None:
    """Raises ``ActRefusedError`` where several persons had that login, one after the other."""
    ids = [person for person in search.once_called(conn, login) if people.exists(conn, person)]
    if len(ids) > 1:
        names = ", ".join(people.by_id(conn, person).login for person in ids)
        raise ActRefusedError(f"“{_shown(login)}” was the login of several persons. Ask for one of them: {names}.")
    return people.by_id(conn, ids[0]) if ids else None


def the_stations(conn: Connection, said: str) -> tuple[str, ...]:
    """Ids of the workstations of that name or id. Raises ``ActRefusedError``."""
    found = search.stations(conn, said)
    if not found:
        raise ActRefusedError(f"There is no workstation with the name or id “{_shown(said)}”. See: workstation list")
    return tuple(found)


def record_question(
    conn: Connection, admin: Admin, asked: Question, person: PersonLine | None, station: str | None, answer: Answer
) -> None:
    """Who asked what of the trail, and how many rows were handed out."""
    detail: dict[str, Json] = {"rows": len(answer.rows), "more": answer.more is not None, **_bounds(asked)}
    if asked.action is not None:
        detail["asked_action"] = asked.action
    if station is not None:
        detail["asked_station"] = station
    _record(conn, admin, "audit.find", person, detail, asked.patient)


def record_export(
    conn: Connection, admin: Admin, asked: Question, person: PersonLine | None, *, openings: bool, part: int = 1
) -> None:
    """Who took rows out of the trail, before they did. ``part``: above 1 they go on with one that was cut off."""
    detail: dict[str, Json] = {"openings": openings, "part": part, **_bounds(asked)}
    _record(conn, admin, "audit.export", person, detail, None)


def _record(
    conn: Connection,
    admin: Admin,
    act: str,
    person: PersonLine | None,
    detail: dict[str, Json],
    patient: str | None,
) -> None:
    openings: tuple[CommitmentOpening, ...] = ()
    if patient is not None:
        salt = secrets.token_bytes(binding.SALT_BYTES)
        openings = (CommitmentOpening(binding.commitment(salt, patient), binding.b64u(salt), patient),)
        detail["patient"] = openings[0].commitment
    who = (person.id, person.login) if person is not None else None
    append(conn, SERVICE, replace(act_event(admin, act, who=who, detail=detail), openings=openings))


def _bounds(asked: Question) -> dict[str, Json]:
    return {"since": asked.since, "until": asked.until}


def _shown(text: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:100])
