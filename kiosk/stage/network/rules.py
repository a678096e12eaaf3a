"""What may leave a workspace: the text that ``nft`` loads there, before there is any way out.

Whatever is not named is refused at once, so that a program need not wait for it. The station's own addresses are
refused before all else: a range that holds one of them is no door to the station. Loaded again, the text takes the
place of what was there, in one step. [nft(8)]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

NAMES_PORT = 53
_NEIGHBOURS = "{ nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, nd-router-advert }"
"""Of ICMPv6: without them no address of the other side is found (RFC 4861)."""
NOWHERE = (
    "ip daddr { 0.0.0.0/8, 127.0.0.0/8, 224.0.0.0/4, 255.255.255.255 }",
    "ip6 daddr { ::, ::1, ::ffff:0:0/96 }",
)
"""Loopback, everybody and nobody (RFC 6890), which a wide range may hold: a socket that is bound to the way out takes
loopback there, and older passt hands it to the station's own."""
_EVERYBODY = "ip6 daddr ff00::/8"
"""The same of IPv6, but for how addresses are found."""
_REFUSED = "reject with icmpx admin-prohibited"
_TABLE = """table inet kiosk {{}}
delete table inet kiosk
table inet kiosk {{
    chain out {{
        type filter hook output priority filter; policy drop;
        oifname "lo" accept
{rules}
        reject with icmpx admin-prohibited
    }}
    chain in {{
        type filter hook input priority filter; policy drop;
        iifname "lo" accept
        ct state established,related accept
        icmpv6 type {neighbours} accept
    }}
    chain through {{
        type filter hook forward priority filter; policy drop;
    }}
}}
"""


class Allowed(NamedTuple):
    """As of ``model.reach.Reach``, whose words it is made of."""

    version: str
    network: str
    protocol: str
    first: str
    last: str


def ruleset(allowed: Sequence[Allowed], servers: Sequence[str], station: Sequence[str]) -> str:
    """``servers``: addresses of those that resolve names. ``station``: its own addresses."""
    lines = [f"{place} {_REFUSED}" for place in (*NOWHERE, *map(_to, station))]
    lines += ["ct state established,related accept", f"icmpv6 type {_NEIGHBOURS} accept", f"{_EVERYBODY} {_REFUSED}"]
    for address in servers:
        lines += [f"{_to(address)} {protocol} dport {NAMES_PORT} accept" for protocol in ("udp", "tcp")]
    for place in allowed:
        lines.append(f"{_to(place.network)} {place.protocol} dport {place.first}-{place.last} accept")
    return _TABLE.format(rules="\n".join(f"        {line}" for line in lines), neighbours=_NEIGHBOURS)


def _to(address: str) -> str:
    return f"{'ip6' if ':' in address else 'ip'} daddr {address}"
