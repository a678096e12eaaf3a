"""Who verified each enrolment at a workstation, and by what, read from the trail."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from kiosk.service.audit import reading
from kiosk.service.audit.lines import told_by
from kiosk.service.platform.json_fields import JsonObject, member, number
from kiosk.service.store.factors import short_of

ADDED = "factor_added"


@dataclass(frozen=True, slots=True)
class EnrolmentRecord:
    """One factor that was added at a workstation. ``factor``: its short id. ``vouched_by``: id of the second person.

    ``presented``: what said who they were; ``proved``: what their own proofs added up to.
    """

    at: int
    person: str
    login: str
    station: str
    kind: str
    factor: str
    presented: str
    proved: str | None
    vouched_by: str | None
    replaces: str | None

    def verified_by(self, logins: dict[str, str]) -> str | None:
        """The second person's login, or the own proof; None for neither. ``logins``: by the person's id."""
        if self.vouched_by is not None:
            return logins.get(self.vouched_by, self.vouched_by)
        return f"own {self.proved}" if self.proved else None


def read(conn: Connection) -> list[EnrolmentRecord]:
    """All of them, the oldest first."""
    found = [_made(body) for row in reading.with_action(conn, ADDED) if (body := told_by(row.body))]
    return sorted(found, key=lambda one: (one.at, one.login))


def latest(conn: Connection) -> dict[tuple[str, str], EnrolmentRecord]:
    """By person and short id: how that factor came in last."""
    return {(enrolment.person, enrolment.factor): enrolment for enrolment in read(conn)}


def _made(body: JsonObject) -> EnrolmentRecord:
    detail = member(body, "detail")
    replaces = detail.get("replaces")
    return EnrolmentRecord(
        at=number(body, "at"),
        person=str(body.get("person", "")),
        login=str(body.get("login", "")),
        station=str(body.get("station", "")),
        kind=str(detail.get("factor_kind", "")),
        factor=short_of(str(detail.get("factor", ""))),
        presented=str(detail.get("presented", "")),
        proved=_word(detail.get("proved")),
        vouched_by=_word(detail.get("vouched_by")),
        replaces=short_of(str(replaces)) if replaces else None,
    )


def _word(value: object) -> str | None:
    return None if value is None else str(value)
