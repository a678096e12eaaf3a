"""Every row that the service must have written, looked at: for ``doctor``, ``audit verify`` and administrators."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Connection, exists, select

from kiosk.service.platform.row_keys import Tampered
from kiosk.service.store import emergencies, integrity, manifests, risk_rows
from kiosk.service.store.adopting import pages
from kiosk.service.store.guarded import CASES, GUARDS, ROLE
from kiosk.service.store.schema import emergency_use, manifest, person_role
from kiosk.service.store.vouching import TamperedError

MAX_FOUND = 1000
RISK_TABLES = ("risk_person", "risk_station")
FORGED = "was not written by the service"
_FILLED = select(*(exists().select_from(guard.table).label(guard.table.name) for guard in GUARDS.values()))
"""Which tables have a row at all: most of a small hospital's have none, and are asked for in one question."""


@dataclass(slots=True)
class Examined:
    """How many rows were looked at, and which of them are not as the service wrote them (the first thousand)."""

    rows: int = 0
    found: list[Tampered] = field(default_factory=list)

    def add(self, table: str, key: str, why: str) -> None:
        """One that is not right."""
        if len(self.found) < MAX_FOUND:
            self.found.append(Tampered(table, key, why))


def examine(conn: Connection) -> Examined:
    """Look at every row, in one snapshot."""
    examined = Examined()
    listed = _manifests(conn, examined)
    there: dict[str, set[str]] = defaultdict(set)
    filled = conn.execute(_FILLED).one()._mapping
    for guard in (guard for guard in GUARDS.values() if filled[guard.table.name]):
        for page in pages(conn, guard.table):
            for row in page:
                values = row._mapping
                subject = guard.subject(values) if guard.subject is not None else None
                if subject is not None and guard.live(values):
                    there[subject].add(guard.name(values))
                if guard.table.name in RISK_TABLES:
                    there[guard.key(values)].add(risk_rows.LISTED)
                if guard.table.name == emergency_use.name:
                    there[CASES + str(values["workstation"])] |= emergencies.names_of(values)
                if subject is not None and listed.get(subject, ()) is None:
                    continue  # said already, of the manifest
                why = integrity.fault(conn, guard.table, values)
                if why is not None:
                    examined.add(guard.table.name, guard.key(values), why)
            examined.rows += len(page)
    for row in conn.execute(select(person_role)):
        name = ROLE + row.role
        there[row.person].add(name)
        if name not in (listed.get(row.person) or ()):
            examined.add("person_role", f"{row.person}/{row.role}", FORGED)
    for subject, names in listed.items():
        for name in sorted((names or frozenset()) - there[subject]):
            examined.add("manifest", f"{subject}/{name}", "lists a row that has been taken away")
    return examined


def _manifests(conn: Connection, examined: Examined) -> dict[str, frozenset[str] | None]:
    """What each subject's manifest lists; None for one that is not right."""
    listed: dict[str, frozenset[str] | None] = {}
    for row in conn.execute(select(manifest)).all():
        examined.rows += 1
        try:
            listed[row.subject] = frozenset(manifests.read_manifest(conn, row.subject, row.body, row.mac).body)
        except TamperedError:
            listed[row.subject] = None
            examined.add("manifest", row.subject, FORGED)
    return listed
