"""A bad night in the resuscitation room: emergency access with the service there, and without it, and what is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kiosk.demo.processes import until
from kiosk.demo.token_check import check_token
from kiosk.model.emergency import LOGIN
from tests.fakes.buttons import place_of
from tests.fakes.colleague import KEY_PIN
from tests.fakes.hospital import Ward, answer_in
from tests.fakes.workplace import Workplace
from tests.fakes.workspace_program import RED

WHY = "Patient in danger"


@pytest.fixture(autouse=True)
def mended(ward: Ward, resus: Workplace) -> Iterator[None]:
    """Whatever happens, the next story finds the service running."""
    yield
    if ward.service is None or not ward.service.running:
        ward.start_service()
    resus.wait("locked", "refused", "downtime", "active", service="online")
    resus.lock()


def rows_of(ward: Ward, action: str) -> list[dict[str, object]]:
    return ward.trail(action=action, station="resus-1")


def asked(place: Workplace, step: str) -> None:
    """It is asked, takes touches, and knows that much."""
    until(f"the station to be at {step}", lambda: place.status().get("step") == step, every=0.03)


def touched(place: Workplace, screen: str, name: str, *states: str) -> dict[str, object]:
    """Touch a button until the station is in one of ``states``: the screen may have come this very moment."""

    def arrived() -> dict[str, object] | None:
        status = place.status()
        if status.get("state") in states:
            return status
        place.touch(*place_of(screen, name))
        return None

    return until(f"{name} to lead to {states}", arrived, every=0.5)


def test_two_touches_and_a_badge_open_the_station_s_own_workspace_and_everybody_hears_of_it(
    ward: Ward, resus: Workplace, there: Workplace
) -> None:
    nora, otto = ward.hire("Nora Nacht"), ward.hire("Otto Offen")
    resus.sign_in(otto)
    resus.lock()
    touched(resus, "with_emergency", "Emergency access", "emergency")
    with resus.lay(nora.badge):
        asked(resus, "emergency.card")
    status = touched(resus, "emergency", WHY, "opening", "active")
    resus.wait("active", login=LOGIN)
    until("the workspace", lambda: resus.shows(RED))
    (row,) = rows_of(ward, "emergency_opened")
    assert (row["result"], row["login"]) == ("success", nora.login), status
    assert not [row for row in ward.trail(login=otto.login) if row["action"].startswith("emergency")]
    station = until("the station beside it to hear", lambda: "emergencies" in str(there.status()) or there.status())
    assert station
    resus.touch(*place_of("red_bar", "Longer"))
    until("the longer time to be told", lambda: rows_of(ward, "emergency_extended"))
    told = until("its programs to be told", lambda: rows_of(ward, "emergency_program"))
    touched(resus, "red_bar", "End", "locked")
    resus.wait("locked")
    until("its end to be told", lambda: rows_of(ward, "emergency_ended"))
    resus.covered(RED)
    assert all(isinstance(row["detail"], dict) and row["detail"]["path"] for row in told)
    assert isinstance(row["detail"], dict)
    assert "emergency_program" in ward.admin("review", "show", str(row["detail"]["case"]))
    assert resus.status()["waiting"] == 1  # Otto's work, which nobody saw
    assert "emergency" in ward.admin("review", "list")
    assert "The trail holds" in ward.verify()


ASK = {
    "action": "record.export",
    "resource": "Patient/1001",
    "records": 12,
    "purpose": "resuscitation",
    "patients": ["Patient/1001"],
    "audience": "urn:stories:emergency",
}


def test_a_program_in_it_asks_its_holder_approves_by_key_and_the_reviewer_sees_what_left(
    ward: Ward, resus: Workplace
) -> None:
    nora = ward.hire("Nora Not", key=True)
    touched(resus, "with_emergency", "Emergency access", "emergency")
    with resus.lay(nora.badge):
        asked(resus, "emergency.card")
    touched(resus, "emergency", WHY, "opening", "active")
    resus.wait("active", login=LOGIN)
    inside = replace(nora, login=LOGIN)
    answer = resus.ask_inside(inside, ASK)
    resus.asked()
    resus.covered(RED)
    resus.enter(KEY_PIN)
    resus.tap(nora.own_key, "active", login=LOGIN)
    status, said = answer_in(answer)
    assert (status, said["decision"], said["acr"]) == (0, "granted", "phr"), said
    claims = check_token(
        *(said["token"], ward.url, resus.home / "trust.pem", "urn:stories:emergency", "record.export"),
        resource="Patient/1001",
        records=12,
        person=nora.login,
        patients=["Patient/1001"],
    )
    assert (claims["purpose_of_use"], claims["emergency"]["reason"]) == ("BTG", "patient in danger")
    until("the workspace again", lambda: resus.shows(RED))
    many = resus.ask_inside(inside, {**ASK, "records": 9})
    status, said = answer_in(many)
    assert (status, said["reason"], said["answer"]) == (1, "policy", "cannot")
    assert "more records" in said["says"]
    resus.wait("active", login=LOGIN)
    touched(resus, "red_bar", "End", "locked")
    resus.wait("locked")
    until("its end to be told", lambda: rows_of(ward, "emergency_ended"))
    opened = [row for row in rows_of(ward, "emergency_opened") if row["login"] == nora.login][-1]
    detail = opened["detail"]
    assert isinstance(detail, dict)
    shown = ward.admin("review", "show", str(detail["case"]))
    assert "step-ups in it: 1; records altogether: 12" in shown
    assert "Patient/1001" in shown
    assert "The trail holds" in ward.verify()


def test_while_the_service_is_away_it_opens_by_the_journal_and_is_told_afterwards(ward: Ward, resus: Workplace) -> None:
    before = len(rows_of(ward, "emergency_opened"))
    assert ward.service is not None
    ward.service.kill()
    resus.wait("downtime", "locked", service="unreachable")
    touched(resus, "away_with_emergency", "Emergency access", "emergency")
    asked(resus, "emergency.who")
    resus.touch(*place_of("emergency_away", "Not known"))
    asked(resus, "emergency.nobody")
    touched(resus, "emergency_away", WHY, "opening", "active")
    resus.wait("active", login=LOGIN, service="unreachable")
    ward.start_service()
    resus.wait("active", login=LOGIN, service="online")
    until("it to be told", lambda: len(rows_of(ward, "emergency_opened")) > before)
    row = rows_of(ward, "emergency_opened")[-1]
    assert row["result"] == "success"
    detail = row["detail"]
    assert isinstance(detail, dict)
    assert (detail["offline"], detail["kind"], detail["why"]) == (True, "nothing", "patient in danger")
    resus.wait("active", login=LOGIN)  # the service goes on with it
    touched(resus, "red_bar", "End", "locked")
    resus.wait("locked")
    assert "The trail holds" in ward.verify()
