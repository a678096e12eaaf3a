"""What the service forgets by itself."""

from __future__ import annotations

from sqlalchemy import Connection, select

from kiosk.service.jobs.housekeeping import tidy
from kiosk.service.store.schema import METADATA
from tests.fakes.client import NOW, Client
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital

BADGE = "04A1B2C3"
RESOURCE, PATIENT = "Ward/planted", "Patient/planted"


async def granted(hospital: Hospital) -> tuple[Client, str]:
    """An export that was granted: at which station, and its ceremony."""
    person = await hospital.person("ada")
    await hospital.badge(person, BADGE)
    key = await give_key(hospital, person)
    station = await hospital.station()
    view = await station.step_up(await station.open(BADGE), records=51, resource=RESOURCE, patients=[PATIENT])
    ceremony = str(view.body["id"])
    challenge = await station.challenge(ceremony, "fido2")
    done = await station.prove(ceremony, key.sign(challenge.body))
    assert done.body["state"] == "done"
    return station, ceremony


def tables_holding(conn: Connection, text: str) -> set[str]:
    """Every table of the store in which ``text`` stands."""
    rows = {table.name: conn.execute(select(table)).all() for table in METADATA.sorted_tables}
    return {name for name, found in rows.items() if any(text in str(tuple(row)) for row in found)}


async def test_patients_are_soon_found_among_the_openings_alone(either: Hospital) -> None:
    await granted(either)
    await either.db.write(tidy, int(NOW) + 60)
    assert {"opening", "ceremony"} <= await either.db.read(tables_holding, RESOURCE)
    await either.db.write(tidy, int(NOW) + 3600)
    assert await either.db.read(tables_holding, RESOURCE) == {"opening"}
    assert await either.db.read(tables_holding, PATIENT) == {"opening"}


async def test_a_proof_for_what_was_forgotten_is_too_late(service: Hospital) -> None:
    station, ceremony = await granted(service)
    await service.db.write(tidy, int(NOW) + 3600)
    late = await station.pin(ceremony, "123456")
    assert (late.status, late.body["state"]) == (200, "refused")
