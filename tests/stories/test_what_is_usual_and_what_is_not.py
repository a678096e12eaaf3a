"""A shift by policy and risk: nothing is asked of whoever does what they always do, and more where it is not that."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.hospital import answer_of
from kiosk.demo.processes import until
from kiosk.service.folder import open_folder
from kiosk.service.risk.past import HOURS_OF_WEEK, SCALE, hour_of_week
from kiosk.service.shared import risk_memory
from kiosk.service.shared.risk_memory import RiskMemory
from kiosk.service.store import lookups
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import SETTLED, Ward
from tests.fakes.workplace import Workplace
from tests.fakes.workspace_program import RED

RULES = """
[risk]
recent_hours = 1
[[risk.walk]]
between = ["Ward 3", "Radiology"]
minutes = 30

[policy]
grace_scope = "anywhere"
"""
VIEW = {"action": "record.view", "resource": "Patient/1007", "records": 1}
EXPORT = {"action": "record.export", "resource": "Ward/3", "records": 400, "purpose": "transfer of care"}
SHIFT_WEEKS = 3
"""Weeks in which somebody came at the same hours."""


@pytest.fixture(scope="module")
def hospital(one_card_service: VirtualCardService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    ward = Ward(tmp_path_factory.mktemp("shift"), cards=one_card_service, settings=RULES)
    try:
        ward.start()
        yield ward
    finally:
        ward.stop()


@pytest.fixture(scope="module")
def staff(hospital: Ward) -> dict[str, Colleague]:
    """Everybody, hired before a station takes the counter's reader."""
    return {
        "quiet": hospital.hire("Quinn Adeyemi"),
        "vip": hospital.hire("Vera Ionescu", key=True),
        "far": hospital.hire("Femi Larsen", key=True),
        "researcher": hospital.hire("Rosa Haddad", "researcher", key=True),
        "victim": hospital.hire("Vito Nowak", key=True),
        "thief": hospital.hire("Theo Marsh", key=True),
    }


@pytest.fixture(scope="module")
def stations(hospital: Ward, staff: dict[str, Colleague]) -> tuple[Workplace, Workplace]:
    near = hospital.workplace("near", "Ward 3, bay 1", slot=2)
    far = hospital.workplace("far", "Radiology", slot=3)
    for place in (near, far):
        place.station.start()
        place.wait("locked", service="online")
    return near, far


@pytest.fixture
def near(stations: tuple[Workplace, Workplace]) -> Workplace:
    stations[0].lock()
    return stations[0]


@pytest.fixture
def far(stations: tuple[Workplace, Workplace]) -> Workplace:
    stations[1].lock()
    return stations[1]


def prove(place: Workplace, who: Colleague) -> None:
    place.asked()
    place.enter(KEY_PIN)
    place.tap(who.own_key, "active", login=who.login)


