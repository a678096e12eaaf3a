"""The whole station as it runs in a hospital: ``kiosk stage run`` on a bare X server, the real agent, real cards."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.demo.cardservice import CardService
from tests.fakes.painter import COLOURS
from tests.fakes.staging import ROOT, Glass, until
from tests.fakes.ward import KEY_PIN, SETTLED, Colleague, Ward, Workplace

pytestmark = [pytest.mark.display, pytest.mark.pcsc]
PAINTER = ROOT / "tests/fakes/painter.py"
START = f"""
(while read -r asked < PIPES/ask; do
    printf %s "$asked" | "{sys.executable}" -m kiosk step-up --request - --json > PIPES/answer
done) &
exec "{sys.executable}" "{PAINTER}" "${{KIOSK_LOGIN%%[0-9]*}}"
"""
"""Rings whenever it is told to. Logins here end in a number, which is no part of the colour's name."""
ASK = {
    "action": "record.export",
    "resource": "Ward/5",
    "records": 3,
    "purpose": "transfer of care",
    "patients": ["Patient/1001"],
    "audience": "urn:stories:staged",
}


@pytest.fixture(scope="module")
def ward(one_card_service: CardService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    hospital = Ward(tmp_path_factory.mktemp("staged"), cards=one_card_service)
    try:
        hospital.start()
        yield hospital
    finally:
        hospital.stop()


@pytest.fixture(scope="module")
def pipes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pipes")


@pytest.fixture(scope="module")
def station(ward: Ward, pipes: Path) -> Workplace:
    os.mkfifo(pipes / "ask")
    os.mkfifo(pipes / "answer")
    place = ward.workplace(
        "staged", "Ward 5", 0, nested=["/bin/sh", "-c", START.replace("PIPES", str(pipes))], readable=[pipes]
    )
    place.station.start()
    place.wait("locked", service="online")
    return place


@pytest.fixture
def here(station: Workplace) -> Workplace:
    station.lock()
    return station


@pytest.fixture(scope="module")
def ada(ward: Ward) -> Colleague:
    return ward.hire("Ada Lovelace", key=True)


@pytest.fixture(scope="module")
def ben(ward: Ward) -> Colleague:
    return ward.hire("Ben Nevis")


def colour(who: Colleague) -> int:
    return COLOURS[who.login.rstrip("0123456789")]


def shows(place: Workplace, who: Colleague) -> None:
    until(f"{who.login}'s workspace", lambda: place.shows(colour(who)))


def processes(place: Workplace, *words: str) -> list[int]:
    """Those whose command line holds every one of ``words`` and this station's folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(place.home) in line and all(word in line for word in words) and "kiosk-stage" not in line[:2000]:
                found.append(int(entry.name))
    return found


def the_agent(place: Workplace) -> int:
    found = until("the agent", lambda: processes(place, "-m kiosk agent run"))
    return min(found)


def test_tap_in_tap_over_tap_back(here: Workplace, ada: Colleague, ben: Colleague) -> None:
    here.sign_in(ada)
    shows(here, ada)
    here.lock()
    assert not here.shows(colour(ada))
    here.sign_in(ben)
    shows(here, ben)
    time.sleep(SETTLED)
    here.tap(ada.badge, "active", login=ada.login)
    shows(here, ada)
    time.sleep(SETTLED)
    here.tap(ben.badge, "active", login=ben.login)
    shows(here, ben)


def test_a_hung_agent_is_replaced_and_the_work_is_still_there(here: Workplace, ada: Colleague) -> None:
    here.sign_in(ada)
    shows(here, ada)
    glass = Glass(here.screen.display)
    before = the_agent(here)
    os.kill(before, signal.SIGSTOP)
    red = tuple(colour(ada).to_bytes(3, "big"))
    until("nothing of hers", lambda: red not in glass.rows())
    glass.close()
    here.wait("locked", service="online", within=15)
    assert the_agent(here) != before
    assert not here.shows(colour(ada))
    here.sign_in(ada)
    shows(here, ada)


def test_a_killed_agent_means_locked(here: Workplace, ada: Colleague) -> None:
    here.sign_in(ada)
    shows(here, ada)
    os.kill(the_agent(here), signal.SIGKILL)
    until("nothing of hers", lambda: not here.shows(colour(ada)))
    here.wait("locked", service="online", within=15)


def test_a_killed_stage_comes_back_locked_with_another_agent(here: Workplace, ada: Colleague) -> None:
    here.sign_in(ada)
    shows(here, ada)
    before = the_agent(here)
    parent = int(Path(f"/proc/{before}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(parent, signal.SIGKILL)
    until("nothing of hers", lambda: not here.shows(colour(ada)))

    def back() -> dict[str, Any] | None:
        return here.status() if before not in processes(here, "-m kiosk agent run") else None

    until("the agent before to have gone", back)
    here.wait("locked", service="online", within=15)
    here.sign_in(ada)
    shows(here, ada)


def test_after_a_step_up_the_keys_go_to_the_workspace_again(here: Workplace, ada: Colleague) -> None:
    here.sign_in(ada)
    shows(here, ada)
    glass = Glass(here.screen.display)
    inside = until("the workspace to have the keyboard", lambda: _workspace_focus(glass))
    asking = here.ask(ASK)
    here.asked(ada.login)
    until("the agent to have the keyboard", lambda: _focus(glass) != inside)
    here.screen.press("Escape")
    here.wait("active", login=ada.login)
    until("the workspace to have it again", lambda: _focus(glass) == inside)
    asking.stop()
    glass.close()


def test_a_program_in_a_workspace_rings_for_its_own_person(
    here: Workplace, ada: Colleague, ben: Colleague, pipes: Path
) -> None:
    """Also when the agent is another one than that under which the workspace was opened."""
    here.sign_in(ada)
    shows(here, ada)
    os.kill(the_agent(here), signal.SIGKILL)
    here.wait("locked", service="online", within=15)
    here.sign_in(ada)
    shows(here, ada)
    answer = os.open(pipes / "answer", os.O_RDWR)  # a pipe opens only when both ends are wanted
    (pipes / "ask").write_text(json.dumps(ASK) + "\n")
    here.asked(ada.login)
    here.enter(KEY_PIN)
    here.tap(ada.own_key, "active", login=ada.login)
    told = os.read(answer, 65536)
    os.close(answer)
    assert json.loads(told)["decision"] == "granted"


def _focus(glass: Glass) -> int:
    focus = glass.display.get_input_focus().focus
    return focus if isinstance(focus, int) else int(focus.id)


def _workspace_focus(glass: Glass) -> int:
    """The focused window, if it is a nested server's."""
    window = glass.display.get_input_focus().focus
    name = None if isinstance(window, int) else window.get_wm_name()
    return _focus(glass) if name and str(name).startswith("Xephyr") else 0
