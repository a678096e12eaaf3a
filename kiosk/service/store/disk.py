"""What is wrong with the disk under an SQLite database, where SQLite itself only says that something failed.

A full disk is ``SQLITE_FULL`` while a file grows, but ``SQLITE_IOERR_SHMSIZE`` or ``SQLITE_CANTOPEN`` as soon as the
database is opened anew; a disk that was mounted read-only is ``SQLITE_CANTOPEN`` (both seen on a small tmpfs).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

MIB = 1024 * 1024
MIN_FREE = MIB
"""Bytes without which nothing can be written: the log, its index and a few pages."""
LOW = 256 * MIB
"""Bytes below which an operator is warned: some days of the trail of a hospital."""


def trouble(folder: Path) -> Literal["full", "read_only"] | None:
    """Why nothing can be written in ``folder``, if that is its disk's or its owner's doing."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    if found.f_flag & os.ST_RDONLY or not os.access(folder, os.W_OK | os.X_OK):
        return "read_only"
    no_inode = found.f_files > 0 and found.f_favail == 0
    return "full" if no_inode or found.f_bavail * found.f_frsize < MIN_FREE else None


def free(folder: Path) -> int | None:
    """Bytes that may still be written there; None where that cannot be told."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


def size(folder: Path) -> int | None:
    """Bytes of the whole disk; None where that cannot be told."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_blocks * found.f_frsize


def file_of(url: str) -> str | None:
    """The SQLite file of that address, "" where it names none; None for another kind of database, and for nonsense."""
    try:
        parsed = make_url(url)
        return (parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
    except (ArgumentError, ValueError):  # the latter: a port that is no number
        return None


def folder_of(url: str) -> Path | None:
    """Where the SQLite files of that address are; None for another kind of database."""
    file = file_of(url)
    return Path(file).absolute().parent if file is not None else None
