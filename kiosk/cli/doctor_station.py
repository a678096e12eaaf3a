"""``kiosk doctor --home``: a workstation's key store, its service, and its clock by the service's."""

from __future__ import annotations

import time
from pathlib import Path

from kiosk.cli import doctor_kerberos, doctor_printing, doctor_sound, doctor_stage
from kiosk.cli.doctor_check import Check
from kiosk.client.clock import apart, when
from kiosk.client.errors import (
    ClientError,
    ClockWrongError,
    KeystoreError,
    ServiceUnreachableError,
    StationRevokedError,
    UntrustedServiceError,
)
from kiosk.model.counted import counted
from kiosk.settings import AgentSettings, SettingsError, load
from kiosk.ui.words import ENGLISH, languages, own_sentences

EARLIEST = 1_767_225_600
"""2026-01-01; a clock before it was never set."""
CLOCK_SECONDS = 30
UNTRUSTED = "If it has another CA by now, enrol this workstation again: ask whoever runs the service."
SET = "Set this clock: timedatectl set-ntp true, with an NTP server that it reaches."
ENROL = "Enrol it: kiosk agent enroll --home DIR --service URL --code -"


def checks(home: Path | None, *, central: bool) -> list[Check]:
    """Key store, service and clock. ``central``: the service is examined elsewhere."""
    if home is None:
        unasked = "Not examined: name the workstation's folder with --home."
        rest = [] if central else [Check("key store", True, unasked), Check("service", True, unasked)]
        return [*rest, _own_clock()]
    path = home / "agent.toml"
    try:
        settings = load(AgentSettings, path)
    except SettingsError as error:
        do = f"Mend {path}, then run this again." if path.exists() else ENROL
        return [
            Check("key store", False, str(error), do),
            Check("service", False, "Not asked: its address is among these settings.", do),
            _own_clock(),
        ]
    return [
        _keystore(settings, home),
        *_wedge(settings, home),
        *_language(settings, home),
        *doctor_stage.workspaces(settings),
        *doctor_sound.workspaces(settings),
        *doctor_printing.workspaces(settings),
        *doctor_kerberos.workspaces(settings),
        *_service(settings, home),
    ]


def _keystore(settings: AgentSettings, home: Path) -> Check:
    from kiosk.client.keystore import open_keystore

    try:
        open_keystore(settings.keystore, home).load()
    except KeystoreError as error:
        return Check("key store", False, str(error), "Mend the key store, or enrol this workstation again.")
    if settings.keystore == "file":
        return Check(
            "key store",
            True,
            "The key lies in a private file: good for a demo, not for a ward.",
            "Enrol with --keystore systemd or --keystore keyring.",
        )
    return Check("key store", True, f"The key is in the {settings.keystore} store.")


def _wedge(settings: AgentSettings, home: Path) -> list[Check]:
    """The formats of a reader that acts as a keyboard; one that is impossible is refused with all settings."""
    if not settings.wedge:
        return []
    kinds = "; ".join(f"{made.card}, typed as {made.typed}" for made in settings.wedge)
    said = f"A keyboard reader types {kinds}. Only at our own screens: what it types at a program, that program gets."
    return [Check("keyboard reader", True, said, f"Try a badge: kiosk badge decode --home {home}")]


def _language(settings: AgentSettings, home: Path) -> list[Check]:
    """One that has no file, or a file with faults: the station speaks English instead."""
    there = languages()
    if settings.language not in there:
        said = f"The station has no language “{settings.language}”, and speaks English. It has {', '.join(there)}."
        return [Check("language", False, said, f"Choose one of them in {home}/agent.toml, or add its file.")]
    lacking = sorted(own_sentences(ENGLISH).keys() - own_sentences(settings.language).keys())
    if not lacking:
        return []
    sentences = counted(len(lacking), "sentence")
    said = f"The file of “{settings.language}” lacks {sentences} and says it in English: {lacking[0]} …"
    mend = "Translate them in its file. What is fuzzy, or was translated from other English, is lacking, too."
    return [Check("language", True, said, mend)]


def _service(settings: AgentSettings, home: Path) -> list[Check]:
    """Each of its addresses, and the clock once."""
    found = [_address(settings, address, home) for address in settings.addresses]
    clocks = [clock for _, clock in found]
    return [*(check for check, _ in found), next((clock for clock in clocks if not clock.ok), clocks[0])]


def _address(settings: AgentSettings, address: str, home: Path) -> tuple[Check, Check]:
    """Whether the service answers there, and whether its clock is ours."""
    from kiosk.client.api import Api
    from kiosk.client.keystore import open_keystore
    from kiosk.client.trust import Trust

    began = time.monotonic()
    try:
        api = Api(
            address,
            settings.client_id,
            open_keystore(settings.keystore, home).load(),
            Trust(home / "trust.pem"),
        )
        try:
            station = api.station()
            off = api.clock_off
        finally:
            api.close()
    except StationRevokedError as error:
        return Check("service", False, str(error), ENROL), _own_clock()
    except ClockWrongError as error:
        return Check("service", False, "It is not believed before this clock is right.", SET), _clock(error.off)
    except UntrustedServiceError as error:
        return Check("service", False, str(error), UNTRUSTED), _own_clock()
    except ServiceUnreachableError as error:
        do = f"Check the network and that the service runs at {address}."
        return Check("service", False, str(error), do), _own_clock()
    except ClientError as error:
        return Check("service", False, str(error), "Tell whoever runs the service."), _own_clock()
    took = round((time.monotonic() - began) * 1000)
    return Check("service", True, f"{address} knows this as {station.name} ({took} ms)."), _clock(off)


def _clock(off: float) -> Check:
    if abs(off) > CLOCK_SECONDS:
        here = time.time()
        return Check(
            "clock",
            False,
            f"This clock is {apart(off)}: it says {when(here)}, and the service's says {when(here + off)}.",
            SET,
        )
    return Check("clock", True, "This clock agrees with the service's.")


def _own_clock() -> Check:
    if time.time() < EARLIEST:
        return Check("clock", False, "This clock was never set.", "Set it, or turn on NTP.")
    return Check("clock", True, f"{time.strftime('%Y-%m-%d %H:%M %Z')}; not compared with the service's.")
