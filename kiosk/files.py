"""The one way to write, or add to, a file that its owner alone may read: whole or not at all, whatever happens."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from pathlib import Path

MODE = 0o600
_ASIDE = ".new"
_ABANDONED = 3600.0
"""Seconds after which a file that was written aside is a crashed writer's: a live one needs moments."""


def write_private(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace ``path`` by a file of mode 0600 that holds ``data``. Raises ``OSError``; then ``path`` is as it was.

    Whoever reads it, also after a crash at any moment, finds the whole old content or the whole new one. ``path`` may
    be a symlink: the link is replaced, not what it points to. ``durable``: on the disk when this returns; without it a
    power cut may bring the old content back, or an empty file.
    """
    _sweep(path)
    aside = path.with_name(f".{path.name}.{os.urandom(6).hex()}{_ASIDE}")
    descriptor = open_new(aside)
    try:
        _fill(descriptor, data, durable=durable)
        aside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise
    if durable:
        sync_folder(path.parent)


def create_private(path: Path, data: bytes) -> None:
    """A new file of mode 0600 that holds ``data``, on the disk when this returns. Raises ``OSError``: then there is no
    such file, and ``FileExistsError`` for one that was there before, or a symlink."""
    descriptor = open_new(path)
    try:
        _fill(descriptor, data, durable=True)
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    sync_folder(path.parent)


def append_private(path: Path, data: bytes, *, create: bool = False) -> None:
    """Add ``data`` at the end of ``path``, whole or not at all, on the disk when this returns.

    A short write (disk full) is cut off again. ``create``: where there is no such file, a new one of mode 0600. Raises
    ``OSError``, also for a symlink.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create else 0)
    descriptor = os.open(path, flags, MODE)
    try:
        before = os.fstat(descriptor).st_size
        try:
            if os.write(descriptor, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, before)
            raise
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Which files ``folder`` has is on the disk when this returns. Raises ``OSError``."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_new(path: Path) -> int:
    """A descriptor of a new, empty file of mode 0600, to write to. Raises ``OSError``, as ``create_private`` does."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, MODE)
    try:
        os.fchmod(descriptor, MODE)  # a umask takes away; the owner shall read it all the same
    except BaseException:
        os.close(descriptor)
        with contextlib.suppress(OSError):
            path.unlink()
        raise
    return descriptor


def _fill(descriptor: int, data: bytes, *, durable: bool) -> None:
    """Closes ``descriptor`` in any case."""
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        if durable:
            os.fsync(descriptor)


def _sweep(path: Path) -> None:
    """Remove what writers of ``path`` left behind that crashed long ago: it may hold what nobody should keep."""
    begins = f".{path.name}."
    with contextlib.suppress(OSError):
        for left in path.parent.iterdir():
            if left.name.startswith(begins) and left.name.endswith(_ASIDE):
                facts = left.lstat()
                if stat.S_ISREG(facts.st_mode) and time.time() - facts.st_mtime > _ABANDONED:
                    left.unlink()
