"""FreeRDP on both sides, with PAM between them: a remote desktop opened by a one-time password on a pipe."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from kiosk.demo.screen import VirtualScreen
from tests.fakes import attacked_service, login_server
from tests.fakes.process_table import until
from tests.fakes.server_logins import Rooms
from tests.fakes.service_process import free_port, listens

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a server with users"),
]
AUDIENCE = "urn:desktops"
CLIENT, SERVER = (shutil.which(name) or f"{name}3" for name in ("xfreerdp", "freerdp-shadow-cli"))
"""From FreeRDP 3 on, Debian's commands have the version in their names."""
IN = "profile High"
"""What the server's encoder says once it draws for somebody whom it let in."""


@dataclass
class Desktop:
    """The server at ``port``; ``screen``: on which its clients are seen."""

    rooms: Rooms
    folder: Path
    port: int
    screen: VirtualScreen

    async def password(self) -> str:
        return await (await self.rooms.at_work("ada")).one_time(AUDIENCE)

    async def open(self, password: str) -> tuple[int, str]:
        """The client, which goes once it is in; exit status and what it wrote. Nobody can read the password."""
        return await asyncio.to_thread(self._open, password)

    def _open(self, password: str) -> tuple[int, str]:
        address = f"/v:127.0.0.1:{self.port}"
        words = [CLIENT, address, "/u:ada", "/sec:tls", "/cert:ignore", "/from-stdin:force", "/timeout:20000"]
        env = {"DISPLAY": self.screen.display, "HOME": str(self.folder), "PATH": os.environ["PATH"]}
        log, server = self.folder / "client.log", self.folder / "shadow.log"
        before = server.read_text().count(IN)
        with log.open("w") as out:
            child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=out, stderr=out, text=True, env=env)
        try:
            assert child.stdin is not None
            child.stdin.write(f"{password}\n")
            child.stdin.close()
            assert password.encode() not in Path(f"/proc/{child.pid}/cmdline").read_bytes(), "whatever ps shows"
            until("it to be in, or gone", lambda: child.poll() is not None or server.read_text().count(IN) > before)
            return (0 if child.poll() is None else child.returncode), log.read_text() + server.read_text()
        finally:
            child.terminate()
            child.wait(20)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desktop(login_folder: Path) -> AsyncIterator[Desktop]:
    folder = login_folder
    async with attacked_service.ward(folder / "ward", ["ada"]) as ward:
        rooms = Rooms(ward, folder)
        settings = rooms.toml("desktops", "secret", acr='"urn:kiosk:pin"')
        pam = login_server.pam_file("remote-desktop", settings)
        etc = login_server.furnish(folder, {"login": pam, "other": pam})
        screen, port = VirtualScreen(folder / "screen"), free_port()
        await asyncio.to_thread(screen.start)
        words = [SERVER, f"/port:{port}", "/bind-address:127.0.0.1", "-sec-nla", "-sec-rdp", "+auth"]
        env = {**os.environ, "DISPLAY": screen.display, "HOME": str(folder)}
        log = (folder / "shadow.log").open("wb")
        child = await asyncio.to_thread(
            subprocess.Popen, login_server.apart(etc, words), stdout=log, stderr=log, env=env
        )
        try:
            await asyncio.to_thread(until, "the desktop", lambda: listens(port) or child.poll() is not None)
            assert child.poll() is None, (folder / "shadow.log").read_text()
            yield Desktop(rooms, folder, port, screen)
        finally:
            child.terminate()
            await asyncio.to_thread(child.wait, 20)
            log.close()
            await asyncio.to_thread(screen.stop)


async def used(desktop: Desktop) -> list[str]:
    return [row["result"] for row in await desktop.rooms.ward.trail("one_time_used")]


async def test_a_one_time_password_opens_it_once(desktop: Desktop) -> None:
    password = await desktop.password()
    status, said = await desktop.open(password)
    assert status == 0, said
    assert await used(desktop) == ["success"]
    status, said = await desktop.open(password)
    assert status != 0, said
    assert await used(desktop) == ["success", "refused"]


async def test_a_person_s_own_password_goes_no_further(desktop: Desktop) -> None:
    before = await used(desktop)
    status, _ = await desktop.open("my own secret")
    assert status != 0
    assert await used(desktop) == before
