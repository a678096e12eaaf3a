"""Who did what to whom, read from the trail itself: a report says nothing that the trail does not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Connection

from kiosk.service.audit import reading
from kiosk.service.audit.event import SERVICE
from kiosk.service.audit.lines import told_by
from kiosk.service.platform.json_fields import member, number


@dataclass(frozen=True, slots=True)
class Act:
    """One administrator's act. ``by``: the operating system's user."""

    seq: int
    act: str
    at: int
    by: str
    person: str | None
    login: str | None


@dataclass(slots=True)
class Acts:
    """All of them, in order; ``naming``: by every identifier that their details hold, and by the person."""

    every: list[Act] = field(default_factory=list)
    naming: dict[str, list[Act]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[int, Act] = field(default_factory=dict)

    def issuer(self, identifier: str) -> str | None:
        """Who first did anything with it."""
        return next((act.by for act in self.naming.get(identifier, ())), None)

    def doer(self, identifier: str, at: int) -> str | None:
        """Who did something to it, or to that person, at that second."""
        return next((act.by for act in self.naming.get(identifier, ()) if act.at == at), None)

    def last(self, person: str, *words: str) -> str | None:
        """Who did any of these acts to that person last."""
        return next((act.by for act in reversed(self.naming.get(person, ())) if act.act in words), None)


def read(conn: Connection) -> Acts:
    """Every administrator's act of the service's chain."""
    found = Acts()
    for row in reading.rows(conn, SERVICE):
        if '"action":"admin"' not in row.body:
            continue
        body = told_by(row.body)
        if not body:
            continue
        detail = member(body, "detail")
        by, person, login = str(detail.get("by", "")), body.get("person"), body.get("login")
        act = Act(
            seq=number(body, "seq"),
            act=str(detail.get("act", "")),
            at=number(body, "at"),
            by=by,
            person=None if person is None else str(person),
            login=None if login is None else str(login),
        )
        found.every.append(act)
        found.rows[act.seq] = act
        if act.person is not None:
            found.naming[act.person].append(act)
        for value in detail.values():
            if isinstance(value, str):
                # A mark such as key:8fJx names the same as its id alone.
                found.naming[value.partition(":")[2] or value].append(act)
    return found
