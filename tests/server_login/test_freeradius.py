"""FreeRADIUS before VPN and Wi-Fi: the real server, its own client, and ``eapol_test`` as a wireless client."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from kiosk.service.platform.tls import Tls
from tests.fakes import attacked_service, radius
from tests.fakes.server_logins import Rooms
from tests.fakes.service_process import free_port
from tests.fakes.unpacked import program

pytestmark = pytest.mark.asyncio(loop_scope="module")
AUDIENCE = "urn:vpn"
ROLES = """
acr = "urn:kiosk:pin"
[[role]]
name = "physician"
attributes = ['Filter-Id = "clinical"']
[[role]]
name = "nurse"
attributes = ['Filter-Id = "ward"', 'Tunnel-Type = VLAN']
"""


@dataclass
class Network:
    """``ca``: whom a wireless client believes."""

    rooms: Rooms
    server: radius.RadiusServer
    ca: Path

    async def password(self, login: str = "ada") -> str:
        return await (await self.rooms.at_work(login)).one_time(AUDIENCE)

    async def wireless(self, login: str, password: str, *, ca: Path | None = None) -> tuple[int, str]:
        """EAP-TTLS with PAP inside, as an access point and its client do it; exit status and what was written."""
        conf = self.server.folder / "wireless.conf"
        lines = (
            *('ssid="ward"', "key_mgmt=WPA-EAP", "eap=TTLS", f'identity="{login}"', 'anonymous_identity="anonymous"'),
            *(f'password="{password}"', 'phase2="auth=PAP"', f'ca_cert="{ca or self.ca}"'),
        )
        conf.write_text("network={\n" + "\n".join(lines) + "\n}\n")
        words = ["eapol_test", "-c", str(conf), "-a", "127.0.0.1", "-p", str(self.server.port), "-s", radius.SHARED]
        done = await asyncio.to_thread(
            subprocess.run, [*words, "-t", "20"], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout

    async def radtest(self, login: str, password: str) -> str:
        """What FreeRADIUS's own client says, as ``radtest`` calls it."""
        pairs = f'User-Name = "{login}", User-Password = "{password}", Message-Authenticator = 0x00\n'
        words = [program("/usr/bin/radclient"), "-x", f"127.0.0.1:{self.server.port}", "auth", radius.SHARED]
        done = await asyncio.to_thread(subprocess.run, words, input=pairs, capture_output=True, text=True, check=False)
        return str(done.stdout)

    async def ask(self, login: str, password: str, **how: bool) -> tuple[bytes | None, bytes]:
        packet, authenticator = self.server.packet(login, password, **how)
        return await asyncio.to_thread(self.server.send, packet, 20 if how.get("signed", True) else 3), authenticator


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def network(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Network]:
    folder = tmp_path_factory.mktemp("radius")
    async with attacked_service.ward(folder / "ward", ["ada", "ben"], stations=2) as ward:
        rooms = Rooms(ward, folder)
        settings = rooms.toml("vpn", "secret")
        settings.write_text(settings.read_text() + ROLES)
        tls = Tls.make(folder / "tls", "Wi-Fi", int(time.time()))
        tls.ensure_server(("radius.hospital.example",), int(time.time()))
        ca = folder / "wireless-ca.pem"
        ca.write_text(tls.trust()[0])
        server = radius.running(folder, free_port(), settings, tls.server_pem)
        made = await asyncio.to_thread(server.__enter__)
        try:
            yield Network(rooms, made, ca)
        finally:
            await asyncio.to_thread(server.__exit__, None, None, None)


async def test_a_one_time_password_opens_the_vpn_with_what_the_role_gives(network: Network) -> None:
    said = await network.radtest("ada", await network.password())
    assert "Access-Accept" in said, said
    assert ('Filter-Id = "ward"' in said, "clinical" in said) == (True, False)


async def test_wi_fi_by_a_password_inside_a_tunnel(network: Network) -> None:
    status, said = await network.wireless("ada", await network.password())
    assert (status, said.splitlines()[-1]) == (0, "SUCCESS"), said[-3000:]


async def test_it_counts_once_and_for_its_own_person(network: Network) -> None:
    password = await network.password()
    assert "Access-Accept" in await network.radtest("ada", password)
    again = await network.radtest("ada", password)
    assert ("Access-Reject" in again, "was used before" in again) == (True, True), again
    assert "Access-Reject" in await network.radtest("ben", await network.password("ada"))
    assert (await network.wireless("ada", password))[0] != 0


@pytest.mark.parametrize(
    ("login", "password"),
    [("ada", "246813"), ("ada", "a" * 26), ("", "a" * 26), ('ada" x="', "a" * 26), ("%{User-Password}", "a" * 26)],
)
async def test_whatever_is_no_login_and_one_time_password_is_refused(
    network: Network, login: str, password: str
) -> None:
    answer, _ = await network.ask(login, password)
    assert answer is not None
    assert answer[0] == radius.REJECT


async def test_blast_radius(network: Network) -> None:
    """CVE-2024-3596: a forged answer needs a request without a Message-Authenticator. None is answered."""
    password = await network.password()
    answer, _ = await network.ask("ada", password, signed=False)
    assert answer is None
    packet, _ = network.server.packet("ada", password)
    bent = packet[:22] + bytes(16) + packet[38:]
    assert await asyncio.to_thread(network.server.send, bent, 3) is None, "signed under another secret"
    answer, authenticator = await network.ask("ada", password)
    assert answer is not None, "none of that used the password up"
    assert answer[0] == radius.ACCEPT
    assert radius.signed_right(answer, authenticator)


async def test_a_client_that_checks_the_server_hands_its_password_to_no_other(network: Network) -> None:
    other = network.server.folder / "other"
    tls = Tls.make(other, "Other", int(time.time()))
    ca = network.server.folder / "other-ca.pem"
    ca.write_text(tls.trust()[0])
    password = await network.password()
    assert (await network.wireless("ada", password, ca=ca))[0] != 0
    assert "Access-Accept" in await network.radtest("ada", password), "it was not used up"
