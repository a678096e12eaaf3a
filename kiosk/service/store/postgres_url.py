"""A PostgreSQL address: how it is reached, and whether by TLS.

Written as PostgreSQL's own programs take it (``libpq_uri``, ``libpq_params``). To another machine the server's
certificate and name are verified unless the address says otherwise (libpq's ``sslmode=verify-full``, PostgreSQL manual,
section 32.19). To this machine itself nothing is asked for. The environment may say where the server is and who asks
(PGHOST, PGPORT, PGUSER, PGPASSWORD, PGPASSFILE), as for libpq; never that less is verified.
"""

from __future__ import annotations

import getpass
import ipaddress
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from kiosk.service.store import postgres_tls
from kiosk.service.store.errors import StoreDownError
from kiosk.service.store.libpq_params import Mode, checked
from kiosk.service.store.libpq_uri import Parts, taken_apart

PORT = 5432
SOCKETS = ("/run/postgresql", "/var/run/postgresql", "/tmp")  # noqa: S108  (where servers put them)


@dataclass(frozen=True, slots=True)
class PostgresHost:
    """One server. ``name``: as it is connected to and verified; a folder for a socket."""

    name: str
    port: int

    def __str__(self) -> str:
        return self.name if self.name.startswith("/") else f"{self.name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Where:
    """``hosts``: to be tried in order. ``local``: all on this machine. ``mode``: None where it is local and nothing was
    said. ``said``: the other parameters. ``attrs``: what a server must be. ``several``: more than one server was named;
    where none was, ``hosts`` are the places where this machine's one may be."""

    hosts: tuple[PostgresHost, ...]
    several: bool
    user: str
    password: str | None = field(repr=False)
    database: str | None
    local: bool
    mode: Mode | None
    roots: Path | None
    attrs: str
    said: Mapping[str, str] = field(repr=False)

    @property
    def verified(self) -> bool:
        """Whether nobody between here and the server can read along or answer in its place."""
        return self.local or self.mode == "verify-full"

    def ssl(self) -> ssl.SSLContext | str:
        """What asyncpg takes. Raises ``StoreDownError`` for certificates that cannot be read."""
        return postgres_tls.secured(self.mode, self.roots, self.said)


def where(url: str) -> Where:
    """Read an address. Raises ``StoreDownError`` with a sentence, which does not repeat it: it may hold a password."""
    parts = taken_apart(url)
    said = checked(parts.more, parts.plain)
    hosts = _hosts(parts)
    local = all(_is_local(host.name) for host in hosts)
    asked = cast("Mode | None", said.get("sslmode"))
    roots = said.get("sslrootcert")
    if roots is not None and roots != "system" and not Path(roots).is_absolute():
        raise StoreDownError("The database's sslrootcert must be the whole path of a file, or system.")
    if roots is not None and asked in ("disable", "allow", "prefer"):
        raise StoreDownError("The database's sslrootcert needs sslmode=require, verify-ca or verify-full.")
    if roots == "system" and asked not in (None, "verify-full"):
        raise StoreDownError(
            "The database's sslrootcert=system needs sslmode=verify-full: anybody has such a certificate."
        )
    # Who names a CA wants it to be looked at, on this machine, too.
    mode: Mode | None = asked or ("verify-full" if roots is not None or not local else None)
    postgres_tls.check(mode, said)
    several = len(parts.hosts) > 1
    return Where(
        hosts,
        several,
        parts.user or os.environ.get("PGUSER") or _user(),
        parts.password,
        parts.database,
        local,
        mode,
        Path(roots) if roots is not None and roots != "system" else None,
        said.get("target_session_attrs") or ("read-write" if several else "any"),
        said,
    )


def _hosts(parts: Parts) -> tuple[PostgresHost, ...]:
    port = _environment_port()
    found: list[PostgresHost] = []
    for name, said in parts.hosts or ((None, None),):
        wanted = said or port
        named = name or os.environ.get("PGHOST") or ""
        if not named:
            found += [PostgresHost(folder, wanted) for folder in SOCKETS if Path(folder).is_dir()]
            found.append(PostgresHost("localhost", wanted))
        elif "," in named:
            raise StoreDownError("PGHOST names several hosts. Name them in the address of the database.")
        else:
            found.append(PostgresHost(named, wanted))
    return tuple(found)


def _environment_port() -> int:
    said = os.environ.get("PGPORT", "")
    if said and (not said.isascii() or not said.isdigit()):
        raise StoreDownError("PGPORT, in the environment, is no port. Name the port in the address of the database.")
    return int(said or PORT)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise StoreDownError("The database's address names no user: postgresql://USER@HOST/NAME.") from None


def _is_local(host: str) -> bool:
    """A socket in the file system, or this machine's own address."""
    if host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
