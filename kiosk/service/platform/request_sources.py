"""Where a request comes from, as it is counted."""

from __future__ import annotations

import ipaddress


def source_of(address: str) -> str:
    """``address`` as one party: an IPv4 address, or the /64 of an IPv6 address, of which one machine has all (RFC 4291
    section 2.5.4). Anything else stays as it is."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False).network_address) + "/64"
