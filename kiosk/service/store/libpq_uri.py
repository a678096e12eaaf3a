"""PostgreSQL's connection URIs, taken apart as libpq does it (PostgreSQL manual, section 32.1.1.2).

``postgresql://[user[:password]@][host[:port][,…]][/dbname][?name=value[&…]]``. What is wrong is said without repeating
it: a slip of the keyboard can put a piece of the password anywhere.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field

from kiosk.model.counted import counted
from kiosk.service.store.errors import StoreDownError

SCHEME = re.compile(r"postgres(?:ql)?(?:\+[a-z0-9_]+)?://", re.ASCII)
"""Also as SQLAlchemy names a driver: ``postgresql+asyncpg``."""
ESCAPES = "In a user name or password write @ as %40, : as %3A, / as %2F, ? as %3F and % as %25."
_HEX = re.compile(rb"%([0-9A-Fa-f]{2})")
_STRAY = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_NAME = re.compile(r"[a-zA-Z_]{1,40}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}", re.ASCII)
MAX_PORT = 65535


@dataclass(frozen=True, slots=True)
class Parts:
    """An address in pieces. ``hosts``: a name, address or folder of a socket and its port, each None where unsaid.

    ``more``: every other parameter. ``plain``: False where pieces of a password may be among them.
    """

    hosts: tuple[tuple[str | None, int | None], ...]
    user: str | None
    password: str | None = field(repr=False)
    database: str | None
    more: dict[str, str] = field(repr=False)
    plain: bool = True


def is_postgres(url: str) -> bool:
    """Whether ``url`` begins as one of PostgreSQL's."""
    return SCHEME.match(url) is not None


def taken_apart(url: str) -> Parts:
    """Raises ``StoreDownError``, which never repeats what is in ``url``."""
    begun = SCHEME.match(url)
    if begun is None:
        raise StoreDownError("The database must be a sqlite:/// or postgresql:// address.")
    rest = url[begun.end() :]
    # As libpq: an @ before the first / ends user and password, whatever else they hold.
    at, slash = rest.find("@"), rest.find("/")
    login = ""
    if at >= 0 and (slash < 0 or at < slash):
        login, rest = rest[:at], rest[at + 1 :]
    before, marked, query = rest.partition("?")
    authority, _, name = before.partition("/")
    plain = "@" not in rest
    if "@" in authority:
        raise StoreDownError(f"The database's address has a second @ before its host. {ESCAPES}")
    user, _, password = login.partition(":")
    said = _parameters(query, plain) if marked else {}
    hosts = said.pop("host", [])
    ports = said.pop("port", [])
    more = {key: values[-1] for key, values in said.items()}
    found = _hosts(authority) if authority else ()
    return Parts(
        hosts=_named(hosts, ports[-1] if ports else "") if hosts or not found else _ported(found, ports),
        user=more.pop("user", None) or _decoded(user, "user name") or None,
        password=more.pop("password", None) or _decoded(password, "password") or None,
        database=more.pop("dbname", None) or _decoded(name, "name of the database") or None,
        more=more,
        plain=plain,
    )


def _parameters(query: str, plain: bool) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    for setting in query.split("&"):
        if not setting:
            continue
        name, equals, value = setting.partition("=")
        name = _decoded(name, "a parameter's name")
        if not equals or "=" in value:
            shown = f", {name}," if plain and _NAME.fullmatch(name) else ""
            raise StoreDownError(
                f"A parameter of the database's address{shown} is not name=value; an = in a value is %3D. {ESCAPES}"
            )
        said.setdefault(name, []).append(_decoded(value, f"parameter {name}" if plain else "a parameter"))
    return said


def _hosts(authority: str) -> tuple[tuple[str | None, int | None], ...]:
    return tuple(_host(host) for host in authority.split(","))


def _host(text: str) -> tuple[str | None, int | None]:
    if text.startswith("["):
        inside, closed, after = text[1:].partition("]")
        if not closed or (after and not after.startswith(":")):
            raise StoreDownError("An IPv6 address in the database's address is written [ADDRESS] or [ADDRESS]:PORT.")
        return _checked(_decoded(inside, "host")), _port(after[1:])
    name, _, port = text.partition(":")
    return _checked(_decoded(name, "host")), _port(port)


def _named(hosts: list[str], ports: str) -> tuple[tuple[str | None, int | None], ...]:
    """Of ``host=`` (with commas, as libpq has it) and ``port=``. ``host=NAME:PORT``, repeated, is SQLAlchemy's."""
    found = tuple(_one(each) for said in hosts or [""] for each in said.split(","))
    return _ported(found, [ports])


def _one(text: str) -> tuple[str | None, int | None]:
    if text.startswith("/") or (text.count(":") > 1 and not text.startswith("[")):
        return _checked(text), None
    return _host(text)


def _ported(
    found: tuple[tuple[str | None, int | None], ...], ports: list[str]
) -> tuple[tuple[str | None, int | None], ...]:
    if not ports or not ports[-1]:
        return found
    given = [_port(port) for port in ports[-1].split(",")]
    if len(given) not in (1, len(found)):
        raise StoreDownError(
            f"The database's address names {counted(len(given), 'port')} for {counted(len(found), 'host')}: port."
        )
    each = given * len(found) if len(given) == 1 else given
    return tuple((host, own if own is not None else port) for (host, own), port in zip(found, each, strict=True))


def _checked(host: str) -> str | None:
    """``host`` if it can be one."""
    if not host:
        return None
    if not host.startswith("/") and _HOST.fullmatch(host) is None:
        try:
            ipaddress.ip_address(host)
        except ValueError:
            if not host.isascii() and host.replace(".", "").replace("-", "").isalnum():
                raise StoreDownError(
                    "A host in the database's address has letters beyond ASCII. Write it as DNS has it, with xn--"
                    " (RFC 5891)."
                ) from None
            raise StoreDownError(f"A host in the database's address is none. {ESCAPES}") from None
    return host


def _port(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) <= MAX_PORT:
        raise StoreDownError(f"A port in the database's address is no number from 1 to {MAX_PORT}. {ESCAPES}")
    return int(text)


def _decoded(text: str, what: str) -> str:
    """Percent-encoding undone, strictly; a + stays one (libpq's ``conninfo_uri_decode``)."""
    raw = text.encode("utf-8", "surrogateescape")
    if _STRAY.search(raw):
        raise StoreDownError(
            f"In the database's address, {what}: a % is not followed by two hexadecimal digits. {ESCAPES}"
        )
    try:
        found = _HEX.sub(lambda pair: bytes.fromhex(pair[1].decode("ascii")), raw).decode("utf-8")
    except UnicodeDecodeError:
        raise StoreDownError(f"In the database's address, {what}: it is not encoded as UTF-8.") from None
    if "\0" in found:
        raise StoreDownError(f"In the database's address, {what}: %00 cannot be in it.")
    return found
