"""Somebody with nothing but write access to the database: no keys, no code of the service."""

from __future__ import annotations

from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tests.fakes.service import Hospital

Row = dict[str, Any]


class SqlWriter:
    """Reads and writes ``hospital``'s database by SQL of its own."""

    def __init__(self, hospital: Hospital) -> None:
        hospital.tampered = True
        self._url = make_url(hospital.db.url)

    async def sql(self, statement: str, **values: Any) -> list[Row]:
        """Run one statement; the rows that it gives."""
        if self._url.get_backend_name() == "sqlite":
            engine = create_engine(self._url, poolclass=NullPool)
            with engine.begin() as conn:
                done = conn.execute(text(statement), values)
                return [dict(row) for row in done.mappings()] if done.returns_rows else []
        remote = create_async_engine(self._url.set(drivername="postgresql+asyncpg"), poolclass=NullPool)
        async with remote.begin() as there:
            done = await there.execute(text(statement), values)
            return [dict(row) for row in done.mappings()] if done.returns_rows else []

    async def rows(self, table: str, where: str = "1=1", **values: Any) -> list[Row]:
        """A copy of rows as they are now."""
        return await self.sql(f"SELECT * FROM {table} WHERE {where}", **values)  # noqa: S608

    async def insert(self, table: str, row: Row) -> None:
        """Put a row there."""
        names = ", ".join(row)
        marks = ", ".join(f":{name}" for name in row)
        await self.sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", **row)  # noqa: S608

    async def put_back(self, table: str, row: Row, key: str = "id") -> None:
        """The row as it was, in place of what it has become."""
        there = await self.rows(table, f"{key} = :key", key=row[key])
        if not there:
            await self.insert(table, row)
            return
        said = ", ".join(f"{name} = :{name}" for name in row if name != key)
        await self.sql(f"UPDATE {table} SET {said} WHERE {key} = :{key}", **row)  # noqa: S608
