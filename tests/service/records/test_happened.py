"""Reports of sign-ins, refusals and lock-outs, from what happened at a workstation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kiosk.service.admin.act import ActRefusedError
from kiosk.service.records import happened
from kiosk.service.records.happened import TIMED
from tests.fakes.service import Hospital, with_rules

ADA = "04A1B2C3"


async def report(hospital: Hospital, name: str, since: int, until: int) -> list[dict[str, Any]]:
    table = await hospital.db.read(TIMED[name], since, until)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


async def test_each_tells_of_its_time_alone(either: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    await either.badge(await either.person("ada"), ADA)
    station = await either.station()
    begun = int(either.clock())
    await station.open(ADA)
    signed = [(row["login"], row["station"], row["acr"]) for row in await report(either, "sign-ins", begun, begun)]
    assert signed == [("ada", "ward-3-a", "urn:kiosk:pin")]
    assert await report(either, "refusals", begun, begun) == []
    either.clock.pass_by(12 * 3600)
    later = int(either.clock())
    with with_rules(either, replace(either.service.rules, lockout=3)):
        view = await station.tap(ADA)
        for _ in range(3):
            either.clock.pass_by(60)
            await station.pin(view.body["id"], "999999")
            view = await station.tap(ADA)
    locked = await report(either, "lock-outs", later, later + 600)
    assert {(row["login"], row["method"]) for row in locked if row["what"] == "locked"} == {("ada", "pin")}
    assert sum(row["what"] == "locked" for row in locked) == 1
    refused = await report(either, "refusals", later, later + 600)
    assert [row["reason"] for row in refused].count("wrong_pin") == 2
    assert all(row["login"] == "ada" for row in refused)
    assert await report(either, "lock-outs", begun, begun + 5) == []
    monkeypatch.setattr(happened, "MAX_LINES", 1)
    with pytest.raises(ActRefusedError, match="Ask for a shorter time"):
        await report(either, "refusals", later, later + 600)
