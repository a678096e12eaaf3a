"""Exceptions from the rules."""

from __future__ import annotations

from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.admin.act import ActRefusedError, Admin, record, the_person, worded
from kiosk.service.store import exceptions
from kiosk.service.store.exceptions import NewException

MAX_TEXT = 300
"""Characters of each text."""
LATEST = 366 * 86_400
"""Seconds until the review at most: a rule that never applies is to be changed, not excepted from."""


def add(
    conn: Connection,
    admin: Admin,
    *,
    rule: str,
    covers: str,
    login: str | None,
    owner: str,
    reason: str,
    control: str,
    review: int,
) -> int:
    """Its number. ``review``: epoch seconds, within a year. Raises ``ActRefusedError``."""
    texts = {"rule": rule, "covers": covers, "owner": owner, "reason": reason, "control": control}
    for name, text in texts.items():
        texts[name] = _text(name, text)
    if not admin.now < review <= admin.now + LATEST:
        raise ActRefusedError("The review must be after today and within a year.")
    person = the_person(conn, login) if login else None
    new = NewException(person=person.id if person else None, review=review, **texts)
    number = exceptions.add(conn, new, admin.name, admin.now)
    detail: dict[str, Json] = {"exception": number, "review": review, **texts}
    record(conn, admin, "exception.add", person=person, detail=detail)
    return number


def close(conn: Connection, admin: Admin, number: int, outcome: str) -> None:
    """Raises ``ActRefusedError``."""
    found = exceptions.find(conn, number)
    if found is None:
        raise ActRefusedError(f"There is no exception {number}. See them all with: exception list")
    if found.closed is not None:
        raise ActRefusedError(f"Exception {number} is closed already.")
    outcome = _text("outcome", outcome)
    exceptions.close(conn, number, admin.name, outcome, admin.now)
    record(conn, admin, "exception.close", detail={"exception": number, "outcome": outcome})


def _text(name: str, text: str) -> str:
    return worded(text, MAX_TEXT, f"The {name}")
