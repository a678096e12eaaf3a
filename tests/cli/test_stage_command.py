"""``kiosk stage run``: the shell that starts the stage again."""

from __future__ import annotations

import signal
import subprocess

from kiosk.cli.stage import _AGAIN

SECONDS = 10


def test_a_stage_that_cannot_start_any_more_is_not_started_again_once_told_to_end() -> None:
    """As when the display is gone before the session is ended."""
    words = ["sh", "-c", _AGAIN, "kiosk-stage", "sh", "-c", "echo started; exit 1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as shell:
        try:
            assert shell.stdout is not None
            assert [shell.stdout.readline() for _ in range(2)] == ["started\n"] * 2, "it is started again"
            shell.send_signal(signal.SIGTERM)
            shell.wait(SECONDS)
        finally:
            shell.kill()
