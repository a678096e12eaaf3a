"""The scripted tour: one shift on a virtual screen, with a picture of every step and the time it took."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.demo.cast import ANNA, BEN, open_hospital
from kiosk.demo.hospital import DemoStation, Hospital, answer_of
from kiosk.demo.names import AUDIENCE
from kiosk.demo.processes import ChildFailedError, until
from kiosk.demo.records import GROUND
from kiosk.demo.sandbox_check import why_single
from kiosk.demo.screen import VirtualScreen
from kiosk.demo.token_check import TokenRefusedError, check_token
from kiosk.model.counted import counted

EXPORT = {
    "action": "record.export",
    "resource": "Ward/3-North",
    "records": 12,
    "purpose": "transfer of care",
    "patients": ["Patient/1001", "Patient/1002"],
    "audience": AUDIENCE,
}
IDLE = 6
"""Seconds without input before the warning, in the tour; the warning itself stands for its 20 seconds."""


NEW_BADGE = "04D1E2F3A4B5C6"
CORNER, EXPORT_BUTTON = (12, 780), (160, 690)
"""Points of the record system's window, on a screen of 1280 × 800: an empty one, and its button."""


class StepFailedError(Exception):
    """What was expected and what was there instead."""


@dataclass
class Tour:
    """``out``: where the pictures go."""

    hospital: Hospital
    station: DemoStation
    screen: VirtualScreen
    out: Path
    done: list[tuple[str, float, str]] = field(default_factory=list)

    def run(self) -> bool:
        """Every step in turn, also after one failed; True if none did."""
        for number, step in enumerate(STEPS, 1):
            title = (step.__doc__ or step.__name__).splitlines()[0]
            begun = time.monotonic()
            try:
                said = step(self) or ""
                verdict = "ok"
            except (ChildFailedError, StepFailedError, TokenRefusedError) as failure:
                said, verdict = str(failure), "FAILED"
            taken = time.monotonic() - begun
            self.screen.picture(self.out / f"{number:02d}-{step.__name__.replace('_', '-')}.png")
            self.done.append((title, taken, verdict))
            print(f"{verdict:6} {taken:6.2f} s  {title}{'  ' + said if said else ''}", flush=True)
        return all(verdict == "ok" for *_, verdict in self.done)

    def tap(self, uid: str, *states: str, hold: float = 0.8) -> float:
        """Hold a badge to the reader for ``hold`` seconds; seconds from the placing to one of ``states``."""
        begun = time.monotonic()
        badge = self.hospital.place("badge", "--uid", uid)
        try:
            self.station.wait(*states)
            taken = time.monotonic() - begun
            time.sleep(max(0.0, hold - taken))
        finally:
            badge.stop()
        return taken

    def lifted(self) -> None:
        """The reader is empty: a card that comes before the last one's lift was seen would be the same tap."""
        until("the last card to be lifted", lambda: ready(self.station, empty=True))

    def stands_at(self, step: str) -> None:
        """An enrolment at the station is at ``step``, as ``kiosk status`` says."""
        until(f"the enrolment at {step}", lambda: self.station.status().get("step") == step)

    def reads(self) -> None:
        """A step-up is on the screen, and was read page by page where it is long."""
        self.station.wait("step_up")
        while (page := str(self.station.status().get("step") or "")).startswith("read."):
            until("the next page", functools.partial(self._read_on, page), every=1)

    def _read_on(self, page: str) -> bool:
        """Enter turns the page, again where it came before the page could be read; whether another is there."""
        if self.station.status().get("step") == page and not page.endswith(".busy"):
            self.screen.press("Return")
        return bool(self.station.status().get("step") != page)

    def sees_records(self) -> None:
        """The program of whoever is signed in has painted its window."""
        until("Anna's records", lambda: self.screen.pixel(*CORNER) == GROUND)

    def expect(self, login: str) -> dict[str, Any]:
        """The person at the station is ``login``. Raises ``StepFailedError``."""
        status = self.station.status()
        if status.get("person") != login:
            raise StepFailedError(f"expected {login} at the station, found {status}")
        return status


