"""Whoever sends a byte a second, or asks and does not read, is shown out; everybody else goes on."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path

from tests.fakes import attacked_service
from tests.fakes.attacked_service import Ward

SHORT = "[limits]\nrequest_seconds = 2\nreader_seconds = 2\n"
POST = b"POST /v1/workstations/enroll HTTP/1.1\r\nHost: a\r\n"
HEAD = POST + b"Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
GET = b"GET /.well-known/openid-configuration HTTP/1.1\r\nHost: a\r\n\r\n"
MAX_KEPT = 64 << 10
"""KiB: several times what lies in one read of a connection; all that it can send takes some hundreds of MiB."""
LONG = 60.0
"""Seconds that a machine under load may take for what takes two."""


async def connect(ward: Ward, trust: ssl.SSLContext) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("localhost", ward.service.port, ssl=trust)


def memory(ward: Ward, line: str) -> int:
    """KiB that the service takes now (VmRSS), or took at most (VmHWM)."""
    status = Path(f"/proc/{ward.service.pid}/status").read_text()
    return int(next(row for row in status.splitlines() if row.startswith(line)).split()[1])


async def shown_out(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError):
        while await asyncio.wait_for(reader.read(65536), LONG):
            pass


async def test_bodies_that_trickle_are_ended_and_keep_nobody_out(tmp_path: Path) -> None:
    async with attacked_service.ward(tmp_path, ["ada"], descriptors=300, rules=SHORT) as ward:
        trust = ward.service.trust()
        slow = [await connect(ward, trust) for _ in range(120)]
        for _, writer in slow:
            writer.write(HEAD + b"{")
        await (await ward.station()).open(ward.uids["ada"], attacked_service.PIN)

        async def trickle(writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):
                while not writer.is_closing():
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.2)  # a byte now and then: that is the attack

        drips = [asyncio.create_task(trickle(writer)) for _, writer in slow]
        await asyncio.gather(*(shown_out(reader) for reader, _ in slow))
        for drip, (_, writer) in zip(drips, slow, strict=True):
            drip.cancel()
            writer.transport.abort()


async def test_whoever_asks_and_does_not_read_is_dropped(tmp_path: Path) -> None:
    async with attacked_service.ward(tmp_path, ["ada"], rules=SHORT) as ward:
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        # In small pieces: of those the service's machine keeps a tenth of a megabyte for it. Of large ones it keeps
        # three, and the answers that fill them take a busy machine longer than the test waits.
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        raw.connect(("127.0.0.1", ward.service.port))
        greedy = ward.service.trust().wrap_socket(raw, server_hostname="localhost")
        greedy.settimeout(LONG)
        # More answers than there is room for, asked for on one connection; nothing is read.
        before = memory(ward, "VmRSS")
        await asyncio.to_thread(_ask_until_dropped, greedy)
        assert memory(ward, "VmHWM") - before < MAX_KEPT, "what waits for its turn is kept without end"
        await (await ward.station()).open(ward.uids["ada"], attacked_service.PIN)


def _ask_until_dropped(greedy: ssl.SSLSocket) -> None:
    try:
        while True:
            greedy.sendall(GET * 100)  # blocks once nobody takes it any more, until the service hangs up
    except TimeoutError:
        raise AssertionError("it may hold its connection for as long as it wants") from None
    except OSError:
        pass
    finally:
        greedy.close()
