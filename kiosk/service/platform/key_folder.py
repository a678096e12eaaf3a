"""Which keys there are, a new one made, an old one removed: by one command at a time."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kiosk.files import sync_folder, write_private
from kiosk.service.platform.keys import KEY_BYTES, NAME, PREPARED, KeyFileError

MAX_NUMBER = 9_999_999


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """``DIR/keys``, and what systemd hands over besides."""

    folder: Path
    credentials: Path | None = None

    def numbers(self) -> dict[str, list[int]]:
        """Of each kind, the highest first. Raises ``KeyFileError``."""
        found: dict[str, set[int]] = {}
        try:
            for where in (self.folder, self.credentials):
                for path in where.iterdir() if where and where.is_dir() else ():
                    if match := NAME.fullmatch(path.name):
                        found.setdefault(match[1], set()).add(int(match[2]))
        except OSError as error:
            raise KeyFileError(f"The keys in {self.folder} cannot be read: {error.strerror}.") from None
        return {kind: sorted(numbers, reverse=True) for kind, numbers in found.items()}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else makes or removes keys meanwhile. Raises ``KeyFileError`` if somebody does now."""
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise KeyFileError("Another command rotates or retires keys now. Wait until it has ended.") from None
            yield
        finally:
            os.close(descriptor)

    def prepare(self, kind: str) -> Path:
        """A new key that is not written under before ``make``, to be copied to replicas first; the one that is
        prepared already, if any. Raises ``KeyFileError``."""
        path = self.path(kind, self._next(kind)).with_suffix(PREPARED)
        if not path.exists():
            self._write(path, secrets.token_bytes(KEY_BYTES))
        return path

    def make(self, kind: str) -> int:
        """The key that was prepared, or a new one, is on the disk when this returns; its number. Raises
        ``KeyFileError``."""
        number = self._next(kind)
        prepared = self.path(kind, number).with_suffix(PREPARED)
        try:
            key = prepared.read_bytes() if prepared.exists() else secrets.token_bytes(KEY_BYTES)
        except OSError as error:
            raise KeyFileError(f"{prepared} cannot be read: {error.strerror}.") from None
        if len(key) != KEY_BYTES:
            raise KeyFileError(f"{prepared} is damaged. Remove it here and on every replica, and prepare another.")
        self.write(kind, number, key)
        prepared.unlink(missing_ok=True)
        return number

    def _next(self, kind: str) -> int:
        number = self.numbers()[kind][0] + 1
        if number > MAX_NUMBER:
            raise KeyFileError(f"There is no number left for a {kind} key.")
        return number

    def write(self, kind: str, number: int, key: bytes) -> None:
        """Write a key. Raises ``KeyFileError``."""
        self._write(self.path(kind, number), key)

    def _write(self, path: Path, key: bytes) -> None:
        try:
            write_private(path, key)
        except OSError as error:
            raise KeyFileError(f"A new key cannot be written to {self.folder}: {error.strerror}.") from None

    def write_pem(self, kind: str, number: int, pem: bytes, *, prepared: bool = False) -> None:
        """Write a key that signs; ``prepared``: under a name that is not used yet. Raises ``KeyFileError``."""
        path = self.path(kind, number, "pem")
        self._write(path.with_suffix(PREPARED) if prepared else path, pem)

    def make_pem(self, kind: str, key: bytes) -> int:
        """``key``, PEM, is the current one of its kind and on the disk when this returns; its number. Raises
        ``KeyFileError``."""
        number = self._next(kind)
        self._write(self.path(kind, number, "pem"), key)
        return number

    def remove(self, kind: str, number: int, ending: str = "key") -> bytes:
        """Remove a key's file; what it held. Raises ``KeyFileError``."""
        path = self.path(kind, number, ending)
        try:
            held = path.read_bytes()
            path.unlink()
            sync_folder(self.folder)
        except OSError as error:
            raise KeyFileError(f"{path} cannot be removed: {error.strerror}.") from None
        return held

    def path(self, kind: str, number: int, ending: str = "key") -> Path:
        """Where it is, unless systemd hands it over. ``ending``: ``pem`` for keys that sign."""
        return self.folder / f"{kind}-{number}.{ending}"
