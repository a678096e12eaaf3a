"""Programs of a workspace print to the station's queues, as its person: with CUPS's own commands, on a real CUPS."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.fakes.errands import INSIDE, Errands
from tests.fakes.print_station import PrintStation, Sheet, print_station
from tests.fakes.process_table import until
from tests.fakes.staging import Staging
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display
PDF = "%PDF-1.4 a page"
HELD = "ward-held"


@pytest.fixture(scope="module")
def cups() -> Iterator[PrintStation]:
    with print_station(["ward", "label", "office"], stopped=[HELD]) as station:
        yield station


@pytest.fixture(scope="module")
def stage(cups: PrintStation) -> Iterator[Staging]:
    with xvfb() as name:
        glass = Glass(name)
        printing = [cups.address, "ward", "label=raw", HELD]
        with Staging(glass, [INSIDE], printing=printing, rest=1) as staging:
            staging.greet()
            yield staging
        glass.close()


@pytest.fixture(scope="module")
def ada(stage: Staging) -> Iterator[Errands]:
    errands = Errands(stage, 1, "ada")
    yield errands
    errands.close()


@pytest.fixture(scope="module")
def ben(stage: Staging, ada: Errands) -> Iterator[Errands]:
    errands = Errands(stage, 2, "ben")
    yield errands
    errands.close()


def sheet(cups: PrintStation, title: str) -> Sheet:
    return until(title, lambda: next((sheet for sheet in cups.sheets() if sheet.title == title), None))


def test_a_page_comes_out_in_the_persons_name(cups: PrintStation, ada: Errands) -> None:
    assert ada.run(f"echo '{PDF}' | lp -d ward -t first -o PageSize=A5 -n 2")[0] == 0
    found = sheet(cups, "first")
    assert (found.user, found.content) == ("ada", f"{PDF}\n".encode())
    assert found.wishes.startswith("2 ") and "PageSize=A5" in found.wishes


def test_without_a_name_it_comes_out_of_the_first_queue(cups: PrintStation, ada: Errands) -> None:
    assert ada.run(f"echo '{PDF}' | lp -t unnamed")[0] == 0
    assert sheet(cups, "unnamed").user == "ada"


def test_only_the_settings_queues_are_seen(ada: Errands) -> None:
    status, said = ada.run("lpstat -e; lpstat -p")
    assert status == 0 and "office" not in said
    assert {"ward", "label", HELD} <= set(re.findall(r"[a-z-]+", said))


def test_raw_is_for_queues_that_say_so(cups: PrintStation, ada: Errands) -> None:
    label = "printf '\\033%%-12345X^XA^FDAda^XZ'"
    status, said = ada.run(f"{label} | lp -d ward -t toward -o raw")
    assert status != 0 and "none of them" in said
    assert ada.run(f"{label} | lp -d label -t wristband")[0] == 0
    assert sheet(cups, "wristband").content == b"\x1b%-12345X^XA^FDAda^XZ"
    assert not [sheet for sheet in cups.sheets() if sheet.title == "toward"]


def test_the_own_jobs_are_seen_and_cancelled_and_nobody_elses(cups: PrintStation, ada: Errands, ben: Errands) -> None:
    status, said = ada.run(f"echo '{PDF}' | lp -d {HELD} -t waits")
    number = re.search(rf"{HELD}-(\d+)", said)
    assert status == 0 and number
    job = f"{HELD}-{number[1]}"
    assert job in ada.run("lpstat -o")[1]
    assert job not in ben.run("lpstat -o; lpstat -W all -o; lpq -P " + HELD)[1]
    assert ben.run(f"cancel {job}")[0] != 0
    assert job in cups.run("lpstat", "-o")
    assert ada.run(f"cancel {job}")[0] == 0
    assert job not in cups.run("lpstat", "-o")


def test_what_was_sent_is_printed_though_the_station_locks(stage: Staging, cups: PrintStation, ada: Errands) -> None:
    _, said = ada.run(f"echo '{PDF}' | lp -d {HELD} -t overnight")
    stage.lock()
    assert HELD in said
    cups.run("cupsenable", HELD)
    assert sheet(cups, "overnight").user == "ada"
    cups.run("cupsdisable", HELD)


def test_what_was_not_sent_whole_when_its_programs_stop_is_printed_when_they_go_on(
    stage: Staging, cups: PrintStation, ada: Errands, ben: Errands
) -> None:
    stage.show(1)
    report = ada.begin(f"(echo '{PDF}'; sleep 3; echo end) | lp -d ward -t halfway")
    stage.show(2)
    assert ben.run("sleep 3; lpstat -r")[0] == 0  # meanwhile theirs are stopped
    assert not [sheet for sheet in cups.sheets() if sheet.title == "halfway"]
    stage.show(1)
    assert ada.ended(report)[0] == 0
    assert sheet(cups, "halfway").content == f"{PDF}\nend\n".encode()


def test_a_server_that_is_away_is_said_and_comes_back(cups: PrintStation, ada: Errands) -> None:
    """Last of all."""
    cups.stop()
    status, said = ada.run(f"echo '{PDF}' | lp -d ward -t away")
    assert status != 0 and said
    cups.start()
    assert ada.run(f"echo '{PDF}' | lp -d ward -t back")[0] == 0
    assert sheet(cups, "back").user == "ada"
