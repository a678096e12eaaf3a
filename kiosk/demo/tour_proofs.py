"""Steps of the tour in which a policy asks for more: of whom it is about, of how much it is, and on another device."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping

from kiosk.demo.camera import scanned
from kiosk.demo.cast import ANNA, BEN, CARA
from kiosk.demo.hospital import answer_of
from kiosk.demo.names import AUDIENCE
from kiosk.demo.phone import phone, phone_browser
from kiosk.demo.phone_browser import PhoneBrowser
from kiosk.demo.processes import ChildProgram, until
from kiosk.demo.token_check import check_token
from kiosk.demo.tour import StepFailedError, StepLeftOutError, Tour, trail
from kiosk.model.counted import counted
from kiosk.service.folder import open_folder
from kiosk.service.proofs.phones import number_of

PROTECTED = {
    "action": "record.view",
    "resource": "Patient/1004",
    "records": 1,
    "patients": ["Patient/1004"],
    "labels": ["vip"],
    "audience": AUDIENCE,
}
MANY = {
    "action": "record.export",
    "resource": "Ward/3-North",
    "records": 600,
    "purpose": "transfer of care",
    "audience": AUDIENCE,
}
FEW = {**MANY, "records": 12, "patients": ["Patient/1001"]}
MY_KEYS, ADD, PHONE, ON_YOUR_PHONE = (917, 26), (394, 731), (1081, 581), (397, 639)
"""Buttons of the workstation's own screen of 1280 × 800."""
ARRIVED = 0.3
"""Seconds until what has come is painted, for a picture."""


def granted(
    tour: Tour, program: ChildProgram, request: Mapping[str, object], *, second: bool = False
) -> dict[str, object]:
    """The claims of the token that ``program`` got, checked as its application does. Raises ``StepFailedError``."""
    status, answer = answer_of(program)
    if status != 0 or answer.get("decision") != "granted":
        raise StepFailedError(f"not granted: {answer.get('reason')}")
    trust, action = tour.station.home / "trust.pem", str(request["action"])
    claims = check_token(str(answer["token"]), tour.hospital.url, trust, AUDIENCE, action, second=second)
    tour.station.wait("active")
    tour.sees_records()
    return claims


def protected_record(tour: Tour) -> str:
    """A VIP's record: the policy asks for one rung more than for any other"""
    program = tour.station.ask(PROTECTED)
    tour.reads()
    time.sleep(ARRIVED)
    tour.snap("step-up")
    said = [row for row in trail(tour.hospital) if row["action"] == "stepup_asked"][-1]["detail"]["policy"]
    tour.enter(ANNA.key_pin)
    key = tour.key(ANNA)
    try:
        granted(tour, program, PROTECTED)
    finally:
        key.stop()
    if said["rung"] != "phishing_resistant":
        raise StepFailedError(f"asked for {said['rung']}")
    return f"{said['rung'].replace('_', ' ')}, by the rule {' and '.join(said['by'])}; without the label: two factors"


def second_person(tour: Tour) -> str:
    """An export of 600 records: a colleague agrees beside Anna, with their own key"""
    tour.lifted()
    program = tour.station.ask(MANY)
    tour.reads()
    time.sleep(ARRIVED)
    tour.snap("step-up")
    tour.enter(ANNA.key_pin)
    _hold(tour, tour.key(ANNA), "second.wanted")
    time.sleep(ARRIVED)
    tour.snap("second-wanted")
    _hold(tour, tour.hospital.place("badge", "--uid", CARA.uid), "second.proof", "read.1", "read.1.busy")
    tour.reads()
    tour.stands_at("second.proof")
    time.sleep(ARRIVED)
    tour.snap("second-proof")
    tour.enter(CARA.key_pin)
    key = tour.key(CARA)
    try:
        claims = granted(tour, program, MANY, second=True)
    finally:
        key.stop()
    tour.expect(ANNA.login)
    second = claims["second"]
    agreed = second["sub"] if isinstance(second, dict) else None
    if agreed != CARA.login:
        raise StepFailedError(f"expected {CARA.login} in the token, found {agreed}")
    return f"{counted(600, 'record')}, asked by {claims['sub']}, agreed to by {agreed}"


def _hold(tour: Tour, card: ChildProgram, *steps: str) -> None:
    """``card`` lies there until the station is at one of ``steps``, and is lifted."""
    try:
        tour.stands_at(*steps)
    finally:
        card.stop()
    tour.lifted()


def approved_on_a_phone(tour: Tour) -> str:
    """Ben pairs a phone, and an export is approved on it: scanned, typed, read, one touch"""
    if phone_browser() is None:
        raise StepLeftOutError("Chromium plays the phone and is not installed (apt-get install chromium).")
    tour.lifted()
    with phone(tour.hospital.folder / "phone", tour.hospital.data / "tls" / "server.pem") as own:
        _pair(tour, own)
        program = tour.station.ask(FEW)
        tour.reads()
        uri = until("a code for the phone", functools.partial(_asked_on_phone, tour), every=1)
        tour.snap("step-up")
        own.scan(uri)
        own.at("type")
        own.picture(tour.picture_of("phone-number"))
        own.enter(number_of(open_folder(tour.hospital.data).keys, uri.partition("#")[2]))  # as it stands below the code
        own.at("ask")
        own.picture(tour.picture_of("phone-asks"))
        own.press("approve")
        own.at("approved")
        own.picture(tour.picture_of("phone-approved"))
        claims = granted(tour, program, FEW)
    return f"acr {claims['acr']}, paired and approved in a real browser of 390 × 844"


def _pair(tour: Tour, own: PhoneBrowser) -> None:
    """My keys, Add, Phone; Ben proves it with a key, and the phone's number is typed at the workstation."""
    _click(tour, MY_KEYS, "my_keys")
    _click(tour, ADD, "who.choose")
    _click(tour, PHONE, "proof.prove.type")
    tour.enter(BEN.key_pin)
    tour.stands_at("proof.prove.hold")
    _hold(tour, tour.key(BEN), "new.phone")
    own.scan(_scan(tour))
    tour.snap("pair")
    own.at("pair")
    own.press("pair")
    own.at("confirm")
    own.press("confirm")
    own.at("paired")
    own.picture(tour.picture_of("phone-paired"))
    tour.enter(str(own.run("document.querySelector('#paired .number').textContent")).replace(" ", ""))
    tour.stands_at("done.done")
    tour.screen.press("Escape")
    tour.station.wait("active")
    tour.sees_records()


def _click(tour: Tour, at: tuple[int, int], arrived: str) -> None:
    """Click there, again where nothing came of it, until the station's state or step is ``arrived``."""
    until(f"{arrived} after a click", functools.partial(_clicked, tour, at, arrived), every=1)


def _clicked(tour: Tour, at: tuple[int, int], arrived: str) -> bool:
    status = tour.station.status()
    if arrived in (status.get("state"), status.get("step")):
        return True
    tour.screen.click(*at)
    return False


def _asked_on_phone(tour: Tour) -> str:
    """What stands in the QR code; where there is none yet, “On your phone” is clicked."""
    if not (said := _look(tour)):
        tour.screen.click(*ON_YOUR_PHONE)
    return said


def _look(tour: Tour) -> str:
    """What a phone's camera reads on the workstation's screen now."""
    return scanned(tour.screen.picture(tour.hospital.folder / "camera.png"))


def _scan(tour: Tour) -> str:
    """The same, once a QR code stands there."""
    return until("a QR code on the screen", functools.partial(_look, tour))
