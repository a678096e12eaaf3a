"""Reviewers hear of a case once as it is opened, again each working day, and those above them once it is overdue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kiosk.service.channels.message_texts import LANGUAGES, text
from kiosk.service.jobs.review_reminders import tell_some
from kiosk.service.policy.review_rules import ReviewRules, review_from
from kiosk.service.records import review_report
from kiosk.service.store import messages, review_cases
from kiosk.service.store.review_cases import NewCase
from kiosk.settings import SettingsError
from tests.fakes.service import Hospital

DAY = 86_400
RULES = ReviewRules(reminders=2)


def at(day: str, hour: int = 12) -> int:
    return int(datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC).timestamp())


THURSDAY = at("2026-11-26")


async def a_case(hospital: Hospital, person: str | None = None, opened: int = THURSDAY) -> str:
    station = await hospital.station("ward-3", "Ward 3")
    new = NewCase("emergency", "s1", person, station.client_id, "Ward 3", "fire", opened)
    return await hospital.db.write(review_cases.open_case, new, opened)


async def reviewer(hospital: Hospital, login: str, role: str) -> str:
    made = await hospital.person(login, login.title(), role)
    await hospital.db.write(messages.set_contact, made, f"mailto:{login}@home.example")
    return made


async def told(hospital: Hospital) -> list[tuple[str, str]]:
    return sorted((login, message.kind) for message, login in await hospital.db.read(messages.unsent))


async def test_a_case_is_told_once_then_each_working_day_then_higher_up(either: Hospital) -> None:
    await reviewer(either, "eve", "supervisor")
    await reviewer(either, "root", "administrator")
    await reviewer(either, "ben", "nurse")
    case = await a_case(either)
    assert await either.db.write(tell_some, RULES, THURSDAY) == 1
    assert await either.db.write(tell_some, RULES, THURSDAY + 60) == 0
    assert await told(either) == [("eve", "review_opened")]
    (stored,) = await either.db.read(review_cases.waiting)
    assert stored.due == at("2026-12-01", 0), "Friday and Monday are its two working days"
    assert await either.db.write(tell_some, RULES, at("2026-11-27")) == 1
    assert await either.db.write(tell_some, RULES, at("2026-11-28")) == 0, "a Saturday"
    assert await either.db.write(tell_some, RULES, at("2026-12-01", 1)) == 1
    assert await told(either) == [
        ("eve", "review_opened"),
        ("eve", "review_overdue"),
        ("eve", "review_reminder"),
        ("root", "review_overdue"),
    ]
    rows = await either.trail("review_told")
    assert [row["reason"] for row in rows] == ["review_opened", "review_reminder", "review_overdue"]
    assert {row["detail"]["case"] for row in rows} == {case}


async def test_it_is_not_told_for_ever_nor_once_it_is_closed(service: Hospital) -> None:
    await reviewer(service, "eve", "supervisor")
    case_id = await a_case(service)
    for day in range(40):
        await service.db.write(tell_some, RULES, THURSDAY + day * DAY)
    kinds = [kind for _, kind in await told(service)]
    assert kinds == ["review_opened", "review_overdue", "review_reminder", "review_reminder"]
    case = await service.db.read(review_cases.find, case_id)
    assert case is not None
    await service.db.write(_close, case_id)
    assert await service.db.write(tell_some, ReviewRules(reminders=60), THURSDAY + 60 * DAY) == 0


def _close(conn: Any, case_id: str) -> None:
    case = review_cases.find(conn, case_id)
    assert case is not None
    review_cases.change(conn, case, {"closed": THURSDAY, "finding": "justified", "text": "x"})


async def test_whoever_a_case_is_about_is_not_told_of_it(service: Hospital) -> None:
    eve = await reviewer(service, "eve", "supervisor")
    await a_case(service, eve)
    await service.db.write(tell_some, RULES, THURSDAY)
    assert await told(service) == []
    (row,) = await service.trail("review_told")
    assert (row["result"], row["detail"]["told"]) == ("failure", 0)


async def test_two_replicas_that_both_believe_they_lead_tell_it_once(either: Hospital) -> None:
    await reviewer(either, "eve", "supervisor")
    await a_case(either)
    both = [await either.db.write(tell_some, RULES, THURSDAY) for _ in range(2)]
    assert both == [1, 0]
    assert await told(either) == [("eve", "review_opened")]


async def test_the_report_names_overdue_cases_first(either: Hospital) -> None:
    await reviewer(either, "eve", "supervisor")
    first = await a_case(either)
    await either.db.write(tell_some, RULES, THURSDAY)
    table = await either.db.read(review_report.reviews, THURSDAY + 10 * DAY)
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert (row["id"], row["state"], row["station"], row["why"]) == (first, "overdue", "ward-3", "fire")
    assert row["due"] == "2026-12-01T00:00:00Z"
    await either.db.write(_close, first)
    table = await either.db.read(review_report.reviews, THURSDAY + 10 * DAY)
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert (row["state"], row["finding"], row["text"]) == ("closed", "justified", "x")


def test_working_days_pass_over_weekends_and_holidays_in_the_hospitals_time() -> None:
    rules = ReviewRules(holidays=("2026-12-25",), time_zone="Europe/Berlin")
    wednesday = int(datetime(2026, 12, 23, 23, 30, tzinfo=UTC).timestamp())  # Thursday there
    assert datetime.fromtimestamp(rules.due(wednesday), UTC) == datetime(2026, 12, 29, 23, 0, tzinfo=UTC)
    assert datetime.fromtimestamp(rules.next_reminder(wednesday), UTC) == datetime(2026, 12, 27, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "table",
    [
        {"role": ["x"]},
        {"roles": []},
        {"roles": ["Not A Role"]},
        {"working_days": 0},
        {"working_days": True},
        {"escalation_role": 7},
        {"findings": []},
        {"findings": ["a", "a"]},
        {"findings": ["a: b"]},
        {"holidays": ["Christmas"]},
        {"holidays": ["20261225"]},
        {"time_zone": "Nowhere/Land"},
        {"time_zone": "../etc/passwd"},
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(table: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=r"\[review\]"):
        review_from(table)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_reviewers_are_told_names_the_case_and_no_help_desk(language: str) -> None:
    said = text(language, "review_opened", {"name": "Eve", "case": "C-7K3M9Q2X", "at": "ward-3"})
    assert "C-7K3M9Q2X" in said
    assert said.endswith("(ward-3).")
