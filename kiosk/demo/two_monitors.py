"""Fast user switching on two monitors of different size: a short scripted run, with a picture of both at every step."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from kiosk.demo.cast import ANNA, BEN, Clinician, open_hospital
from kiosk.demo.hospital import Hospital
from kiosk.demo.processes import ChildFailedError, until
from kiosk.demo.records import GROUND
from kiosk.demo.sandbox_check import why_single
from kiosk.demo.screen import VirtualScreen
from kiosk.demo.tour import StepFailedError, Tour

MONITORS = ((1280, 1024), (1920, 1080))
CORNERS = ((12, 1000), (1292, 1060))
"""A point of each monitor where whoever works sees the ground of their programs' windows."""


class Switching(Tour):
    """The hands of a tour on two monitors."""

    def see_both(self, who: Clinician) -> None:
        """Their windows are seen on both monitors. Raises ``ChildFailedError``, ``StepFailedError``."""
        self.expect(who.login)
        until("both monitors", lambda: all(self.screen.pixel(*corner) == GROUND for corner in CORNERS))
        time.sleep(0.5)  # the texts follow the ground

    def come(self, who: Clinician) -> None:
        self.screen.type(who.pin)
        self.screen.press("Return")
        self.station.wait("active")
        self.see_both(who)


def locked(run: Switching) -> None:
    """Locked: nothing of anybody on either monitor"""
    run.station.wait("locked")
    until("the station to be connected", lambda: run.station.status().get("service") == "online")


def anna_taps(run: Switching) -> None:
    """Anna taps; the first sign-in of the shift wants a PIN"""
    run.tap(ANNA.uid, "second_factor")


def anna_works(run: Switching) -> None:
    """Anna's own programs, on both monitors"""
    run.come(ANNA)


def ben_taps_over(run: Switching) -> None:
    """Ben taps over: both monitors are covered before Ben is asked"""
    run.tap(BEN.uid, "second_factor")


def ben_works(run: Switching) -> None:
    """Ben's own programs"""
    run.come(BEN)


def anna_taps_back(run: Switching) -> str:
    """Anna taps back: a tap alone, and as many pictures on the way as can be taken"""
    over, taken = threading.Event(), 0

    def look() -> None:
        nonlocal taken
        while not over.is_set():
            taken += 1
            run.screen.picture(run.out / "on-the-way" / f"{taken:02d}.png")

    looking = threading.Thread(target=look)
    looking.start()
    try:
        run.tap(ANNA.uid, "active")
        until("Anna", lambda: run.station.status().get("person") == ANNA.login)
        run.see_both(ANNA)
    finally:
        over.set()
        looking.join()
    return f"{taken} pictures in on-the-way/"


def anna_taps_out(run: Switching) -> None:
    """Anna taps out"""
    time.sleep(3)  # sooner the own badge would only tell Anna that it is signed in
    run.tap(ANNA.uid, "locked")


STEPS: tuple[Callable[[Switching], str | None], ...] = (
    *(locked, anna_taps, anna_works, ben_taps_over, ben_works, anna_taps_back, anna_taps_out),
)


def run_switching(work: Path, out: Path) -> bool:
    """Set up in ``work``, take the pictures into ``out``, take everything down. True if all went well."""
    screen = VirtualScreen(work, sum(w for w, _ in MONITORS), max(h for _, h in MONITORS), private=True)
    screen.start()
    screen.monitors(*MONITORS)
    hospital = Hospital(work, display=screen.display, authority=screen.environment["XAUTHORITY"])
    try:
        single = why_single()
        if single:
            print(f"{single} Two monitors cannot be shown without.", flush=True)
            return False
        return _walk(Switching(hospital, open_hospital(hospital, nested=True), screen, out))
    finally:
        hospital.stop()
        screen.stop()


def _walk(run: Switching) -> bool:
    for number, step in enumerate(STEPS, 1):
        title = (step.__doc__ or "").splitlines()[0]
        try:
            said = step(run) or ""
        except (ChildFailedError, StepFailedError) as failure:
            print(f"FAILED {title}  {failure}", flush=True)
            return False
        run.screen.picture(run.out / f"{number}-{step.__name__.replace('_', '-')}.png")
        print(f"ok     {title}  {said}", flush=True)
    return True
