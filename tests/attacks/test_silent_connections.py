"""Connections that say nothing, at a service that may have 300 descriptors: everybody else goes on."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from kiosk.service.platform.budgets import Budgets
from kiosk.service.platform.connection_places import ConnectionGate, HeldConnection
from kiosk.service.platform.request_sources import source_of
from tests.fakes import attacked_service
from tests.fakes.attacked_service import Ward

DESCRIPTORS = 300
SILENT = 600


@contextmanager
def crowd(port: int, number: int, address: str = "127.0.0.1") -> Iterator[list[socket.socket]]:
    """So many TCP connections that say nothing, from ``address``."""
    made: list[socket.socket] = []
    try:
        for _ in range(number):
            one = socket.socket()
            one.settimeout(5)
            with contextlib.suppress(OSError):
                one.bind((address, 0))
                one.connect(("127.0.0.1", port))
            made.append(one)
        yield made
    finally:
        for connection in made:
            connection.close()


@asynccontextmanager
async def few(path: Path) -> AsyncIterator[Ward]:
    async with attacked_service.ward(path, ["ada"], stations=6, descriptors=DESCRIPTORS) as ward:
        yield ward


async def ask(ward: Ward) -> bytes:
    """A stranger's request on a connection of its own; the status line."""
    reader, writer = await asyncio.open_connection("localhost", ward.service.port, ssl=ward.service.trust())
    writer.write(b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    line = await reader.readline()
    writer.close()
    return line


async def test_a_silent_crowd_shuts_out_nobody(tmp_path: Path) -> None:
    async with few(tmp_path) as ward:
        before = await ward.station()
        await before.open(ward.uids["ada"], attacked_service.PIN)
        with crowd(ward.service.port, SILENT):
            assert await ask(ward) == b"HTTP/1.1 200 OK\r\n"
            assert (await before.tap(ward.uids["ada"])).body["state"] == "done"
            newcomer = await ward.station()
            await newcomer.open(ward.uids["ada"], attacked_service.PIN)
        await ward.close()
        assert ward.service.stop()[1] == ""


async def test_nor_does_one_that_finishes_tls_and_then_says_nothing(tmp_path: Path) -> None:
    async with few(tmp_path) as ward:
        before = await ward.station()
        await before.open(ward.uids["ada"], attacked_service.PIN)
        held: list[asyncio.StreamWriter] = []
        for _ in range(DESCRIPTORS):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(
                    "localhost", ward.service.port, ssl=ward.service.trust(), local_addr=("127.0.0.3", 0)
                )
                held.append(writer)
        assert await ask(ward) == b"HTTP/1.1 200 OK\r\n"
        assert (await before.tap(ward.uids["ada"])).body["state"] == "done"
        await (await ward.station()).open(ward.uids["ada"], attacked_service.PIN)
        for writer in held:
            writer.transport.abort()


async def test_a_handshake_that_stops_half_way_is_ended(tmp_path: Path) -> None:
    rules = "[limits]\nhandshake_seconds = 1\n"
    async with attacked_service.ward(tmp_path, [], rules=rules) as ward:
        reader, writer = await asyncio.open_connection("127.0.0.1", ward.service.port)
        client = ssl.MemoryBIO(), ssl.MemoryBIO()
        hello = ward.service.trust().wrap_bio(*client, server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            hello.do_handshake()
        writer.write(client[1].read()[:100])  # the first half of a ClientHello, and nothing more
        begun = time.monotonic()
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 60) == b""
        assert time.monotonic() - begun < 60
        writer.close()


async def test_one_station_holds_its_share_of_connections_and_no_more(tmp_path: Path) -> None:
    """A station that was taken over opens hundreds, each with its right token: the oldest of its own go."""
    async with few(tmp_path) as ward:
        evil, other = await ward.station(), await ward.station()
        await evil.sign_on()
        held = []
        for _ in range(40):
            reader, writer = await asyncio.open_connection("localhost", ward.service.port, ssl=ward.service.trust())
            head = "".join(f"{name}: {value}\r\n" for name, value in evil.signed("GET", "/v1/workstation").items())
            writer.write(f"GET /v1/workstation HTTP/1.1\r\nHost: localhost\r\n{head}\r\n".encode())
            assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
            held.append((reader, writer))

        ends = {asyncio.create_task(_drain(reader)) for reader, _ in held}
        async with asyncio.timeout(60):
            while len(ends) > Budgets().station_connections:
                ends = (await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED))[1]
        await other.open(ward.uids["ada"], attacked_service.PIN)
        for _, writer in held:
            writer.transport.abort()
        for end in ends:
            end.cancel()


async def _drain(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError):
        while await reader.read(65536):
            pass


def gate(most: int = 16) -> tuple[ConnectionGate, list[str]]:
    return ConnectionGate(Budgets(station_connections=4), most, lambda: 0.0), []


def enter(gate: ConnectionGate, closed: list[str], source: str, name: str) -> HeldConnection:
    return gate.enter(source, lambda: closed.append(name))


def test_the_heaviest_source_gives_up_its_oldest() -> None:
    doors, closed = gate()
    for number in range(6):
        enter(doors, closed, "evil", f"evil-{number}")
    assert closed == ["evil-0", "evil-1"]  # a quarter of sixteen places is for one source
    for number in range(6):
        enter(doors, closed, f"ward-{number}", f"ward-{number}")
    assert closed == ["evil-0", "evil-1", "evil-2", "evil-3"]
    assert enter(doors, closed, "ward-9", "ward-9").source == "ward-9"
    assert closed[-1] == "evil-4"


def test_who_has_proved_who_they_are_stays_and_their_address_comes_last() -> None:
    doors, closed = gate()
    for number in range(8):
        enter(doors, closed, f"ward-{number}", f"ward-{number}").vouch(f"s{number}", "workstation")
    for number in range(8):
        enter(doors, closed, f"ward-{number}", f"again-{number}")
    for number in range(20):
        enter(doors, closed, f"evil-{number}", f"evil-{number}")
    assert [name for name in closed if name.startswith("ward")] == []
    assert sum(name.startswith("again") for name in closed) <= 1
    assert sum(name.startswith("evil") for name in closed) >= 19


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_source_is_what_one_machine_may_call_its_own(address: str, source: str) -> None:
    assert source_of(address) == source
