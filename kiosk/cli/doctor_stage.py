"""``kiosk doctor --home`` on what the nested stage needs of a machine: programs, and Unix users for workspaces."""

from __future__ import annotations

import os
import shutil

from kiosk.cli.doctor_check import Check
from kiosk.model.counted import counted
from kiosk.settings import AgentSettings
from kiosk.stage.users import NoUsersError, Users

NEEDED = {
    "Xephyr": "xserver-xephyr",
    "bwrap": "bubblewrap",
    "openbox": "openbox",
    "dbus-run-session": "dbus",
    "xkbcomp": "x11-xkb-utils",
}
"""Program → Debian's package of it."""
TO_REACH = {"pasta": "passt", "nft": "nftables"}
"""Likewise, for workspaces from which something is reached."""
_SET_ASIDE = "As root: usermod --add-subuids 300000-300063 --add-subgids 300000-300063 {user} (numbers nobody has)"


def workspaces(settings: AgentSettings) -> list[Check]:
    """Nothing for a station without a nested stage. Judges for the user who asks: ask as the station's."""
    if settings.stage != "nested":
        return []
    missing = missing_packages(settings)
    if missing:
        detail = "Programs are missing that a workspace is made of."
        return [Check("workspaces", False, detail, f"apt install {' '.join(missing)}")]
    if not settings.workspace_users:
        return [
            Check("workspaces", True, "All that a workspace is made of is here; programs run as the station's user.")
        ]
    return [_users(settings)]


def missing_packages(settings: AgentSettings) -> list[str]:
    """Of what a workspace is made of, with these settings."""
    needed = NEEDED | (TO_REACH if settings.workspace_reach else {})
    where = os.pathsep.join(filter(None, (os.environ.get("PATH"), "/usr/sbin")))  # nft's, which is in few users' PATH
    return [package for program, package in needed.items() if shutil.which(program, path=where) is None]


def _users(settings: AgentSettings) -> Check:
    do = _SET_ASIDE.format(user="USER") + ", or set workspace_users = false in agent.toml."
    try:
        count = Users().count
    except NoUsersError as error:
        return Check("workspaces", False, f"{error}.", do)
    if count <= settings.workspaces + 1:
        detail = (
            f"/etc/subuid and /etc/subgid set {counted(count, 'number')} aside for this user; "
            f"{settings.workspaces} workspaces need two more than there are: one is made before its person comes, "
            "and one that ends gives its number back a little later."
        )
        return Check("workspaces", False, detail, do)
    return Check("workspaces", True, f"Each runs as a Unix user of its own; {count} are set aside.")
