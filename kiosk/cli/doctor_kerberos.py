"""``kiosk doctor --home`` on what workspaces need to get their person's Kerberos ticket."""

from __future__ import annotations

import shutil
from pathlib import Path

from kiosk.cli.doctor_check import Check
from kiosk.settings import AgentSettings

NAME = "kerberos"
_PLUGINS = ("/usr/lib", "/usr/lib64")
_PKINIT = "krb5/plugins/preauth/pkinit.so"


def workspaces(settings: AgentSettings) -> list[Check]:
    """Nothing for a station that wants none; the first thing that is missing for one that does."""
    if not settings.workspace_kerberos:
        return []
    config = Path(settings.workspace_krb5_conf)
    missing = _missing()
    if settings.stage != "nested":
        return [_no("“workspace_kerberos” needs workspaces of their own.", 'Set stage = "nested".')]
    if missing:
        return [_no("Programs are missing that get tickets; workspaces work without.", f"apt install {missing}")]
    if not config.is_file():
        return [_no(f"There is no {config}.", "Write it as docs/integrate/kerberos.md says.")]
    if "pkinit_anchors" not in config.read_text(encoding="utf-8", errors="replace"):
        return [_no(f"{config} does not say whom to trust as the KDC.", "Add pkinit_anchors to the realm.")]
    if settings.workspace_network == "own" and not settings.workspace_reach:
        return [_no("Workspaces reach no KDC.", "Name its address and port 88 in “workspace_reach”.")]
    return [Check(NAME, True, f"Workspaces get tickets by {config}.")]


def _missing() -> str:
    """Debian's packages, for apt."""
    packages = [] if shutil.which("kinit") else ["krb5-user"]
    there = any(any(Path(root).glob(f"{depth}{_PKINIT}")) for root in _PLUGINS for depth in ("", "*/"))
    return " ".join(packages + ([] if there else ["krb5-pkinit"]))


def _no(detail: str, do: str) -> Check:
    return Check(NAME, False, detail, do)
