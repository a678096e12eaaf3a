"""``kiosk doctor --home``: whether the workstation can write to its own folder."""

from __future__ import annotations

import os
from pathlib import Path

from kiosk.cli.doctor_check import Check
from kiosk.settings.owners import BELIEVED, NotOursError, check_folder

MIN_MIB = 20
"""Its logs may grow to 12 MB, and reports wait here while the service is away."""


def folder(home: Path) -> Check:
    """A read-only or full file system, or another user's folder."""
    try:
        about = os.statvfs(home)
    except OSError as error:
        return Check(
            "folder", False, f"{home} cannot be looked at: {error.strerror}.", "Name the workstation's folder."
        )
    left = about.f_bavail * about.f_frsize >> 20
    if about.f_flag & os.ST_RDONLY:
        do = "Look for errors of the disk (dmesg), then mount it for writing. The station shows that it needs help."
        return Check("folder", False, f"{home} lies on a file system that is read-only.", do)
    if left < MIN_MIB or (about.f_files and not about.f_favail):
        return Check("folder", False, f"The disk of {home} is full ({left} MiB left).", "Make room on it.")
    if not os.access(home, os.W_OK | os.X_OK):
        do = "Run this as the station's user, or give the folder back to it."
        return Check("folder", False, f"{home} is not this user's to write to.", do)
    try:
        check_folder(home, BELIEVED)
    except NotOursError as error:
        return Check("folder", False, str(error), "The station does not start like this. Do what it says.")
    return Check("folder", True, f"{home} can be written to ({left} MiB left).")
