"""``kiosk doctor --home`` on what workspaces need to be heard, and to show the notices of their programs."""

from __future__ import annotations

import shutil
from pathlib import Path

from kiosk.cli.doctor_check import Check
from kiosk.settings import AgentSettings
from kiosk.stage.audible import server

NEEDED = {"pulseaudio": "pulseaudio", "pacat": "pulseaudio-utils", "parec": "pulseaudio-utils"}
"""Program → Debian's package of it."""
_SIGN_IN = (
    "Sign the station's user in with a user session of systemd, whose pipewire-pulse or pulseaudio listens there."
)


def workspaces(settings: AgentSettings) -> list[Check]:
    """Nothing for a station that wants neither. Judges for the user who asks: ask as the station's."""
    if settings.stage != "nested":
        return []
    checks = [_sound()] if settings.workspace_sound else []
    return checks + (_notices(settings.workspace_notices[0]) if settings.workspace_notices else [])


def _sound() -> Check:
    missing = sorted({package for program, package in NEEDED.items() if shutil.which(program) is None})
    if missing:
        return Check("sound", False, "Programs are missing that carry sound.", f"apt install {' '.join(missing)}")
    address = server()
    path = address.removeprefix("unix:")
    if path.startswith("/") and not Path(path).is_socket():
        return Check("sound", False, f"No sound server of this user listens at {path}.", _SIGN_IN)
    return Check("sound", True, f"Workspaces are heard through {address}.")


def _notices(program: str) -> list[Check]:
    if shutil.which(program) is not None:
        return []
    return [Check("notices", False, f"There is no program {program}.", "Install it, or mend “workspace_notices”.")]
