"""The stage's private folder, a fresh one each time; what an earlier stage left behind is taken away."""

from __future__ import annotations

import os
import stat


class FolderNotPrivateError(Exception):
    """Somebody else's folder stands where ours should; the message is a sentence."""


def begin(base: str) -> str:
    """A new empty folder in ``base``, which only this user may enter. Raises ``FolderNotPrivateError``, ``OSError``."""
    try:
        os.mkdir(base, 0o700)
    except FileExistsError:
        found = os.lstat(base)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise FolderNotPrivateError(f"{base} is not a private folder of this user. Remove it.") from None
    for name in os.listdir(base):
        if not (name.isdigit() and os.path.isdir(f"/proc/{name}")):
            remove(f"{base}/{name}")
    mine = f"{base}/{os.getpid()}"
    remove(mine)
    os.mkdir(mine, 0o700)
    return mine


def remove(path: str) -> None:
    """``path`` and all in it; links are not followed. Nothing if it is not there."""
    for folder, folders, files in os.walk(path, topdown=False):
        for name in files:
            os.unlink(f"{folder}/{name}")
        for name in folders:
            (os.unlink if os.path.islink(f"{folder}/{name}") else os.rmdir)(f"{folder}/{name}")
    if os.path.isdir(path):
        os.rmdir(path)
