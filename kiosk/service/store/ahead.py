"""What a sign-in will want to know, in one question before it changes anything (PostgreSQL; on SQLite nothing).

Open sessions of its person and at its station, locked in the order of their ids (decision 33), how many step-ups each
has under way, and the stations where they are or where the person proved a second factor.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import cast

from sqlalchemy import ARRAY, Connection, Text, bindparam, func, select, union

from kiosk.service.store import integrity, lookups, manifests, sessions
from kiosk.service.store.columns import being
from kiosk.service.store.schema import ceremony, manifest, workstation
from kiosk.service.store.sql_types import StoredRow
from kiosk.service.store.unit import Unit, unit_of
from kiosk.service.store.vouching import TamperedError

MAX_PROOFS = 8
_WAY = sessions.IN_THE_WAY.cte("way")
_ASKING = (
    select(func.count())
    .where(
        ceremony.c.session == _WAY.c.id,
        ceremony.c.purpose == "step_up",
        being(ceremony.c.state, "prove"),
        ceremony.c.expires > bindparam("now"),
    )
    .scalar_subquery()
)
_PLACES = union(
    select(func.unnest(bindparam("proved", type_=ARRAY(Text))).label("place")), select(_WAY.c.workstation)
).subquery("places")
_AHEAD = (
    select(
        *_WAY.c,
        _ASKING.label("asking"),
        *(column.label(f"at_{column.name}") for column in workstation.c),
        manifest.c.body.label("listed"),
        manifest.c.mac.label("listed_mac"),
    )
    .select_from(_PLACES)
    .join(workstation, workstation.c.id == _PLACES.c.place)
    .outerjoin(_WAY, _WAY.c.workstation == workstation.c.id)
    .outerjoin(manifest, manifest.c.subject == workstation.c.id)
    .order_by(_WAY.c.id)
)


def look(conn: Connection, person: str, station: str, now: int) -> None:
    """Keep it for ``sessions.in_the_way`` and ``lookups.station``. ``person``, ``station``: locked already."""
    unit = unit_of(conn)
    if unit is None:
        return
    _, proofs = sessions.full_proofs(conn, person)
    proved = [proof.station for proof in proofs[:MAX_PROOFS] if proof.station not in (None, station)]
    asked = {"person_": person, "station_": station, "proved": proved, "now": now}
    found = []
    for row in cast("Sequence[StoredRow]", conn.execute(_AHEAD, asked).all()):
        if row.id is not None and sessions.counts(conn, row):
            found.append(sessions.of_row(row, row.asking))
        had = {column.name: row._mapping[f"at_{column.name}"] for column in workstation.c}
        _keep_station(conn, unit, had, row.listed, row.listed_mac)
    unit.kept["in the way", f"{person} {station}"] = found


def _keep_station(conn: Connection, unit: Unit, had: dict[str, object], listed: str | None, mac: bytes | None) -> None:
    identifier = str(had["id"])
    if identifier not in unit.locked and ("station", identifier) not in unit.kept:
        with contextlib.suppress(TamperedError):  # whoever needs that station meets it
            manifests.read_manifest(conn, identifier, listed, mac)
            integrity.check(conn, workstation, had)
            unit.kept["station", identifier] = lookups.station_of(had)
