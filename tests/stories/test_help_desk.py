"""The help desk resets a sign-in at its own station; its code, a colleague and a badge bring them back at another."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.demo.hospital import KIOSK
from kiosk.demo.processes import ChildProgram, until
from tests.fakes.colleague import KEY_PIN, Colleague
from tests.fakes.hospital import Ward
from tests.fakes.simulated_cards import a_badge
from tests.fakes.wizard import Wizard
from tests.fakes.workplace import Workplace

SEEN = "passport, face"


@pytest.fixture(scope="module")
def dora(ward: Ward) -> Colleague:
    return ward.hire("Dora Desk", "help_desk", key=True)


@pytest.fixture(scope="module")
def dirk(ward: Ward) -> Colleague:
    return ward.hire("Dirk Desk", "help_desk", key=True)


def help_desk(place: Workplace, who: Colleague, *words: str) -> tuple[int, tuple[str, ...], str]:
    """``who`` runs ``kiosk help-desk`` at ``place`` and proves it: its status, its lines, and what it said besides."""
    place.sign_in(who)
    log = Path(place.home / "help-desk.log")
    log.unlink(missing_ok=True)
    program = ChildProgram([*KIOSK, "help-desk", *words, "--home", str(place.home)], log, env=place.station.env)
    place.asked(who.login)
    place.enter(KEY_PIN)
    place.tap(who.own_key, "active", login=who.login)
    until("the help desk's answer", lambda: not program.running, 30)
    return program.stop(), program.lines, log.read_text()


def test_a_reset_its_code_and_a_colleague_bring_them_back(
    ward: Ward, here: Workplace, there: Workplace, dora: Colleague, dirk: Colleague
) -> None:
    anna = ward.hire("Anna Back")
    here.sign_in(anna)
    mark = ward.admin("factor", "list", anna.login).split("\t")[0]
    status, lines, said = help_desk(there, dora, "reset", anna.login, "--seen", SEEN, "--lost", mark)
    here.wait("locked")
    assert (status, len(lines)) == (0, 1), said
    assert "15 minutes" in said

    new, wizard = a_badge("04FE0000000001"), Wizard(here)
    wizard.press("locked", "Use a code instead")
    wizard.press("typing", "I have a start code")
    wizard.at("who.who.start_code")
    here.enter(lines[0])
    wizard.at("who.choose")
    wizard.press("choose", "Badge")
    wizard.at("proof.second")
    wizard.vouched(dirk, "new.hold")
    wizard.hold(new, "try.hold")
    wizard.hold(new, "done.done")
    wizard.press("done", "Finish")
    here.wait("locked")
    [begun] = ward.trail(action="reset", login=anna.login)
    [lost] = begun["detail"]["lost"]
    assert begun["detail"]["seen"] == SEEN
    assert lost.startswith(mark), "the list shows the beginning of a mark, the trail the whole of it"
    [added] = ward.trail(action="factor_added", login=anna.login)
    assert added["detail"]["presented"] == "start_code"
    assert lines[0].replace(" ", "") not in str(ward.trail())
    assert "verified again" in ward.verify()


def test_for_a_prescriber_a_second_person_agrees_first(
    ward: Ward, here: Workplace, there: Workplace, dora: Colleague, dirk: Colleague
) -> None:
    anna = ward.hire("Anna Prescriber", "prescriber")
    status, lines, said = help_desk(there, dora, "reset", anna.login, "--seen", SEEN)
    assert (status, lines) == (0, ())
    number = next(word for word in said.split() if word.startswith("R-"))
    there.lock()
    status, lines, said = help_desk(here, dora, "code", number)
    assert (status, lines) == (1, ())
    assert "not due yet" in said
    here.lock()
    assert help_desk(there, dirk, "approve", number)[0] == 0
    status, lines, said = help_desk(here, dora, "code", number)
    assert (status, len(lines[0].replace(" ", ""))) == (0, 12), said


def test_a_nurse_is_refused_without_being_asked(ward: Ward, here: Workplace) -> None:
    anna, ben = ward.hire("Anna Nurse", key=True), ward.hire("Ben Nurse")
    here.sign_in(anna)
    words = [sys.executable, "-m", "kiosk", "help-desk", "reset", ben.login, "--seen", SEEN, "--home", str(here.home)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "policy" in done.stderr
