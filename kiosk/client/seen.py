"""What this workstation last saw of its own chain of the audit trail, and how many requests it has signed.

Kept in a small file, so that a chain that is rewritten while the agent is not running contradicts it too. It is written
at most once a second, without waiting for the disk: an older head is true as well, and only says less. The counter
needs no file: it begins at the clock's microseconds, and the service says if it has seen a higher one.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
import uuid
from pathlib import Path

from kiosk.files import write_private
from kiosk.model import signing
from kiosk.model.binding import Json, b64u

FILE = "trail-seen.json"
"""In the workstation's folder."""
SAVE_EVERY = 1.0
MAX_FILE = 1024
log = logging.getLogger("kiosk.client.seen")


class EventsSeen:
    """Thread-safe. ``path``: where it is kept; None for a program that asks and forgets."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._run = str(uuid.uuid4())
        self._counter = time.time_ns() // 1000
        self._head = _read(path) if path is not None else None
        self._head_by = 0  # counter of the request whose answer told it
        self._saved_at = float("-inf")
        self._dirty = False

    def claim(self, body: bytes, salt: bytes) -> dict[str, Json]:
        """The claim ``signing.CLAIM`` of the next request."""
        digest = signing.digest(signing.told(body, salt))
        with self._lock:
            self._counter += 1
            head: Json = [*self._head] if self._head else None
            return {"for": signing.LABEL, "n": self._counter, "run": self._run, "head": head, "body": digest}

    def learn(self, counter: int, head: str | None, last: str | None) -> None:
        """From the answer to the request of that ``counter``: the values of its two headers."""
        told = signing.head_of(head) if head is not None else None
        with self._lock:
            if last is not None and last.isascii() and last.isdigit() and len(last) < 17:
                self._counter = max(self._counter, int(last))
            if told is None or counter <= self._head_by:  # an answer that was overtaken says nothing new
                return
            self._head, self._head_by, self._dirty = told, counter, True
            if time.monotonic() - self._saved_at >= SAVE_EVERY:
                self._save()

    def close(self) -> None:
        """Keep what was learnt last."""
        with self._lock:
            if self._dirty:
                self._save()

    def _save(self) -> None:
        if self._path is None or self._head is None:
            return
        self._saved_at, self._dirty = time.monotonic(), False
        try:
            write_private(self._path, json.dumps(self._head).encode("ascii"), durable=False)
        except OSError as error:
            log.warning("what was seen of the audit trail cannot be kept: %s", error.strerror)


def fresh_salt() -> tuple[bytes, str]:
    """A new salt, and as ``signing.SALT_HEADER`` carries it."""
    salt = secrets.token_bytes(signing.SALT_BYTES)
    return salt, b64u(salt)


def _read(path: Path) -> tuple[int, str] | None:
    """None for no file and for one that a crash left half written: then the next answer says it anew."""
    try:
        with path.open("rb") as file:
            number, link = json.loads(file.read(MAX_FILE))
        return signing.head_of(f"{number}:{link}")
    except (OSError, ValueError, TypeError):
        return None
