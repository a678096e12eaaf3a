"""On a disk that is really full somebody is stopped all the same: by the room that was kept for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.service.store import disk, reserve

FULL_DISK = """
import sys
from pathlib import Path
from kiosk.cli.admin import STOPS
from kiosk.demo.processes import ChildFailedError
from kiosk.service.store import reserve
from tests.fakes.commands import kiosk
data = Path(sys.argv[1]) / "service"
kiosk("service", "init", "--data", str(data), "--origin", "https://auth.hospital.example")
def admin(*words):
    return kiosk("admin", "--data", str(data), *words)
admin("person", "add", "ada", "--name", "Ada")
admin("person", "add", "bob", "--name", "Bob")
admin("badge", "add", "bob", "--uid", "04A1B2C3")
badge = next(word for word in admin("factor", "list", "bob").split() if word.startswith("badge:"))
assert reserve.ensure(data)
with (data.parent / "fill").open("wb", 0) as fill:
    for size in (1 << 20, 4096, 1):
        try:
            while fill.write(bytes(size)):
                pass
        except OSError:
            pass
def refused(*words):
    try:
        admin(*words)
    except ChildFailedError as error:
        assert "disk" in str(error), error
        return True
    return False
assert refused("person", "add", "eve", "--name", "Eve")
assert (data / reserve.FILE).exists(), "an act that stops nobody does not use it"
admin("factor", "lost", "bob", badge)
assert not (data / reserve.FILE).exists()
admin("person", "suspend", "ada")
assert "suspended" in admin("person", "list")
assert "lost" in admin("factor", "list", "bob")
assert not reserve.ensure(data), "there is no room for it now"
(data.parent / "fill").unlink()
assert reserve.ensure(data)
print("done")
"""


def test_a_badge_is_stopped_and_a_person_suspended_on_a_full_disk() -> None:
    """64 MB of a file system of its own, in a mount namespace that ends with the process."""
    script = 'd=$(mktemp -d) && mount -t tmpfs -o size=64m kiosk-test "$d" && exec "$0" -c "$1" "$d"'
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = subprocess.run(
        ["unshare", "--mount", *user, "sh", "-c", script, sys.executable, FULL_DISK],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "done\n"


def test_it_is_made_once_and_only_where_much_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "free", lambda _: reserve.ROOM * reserve.SIZE - 1)
    assert not reserve.ensure(tmp_path)
    monkeypatch.setattr(disk, "free", lambda _: None)
    assert not reserve.ensure(tmp_path)
    monkeypatch.undo()
    assert reserve.ensure(tmp_path)
    assert reserve.ensure(tmp_path)
    assert ((tmp_path / reserve.FILE).stat().st_size, (tmp_path / reserve.FILE).stat().st_mode & 0o777) == (
        reserve.SIZE,
        0o600,
    )
    assert reserve.release(tmp_path)
    assert not reserve.release(tmp_path)
    assert list(tmp_path.iterdir()) == []
