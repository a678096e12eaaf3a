"""A file that only takes up room under an SQLite database: removed where the disk is full and somebody must be stopped.

The service makes it while there is room. An administrator's act that ends somebody's access removes it, and is written
into the room that it gives.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path

from kiosk.files import open_new, sync_folder
from kiosk.service.store import disk

FILE = "reserve"
SIZE = 8 * disk.MIB
"""Bytes: thousands of such acts, with the log's growth."""
ROOM = 4
"""It is made where so many times its size would be left."""
log = logging.getLogger("kiosk.service.store.reserve")


def ensure(folder: Path) -> bool:
    """Make the file in ``folder`` if it is missing and there is room; whether it is there. Raises nothing."""
    path = folder / FILE
    if path.exists():
        return True
    left = disk.free(folder)
    if left is None or left < ROOM * SIZE:
        return False
    try:
        with suppress(FileNotFoundError):
            path.with_suffix(".new").unlink()  # of one that was stopped
        descriptor = open_new(path.with_suffix(".new"))
        try:
            os.posix_fallocate(descriptor, 0, SIZE)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        path.with_suffix(".new").replace(path)
        sync_folder(folder)
    except OSError as error:
        log.warning("no room can be kept for a full disk: %s", error.strerror)
        with suppress(OSError):
            path.with_suffix(".new").unlink()
        return False
    return True


def release(folder: Path) -> bool:
    """Give the room back; whether there was any."""
    try:
        (folder / FILE).unlink()
        sync_folder(folder)
    except OSError:
        return False
    log.warning("the disk is full: the room that was kept for that is used now. Free some of it")
    return True
