"""Whether this machine lets the demo give each person a sandboxed display of their own: found out by trying."""

from __future__ import annotations

import shutil
import subprocess

_NEEDED = ("Xephyr", "bwrap", "openbox", "dbus-run-session")
_TRIAL = (
    *("bwrap", "--die-with-parent", "--unshare-user", "--uid", "1000", "--gid", "1000"),
    *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--cap-drop", "ALL", "--dev-bind", "/", "/"),
    *("--proc", "/proc", "--tmpfs", "/tmp", "--", "true"),  # noqa: S108 # the sandbox's own
)
"""What the stage asks of the kernel for a workspace, around a program that does nothing."""


def why_single() -> str:
    """Empty where it works, else a sentence that says why not and what is shown instead."""
    missing = [program for program in _NEEDED if shutil.which(program) is None]
    if missing:
        return f"One display for all: {' and '.join(missing)} would be needed for a sandboxed one a person."
    try:
        tried = subprocess.run(_TRIAL, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as failure:
        return f"One display for all: bubblewrap could not be tried ({type(failure).__name__})."
    if tried.returncode:
        said = tried.stderr.strip().splitlines()[-1:] or ["it ended without a word"]
        return f"One display for all: this machine refuses sandboxes ({said[0]})."
    return ""
