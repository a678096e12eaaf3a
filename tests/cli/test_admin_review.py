"""``kiosk admin review`` and what ``doctor`` says of cases, on the service's own machine."""

from __future__ import annotations

import json
import time

import pytest
from sqlalchemy import text

from kiosk.cli import doctor_review
from kiosk.service.folder import open_folder
from kiosk.service.jobs.review_reminders import tell_some
from kiosk.service.policy.review_rules import ReviewRules
from kiosk.service.store import people, review_cases, workstations
from kiosk.service.store.review_cases import NewCase
from tests.fakes.admin import AdminDesk, desk

__all__ = ["desk"]
WEEK = 7 * 86_400


def a_case(desk: AdminDesk, *, opened: int = 0, told: bool = True) -> str:
    """Of ``ada`` at ``ward-3``."""
    db, now = open_folder(desk.data).database(), opened or int(time.time())
    station = db.write_now(workstations.announce, "ward-3", "Ward 3", "code", now, exempt=False)
    ada = db.read_now(people.find, "ada")
    new = NewCase("emergency", "s1", ada.id if ada else None, station, "Ward 3", "no pulse\x1b[2J", now)
    case_id = db.write_now(review_cases.open_case, new, now)
    if told:
        db.write_now(tell_some, ReviewRules(), now)
    db.close_now()
    return case_id


def test_cases_are_listed_and_shown_and_that_somebody_looked_is_an_act(desk: AdminDesk) -> None:
    desk.admin("person", "add", "ada", "--name", "Ada Lovelace", "--role", "nurse")
    case = a_case(desk)
    [line] = desk.admin("review", "list").splitlines()
    assert line.startswith(f"{case}\topen\t")
    assert "ada" in line
    assert "\x1b" not in line
    shown = desk.admin("review", "show", case.lower())
    for said in ("Ada Lovelace (ada)", "ward-3, Ward 3", "no pulse"):
        assert said in shown
    acts = [row["detail"] for row in desk.rows() if row["detail"].get("act") == "review.show"]
    assert [act["case"] for act in acts] == [case]


def test_a_case_that_is_not_there_is_said(desk: AdminDesk) -> None:
    assert "There is no case C-00000000." in desk.admin("review", "show", "C-00000000", status=1)


def test_an_administrator_has_no_way_to_close_one(desk: AdminDesk) -> None:
    case = a_case(desk)
    with pytest.raises(SystemExit):
        desk.admin("review", "close", case)
    [row] = json.loads(desk.admin("report", "reviews", "--format", "json"))
    assert (row["id"], row["state"]) == (case, "open")


def test_doctor_says_what_is_overdue_missing_and_that_nobody_reviews(desk: AdminDesk) -> None:
    folder = open_folder(desk.data)
    assert doctor_review.checks(folder) == []
    case = a_case(desk, opened=int(time.time()) - 2 * WEEK)
    found = doctor_review.checks(folder)
    assert [check.ok for check in found] == [False, False]
    assert f"Overdue: 1 of 1 open case, {case} first." in found[0].detail
    assert "Nobody has a role that reviews cases (supervisor)." in found[1].detail
    desk.admin("person", "add", "eve", "--name", "Eve", "--role", "supervisor")
    assert len(doctor_review.checks(folder)) == 1
    db = folder.database()
    db.write_now(lambda conn: conn.execute(text("DELETE FROM review_case")))
    db.close_now()
    (gone,) = doctor_review.checks(folder)
    assert (gone.ok, case in gone.detail) == (False, True)
    assert f"{case}\tmissing" in desk.admin("review", "list")
