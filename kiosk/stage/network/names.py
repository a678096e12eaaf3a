"""Who resolves names for a workspace: the station's own name servers, or the station itself in their place.

A server on the station's loopback, such as systemd-resolved, is not to be reached from another network. Then the way
out (``pasta``) hands on what is asked at ``FORWARDED``, to the first that the station has. [resolv.conf(5), pasta(1)]
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

FORWARDED = "169.254.0.53"
"""Of the range that no router passes on (RFC 3927): it means something between a workspace and its way out alone."""
_SERVER = re.compile(r"[0-9.]{7,15}|[0-9A-Fa-f:.]{2,45}")
_KEPT = ("search", "domain", "options")
_MAX_BYTES = 65536
_MAX_SERVERS = 3


class Resolving(NamedTuple):
    """``servers``: addresses that are asked; ``forwards``: one of them is ``FORWARDED``. ``text``: resolv.conf(5)."""

    servers: tuple[str, ...]
    forwards: bool
    text: str


def resolving(station: Collection[str], path: str = "/etc/resolv.conf") -> Resolving:
    """By what ``path`` says now. ``station``: its own addresses, at which a workspace reaches nothing."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = [line.split() for line in file.read(_MAX_BYTES).splitlines()]
    except OSError:
        lines = []
    said = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver" and _SERVER.fullmatch(words[1])]
    servers = [server for server in said if not _is_here(server) and server not in station][:_MAX_SERVERS]
    forwards = bool(said) and not servers
    servers = [FORWARDED] if forwards else servers
    kept = [" ".join(words) for words in lines if words and words[0] in _KEPT]
    text = "".join(f"{line}\n" for line in [f"nameserver {server}" for server in servers] + kept)
    return Resolving(tuple(servers), forwards, text)


def _is_here(server: str) -> bool:
    return server.startswith("127.") or server in ("::1", "0.0.0.0", "::")  # noqa: S104 # read, not listened at
