"""One service on one SQLite file: a lock beside it, held as long as the process that serves it lives.

It would work with two for a while: each keeps to itself what the other has to know (who waits, what was counted), and
their writers wait for each other. It is a lock of the file's (``flock``), so that it ends with the process however that
ends, and holds for every port and every data folder that leads to this file.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.service.store import disk
from kiosk.service.store.errors import StoreBusyError, StoreDownError

ENDING = "-serving"


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Be the only service on the SQLite file of ``url``; nothing for another kind of database.

    Raises ``StoreBusyError`` if another one is there, ``StoreDownError`` if that cannot be found out.
    """
    file = disk.file_of(url)
    if not file:
        yield
        return
    real = Path(file).resolve()
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(real.with_name(real.name + ENDING), flags, 0o600)
    except OSError as error:
        raise StoreDownError(f"The lock beside {real} cannot be opened: {error.strerror}.") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreBusyError(
                f"Another service uses {real} already. One SQLite file serves one service: stop the other one, or use "
                "PostgreSQL, on which several can serve."
            ) from None
        except OSError as error:
            raise StoreDownError(f"The lock beside {real} cannot be held: {error.strerror}.") from None
        yield
    finally:
        os.close(descriptor)
