"""A station that cannot write to its folder says so to whoever stands before it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.agent.startup_failure_screen import code_of
from kiosk.settings import AgentSettings, save
from tests.fakes.process_table import until
from tests.fakes.visible_display import Glass, xvfb

pytestmark = pytest.mark.display
GROUND = (0xF3, 0xF6, 0xF8)
READ_ONLY = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; shift; exec "$@"'


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    with xvfb() as name:
        seen = Glass(name)
        yield seen
        seen.close()


@pytest.mark.parametrize("how", ["read-only", "no log"])
def test_its_person_sees_that_it_needs_help_and_may_try_again(glass: Glass, tmp_path: Path, how: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    save(AgentSettings("https://localhost:1", "ws-1"), home / "agent.toml")
    words = [sys.executable, "-m", "kiosk", "agent", "run", "--home", str(home)]
    if how == "read-only":
        words = ["unshare", "--map-root-user", "--mount", "sh", "-ec", READ_ONLY, "sh", str(home), *words]
    else:
        (home / "log").touch()
    env = {**os.environ, "DISPLAY": glass.name, "QT_QPA_PLATFORM": "xcb"}
    with subprocess.Popen(words, env=env, stderr=subprocess.PIPE, text=True) as agent:
        until("the screen", lambda: glass.pixel(20, 780) == GROUND and len(glass.colours()) > 3)
        glass.key("Return", True)
        glass.key("Return", False)
        _, said = agent.communicate(timeout=30)
    assert agent.returncode == 2
    assert f"{home} cannot be used" in said


@pytest.mark.parametrize(
    ("number", "code"), [(errno.EROFS, "HOME-READ-ONLY"), (errno.ENOSPC, "HOME-FULL"), (errno.EACCES, "HOME")]
)
def test_the_help_desk_is_told_what_is_wrong(number: int, code: str) -> None:
    assert code_of(OSError(number, "")) == code
