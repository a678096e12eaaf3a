"""Many workstations' event streams, each on its own TLS connection, in one process.

``python -m tests.benchmarks.streams CA PORT PLAN`` fetches a token for each of PLAN (a JSON list of ``{client_id,
pem}``), opens its stream, prints ``ready`` once all have said hello, and then, for each line on standard input, a JSON
list of when every stream got its next event (monotonic seconds), once all have.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from asyncio import Queue, StreamReader, StreamWriter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kiosk.client.proofs import ASSERTION_TYPE, Prover

AT_ONCE = 20
"""Stations that connect at the same time: a TLS handshake and two signatures each, which the service answers."""
LIMIT = 1200.0
"""Seconds after which nobody waits any more."""
TRIES = 5
"""Connections of one station."""
EVENTS = "/v1/events"


class BadAnswerError(Exception):
    """The service did not let a station in."""


@dataclass
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)


class Station:
    """One workstation. ``came``: when each of its events did."""

    nonce: str | None = None
    """The service's, learnt from any answer."""

    def __init__(self, base: str, port: int, client_id: str, pem: str) -> None:
        key = load_pem_private_key(pem.encode(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        self._prover, self._id, self._base, self._port = Prover(key, client_id), client_id, base, port
        self.came: Queue[float] = Queue()
        self._writer: StreamWriter | None = None

    async def follow(self, trust: ssl.SSLContext, turn: asyncio.Semaphore, open_now: asyncio.Semaphore) -> None:
        """Connect in ``turn``, release ``open_now``, then note events until the stream ends."""
        async with turn:
            reader = await self._open(trust)
        open_now.release()
        while True:
            await self._next(reader)
            self.came.put_nowait(time.monotonic())

    async def _open(self, trust: ssl.SSLContext) -> StreamReader:
        """A stream that has said hello. The service cuts a connection on which nothing comes in time; on a busy machine
        that is ours now and then, and a workstation connects again."""
        for tried in range(TRIES):
            reader, writer = await asyncio.open_connection("localhost", self._port, ssl=trust)
            try:
                token = await self._token(reader, writer)
                headers = {"Authorization": f"DPoP {token}", "DPoP": self._proof("GET", EVENTS, token)}
                answer = await self._ask(reader, writer, "GET", EVENTS, headers, b"")
                if answer.status != 200:
                    raise BadAnswerError(f"the event stream answered {answer.status}")
                await self._next(reader)
            except (ConnectionError, asyncio.IncompleteReadError, IndexError):
                writer.close()
                if tried == TRIES - 1:
                    raise
            else:
                self._writer = writer  # a stream lasts for as long as somebody holds both
                return reader
        raise BadAnswerError("no stream")

    async def _token(self, reader: StreamReader, writer: StreamWriter) -> str:
        path = "/oauth/token"
        for _ in range(2):  # the first answer of all teaches the nonce
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": self._prover.assertion(self._base + path),
            }
            headers = {"DPoP": self._proof("POST", path), "Content-Type": "application/x-www-form-urlencoded"}
            answer = await self._ask(reader, writer, "POST", path, headers, urlencode(form).encode())
            body = await reader.readexactly(int(answer.headers["content-length"]))
            if answer.status == 200:
                return str(json.loads(body)["access_token"])
        raise BadAnswerError(f"no token: {body.decode()[:300]}")

    def _proof(self, method: str, path: str, token: str | None = None) -> str:
        return self._prover.dpop(method, self._base + path, Station.nonce, token)

    async def _ask(
        self, reader: StreamReader, writer: StreamWriter, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{self._port}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        answer = Answer(int((await reader.readline()).split()[1]))
        while (line := await reader.readline()).strip():
            name, _, value = line.decode().partition(":")
            answer.headers[name.lower()] = value.strip()
        Station.nonce = answer.headers.get("dpop-nonce", Station.nonce)
        return answer

    async def _next(self, reader: StreamReader) -> None:
        """Until the data of an event; the lines of chunks and heartbeats are passed over."""
        while not (line := await reader.readline()).startswith(b"data:"):
            if not line:
                raise BadAnswerError("the stream ended")


async def main(ca: str, port: str, plan: list[dict[str, str]]) -> None:
    trust = ssl.create_default_context(cafile=ca)
    base = f"https://localhost:{port}"
    stations = [Station(base, int(port), station["client_id"], station["pem"]) for station in plan]
    turn, open_now = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(0)
    async with asyncio.timeout(LIMIT), asyncio.TaskGroup() as group:
        following = [group.create_task(station.follow(trust, turn, open_now)) for station in stations]
        for _ in stations:
            await open_now.acquire()
        print("ready", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps([await station.came.get() for station in stations]), flush=True)
        for task in following:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(Path(sys.argv[3]).read_text())))
