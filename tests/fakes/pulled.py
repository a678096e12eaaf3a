"""A store that pulls from a directory, with what is asked of it in tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from kiosk.service.directory import planning, pulling
from kiosk.service.directory.deciding import RoleGiving
from kiosk.service.directory.planning import CarriedOut
from kiosk.service.platform.directory_settings import directory_from
from kiosk.service.store import directory_sources, people
from kiosk.service.store.database import Database
from kiosk.service.store.directory_sources import SourceState
from kiosk.service.store.people import PersonLine
from kiosk.service.store.schema import audit_row

NOW = 1_800_000_000
POWER = frozenset({"help_desk"})


@dataclass
class Pulled:
    """``now``: epoch seconds; each pull is a minute later."""

    db: Database
    table: dict[str, object]
    now: int = NOW
    privileged: frozenset[str] = field(default=POWER)

    @property
    def giving(self) -> RoleGiving:
        """As the settings say."""
        return RoleGiving(directory_from(self.table), self.privileged)

    def pull(self, seconds: int = 60) -> CarriedOut | None:
        """The minute's work."""
        self.now += seconds
        giving = self.giving
        assert giving.rules.ldap is not None
        return pulling.pull(self.db, giving, giving.rules.ldap, lambda: self.now)

    def person(self, login: str) -> PersonLine:
        """Who must be there."""
        found = self.db.read_now(people.find, login)
        assert found is not None, login
        return found

    def states(self) -> dict[str, str]:
        """Everybody's."""
        return {line.login: line.state for line in self.db.read_now(people.everybody)}

    def trouble(self) -> str:
        """Why the last answer was not carried out; empty if it was."""
        return self.source().trouble or ""

    def source(self) -> SourceState:
        """How LDAP is."""
        return self.db.read_now(directory_sources.state_of, "ldap")

    def rows(self, action: str = "admin") -> list[dict[str, Any]]:
        """Of the trail, oldest first."""
        found = self.db.read_now(
            lambda conn: conn.execute(select(audit_row.c.body).order_by(audit_row.c.seq)).scalars().all()
        )
        return [body for body in map(json.loads, found) if body["action"] == action]


__all__ = ["NOW", "POWER", "Pulled", "planning"]
