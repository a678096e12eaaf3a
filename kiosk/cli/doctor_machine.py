"""``kiosk doctor`` on the machine itself: card service, readers, USB keys, display."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path

from kiosk import reader
from kiosk.cli.doctor_check import Check
from kiosk.model.card import CardService, ReaderState
from kiosk.stage import StageError
from kiosk.stage.display import XDisplay

FIDO_USAGE_PAGE = bytes.fromhex("06D0F1")
"""HID report descriptor item: usage page F1D0 (CTAP 2.1 section 11.2.8.1)."""
HIDRAW = Path("/sys/class/hidraw")
TROUBLED = {
    ReaderState.MUTE: "the card on it does not answer: take it away and hold it flat.",
    ReaderState.EXCLUSIVE: "another program holds its card: close that program.",
    ReaderState.GONE: "it was unplugged: plug it in again.",
}


def cards() -> list[Check]:
    """The card service and each reader."""
    seen = reader.health()
    if seen.service is CardService.STOPPED:
        return [
            Check("card service", False, "pcscd does not answer.", "Start it: systemctl start pcscd.socket"),
            Check("readers", False, "Unknown while the card service is down.", "Start the card service first."),
        ]
    if seen.service is CardService.DENIED:
        user = pwd.getpwuid(os.getuid()).pw_name
        return [
            Check(
                "card service",
                False,
                f"pcscd runs and refuses the user “{user}” (Access denied, 0x8010006A): polkit does not allow them "
                "org.debian.pcsc-lite.access_pcsc.",
                f"Sign in at this machine's own screen, or let polkit allow “{user}” as install.md shows.",
            ),
            Check("readers", False, "Unknown while the card service refuses.", "Add the rule first."),
        ]
    service = Check("card service", True, "pcscd answers.")
    if not seen.readers:
        advice = "Plug a reader in; pcscd --version and lsusb show what is known."
        return [service, Check("readers", False, "There is no reader.", advice)]
    return [service, *(_reader(reader.name, reader.state) for reader in seen.readers)]


def _reader(name: str, state: ReaderState) -> Check:
    trouble = TROUBLED.get(state)
    if trouble is None:
        return Check("readers", True, f"{name}: {state.value.replace('_', ' ')}.")
    return Check("readers", False, f"{name}: {trouble}", "Then run this again.")


def key_access(devices: Path = HIDRAW, nodes: Path = Path("/dev")) -> Check:
    """Whether USB security keys that are plugged in may be opened by this user."""
    try:
        keys = [entry.name for entry in sorted(devices.iterdir()) if _is_key(entry)]
    except OSError:
        keys = []
    if not keys:
        return Check("key access", True, "No USB security key is plugged in, so opening one was not tried.")
    refused = [name for name in keys if not os.access(nodes / name, os.R_OK | os.W_OK)]
    if refused:
        return Check(
            "key access",
            False,
            f"This user may not open {', '.join(refused)}.",
            "Install the udev rule that tags security keys with uaccess (package libfido2-1 or systemd), then replug.",
        )
    return Check("key access", True, f"{len(keys)} USB security key(s) can be opened.")


def _is_key(entry: Path) -> bool:
    try:
        return FIDO_USAGE_PAGE in (entry / "device" / "report_descriptor").read_bytes()
    except OSError:
        return False


def display() -> Check:
    """Whether there is a display, and whether it says how long nobody touched it."""
    if sys.platform != "linux" or os.environ.get("WAYLAND_DISPLAY"):
        return Check("display", True, "There is a display.")
    name = os.environ.get("DISPLAY")
    if not name:
        platform = os.environ.get("QT_QPA_PLATFORM")
        if platform:
            return Check("display", True, f"Qt draws to its “{platform}” platform, which nobody sees.")
        return Check("display", False, "DISPLAY is not set.", "Run this inside the graphical session.")
    try:
        screen = XDisplay(name)
        screen.idle_seconds()
        screen.close()
    except StageError as error:
        return Check("display", False, f"{name}: {error}", "Start the X server with MIT-SCREEN-SAVER, and its cookie.")
    return Check("display", True, f"{name} answers and says how long nobody touched it.")
