"""Where programs of a workspace may connect: addresses and ports, as an administrator writes them.

``192.0.2.7:443``, ``10.20.0.0/16:443``, ``10.20.1.5:5000-5010``, ``[2001:db8::/32]:443``, and ``/udp`` behind any of
them for UDP. No names: what a name means is said by whoever answers for it, at another moment.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_FORM = re.compile(r"(?:\[([0-9A-Fa-f:.]+(?:/[0-9]+)?)\]|([0-9.]+(?:/[0-9]+)?)):([0-9]+)(?:-([0-9]+))?(/udp)?")
_MAX_PORT = 65535
HOW = "an address and a port, such as 10.20.0.0/16:443, [2001:db8::/32]:443 or 10.20.1.5:5000-5010/udp"


class ReachFormError(ValueError):
    """It does not say where; the message is a sentence's end that says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """``network``: its addresses, with the length of their prefix; ``first`` and ``last``: ports, both of them too."""

    version: int
    network: str
    protocol: str
    first: int
    last: int

    def words(self) -> tuple[str, ...]:
        """As the stage is told it."""
        return str(self.version), self.network, self.protocol, str(self.first), str(self.last)

    def holds(self, address: str, port: int) -> bool:
        """Whether TCP to ``port`` of ``address``, a number and no name, is part of it."""
        inside = ipaddress.ip_address(address) in ipaddress.ip_network(self.network)
        return self.protocol == "tcp" and inside and self.first <= port <= self.last


def read_reach(text: str) -> Reach:
    """Raises ``ReachFormError``."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ReachFormError(HOW)
    try:
        network = ipaddress.ip_network(found[1] or found[2])
    except ValueError as error:
        raise ReachFormError(f"{HOW} ({error})") from None
    if network.version != (6 if found[1] else 4):
        raise ReachFormError(f"{HOW} (brackets are for IPv6)")
    if network.is_loopback or network.is_multicast or network.is_unspecified:
        raise ReachFormError("an address of another machine")
    first, last = int(found[3]), int(found[4] or found[3])
    if not 0 < first <= last <= _MAX_PORT:
        raise ReachFormError(f"{HOW} (ports go from 1 to {_MAX_PORT})")
    return Reach(network.version, str(network), "udp" if found[5] else "tcp", first, last)
