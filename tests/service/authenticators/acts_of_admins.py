"""What administrators do to factors in these tests, and what is seen of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from kiosk.service.admin.act import Admin
from kiosk.service.store.factors import Factor, of_person
from kiosk.service.store.schema import station_event
from tests.fakes.service import Hospital

ADA, NEW = "04A1B2C3", "04A1B2C4"


def admin(hospital: Hospital) -> Admin:
    return Admin("root", 0, int(hospital.clock()))


async def do(hospital: Hospital, act: Any, *args: Any, **more: Any) -> Any:
    return await hospital.db.write(act, admin(hospital), *args, **more)


async def has(hospital: Hospital, person: str) -> list[Factor]:
    return await hospital.db.read(of_person, person)


async def told(hospital: Hospital) -> list[tuple[str, str | None]]:
    def rows(conn: Connection) -> list[tuple[str, str | None]]:
        return [(row.kind, row.session) for row in conn.execute(select(station_event).order_by(station_event.c.id))]

    return [row for row in await hospital.db.read(rows) if row[0] in ("lock", "end")]
