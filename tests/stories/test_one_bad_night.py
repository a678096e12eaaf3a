"""One bad night, from the outage until the last case is closed, and the trail that tells it all.

02:00 the service dies. Anna works on, Berta reopens their work, Carla is suspended meanwhile and reopens theirs, for
nobody can know yet. Then somebody needs emergency access. The service comes back, judges, and locks. In the morning
Nora writes what happened, and Eve reviews both cases under their own key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.demo.processes import until
from kiosk.model.binding import unb64u
from kiosk.model.emergency import LOGIN
from kiosk.session.shared.ending import NOTICE_SECONDS
from tests.fakes.buttons import place_of
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.workplace import Workplace
from tests.fakes.workspace_program import RED
from tests.stories.test_emergency_access import WHY, asked, touched
from tests.stories.test_review import review

TEXT = "no pulse in bay two, nobody else near"


@pytest.fixture(autouse=True)
def mended(ward: Ward, here: Workplace, there: Workplace, resus: Workplace) -> Iterator[None]:
    """Whatever happens, the next story finds the service running."""
    yield
    if ward.service is None or not ward.service.running:
        ward.start_service()
    for place in (here, there, resus):
        place.wait("locked", "refused", "downtime", "active", service="online")
        place.lock()


def at_work(ward: Ward, place: Workplace, name: str) -> Colleague:
    """Somebody who signed in with their key; their ticket is kept."""
    who = ward.hire(name, pin=False, key=True)
    place.tap(who.badge, "second_factor")
    place.enter(KEY_PIN)
    place.tap(who.own_key, "active", login=who.login)
    kept = place.station.home / "downtime" / "tickets.json"
    until("the ticket to be kept", lambda: kept.exists() and who.login in _holders(kept))
    return who


def _holders(kept: Path) -> set[str]:
    """Whose tickets are in that file."""
    tickets = [text for _, text in json.loads(json.loads(kept.read_text())["body"])["tickets"]]
    payloads = [json.loads(unb64u(text.split(".")[1])) for text in tickets]
    return {payload["person"]["login"] for payload in payloads}


def reopens(place: Workplace, who: Colleague) -> None:
    """They hold their key to the reader, type its PIN, and hold it there once more."""
    with place.lay(who.own_key):
        place.wait("second_factor")
    place.enter(KEY_PIN)
    place.tap(who.own_key, "active", login=who.login)


def opens_help(place: Workplace) -> None:
    """Touch Help, which stands further right while the bar says something; its text then lies over the workspace."""
    before = iter((place_of("helping_owes", "Help"),))

    def opened() -> bool:
        if place.lies_over(*place_of("helping_owes", "Write the text")):
            return True
        place.touch(*next(before, place_of("active", "Help")))
        return False

    until("the bar's help", opened, every=NOTICE_SECONDS + 1)


def told_of(ward: Ward, place: Workplace) -> list[tuple[str, str, str | None]]:
    """What the trail has of that station's night, in its own order: act, result, reason."""
    rows = [row for row in ward.trail(station=place.station.name) if (row.get("detail") or {}).get("offline")]
    return [(row["action"], row["result"], row.get("reason")) for row in sorted(rows, key=lambda row: row["seq"])]


def case_of(ward: Ward, who: Colleague, why: str) -> str:
    """The case of ``who``; other stories told here may have left theirs."""
    (line,) = [line for line in ward.admin("review", "list").splitlines() if f"{who.login}\t{why}" in line]
    return line.split("\t")[0]


def test_one_bad_night(ward: Ward, here: Workplace, there: Workplace, resus: Workplace) -> None:
    nora = ward.hire("Nora Nightly")
    eve = ward.hire("Eve Morning", "supervisor", key=True)
    anna, berta = at_work(ward, here, "Anna Awake"), at_work(ward, there, "Berta Back")
    carla = at_work(ward, resus, "Carla Gone")
    there.lock()
    resus.lock()
    before = len(told_of(ward, resus))

    # 02:00
    assert ward.service is not None
    ward.service.kill()
    here.wait("active", login=anna.login, service="unreachable")
    there.wait("downtime", service="unreachable")
    resus.wait("downtime", service="unreachable")
    reopens(there, berta)
    # 02:20
    ward.admin("person", "suspend", carla.login)
    reopens(resus, carla)
    resus.lock()
    # 02:30
    touched(resus, "away_with_emergency", "Emergency access", "emergency")
    with resus.lay(nora.badge):
        asked(resus, "emergency.card")
    touched(resus, "emergency_away", WHY, "opening", "active")
    resus.wait("active", login=LOGIN, service="unreachable")
    until("the emergency workspace", lambda: resus.shows(RED))
    here.wait("active", login=anna.login, service="unreachable")  # they never noticed but for the banner

    # 03:10
    ward.start_service()
    here.wait("active", login=anna.login, service="online")
    there.wait("active", login=berta.login, service="online")
    resus.wait("active", login=LOGIN, service="online")
    until("the emergency to be told", lambda: ("emergency_opened", "success", None) in told_of(ward, resus)[before:])
    touched(resus, "red_bar", "End", "locked")
    resus.wait("locked", service="online")
    until("its end to be told", lambda: ward.trail(station="resus-1", action="emergency_ended"))
    night = told_of(ward, resus)[before:]
    acts = [act for act in night if act[0] in ("service_lost", "offline_sign_in", "emergency_opened", "service_back")]
    assert acts == [
        ("service_lost", "seen", None),
        ("offline_sign_in", "refused", "suspended"),
        ("emergency_opened", "success", None),
        ("service_back", "seen", None),
    ]
    there.wait("active", login=berta.login, service="online")  # the service goes on with it
    assert ("offline_sign_in", "success", None) in told_of(ward, there)
    opened = ward.trail(station="resus-1", action="emergency_opened")[-1]
    assert (opened["login"], opened["detail"]["why"]) == (nora.login, WHY.lower())

    # 09:00: whoever had it writes about it, as they are asked at their sign-in
    here.lock()
    here.sign_in(nora)
    opens_help(here)
    here.touch(*place_of("helping_owes", "Write the text"))
    here.wait("owed_text", login=nora.login)
    asked(here, "owed.field")
    here.screen.type(TEXT)
    here.press("Return")
    here.wait("active", login=nora.login)
    (written,) = ward.trail(login=nora.login, action="emergency_text")
    assert (written["detail"]["text"], written["detail"]["late"]) == (TEXT, False)

    emergency, suspended = case_of(ward, nora, WHY.lower()), case_of(ward, carla, "suspended")
    there.lock()
    status, lines, said = review(there, eve, "show", emergency)
    assert status == 0, said
    assert any(TEXT in line for line in lines), lines
    for case in (emergency, suspended):
        status, lines, said = review(there, eve, "close", case, "--finding", "justified", "--text", "as it was told")
        assert status == 0, said
    left = ward.admin("review", "list")
    assert emergency not in left
    assert suspended not in left
    assert "The trail holds" in ward.verify()
