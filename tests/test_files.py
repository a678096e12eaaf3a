"""A private file is old or new and whole, whenever its writer dies, and nobody else reads it at any moment."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kiosk import files

OLD, NEW = b"old", b"new" * 100_000
ROOT = Path(__file__).parent.parent

DYING = """
import os, sys
from pathlib import Path
from kiosk import files

path, left = Path(sys.argv[1]), int(sys.argv[2])

def mortal(real):
    def call(*args, **kwargs):
        global left
        left -= 1
        if left == 0:
            os._exit(9)
        made = real(*args, **kwargs)
        left -= 1
        if left == 0:
            os._exit(9)
        return made
    return call

for name in ("open", "fchmod", "fdopen", "fsync", "close"):
    setattr(os, name, mortal(getattr(os, name)))
Path.replace = mortal(Path.replace)
files.write_private(path, b"new" * 100_000)
os._exit(0)
"""
"""Dies before or after the call with that number, of those by which the file is written."""


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def left_beside(path: Path) -> list[Path]:
    return [other for other in path.parent.iterdir() if other != path]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_bytes(OLD)
    path.chmod(0o600)
    return path


def test_it_is_replaced_whole_for_the_owner_alone(path: Path) -> None:
    path.chmod(0o644)
    files.write_private(path, NEW)
    assert (path.read_bytes(), mode_of(path), left_beside(path)) == (NEW, 0o600, [])


def test_a_writer_that_dies_between_any_two_steps_leaves_the_old_or_the_new(path: Path) -> None:
    seen = set()
    for step in range(1, 100):
        ended = subprocess.run([sys.executable, "-c", DYING, str(path), str(step)], cwd=ROOT, check=False)
        now = path.read_bytes()
        seen.add(now)
        assert now in (OLD, NEW), step
        assert now == OLD or NEW in seen
        assert mode_of(path) == 0o600
        assert all(mode_of(left) & 0o077 == 0 for left in left_beside(path))
        if ended.returncode == 0:
            break
        assert ended.returncode == 9
    assert seen == {OLD, NEW}
    assert step > 10, "it died at every step"
    # The next writer is not held up by what they left.
    files.write_private(path, OLD)
    assert path.read_bytes() == OLD


def test_a_writer_that_is_killed_in_the_middle_of_the_content_leaves_the_old(path: Path) -> None:
    program = (
        "import resource, signal, sys; from pathlib import Path; from kiosk import files\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"  # Python ignores it; now a write ends it, as a crash does
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "files.write_private(Path(sys.argv[1]), b'new' * 100_000)"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(path)], cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGXFSZ
    assert (path.read_bytes(), mode_of(path)) == (OLD, 0o600)
    [left] = left_beside(path)
    assert mode_of(left) == 0o600


@pytest.mark.parametrize("where", ["open", "fchmod", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_and_nothing_beside_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path if where == "replace" else os, where, full)
    with pytest.raises(OSError, match="No space left"):
        files.write_private(path, NEW)
    monkeypatch.undo()
    assert (path.read_bytes(), left_beside(path)) == (OLD, [])


def test_a_disk_that_takes_half_leaves_the_old_and_nothing_beside_it(path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            files.write_private(path, NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (path.read_bytes(), left_beside(path)) == (OLD, [])


def test_a_link_in_the_place_of_the_file_is_replaced_and_not_followed(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"untouched")
    path.unlink()
    path.symlink_to(elsewhere)
    files.write_private(path, NEW)
    assert not path.is_symlink()
    assert (path.read_bytes(), elsewhere.read_bytes()) == (NEW, b"untouched")


def test_a_link_planted_where_it_is_written_aside_is_not_followed(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "urandom", bytes)  # whoever plants it cannot know the name; here they do
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"untouched")
    (tmp_path / f".key.{'00' * 6}.new").symlink_to(elsewhere)
    with pytest.raises(FileExistsError):
        files.write_private(path, NEW)
    assert (path.read_bytes(), elsewhere.read_bytes()) == (OLD, b"untouched")


def test_nobody_else_may_read_it_at_any_step(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[tuple[int, int]] = []
    real = os.open

    def opened(name: str | Path, flags: int, mode: int = 0o777) -> int:
        descriptor = real(name, flags, mode)
        if flags & os.O_CREAT:
            facts = os.fstat(descriptor)
            modes.append((stat.S_IMODE(facts.st_mode), facts.st_size))
        return descriptor

    monkeypatch.setattr(os, "open", opened)
    before = os.umask(0)
    try:
        files.write_private(path, NEW)
    finally:
        os.umask(before)
    assert modes == [(0o600, 0)]
    assert mode_of(path) == 0o600


def test_a_umask_that_takes_everything_away_leaves_it_readable_to_its_owner(path: Path) -> None:
    before = os.umask(0o777)
    try:
        files.write_private(path, NEW)
    finally:
        os.umask(before)
    assert mode_of(path) == 0o600


def test_what_a_crash_left_long_ago_is_swept_and_a_writer_at_work_is_not(path: Path, tmp_path: Path) -> None:
    abandoned, at_work, others = (tmp_path / name for name in (".key.1.new", ".key.2.new", ".other.1.new"))
    for left in (abandoned, at_work, others):
        left.write_bytes(b"x")
    for left in (abandoned, others):
        os.utime(left, (0, 0))
    files.write_private(path, NEW)
    assert (abandoned.exists(), at_work.exists(), others.exists()) == (False, True, True)


def test_writers_at_once_never_mix(path: Path) -> None:
    contents = [bytes([digit]) * 50_000 for digit in range(8)]
    writers = [threading.Thread(target=files.write_private, args=(path, content)) for content in contents]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert path.read_bytes() in contents
    assert left_beside(path) == []


def test_a_new_file_is_never_written_over_another_or_through_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    for there in (path, link):
        with pytest.raises(FileExistsError):
            files.create_private(there, NEW)
    assert path.read_bytes() == OLD
    assert not (tmp_path / "nowhere").exists()
    files.create_private(tmp_path / "new", NEW)
    assert ((tmp_path / "new").read_bytes(), mode_of(tmp_path / "new")) == (NEW, 0o600)


def test_a_new_file_that_the_disk_has_no_room_for_is_not_there(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            files.create_private(tmp_path / "new", NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_lines_are_added_to_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    with pytest.raises(FileNotFoundError):
        files.append_private(path, b"a\n")
    files.append_private(path, b"a\n", create=True)
    files.append_private(path, b"b\n")
    assert path.read_bytes() == b"a\nb\n"
    assert stat.S_IMODE(path.stat().st_mode) == files.MODE


def test_what_could_not_be_added_whole_is_cut_off_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lines"
    files.append_private(path, b"whole\n", create=True)
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:3]))
    with pytest.raises(OSError, match="No space left") as refused:
        files.append_private(path, b"another\n")
    assert refused.value.errno == errno.ENOSPC
    assert path.read_bytes() == b"whole\n"


def test_nothing_is_added_to_what_a_symlink_points_to(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"theirs")
    link.symlink_to(target)
    with pytest.raises(OSError, match="symbolic links"):
        files.append_private(link, b"ours", create=True)
    assert target.read_bytes() == b"theirs"
