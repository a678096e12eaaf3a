"""A workstation's request, admitted on PostgreSQL in one statement: its ``jti`` used up, its rows read and locked.

The first lock of every request of a workstation (decision 33): its row, its manifest and the head of its chain, of
which the newest versions come back. So requests of one workstation follow one another, and nobody else waits for them.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select

from kiosk.service.audit import writer
from kiosk.service.store import integrity, jtis, lookups, manifests
from kiosk.service.store.lookups import StoredStation
from kiosk.service.store.schema import audit_chain, manifest, workstation
from kiosk.service.store.unit import OutdatedError, unit_of

_ONCE, _ = jtis.using("", "", 0)
_ADMIT = (
    select(
        audit_chain,
        *(column.label(f"station_{column.name}") for column in workstation.c),
        manifest.c.body.label("listed"),
        manifest.c.mac.label("listed_mac"),
        select(func.count()).select_from(_ONCE).scalar_subquery().label("once"),
    )
    .join(workstation, workstation.c.id == audit_chain.c.chain)
    .join(manifest, manifest.c.subject == workstation.c.id)
    .where(audit_chain.c.chain == bindparam("wanted"))
    .with_for_update(key_share=True, of=[audit_chain, workstation, manifest])
    .add_cte(_ONCE)
)


def station(conn: Connection, station_id: str, key: str, jti: str, expires: int) -> tuple[StoredStation | None, bool]:
    """The workstation, locked, and whether ``jti`` of the key of thumbprint ``key`` was used up only now.

    Raises ``TamperedError``.
    """
    unit, whole = unit_of(conn), f"whole:{station_id}"
    if unit is None or whole in unit.locked:
        manifests.lock(conn, station_id)
        return lookups.station(conn, station_id), jtis.use(conn, key, jti, expires)
    row = conn.execute(_ADMIT, {"wanted": station_id, **jtis.using(key, jti, expires)[1]}).first()
    if row is None:  # no such workstation, or one of its rows is missing: which, is found out by other means
        raise OutdatedError((whole,))
    had = {column.name: row._mapping[f"station_{column.name}"] for column in workstation.c}
    manifests.read_manifest(conn, station_id, row.listed, row.listed_mac)
    integrity.check(conn, workstation, had)
    unit.locked.add(station_id)
    writer.hold(conn, row)
    return lookups.station_of(had), row.once == 1
