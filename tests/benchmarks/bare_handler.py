"""The least that a service could do: uvicorn over the same TLS, one row inserted and durable, one small answer.

``python -m tests.benchmarks.bare_handler PEM PORT DATABASE [read]``; prints ``ready``. ``DATABASE``: a path for SQLite,
a ``postgresql://`` address for PostgreSQL, reached through the driver alone. ``read``: one row is read in its place.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import uvicorn

TABLE = "CREATE TABLE IF NOT EXISTS tap (body TEXT NOT NULL)"
Insert = Callable[[str], Awaitable[None]]


async def sqlite_insert(path: str, read: bool) -> Insert:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(TABLE)

    async def insert(body: str) -> None:
        connection.execute("INSERT INTO tap VALUES (?)", (body,))

    async def look(_body: str) -> None:
        connection.execute("SELECT body FROM tap WHERE rowid = ?", (1,)).fetchone()

    await insert("one")
    return look if read else insert


async def postgres_insert(url: str, read: bool) -> Insert:
    pool = await asyncpg.create_pool(url, min_size=8, max_size=8)
    await pool.execute(TABLE)

    async def insert(body: str) -> None:
        await pool.execute("INSERT INTO tap VALUES ($1)", body)

    async def look(_body: str) -> None:
        await pool.fetchrow("SELECT body FROM tap LIMIT $1", 1)

    await insert("one")
    return look if read else insert


class Bare:
    """ASGI 3."""

    def __init__(self, database: str, read: bool) -> None:
        self._database = database
        self._read = read
        self._insert: Insert | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            opened = postgres_insert if self._database.startswith("postgresql:") else sqlite_insert
            self._insert = await opened(self._database, self._read)
            await send({"type": "lifespan.startup.complete"})
            print("ready", flush=True)
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        message = await receive()
        if self._insert is not None:
            await self._insert(message["body"].decode())
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})


if __name__ == "__main__":
    pem, port, database, *more = sys.argv[1:]
    options: dict[str, Any] = {"access_log": False, "log_config": None, "server_header": False}
    uvicorn.run(Bare(database, more == ["read"]), host="127.0.0.1", port=int(port), ssl_certfile=pem, **options)
