"""Reports of prompts and of risk, from what happened at a workstation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kiosk.service.admin.act import ActRefusedError
from kiosk.service.records import prompt_reports
from kiosk.service.records.happened import TIMED
from kiosk.service.shared.risk_rules import risk_rules_from
from tests.fakes.asking import ADA, Ward, make
from tests.fakes.service import Hospital

FEW: dict[str, Any] = {"action": "record.export", "records": 3, "resource": "Ward/3"}


async def report(hospital: Hospital, name: str) -> list[dict[str, Any]]:
    now = int(hospital.clock())
    table = await hospital.db.read(TIMED[name], now - 86_400 * 3, now)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


async def busy(hospital: Hospital) -> Ward:
    """One sign-in by PIN and two by grace; a step-up granted, one refused, one out of time, one left open."""
    ward = await make(hospital)
    await hospital.totp(ward.person)
    for _ in range(2):
        ward.session = await ward.station.open(ADA)
    assert (await ward.by_key(await ward.station.step_up(ward.session, **FEW))).body["state"] == "done"
    for reason in ("refused_by_person", "timeout"):
        view = await ward.station.step_up(ward.session, **FEW)
        await ward.station.post(f"/v1/ceremonies/{view.body['id']}/cancel", {"reason": reason})
    await ward.station.step_up(ward.session, **{**FEW, "action": "record.view"})
    return ward


async def test_prompts_are_counted_by_person_and_day_action_end_and_strength(either: Hospital) -> None:
    await busy(either)
    lines = {(row["by"], row["group"]): row for row in await report(either, "prompts")}
    whole = lines["all", ""]
    assert [whole[name] for name in ("prompts", "granted", "refused", "timed_out", "other", "open")] == [
        4,
        1,
        1,
        1,
        0,
        1,
    ]
    (person_day,) = [row for (by, _), row in lines.items() if by == "person_day"]
    assert person_day["group"].endswith(" ada") and person_day["group"][:2] == "20" and person_day["prompts"] == 4
    assert (lines["action", "record.export"]["prompts"], lines["action", "record.view"]["open"]) == (3, 1)
    assert (lines["action_reason", "record.export refused_by_person"]["refused"], lines["end", "open"]["open"]) == (
        1,
        1,
    )
    (day,) = [row for (by, _), row in lines.items() if by == "day"]
    assert (day["group"] + " ada", day["prompts"]) == (person_day["group"], 4)
    assert (lines["step_up", "asked"]["prompts"], lines["step_up", "refused_at_once"]["prompts"]) == (4, 0)
    assert (lines["end", "timeout"]["percent"], lines["strength", "phr"]["granted"]) == (25.0, 1)
    assert (lines["sign_in", "more_than_a_tap"]["prompts"], lines["sign_in", "tap_alone"]["percent"]) == (1, 66.7)


async def test_what_is_refused_at_once_is_no_prompt(either: Hospital) -> None:
    ward = await make(either, "researcher")
    await ward.station.step_up(ward.session, **FEW)
    lines = {(row["by"], row["group"]): row for row in await report(either, "prompts")}
    assert ("all", "") in lines and lines["all", ""]["prompts"] == 0
    at_once = lines["step_up", "refused_at_once"]
    assert (at_once["prompts"], at_once["percent"], at_once["other"]) == (1, 100.0, 1)


async def test_a_prompt_that_came_before_the_time_is_not_refused_at_once_in_it(service: Hospital) -> None:
    ward = await make(service)
    view = await ward.station.step_up(ward.session, **FEW)
    begun = int(service.clock())
    service.clock.pass_by(20)
    await ward.station.post(f"/v1/ceremonies/{view.body['id']}/cancel", {"reason": "timeout"})
    table = await service.db.read(TIMED["prompts"], begun + 5, begun + 60)
    lines = {row[:2]: row[2] for row in table.rows}
    assert (lines["all", ""], lines["step_up", "asked"], lines["step_up", "refused_at_once"]) == (0, 0, 0)


async def test_who_was_refused_what_and_why_is_summed_up(either: Hospital) -> None:
    ward = await make(either, "researcher")
    for _ in range(3):
        either.clock.pass_by(400)
        await ward.station.step_up(ward.session, **FEW)
    either.clock.pass_by(400)
    await ward.station.tap("04FFFFFF")
    data_set = {**FEW, "action": "deidentified.export"}
    view = await ward.station.step_up(ward.session, **data_set)
    await ward.station.post(f"/v1/ceremonies/{view.body['id']}/cancel", {"reason": "refused_by_person"})
    rows = await report(either, "refused")
    assert [(row["login"], row["what"], row["reason"], row["times"]) for row in rows] == [
        ("ada", "record.export", "policy", 3),
        (None, "tap", "unknown_badge", 1),
    ]
    assert rows[0]["first"] < rows[0]["last"]


async def test_signals_are_counted_with_what_came_of_them(either: Hospital) -> None:
    hospital = either
    hospital.app.state.service = hospital.service = replace(
        hospital.service, risk=risk_rules_from({"turned_down": 2, "weights": {"prompt_bombing": 60}})
    )
    ward = await busy(hospital)
    tap = await ward.station.tap(ADA)
    assert tap.body["why"] == "risk"
    assert (await ward.station.pin(tap.body["id"], "123456")).body["state"] == "done"
    await ward.station.tap(ADA)
    (line,) = await report(hospital, "risk")
    assert line == {
        "signal": "prompt_bombing",
        "fired": 3,
        "persons": 1,
        "granted": 1,
        "refused": 0,
        "timed_out": 0,
        "other": 0,
        "open": 2,
        "not_granted_percent": 66.7,
    }


async def test_of_too_many_rows_a_shorter_time_is_asked(service: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    await busy(service)
    monkeypatch.setattr(prompt_reports, "MAX_READ", 3)
    for name in ("prompts", "risk"):
        with pytest.raises(ActRefusedError, match="Ask for a shorter time"):
            await report(service, name)
