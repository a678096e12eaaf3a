"""A workspace's own network, on the real path: nested server, sandbox, nft and pasta, and a hospital behind a cable."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.networked import Networked
from tests.fakes.two_networks import ELSEWHERE, FAR, FAR_V6, STATION, WHY_NOT, TwoNetworks, possible
from tests.fakes.visible_display import Glass, xvfb

pytestmark = [pytest.mark.display, pytest.mark.skipif(not possible(), reason=WHY_NOT)]
PORT = 8765


@pytest.fixture(scope="module")
def networks() -> Iterator[TwoNetworks]:
    with TwoNetworks() as made:
        made.serve(
            *(f"tcp={FAR}/{port}/far" for port in (4430, 4431)),
            *(f"tcp={FAR_V6}/{port}/far" for port in (4430, 4431)),
            f"tcp={ELSEWHERE}/4430/elsewhere",
            f"udp={FAR}/4433/datagram",
            f"udp={FAR}/4434/datagram",
        )
        yield made


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    with xvfb() as name:
        seen = Glass(name)
        yield seen
        seen.close()


@pytest.fixture(scope="module")
def people(glass: Glass, networks: TwoNetworks) -> Iterator[Networked]:
    with Networked(glass, networks, door=PORT) as made:
        made.open(1, "ada")
        yield made


def test_what_is_allowed_is_reached(people: Networked) -> None:
    assert people.does("ada", "tcp", FAR, 4430) == f"far {STATION}"
    assert people.does("ada", "tcp", FAR_V6, 4430).startswith("far fd77::")
    assert bytes.fromhex(people.does("ada", "udp", FAR, 4433, b"?".hex())) == b"datagram"


def test_nothing_else_is(people: Networked) -> None:
    refused = ("ConnectionRefusedError", "PermissionError", "OSError 113", "OSError 101")
    for address, port in ((FAR, 4431), (FAR_V6, 4431), (ELSEWHERE, 4430)):
        assert people.does("ada", "tcp", address, port).startswith(refused), (address, port)
    assert people.does("ada", "udp", FAR, 4434, b"?".hex()).startswith(refused)


def test_loopback_and_its_abstract_sockets_are_its_own(people: Networked, networks: TwoNetworks) -> None:
    networks.serve("tcp=127.0.0.1/7001/station", station=True)
    assert people.does("ada", "tcp", "127.0.0.1", 7001).startswith("ConnectionRefusedError")
    assert people.does("ada", "listen", 7001) == "listens"
    assert people.does("ada", "tcp", "127.0.0.1", 7001) == "somebody else's"
    assert people.does("ada", "abstract", f"/tmp/.X11-unix/X{people.stage.glass.name[1:]}") == "ConnectionRefusedError"


def test_programs_have_no_right_over_it(people: Networked) -> None:
    status, said = people.does("ada", "run", "/usr/sbin/nft", "flush", "ruleset")
    assert status and "not permitted" in said
    status, said = people.does("ada", "run", "/usr/sbin/ip", "route", "add", "10.9.0.0/16", "dev", "out")
    assert status and "not permitted" in said
    assert people.does("ada", "raw") == {"raw": "PermissionError", "packet": "PermissionError"}
