"""Administrators' commands, run in this process: starting one anew costs ten times what it does."""

from __future__ import annotations

import contextlib
import io
import os
import sys

from kiosk.__main__ import main
from kiosk.demo.processes import ChildFailedError


def kiosk(*words: str, typed: str = "") -> str:
    """One command, in this process: what it printed. Raises ``ChildFailedError`` unless it ends with 0."""
    out, err, keyboard, mask = io.StringIO(), io.StringIO(), sys.stdin, os.umask(0o022)
    sys.stdin = io.StringIO(typed + "\n")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(words)
    except SystemExit as bad_words:
        status = int(bad_words.code or 0)
    finally:
        sys.stdin = keyboard
        os.umask(mask)
    if status:
        raise ChildFailedError(f"kiosk {' '.join(words[:5])} ended with {status}: {err.getvalue().strip()}")
    return out.getvalue()
