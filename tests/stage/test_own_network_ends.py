"""A workspace's way out that ends, fails or comes late: closed, and said; and what resolves names there."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from kiosk.stage import protocol as p
from tests.fakes.networked import Networked
from tests.fakes.process_table import alive, family, until
from tests.fakes.two_networks import FAR, STATION, WHY_NOT, TwoNetworks, possible
from tests.fakes.visible_display import Glass, xvfb

pytestmark = [pytest.mark.display, pytest.mark.skipif(not possible(), reason=WHY_NOT)]
CLOSED = ("OSError 101", "PermissionError", "ConnectionRefusedError", "OSError 113")


@pytest.fixture(scope="module")
def networks() -> Iterator[TwoNetworks]:
    with TwoNetworks() as made:
        made.serve(f"tcp={FAR}/4430/far", f"udp={FAR}/53/far-names")
        made.serve("udp=127.0.0.53/53/here-names", station=True)
        yield made


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    with xvfb() as name:
        seen = Glass(name)
        yield seen
        seen.close()


def ways_out(people: Networked) -> list[int]:
    """Processes of ``pasta`` that the stage has; it runs as what its name leads to."""
    assert people.stage.process is not None
    return [pid for pid, name in family(people.stage.process.pid).items() if name.startswith("passt")]


def reaches(people: Networked, login: str = "ada") -> bool:
    return bool(people.does(login, "tcp", FAR, 4430) == f"far {STATION}")


def test_it_ends_with_its_workspace_and_comes_back_by_itself(
    glass: Glass, networks: TwoNetworks, capfd: pytest.CaptureFixture[str]
) -> None:
    with Networked(glass, networks) as people:
        people.open(1, "ada")
        assert reaches(people)
        assert people.stage.hear(p.Network) == p.Network(1, 1)
        until("the spare's way out too", lambda: len(ways_out(people)) == 2)
        # It is killed: closed, said, and there again.
        for pid in ways_out(people):
            with contextlib.suppress(ProcessLookupError):  # its own children end with it
                os.kill(pid, signal.SIGKILL)
        assert people.stage.hear(p.Network) == p.Network(1, 0)
        assert people.stage.hear(p.Network) == p.Network(1, 1)
        until("the way out", lambda: reaches(people))
        said = capfd.readouterr().err
        assert "Its programs reach nothing until it is there again" in said
        # Its workspace ends, and it ends too.
        before = ways_out(people)
        people.stage.say(p.End(1))
        assert people.stage.hear(p.Gone) == p.Gone(1, "ENDED")
        until("an end of it", lambda: sum(map(alive, before)) < len(before))
        # The stage is killed, and none is left.
        rest = ways_out(people)
        people.stage.kill()
        until("an end of all", lambda: not any(map(alive, rest)))


def test_without_rules_there_is_no_way_out(
    glass: Glass, networks: TwoNetworks, capfd: pytest.CaptureFixture[str]
) -> None:
    """The rules cannot be loaded: here because something else lies where ``nft`` is."""
    words = ["unshare", "--mount", "sh", "-ec", 'mount --bind /usr/bin/false /usr/sbin/nft; exec "$@"', "sh"]
    with Networked(glass, networks, around=[*networks.around, *words]) as people:
        people.open(1, "ada")
        assert people.stage.hear(p.Network) == p.Network(1, 0)
        assert not reaches(people) and ways_out(people) == []
        assert people.does("ada", "tcp", "127.0.0.1", 4430).startswith("ConnectionRefusedError")
        assert "nft could not load what may leave a workspace" in capfd.readouterr().err


def test_a_station_without_a_way_has_none_and_gets_it_later(glass: Glass, networks: TwoNetworks) -> None:
    networks.station("ip route del default; ip -6 route del default")
    try:
        with Networked(glass, networks) as people:
            people.open(1, "ada")
            assert people.does("ada", "tcp", FAR, 4430).startswith(CLOSED)
            networks.station("ip route add default via 10.77.0.1; ip -6 route add default via fd77::1")
            networks.station("ip addr add 10.77.0.78/32 dev lo; ip addr del 10.77.0.78/32 dev lo")
            until("the way out", lambda: reaches(people))
    finally:
        networks.station("ip route replace default via 10.77.0.1; ip -6 route replace default via fd77::1")


@pytest.mark.parametrize(("server", "asked", "named"), [(FAR, FAR, "far"), ("127.0.0.53", "169.254.0.53", "here")])
def test_names_are_resolved_by_whom_the_station_asks(
    glass: Glass, networks: TwoNetworks, server: str, asked: str, named: str
) -> None:
    conf = f"printf 'nameserver {server}\\nsearch ward.example\\n' >/tmp/resolv"
    mounts = f'mount -t tmpfs none /tmp; {conf}; mount --bind /tmp/resolv /etc/resolv.conf; umount -l /tmp; exec "$@"'
    words = ["unshare", "--mount", "sh", "-ec", mounts, "sh"]
    with Networked(glass, networks, around=[*networks.around, *words], proxy="http://10.77.0.1:4430") as people:
        people.open(1, "ada")
        assert people.does("ada", "read", "/etc/resolv.conf") == f"nameserver {asked}\nsearch ward.example\n"
        question = "0007010000010000000000000466617273000001"
        assert bytes.fromhex(people.does("ada", "udp", asked, 53, question)) == f"{named}-names".encode()
        told = people.does("ada", "environment", "http_proxy", "HTTPS_PROXY", "no_proxy")
        assert told == ["http://10.77.0.1:4430", "http://10.77.0.1:4430", "localhost,127.0.0.1,::1"]
