"""Who plays in the demo: two clinicians, their plastic, one station and its record system."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.demo.hospital import DemoStation, Hospital, reader_name
from kiosk.demo.names import AUDIENCE

BAR = 56
"""Pixels at the top that belong to the session bar, where a person's program shares the agent's display."""


RULES = "[policy]\nphone_approval = true\n"
"""What this hospital's service allows besides what it is shipped with."""


@dataclass(frozen=True)
class Clinician:
    login: str
    name: str
    role: str
    uid: str
    pin: str
    key_pin: str
    card_pin: str
    """Of their PIV card, where they have one."""


ANNA = Clinician("anna", "Anna Okonkwo", "nurse", "04A1B2C3D4E5F6", "271828", "correct horse", "161803")
BEN = Clinician("ben", "Dr. Ben Castellanos", "physician", "04112233445566", "314159", "battery staple", "141421")
CARA = Clinician("cara", "Cara Lindgren", "physician", "04223344556677", "173205", "purple kettle", "223606")
"""Has no workspace open in the tour, and agrees as a second person: nothing about them is new that day."""


def open_hospital(
    hospital: Hospital,
    *,
    nested: bool,
    settings: str = "",
    theme: str = "light",
    more: Callable[[], None] | None = None,
) -> DemoStation:
    """Start the service, enrol both clinicians with badge, PIN and key, enrol one station and start it.

    ``more``: what else is enrolled before the station has the reader.

    ``nested``: each of them gets a sandboxed display of their own. The record system asks the service, so workspaces
    share this machine's network.
    """
    hospital.start()
    for who in (ANNA, BEN):
        hire(hospital, who)
    if more is not None:
        more()
    key = hospital.folder / "records.jwk"
    actions = ("--action", "record.export", "--action", "record.view")
    hospital.admin("app", "add", "records", "--audience", AUDIENCE, *actions, "--new-key", str(key))
    trust = hospital.folder / "ward-3" / "trust.pem"
    bar = 0 if nested else BAR
    program = [sys.executable, "-m", "kiosk.demo.records", "{name}", hospital.url, str(trust), str(bar)]
    lines = f'workspace = {json.dumps(program)}\nworkspace_network = "host"\ntheme = {json.dumps(theme)}\n{settings}'
    seen = [trust] if nested else None
    station = hospital.station("ward-3", "Ward 3 North, nurses' station", settings=lines, readable=seen)
    station.start()
    return station


def hire(hospital: Hospital, who: Clinician) -> None:
    """Add ``who``, with badge, PIN and key."""
    hospital.person(who.login, who.name, who.role, uid=who.uid, pin=who.pin)
    enrol_key(hospital, who)


def enrol_key(hospital: Hospital, who: Clinician) -> None:
    """Enrol ``who``'s simulated FIDO2 key on the reader, as a person at a counter would."""
    store = hospital.folder / f"{who.login}.key"
    key = hospital.place("key", "--store", str(store), pin=who.key_pin)
    try:
        hospital.admin("key", "add", who.login, "--reader", reader_name(0), typed=who.key_pin)
    finally:
        key.stop()


def enrol_card(hospital: Hospital, who: Clinician) -> None:
    """Make ``who`` a simulated PIV card, trust who issued it, and enrol the card on the reader."""
    issuer = hospital.folder / "piv-issuer.pem"
    words = ["--store", str(hospital.folder / f"{who.login}.piv"), "--name", who.name, "--ca-out", str(issuer)]
    fresh = not issuer.exists()
    card = hospital.place("piv", *words, pin=who.card_pin)
    try:
        if fresh:
            hospital.admin("piv-ca", "add", str(issuer))
        hospital.admin("piv", "add", who.login, "--reader", reader_name(0))
    finally:
        card.stop()


def enrol_code_app(hospital: Hospital, who: Clinician) -> str:
    """Give ``who`` a code app; the ``otpauth://`` address that it is set up with."""
    said = hospital.admin("totp", "add", who.login).split()
    return next(word for word in said if word.startswith("otpauth://"))
