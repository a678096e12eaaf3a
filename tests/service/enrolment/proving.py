"""Somebody who has proved themselves and is to make the new thing; and how many things there are."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from kiosk.service.store.schema import badge, fido2_credential, piv_card
from tests.fakes.enrolling import KEY_PRESENTED, Wizard
from tests.fakes.keys import SoftKey, give_key
from tests.fakes.service import Hospital


async def proved(hospital: Hospital, kind: str, login: str = "ada", name: str = "ward-3-a") -> tuple[Wizard, SoftKey]:
    """Somebody has proved themselves by their key and is to make the new thing."""
    key = await give_key(hospital, await hospital.person(login))
    here = Wizard(await hospital.station(name))
    await here.begin(KEY_PRESENTED, kind)
    await here.key(key)
    assert here.step == "make"
    return here, key


def count(conn: Connection) -> tuple[int, int, int]:
    """Badges, keys and cards that are somebody's."""
    tables = (badge, fido2_credential, piv_card)
    live = (select(func.count()).select_from(table).where(table.c.revoked.is_(None)) for table in tables)
    numbers = [conn.execute(statement).scalar_one() for statement in live]
    return numbers[0], numbers[1], numbers[2]
