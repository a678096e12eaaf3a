r"""Passwords from PostgreSQL's password file (PostgreSQL manual, section 32.16): ``host:port:database:user:password``.

Read here and not by asyncpg, which leaves the backslash of ``\:`` in the password.
"""

from __future__ import annotations

import logging
import os
import re
import stat
from pathlib import Path

from kiosk.service.store.errors import StoreDownError

log = logging.getLogger("kiosk.service.store.passfile")
MAX_BYTES = 1 << 20
_FIELD = re.compile(r"((?:[^:\\]|\\.|\\$)*)(?::|$)")


def password_for(named: str | None, host: str, port: int, database: str, user: str) -> str | None:
    """The first that fits; None for none. ``named``: the address's passfile.

    Raises ``StoreDownError`` if that one cannot be used. As libpq, PGPASSFILE and ``~/.pgpass`` may be missing.
    """
    path = _path(named)
    if path is None:
        return None
    wrong = _wrong(path)
    if wrong and named:
        raise StoreDownError(f"The database's passfile, {path}, {wrong}.")
    if wrong:
        if path.exists():
            log.warning("the password file %s is not read: it %s", path, wrong)
        return None
    wanted = ("localhost" if host.startswith("/") else host, str(port), database, user)
    with path.open(encoding="utf-8", errors="surrogateescape") as file:
        for line in file.read(MAX_BYTES).splitlines():
            found = None if line.startswith("#") else _fields(line)
            if found is not None and _fits(found[:4], wanted, host):
                return found[4]
    return None


def _path(named: str | None) -> Path | None:
    said = named or os.environ.get("PGPASSFILE")
    if said:
        return Path(said)
    try:
        return Path.home() / ".pgpass"
    except RuntimeError:
        return None


def _wrong(path: Path) -> str:
    """Why it is not to be read, as the end of a sentence."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not stat.S_ISREG(mode) or not os.access(path, os.R_OK):
        return "is no file that this user can read"
    return "can be read by others: chmod 600 it" if mode & 0o077 else ""


def _fields(line: str) -> list[str] | None:
    """The five of a line; the last one is whatever is left."""
    found, rest = [], line
    for _ in range(4):
        match = _FIELD.match(rest)
        if match is None or match.end() >= len(rest):
            return None
        found.append(match[1])
        rest = rest[match.end() :]
    return [re.sub(r"\\(.)", r"\1", part) for part in (*found, rest)]


def _fits(patterns: list[str], wanted: tuple[str, ...], host: str) -> bool:
    first, *others = zip(patterns, wanted, strict=True)
    return (first[0] in ("*", first[1], host)) and all(pattern in ("*", value) for pattern, value in others)
