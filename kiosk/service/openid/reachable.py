"""Where logout tokens may be sent: an address that an administrator registered, and none that it turns into later.

The name is looked up once and that very address is connected to, so that a name cannot answer with one address when it
is looked at and with another when it is used. A hospital's own networks are where its applications are; this machine,
its link and what speaks to a cloud's machinery are not.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from kiosk.service.platform.web_addresses import UnreachableUriError, check_uri

METADATA_NET = ipaddress.ip_network("fd00:ec2::/32")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class PinnedTarget:
    """``url`` names the address itself; ``host`` (with its port) and ``name`` are what it is asked and checked for."""

    url: str
    host: str
    name: str


async def pinned(uri: str, *, loopback: bool, public: bool = False) -> PinnedTarget:
    """Where to connect for ``uri``. ``loopback``: this machine is allowed. ``public``: no address of a network of one's
    own is (RFC 1918, RFC 4193), as where somebody else than an administrator named the address. Raises
    ``UnreachableUriError``."""
    check_uri(uri)
    parts = urlsplit(uri)
    name, port = parts.hostname or "", parts.port or 443
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnreachableUriError("its name is not known") from None
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not addresses or not all(_allowed(address, loopback, public) for address in addresses):
        raise UnreachableUriError("its address is one that nothing is sent to")
    chosen = str(addresses[0])
    shown = f"[{chosen}]" if ":" in chosen else chosen
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return PinnedTarget(f"https://{shown}:{port}{path}", parts.netloc, name)


def _allowed(address: Address, loopback: bool, public: bool) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return _allowed(mapped, loopback, public)
    if address.is_loopback:
        return loopback
    if public and not address.is_global:
        return False
    bad = address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved
    return not bad and not (address.version == 6 and address in METADATA_NET)