def locked(tour: Tour) -> None:
    """The station starts locked"""
    tour.station.wait("locked")
    until("the station to be connected", lambda: tour.station.status().get("service") == "online")
    tour.screen.picture(tour.out / "00-locked.png")


def tap_in_with_pin(tour: Tour) -> str:
    """Anna taps in and types a PIN"""
    tour.tap(ANNA.uid, "second_factor")
    tour.screen.picture(tour.out / "02-second-factor.png")
    tour.screen.type(ANNA.pin)
    tour.screen.press("Return")
    tour.station.wait("active")
    tour.sees_records()
    return str(tour.expect(ANNA.login).get("assurance"))


def tap_over(tour: Tour) -> str:
    """Ben taps over: Anna's screen is covered, Ben's opens after a PIN"""
    tour.tap(BEN.uid, "second_factor")
    tour.screen.picture(tour.out / "03-second-factor.png")
    tour.screen.type(BEN.pin)
    tour.screen.press("Return")
    tour.station.wait("active")
    tour.sees_records()
    return str(tour.expect(BEN.login).get("assurance"))


def tap_back_in_grace(tour: Tour) -> str:
    """Anna taps back: a tap alone, the program as it was left"""
    taken = tour.tap(ANNA.uid, "active")
    until("Anna back", lambda: tour.station.status().get("person") == ANNA.login)
    tour.sees_records()
    return f"{tour.expect(ANNA.login).get('assurance')}, {taken:.2f} s with the card's own start"


def export_granted(tour: Tour) -> str:
    """An export asks for a fresh proof; Anna's FIDO2 key gives it and the program checks the token"""
    program = tour.station.ask(EXPORT)
    tour.reads()
    time.sleep(0.3)
    tour.screen.picture(tour.out / "05-step-up.png")
    tour.screen.type(ANNA.key_pin)
    tour.screen.press("Return")
    time.sleep(0.3)
    tour.screen.picture(tour.out / "05-step-up-hold.png")
    key = tour.hospital.place("key", "--store", str(tour.hospital.folder / "anna.key"), pin=ANNA.key_pin)
    try:
        status, answer = answer_of(program)
    finally:
        key.stop()
    if status != 0 or answer.get("decision") != "granted":
        raise StepFailedError(f"not granted: {answer.get('reason')}")
    trust = tour.station.home / "trust.pem"
    claims = check_token(str(answer["token"]), tour.hospital.url, trust, AUDIENCE, "record.export")
    tour.station.wait("active")
    return f"acr {claims['acr']}, {counted(claims['records'], 'record')}, for {claims['exp'] - claims['iat']} s"


def export_refused(tour: Tour) -> str:
    """Anna clicks Export in a program, and refuses"""
    tour.sees_records()
    tour.screen.click(*EXPORT_BUTTON)
    tour.station.wait("step_up")
    time.sleep(0.3)
    tour.screen.picture(tour.out / "06-step-up.png")
    tour.screen.press("Escape")
    tour.station.wait("active")
    tour.sees_records()
    rows = trail(tour.hospital)
    reason = next((row.get("reason") for row in reversed(rows) if row.get("action") == "stepup"), None)
    if reason != "refused_by_person":
        raise StepFailedError(f"expected refused_by_person in the trail, found {reason}")
    return str(reason)


def idle_lock(tour: Tour) -> str:
    """Anna walks away: a warning, then the lock"""
    tour.station.wait("fading", within=IDLE + 10)
    time.sleep(0.5)
    tour.screen.picture(tour.out / "07-fading.png")
    begun = time.monotonic()
    tour.station.wait("locked", within=40)
    return f"locked {time.monotonic() - begun:.0f} s after the warning"


