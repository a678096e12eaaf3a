"""A real OpenSSH jump host and ``sudo``, whose PAM asks the person at the workstation where they are."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes import attacked_service, login_server
from tests.fakes.server_logins import AtWork, Rooms
from tests.fakes.service_process import free_port

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a server with users"),
]


@dataclass
class JumpHost:
    """At ``port``; ``key``: Ada's own, ``known``: whom they believe as the host."""

    rooms: Rooms
    folder: Path
    port: int
    known: Path
    key: Path

    def begin(self, *command: str, key: Path | None = None, login: str = login_server.LOGIN) -> subprocess.Popen[str]:
        """Ada's client connects and runs ``command``."""
        options = (
            *("UserKnownHostsFile", self.known),
            *("PreferredAuthentications", "publickey,keyboard-interactive"),
            *("NumberOfPasswordPrompts", 1),
            *("IdentitiesOnly", "yes"),
        )
        named = [f"-o{name}={value}" for name, value in zip(options[::2], options[1::2], strict=True)]
        words = ["ssh", "-F", "none", "-i", str(key or self.key), *named, "-p", str(self.port), f"{login}@127.0.0.1"]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*words, *command], stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, env={"PATH": "/usr/bin"}
        )

    async def ada(self) -> AtWork:
        return await self.rooms.at_work("ada")


async def ended(child: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit status and what it wrote."""
    out, errors = await asyncio.to_thread(child.communicate, None, 90)
    return child.returncode, out, errors


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def host(login_folder: Path) -> AsyncIterator[JumpHost]:
    folder = login_folder
    async with attacked_service.ward(folder / "ward", ["ada"]) as ward:
        rooms = Rooms(ward, folder)
        rooms.give_codes("ada")
        settings = rooms.toml("jump", "key")
        pam = {name: login_server.pam_file(name, settings) for name in ("sshd", "sudo")}
        etc = login_server.furnish(folder, pam)
        key, port = folder / "ada_key", free_port()
        await asyncio.to_thread(login_server.new_key, key)
        server = login_server.sshd(folder, etc, port, key.with_suffix(".pub").read_text())
        known = await asyncio.to_thread(server.__enter__)
        try:
            yield JumpHost(rooms, folder, port, known, key)
        finally:
            await asyncio.to_thread(server.__exit__, None, None, None)


async def test_who_approves_at_their_workstation_is_let_in_and_may_use_sudo(host: JumpHost) -> None:
    ada = await host.ada()
    child = host.begin("id -un; sudo id -un")
    first = await ada.question(child)
    shown = await ada.approve(first)
    assert (shown["server"], shown["message"]) == ("Jump", "sshd on jump.hospital.example from 127.0.0.1")
    second = await ada.question(child)
    shown = await ada.approve(second)
    assert shown["message"] == "sudo on jump.hospital.example"
    status, out, errors = await ended(child)
    assert status == 0, errors
    assert out.splitlines()[0] == "ada"
    assert {"root", "Approve at your workstation: sudo on jump.hospital.example."} == set(out.splitlines()[1:])
    rows = await host.rooms.ward.trail("app_answered")
    assert [(row["result"], row["acr"]) for row in rows] == [("success", "urn:kiosk:mfa")] * 2


async def test_a_no_lets_nobody_in(host: JumpHost) -> None:
    ada = await host.ada()
    child = host.begin("id -un")
    await ada.decline(await ada.question(child))
    status, out, errors = await ended(child)
    assert (status, out) == (255, ""), errors


async def test_who_has_no_key_asks_nobody(host: JumpHost) -> None:
    """A stranger who knows a login cannot make workstations ring."""
    other = host.folder / "other_key"
    await asyncio.to_thread(login_server.new_key, other)
    asked = len(await host.rooms.ward.trail("app_asked"))
    status, _, errors = await ended(host.begin("id", key=other))
    assert (status, "Permission denied" in errors) == (255, True)
    assert len(await host.rooms.ward.trail("app_asked")) == asked


async def test_root_is_nobody_of_the_hospital(host: JumpHost) -> None:
    status, _, _ = await ended(host.begin("id", login="root"))
    assert status == 255
