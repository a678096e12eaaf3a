"""A private D-Bus session with a real gnome-keyring-daemon, for programs that ask it for secrets."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

AVAILABLE = all(shutil.which(program) for program in ("dbus-run-session", "gnome-keyring-daemon"))
UNLOCKED = 'printf %s "$KEYRING_PASSWORD" | gnome-keyring-daemon --unlock --components=secrets >/dev/null; exec "$@"'
LOCKED = 'gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1; exec "$@"'
EMPTY = 'exec "$@"'


def run_python(folder: Path, start: str, code: str, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a session begun by the shell line ``start``; keyrings persist in ``folder`` between sessions."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "share"),
        "XDG_RUNTIME_DIR": str(runtime),
        "KEYRING_PASSWORD": "only for this test",
        **env,
    }
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"):
        environment.pop(name, None)
    words = ["dbus-run-session", "--", "sh", "-c", start, "sh", sys.executable, "-c", code, *args]
    return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
