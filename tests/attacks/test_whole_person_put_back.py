"""All rows of a person put back together, with the list that names them: each has a right code, and the list does."""

from __future__ import annotations

import pytest

from kiosk.service.admin import integrity as admin_integrity
from kiosk.service.admin.act import Admin
from kiosk.service.audit import put_back
from kiosk.service.platform.row_keys import SETTLED_SECONDS
from kiosk.service.store import badges, factors
from kiosk.service.store.vouching import TamperedError
from tests.fakes.client import NOW, Client
from tests.fakes.service import Hospital
from tests.fakes.sqlwriter import Row, SqlWriter

ADA = "04A1B2C3"
ADMIN = Admin("root", 0, NOW)
TABLES = ("badge", "pin", "second_factor", "person", "manifest")
OF = {"badge": "person", "pin": "person", "second_factor": "person", "person": "id", "manifest": "subject"}


class Past:
    """One moment of all rows of a person."""

    def __init__(self, hospital: Hospital, person: str) -> None:
        self._writer = SqlWriter(hospital)
        self._person = person
        self._rows: dict[str, list[Row]] = {}

    async def keep(self) -> None:
        for table in TABLES:
            self._rows[table] = await self._writer.rows(table, f"{OF[table]} = :p", p=self._person)

    async def restore(self) -> None:
        for table in TABLES:
            key = "id" if table == "badge" else OF[table]
            for row in self._rows[table]:
                await self._writer.put_back(table, row, key)


async def ward(hospital: Hospital) -> tuple[str, Client, Past]:
    """Ada, who signed in once; a station; and what there was of them then. Their PIN is suspended, a day passed."""
    ada = await hospital.person("ada")
    await hospital.badge(ada, ADA)
    station = await hospital.station()
    await station.open(ADA, "123456")
    past = Past(hospital, ada)
    await past.keep()
    await hospital.db.write(factors.suspend, "pin", ada, "seen", NOW)
    await station.tap(ADA)  # refused; the trail has told of them since
    return ada, station, past


def settle(hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some time goes by for the running service."""
    now = hospital.db.guard._clock
    monkeypatch.setattr(hospital.db.guard, "_clock", lambda: now() + SETTLED_SECONDS + 1)


async def test_a_running_service_does_not_believe_it(either: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    _, station, past = await ward(either)
    settle(either, monkeypatch)
    await past.restore()
    answer = await station.tap(ADA)
    assert (answer.status, answer.code) == (403, "integrity"), answer.body
    assert (await either.trail("integrity"))[0]["detail"]["table"] == "manifest"


async def test_no_later_state_is_refused_for_being_new(either: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    _, station, _ = await ward(either)
    settle(either, monkeypatch)
    answer = await station.tap(ADA)
    assert answer.code != "integrity"


async def test_a_service_that_was_started_since_finds_it_in_the_trail(either: Hospital) -> None:
    ada, station, past = await ward(either)
    await past.restore()
    (found,) = (await either.db.read(put_back.examine)).found
    assert (found.table, found.key) == ("manifest", ada)
    assert "row" in found.why
    await either.db.write(admin_integrity.accept, ADMIN, "manifest", ada, "restored by hand")
    assert not (await either.db.read(put_back.examine)).found
    assert await station.open(ADA, "123456")


async def test_nor_is_a_list_that_was_taken_away_begun_anew(either: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a list nothing counts; what is given then would be under numbers that were used before."""
    ada, _, _ = await ward(either)
    settle(either, monkeypatch)
    await SqlWriter(either).sql("DELETE FROM manifest WHERE subject = :p", p=ada)
    with pytest.raises(TamperedError):
        await either.db.write(badges.add, either.folder.keys.badge, ada, bytes.fromhex("04AABBCC"), NOW)
    assert ada in [fault.key for fault in (await either.db.read(put_back.examine)).found]
