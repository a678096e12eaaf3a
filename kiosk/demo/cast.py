"""Who plays in the demo: two clinicians, their plastic, one station and its record system."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

from kiosk.demo.hospital import DemoStation, Hospital, reader_name
from kiosk.demo.names import AUDIENCE

BAR = 56
"""Pixels at the top that belong to the session bar, where a person's program shares the agent's display."""


@dataclass(frozen=True)
class Clinician:
    login: str
    name: str
    role: str
    uid: str
    pin: str
    key_pin: str


ANNA = Clinician("anna", "Anna Okonkwo", "nurse", "04A1B2C3D4E5F6", "271828", "correct horse")
BEN = Clinician("ben", "Dr. Ben Castellanos", "physician", "04112233445566", "314159", "battery staple")


def open_hospital(hospital: Hospital, *, nested: bool, settings: str = "", theme: str = "light") -> DemoStation:
    """Start the service, enrol both clinicians with badge, PIN and key, enrol one station and start it.

    ``nested``: each of them gets a sandboxed display of their own. The record system asks the service, so workspaces
    share this machine's network.
    """
    hospital.start()
    for who in (ANNA, BEN):
        hospital.person(who.login, who.name, who.role, uid=who.uid, pin=who.pin)
        enrol_key(hospital, who)
    key = hospital.folder / "records.jwk"
    hospital.admin("app", "add", "records", "--audience", AUDIENCE, "--action", "record.export", "--new-key", str(key))
    trust = hospital.folder / "ward-3" / "trust.pem"
    bar = 0 if nested else BAR
    program = [sys.executable, "-m", "kiosk.demo.records", "{name}", hospital.url, str(trust), str(bar)]
    more = f'workspace = {json.dumps(program)}\nworkspace_network = "host"\ntheme = {json.dumps(theme)}\n{settings}'
    seen = [trust] if nested else None
    station = hospital.station("ward-3", "Ward 3 North, nurses' station", settings=more, readable=seen)
    station.start()
    return station


def enrol_key(hospital: Hospital, who: Clinician) -> None:
    """Enrol ``who``'s simulated FIDO2 key on the reader, as a person at a counter would."""
    store = hospital.folder / f"{who.login}.key"
    key = hospital.place("key", "--store", str(store), pin=who.key_pin)
    try:
        hospital.admin("key", "add", who.login, "--reader", reader_name(0), typed=who.key_pin)
    finally:
        key.stop()