def card_service_restarts(tour: Tour) -> str:
    """The card service stops and starts: said on screen, healed without a restart"""
    begun = time.monotonic()
    tour.hospital.cards.stop()
    until("the screen to say so", lambda: not ready(tour.station), within=5)
    said = time.monotonic() - begun
    time.sleep(0.3)
    tour.screen.picture(tour.out / "08-card-service-stopped.png")
    begun = time.monotonic()
    tour.hospital.cards.start()
    until("the readers to be back", lambda: ready(tour.station), within=8)
    healed = time.monotonic() - begun
    tour.tap(ANNA.uid, "active")
    return f"said after {said:.1f} s, healed after {healed:.1f} s"


def badge_enrolled(tour: Tour) -> str:
    """A badge that nobody knows: Anna adds it with a key, and it counts once it has worked"""
    tour.lifted()
    tour.tap(NEW_BADGE, "unknown_badge")
    tour.screen.picture(tour.out / "09-unknown-badge.png")
    tour.screen.press("Tab", "Return")
    tour.stands_at("who.who.start_code")
    tour.lifted()
    key = tour.hospital.place("key", "--store", str(tour.hospital.folder / "anna.key"), pin=ANNA.key_pin)
    try:
        tour.stands_at("proof.prove.type")
        tour.screen.type(ANNA.key_pin)
        tour.screen.press("Return")
        tour.stands_at("try.hold")
    finally:
        key.stop()
    tour.screen.picture(tour.out / "09-try-it-once.png")
    tour.lifted()
    badge = tour.hospital.place("badge", "--uid", NEW_BADGE)
    try:
        tour.stands_at("done.done")
    finally:
        badge.stop()
    tour.screen.picture(tour.out / "09-enrolled.png")
    tour.screen.press("Escape")
    tour.station.wait("locked")
    tour.lifted()
    tour.tap(NEW_BADGE, "active")
    return str(tour.expect(ANNA.login).get("assurance"))


def ready(station: DemoStation, *, empty: bool = False) -> bool:
    """The station sees a reader that works; ``empty``: with no card on it."""
    readers = station.status().get("readers") or []
    return any(reader.get("state") in (("ready",) if empty else ("ready", "card")) for reader in readers)


def audit_verified(tour: Tour) -> str:
    """The audit trail is verified, every signature checked again from its evidence"""
    said = tour.hospital.command("audit", "verify", "--data", str(tour.hospital.data)).strip()
    if not any(row.get("action", "").startswith("stepup") for row in trail(tour.hospital)):
        raise StepFailedError("the audit trail has no step-up")
    return said.splitlines()[-1]


def trail(hospital: Hospital) -> list[dict[str, Any]]:
    """The rows of the exported audit trail."""
    lines = hospital.command("audit", "export", "--data", str(hospital.data), "--format", "jsonl").splitlines()
    return [json.loads(line) for line in lines]


STEPS: tuple[Callable[[Tour], str | None], ...] = (
    locked,
    tap_in_with_pin,
    tap_over,
    tap_back_in_grace,
    export_granted,
    export_refused,
    idle_lock,
    card_service_restarts,
    badge_enrolled,
    audit_verified,
)


def run_tour(work: Path, out: Path) -> bool:
    """Set up in ``work``, walk the tour, take everything down. Pictures in ``out``. True if all went well."""
    screen = VirtualScreen(work, private=True)
    screen.start()
    hospital = Hospital(work, display=screen.display, authority=screen.environment["XAUTHORITY"])
    begun = time.monotonic()
    try:
        single = why_single()
        print(single or "Each person's programs run in a sandboxed display of their own.", flush=True)
        station = open_hospital(hospital, nested=not single, settings=f"idle = {IDLE}\nwarning = 20\n")
        print(f"ready  {time.monotonic() - begun:6.2f} s  Service, card service and station are up", flush=True)
        return Tour(hospital, station, screen, out).run()
    finally:
        hospital.stop()
        screen.stop()
