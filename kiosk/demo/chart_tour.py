"""The electronic chart in pictures: signed in by a tap, an export by a proof, a colleague's chart the colleague's."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from kiosk.demo.cast import ANNA, BAR, BEN, Clinician, enrol_key
from kiosk.demo.chart_server import ChartServer, browser
from kiosk.demo.hospital import Hospital, free_port
from kiosk.demo.processes import ChildFailedError, until
from kiosk.demo.screen import VirtualScreen
from kiosk.demo.tour import StepFailedError, Tour

HEAD, HEADER = (12, BAR + 12), (0x0B, 0x5C, 0x8C)
"""A point of the chart's own header, and its colour."""
TO_EXPORT = ("Tab",) * 7
"""From the top of the page, over six patients, to “Export as CSV”."""
SECONDS = 120.0


class ChartTour(Tour):
    """The hands of a tour at a station whose workspaces are browsers."""

    chart: ChartServer

    def come(self, who: Clinician) -> None:
        """Badge, then PIN; until their chart is on the screen."""
        self.tap(who.uid, "second_factor")
        self.screen.type(who.pin)
        self.screen.press("Return")
        self.station.wait("active")
        self.expect(who.login)
        until("the chart", lambda: self.screen.pixel(*HEAD) == HEADER, SECONDS)
        time.sleep(0.5)  # the texts follow the header

    def heard(self, line: str) -> None:
        """The chart says so. Raises ``ChildFailedError``."""
        child = self.chart.child
        until(f"the chart to say {line}", lambda: child is not None and line in child.lines, SECONDS)


def anna_taps_in(run: ChartTour) -> None:
    """Anna taps in: the chart knows who it is, without a password"""
    run.station.wait("locked")
    until("the station to be connected", lambda: run.station.status().get("service") == "online")
    run.come(ANNA)


def an_export_asks(run: ChartTour) -> None:
    """Anna exports: the chart says that this is too little, and the station asks"""
    run.screen.press(*TO_EXPORT, "Return")
    run.reads()
    time.sleep(0.3)


def it_is_exported(run: ChartTour) -> str:
    """Anna proves it with a key, and the file is written"""
    run.screen.type(ANNA.key_pin)
    run.screen.press("Return")
    key = run.hospital.place("key", "--store", str(run.hospital.folder / "anna.key"), pin=ANNA.key_pin)
    try:
        run.heard(f"exported csv {ANNA.name} phr")
    finally:
        key.stop()
    run.station.wait("active")
    time.sleep(0.5)
    return "acr phr"


def ben_has_a_chart_of_his_own(run: ChartTour) -> None:
    """Ben taps over: the chart in Ben's workspace is Ben's"""
    run.lifted()
    run.come(BEN)


STEPS: tuple[Callable[[ChartTour], str | None], ...] = (
    anna_taps_in,
    an_export_asks,
    it_is_exported,
    ben_has_a_chart_of_his_own,
)


def run_chart(work: Path, out: Path) -> bool:
    """Set up in ``work``, take the pictures into ``out``, take everything down. True if all went well."""
    if browser() is None:
        print("The chart is shown in Chromium, which is not installed here: apt-get install chromium.", flush=True)
        return False
    chart, door = ChartServer(work / "chart"), free_port()
    screen = VirtualScreen(work, private=True)
    screen.start()
    hospital = Hospital(
        work,
        display=screen.display,
        authority=screen.environment["XAUTHORITY"],
        settings=chart.settings(door),
    )
    try:
        hospital.start()
        for who in (ANNA, BEN):
            hospital.person(who.login, who.name, who.role, uid=who.uid, pin=who.pin)
            enrol_key(hospital, who)
        chart.start(hospital)
        place = [f"--window-position=0,{BAR}", f"--window-size=1280,{800 - BAR}"]
        more = place + (["--no-sandbox", "--test-type"] if os.geteuid() == 0 else [])
        program = chart.program(work / "profiles", *more)
        lines = f"workspace = {json.dumps(program)}\ndoorbell_port = {door}\n"
        station = hospital.station("ward-3", "Ward 3 North, nurses' station", settings=lines)
        station.start()
        tour = ChartTour(hospital, station, screen, out)
        tour.chart = chart
        return _walk(tour)
    finally:
        hospital.stop()
        chart.stop()
        screen.stop()


def _walk(run: ChartTour) -> bool:
    for number, step in enumerate(STEPS, 1):
        title, begun = (step.__doc__ or "").splitlines()[0], time.monotonic()
        try:
            said = step(run) or ""
        except (ChildFailedError, StepFailedError) as failure:
            run.screen.picture(run.out / f"{number}-failed.png")
            print(f"FAILED {title}  {failure}", flush=True)
            return False
        taken = time.monotonic() - begun
        run.screen.picture(run.out / f"{number}-{step.__name__.replace('_', '-')}.png")
        print(f"ok     {taken:6.2f} s  {title}  {said}", flush=True)
    return True
