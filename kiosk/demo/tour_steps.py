"""The steps of the scripted tour: one shift at one workstation."""

from __future__ import annotations

import time

from kiosk.demo.cast import ANNA, BEN
from kiosk.demo.hospital import answer_of
from kiosk.demo.names import AUDIENCE
from kiosk.demo.processes import until
from kiosk.demo.token_check import check_token
from kiosk.demo.tour import StepFailedError, Tour, ready, trail
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
EXPORT_BUTTON = (160, 690)
"""Of the record system, on a screen of 1280 × 800."""


def locked(tour: Tour) -> None:
    """The station starts locked"""
    tour.station.wait("locked")
    until("the station to be connected", lambda: tour.station.status().get("service") == "online")
    tour.screen.picture(tour.out / "00-locked.png")


def tap_in_with_pin(tour: Tour) -> str:
    """Anna taps in and types a PIN"""
    tour.tap(ANNA.uid, "second_factor")
    tour.snap("second-factor")
    tour.enter(ANNA.pin)
    tour.station.wait("active")
    tour.sees_records()
    return str(tour.expect(ANNA.login).get("assurance"))


def tap_over(tour: Tour) -> str:
    """Ben taps over: Anna's screen is covered, Ben's opens after a PIN"""
    tour.tap(BEN.uid, "second_factor")
    tour.snap("second-factor")
    tour.enter(BEN.pin)
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
    tour.snap("step-up")
    tour.enter(ANNA.key_pin)
    time.sleep(0.3)
    tour.snap("step-up-hold")
    key = tour.key(ANNA)
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
    tour.snap("step-up")
    tour.screen.press("Escape")
    tour.station.wait("active")
    tour.sees_records()
    rows = trail(tour.hospital)
    reason = next((row.get("reason") for row in reversed(rows) if row.get("action") == "stepup"), None)
    if reason != "refused_by_person":
        raise StepFailedError(f"expected refused_by_person in the trail, found {reason}")
    return str(reason)


def idle_lock(tour: Tour) -> str:
    """Nobody touches it any more: a warning, then the lock"""
    tour.station.wait("fading", within=IDLE + 10)
    time.sleep(0.5)
    tour.snap("fading")
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
    tour.snap("card-service-stopped")
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
    tour.snap("unknown-badge")
    tour.screen.press("Tab", "Return")
    tour.stands_at("who.who.start_code")
    tour.lifted()
    key = tour.key(ANNA)
    try:
        tour.stands_at("proof.prove.type")
        tour.enter(ANNA.key_pin)
        tour.stands_at("try.hold")
    finally:
        key.stop()
    tour.snap("try-it-once")
    tour.lifted()
    badge = tour.hospital.place("badge", "--uid", NEW_BADGE)
    try:
        tour.stands_at("done.done")
    finally:
        badge.stop()
    tour.snap("enrolled")
    tour.screen.press("Escape")
    tour.station.wait("locked")
    tour.lifted()
    tour.tap(NEW_BADGE, "active")
    return str(tour.expect(ANNA.login).get("assurance"))


def audit_verified(tour: Tour) -> str:
    """The audit trail is verified, every signature checked again from its evidence"""
    said = tour.hospital.command("audit", "verify", "--data", str(tour.hospital.data)).strip()
    if not any(row.get("action", "").startswith("stepup") for row in trail(tour.hospital)):
        raise StepFailedError("the audit trail has no step-up")
    return said.splitlines()[-1]
