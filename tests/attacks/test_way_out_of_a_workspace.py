"""Programs that try to leave their workspace's network by other ways than the station allows.

Both kinds of user namespace that such a network can belong to: of a station that runs as root, and of one that gives
each workspace a Unix user of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.networked import Networked
from tests.fakes.process_table import until
from tests.fakes.two_networks import FAR, STATION, STATION_TOO, STATION_V6, WHY_NOT, TwoNetworks, possible
from tests.fakes.visible_display import Glass, xvfb

pytestmark = [pytest.mark.display, pytest.mark.skipif(not possible(), reason=WHY_NOT)]
DOOR = 8765
KINDS: dict[str, dict[str, Any]] = {"root": {}, "users": {"user": 54_322, "users": 1}}
CLOSED = ("ConnectionRefusedError", "PermissionError", "OSError 113", "OSError 101")
"""Refused by the rules, or nobody listens, or there is no way."""


@pytest.fixture(scope="module")
def networks() -> Iterator[TwoNetworks]:
    with TwoNetworks() as made:
        made.serve(f"tcp={FAR}/6310/far", f"tcp={FAR}/4430/far", f"udp={FAR}/4433/datagram")
        made.serve(
            *("tcp=0.0.0.0/6310/station", "tcp=::/6311/station", "udp=0.0.0.0/6310/station"),
            *("tcp=127.0.0.1/4430/station", f"tcp=127.0.0.1/{DOOR}/station"),
            station=True,
        )
        yield made


@pytest.fixture(scope="module", params=KINDS)
def people(request: pytest.FixtureRequest, networks: TwoNetworks) -> Iterator[Networked]:
    """Ada and Ben, each with a network."""
    with xvfb() as name:
        glass = Glass(name)
        with Networked(glass, networks, door=DOOR, **KINDS[request.param]) as made:
            made.open(1, "ada")
            made.open(2, "ben")
            yield made
        glass.close()


def test_what_is_allowed_is_reached_by_both(people: Networked) -> None:
    """Else nothing that follows says anything."""
    for login in ("ada", "ben"):
        assert people.does(login, "tcp", FAR, 6310) == f"far {STATION}"


def test_an_allowed_range_that_holds_the_station_is_no_door_to_it(people: Networked) -> None:
    for address, port in ((STATION, 6310), (STATION_TOO, 6310), (STATION_V6, 6311)):
        assert people.does("ada", "tcp", address, port).startswith(CLOSED), address
        assert people.does("ada", "udp", address, port, b"?".hex()).startswith(CLOSED), address


def test_the_gateway_is_the_gateway_and_not_the_station(people: Networked) -> None:
    """pasta would make its address the station's loopback, where something listens at an allowed port."""
    assert people.does("ada", "tcp", FAR, 4430) == f"far {STATION}"
    assert people.does("ada", "tcp", "169.254.0.53", DOOR).startswith(CLOSED)


def test_the_station_s_loopback_is_not_here(people: Networked) -> None:
    assert people.does("ada", "tcp", "127.0.0.1", 4430).startswith("ConnectionRefusedError")
    assert people.does("ada", "tcp", "127.0.0.1", DOOR) == "TimeoutError None"  # the doorbell, that nobody attends here


def test_an_address_that_the_station_gets_later_is_the_station_s_too(people: Networked, networks: TwoNetworks) -> None:
    networks.station("ip addr add 10.77.0.77/32 dev lo")
    try:
        until("the rules", lambda: people.does("ada", "tcp", "10.77.0.77", 6310).startswith(CLOSED))
        assert people.does("ada", "tcp", FAR, 6310) == f"far {STATION}"
    finally:
        networks.station("ip addr del 10.77.0.77/32 dev lo")


def test_nobody_reaches_another_workspace(people: Networked) -> None:
    """Not at its loopback, nor at the address that it shares with the station, nor by a socket without a path."""
    assert people.does("ben", "listen", 6310) == "listens"
    for address in ("127.0.0.1", STATION, STATION_TOO):
        assert "somebody" not in people.does("ada", "tcp", address, 6310)
    assert people.does("ben", "tcp", "127.0.0.1", 6310) == "somebody else's"


def test_nobody_takes_the_doorbell_s_port(people: Networked) -> None:
    assert people.does("ada", "bind", "127.0.0.1", DOOR).startswith("OSError 98")
    assert people.does("ada", "bind", "0.0.0.0", DOOR).startswith("OSError 98")  # noqa: S104


def test_programs_cannot_change_what_may_leave(people: Networked) -> None:
    for words in (["nft", "flush", "ruleset"], ["nft", "list", "ruleset"], ["ip", "route", "del", "default"]):
        status, said = people.does("ada", "run", f"/usr/sbin/{words[0]}", *words[1:])
        assert status and "not permitted" in said, words
    assert people.does("ada", "raw") == {"raw": "PermissionError", "packet": "PermissionError"}


def test_a_namespace_of_their_own_leads_nowhere(people: Networked) -> None:
    """As browsers may make one, programs may; in it they are root, and have no interface."""
    script = "id -u; /usr/sbin/nft list ruleset; /usr/sbin/ip route; /usr/sbin/ip -brief link"
    status, said = people.does(
        "ada", "run", "/usr/bin/unshare", "--user", "--map-root-user", "--net", "sh", "-c", script
    )
    assert status == 0 and "out" not in said and "kiosk" not in said, said
    script = "/usr/sbin/nft flush ruleset"
    status, said = people.does("ada", "run", "/usr/bin/unshare", "--user", "--map-root-user", "sh", "-c", script)
    assert status and "not permitted" in said, said


def test_what_keeps_the_network_is_out_of_sight(people: Networked) -> None:
    status, said = people.does("ada", "run", "/bin/sh", "-c", "cat /proc/[0-9]*/comm")
    assert status == 0 and "pass" not in said
    assert not [name for name in said.split() if name in ("cat", "nft", "Xephyr")][1:], "but for the one that asks"


@pytest.fixture(scope="module")
def wide(networks: TwoNetworks) -> Iterator[Networked]:
    """Ada's network, at a station that names everything."""
    reach = ("0.0.0.0/0:4430", "0.0.0.0/0:4430/udp", "0.0.0.0/0:5353/udp")
    with xvfb() as name:
        glass = Glass(name)
        with Networked(glass, networks, reach) as made:
            made.open(1, "ada")
            yield made
        glass.close()


@pytest.mark.parametrize(("address", "port"), [("127.0.0.1", 4430), ("224.0.0.251", 5353)])
def test_a_range_that_holds_everything_holds_neither_loopback_nor_everybody(
    wide: Networked, address: str, port: int
) -> None:
    """Bound to the way out a socket takes loopback there, and older pasta hands it to the station's own."""
    assert wide.does("ada", "by_the_way_out", "tcp", FAR, 4430) == f"far {STATION}"
    kinds = ("tcp", "udp") if port == 4430 else ("udp",)
    for kind in kinds:
        assert wide.does("ada", "by_the_way_out", kind, address, port).startswith(CLOSED), kind
