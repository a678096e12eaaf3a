"""The stage's connection to its display, and what reading its code does to a process that is not the stage."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
from Xlib import ext
before = list(ext.__extensions__)
import kiosk.stage.main
from kiosk.stage.host import load_little
print(ext.__extensions__ == before)
load_little()
print(sorted(module for _, module in ext.__extensions__))
"""


def test_only_the_stage_process_gives_extensions_up() -> None:
    """Whoever imports its code, as the tests do, keeps all of python-xlib."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["True", "['randr', 'screensaver']"]
