"""One thread of another process, stopped while all its others go on: what a hung ui thread looks like from outside."""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
from types import TracebackType
from typing import Self

_SEIZE, _INTERRUPT, _DETACH = 0x4206, 0x4207, 17
_WALL = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


class BlockedThread:
    """``tid``: stopped by ptrace(2) from entering to leaving; one that dies meanwhile is let go. A context manager.

    Raises ``OSError`` where the kernel does not allow it.
    """

    def __init__(self, tid: int) -> None:
        self._tid = tid
        self._stopped, self._over = threading.Event(), threading.Event()
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._trace, name="tracer")

    def __enter__(self) -> Self:
        self._thread.start()
        self._stopped.wait()
        if self._error is not None:
            self._thread.join()
            raise self._error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _trace(self) -> None:
        """All on one thread: to the kernel, that thread is the tracer."""
        try:
            self._ask(_SEIZE)
            self._ask(_INTERRUPT)
            os.waitpid(self._tid, _WALL)
        except OSError as error:
            self._error = error
        self._stopped.set()
        while self._error is None and not self._over.wait(0.01):
            if os.waitpid(self._tid, _WALL | os.WNOHANG)[0]:
                return  # it was killed; only now does its parent hear of it
        with contextlib.suppress(OSError):
            self._ask(_DETACH)

    def _ask(self, request: int) -> None:
        if _LIBC.ptrace(request, self._tid, None, None) == -1:
            raise OSError(ctypes.get_errno(), "ptrace")