def used_to_other_hours(ward: Ward, who: Colleague) -> None:
    """They came for weeks, each time half a day from now: written by the service's own code."""

    def act(conn: Connection) -> None:
        known = lookups.person_by_login(conn, who.login)
        assert known is not None
        memory, now = RiskMemory(), int(time.time())
        remembered = risk_memory.person(conn, memory, known.person.id)
        hours, usual = [0] * HOURS_OF_WEEK, (hour_of_week(now) + 12) % 24
        for day in range(7):
            hours[day * 24 + usual] = SHIFT_WEEKS * SCALE
        remembered.past = replace(remembered.past, hours=tuple(hours), week=now // (7 * 86_400))
        risk_memory.write(conn, memory, now)

    database = open_folder(ward.data).database()
    try:
        database.write_now(act)
    finally:
        database.close_now()


def test_a_quiet_day_has_no_prompt_beyond_the_first(
    hospital: Ward, near: Workplace, staff: dict[str, Colleague]
) -> None:
    quinn = staff["quiet"]
    assert near.tap(quinn.badge, "second_factor")["person"] is None
    near.enter(quinn.pin)
    near.wait("active", login=quinn.login)
    until("their program to be seen", lambda: near.shows(RED))
    for _ in range(3):
        time.sleep(SETTLED)  # the rule itself: in the first seconds the own badge does not mean leaving
        near.tap(quinn.badge, "locked")
        near.tap(quinn.badge, "active", login=quinn.login)
    rows = hospital.trail(login=quinn.login, action="sign_in", result="success")
    assert [row["acr"] for row in rows] == ["urn:kiosk:pin", *["urn:kiosk:identified"] * 3]
    assert not hospital.trail(login=quinn.login, result="refused")
    lines = json.loads(hospital.admin("report", "prompts", "--by", "challenged", "--format", "json"))
    counted = {line["group"]: line["prompts"] for line in lines if line["by"] == "sign_in"}
    assert (counted["more_than_a_tap"], counted["tap_alone"]) == (1, 3)


def test_a_vip_record_asks_a_step_more_than_any_other(
    hospital: Ward, near: Workplace, staff: dict[str, Colleague]
) -> None:
    vera = staff["vip"]
    near.sign_in(vera)
    for labels, rung in (((), "two_factors"), (("vip",), "phishing_resistant")):
        program = near.ask({**VIEW, "labels": labels})
        near.asked(vera.login)
        row = hospital.trail(action="stepup_asked", login=vera.login)[-1]
        assert (row["detail"]["policy"]["rung"], row["detail"].get("labels", [])) == (rung, [*labels])
        prove(near, vera)
        status, answer = answer_of(program)
        assert (status, answer["decision"], answer["acr"]) == (0, "granted", "phr")
    assert hospital.trail(action="stepup", login=vera.login)[-1]["detail"]["policy"]["by"] == ["view-sensitive"]


def test_at_an_odd_hour_at_a_far_station_a_tap_is_not_enough_and_a_key_is_asked_for(
    hospital: Ward, near: Workplace, far: Workplace, staff: dict[str, Colleague]
) -> None:
    femi = staff["far"]
    near.sign_in(femi)
    used_to_other_hours(hospital, femi)
    far.tap(femi.badge, "second_factor")  # within grace, which holds everywhere here
    tapped = hospital.trail(action="tap", login=femi.login)[-1]["detail"]["risk"]
    assert {"too_far", "unusual_hour"} <= set(tapped["reasons"]) and tapped["score"] >= 50
    far.enter(femi.pin)
    far.wait("active", login=femi.login)
    program = far.ask(VIEW)
    far.asked(femi.login)
    said = hospital.trail(action="stepup_asked", login=femi.login)[-1]["detail"]["policy"]
    assert (said["rung"], said["context"]["reasons"][0]) == ("phishing_resistant", "too_far")
    assert said["context"]["own_risk"] < said["context"]["risk"]
    prove(far, femi)
    assert answer_of(program)[1]["decision"] == "granted"
    fired = json.loads(hospital.admin("report", "risk", "--format", "json"))
    assert {"too_far", "unusual_hour"} <= {line["signal"] for line in fired}


def test_a_researcher_is_refused_without_a_prompt_in_the_policys_own_words(
    hospital: Ward, near: Workplace, staff: dict[str, Colleague]
) -> None:
    rosa = staff["researcher"]
    near.sign_in(rosa)
    status, answer = answer_of(near.ask(EXPORT))
    assert (status, answer["reason"], answer["answer"]) == (1, "policy", "cannot")
    assert answer["says"] == "Researchers may only take de-identified data sets."
    assert not hospital.trail(action="stepup_asked", login=rosa.login)
    near.wait("active", login=rosa.login)
    program = near.ask({**EXPORT, "action": "deidentified.export", "resource": "Study/12"})
    prove(near, rosa)
    assert answer_of(program)[1]["decision"] == "granted"
    refused = json.loads(hospital.admin("report", "refused", "--format", "json"))
    assert [(line["what"], line["reason"], line["times"]) for line in refused if line["login"] == rosa.login] == [
        ("record.export", "policy", 1)
    ]


def test_whoever_finds_a_session_open_gets_no_records_out_of_it(
    hospital: Ward, near: Workplace, far: Workplace, staff: dict[str, Colleague]
) -> None:
    """Vito walked away. Theo has Vito's screen, his own key, and a program that asks again and again."""
    vito, theo = staff["victim"], staff["thief"]
    near.sign_in(vito)
    for _ in range(2):  # the second waits at the door until the first one's refusal is a while ago
        program = near.ask(EXPORT)
        near.asked(vito.login)
        near.enter(KEY_PIN)
        near.brush(theo.own_key)
        assert near.status()["state"] == "step_up"
        near.press("Escape")
        assert answer_of(program)[1]["reason"] == "refused_by_person"
        near.wait("active", login=vito.login)
    # Vito taps where he is now: his session is his, and gone from there.
    far.tap(vito.badge, "second_factor")
    far.enter(vito.pin)
    far.wait("active", login=vito.login)
    near.wait("locked")
    near.covered(RED)
    assert answer_of(near.ask(EXPORT))[1]["reason"] == "not_active"
    granted = hospital.trail(action="stepup", login=vito.login, result="success")
    assert granted == []
    mine = far.ask(VIEW)
    prove(far, vito)
    assert answer_of(mine)[1]["decision"] == "granted", "what was tried with his session refuses him nothing"
    assert "The trail holds" in hospital.verify()
