"""Connections to PostgreSQL: the servers of an address one after another, until one is what it must be.

asyncpg's own list of hosts has one time limit for all of them, so that a server which is silent uses it up for those
behind it. Here each server has its own (libpq's ``connect_timeout``), and one that failed is asked last from then on.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
import ssl
from collections.abc import Mapping
from dataclasses import replace

import asyncpg

from kiosk.service.store.errors import StoreDownError, StoreStandbyError
from kiosk.service.store.passfile import password_for
from kiosk.service.store.postgres_errors import not_connected
from kiosk.service.store.postgres_url import PostgresHost, Where

SEVERAL_SECONDS = 2.0
"""For one of several servers, where the address says nothing: a workstation gives up after five."""
ONE_SECONDS = 4.0
COMMAND_SECONDS = 30.0
"""For the only server, of a command: nobody waits at a workstation."""
CLOSE_SECONDS = 0.2
USER_TIMEOUT_MS = 10_000
"""Until what was sent must be acknowledged (RFC 5482): else the end of a server without power shows in a quarter of an
hour."""
NO_PRIMARY = (
    "No server of the database takes changes: each that answers is a standby, or read-only. Promote one, or look at "
    "the hosts of its address. Nothing was recorded."
)


FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Prompt(asyncpg.Connection):  # type: ignore[misc]  # the driver has no types
    """A connection whose end is not waited for where the server is silent."""

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109  (the driver's own)
        """Say goodbye, if that is heard at once."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await super().close(timeout=timeout)
        except (TimeoutError, OSError):
            self.terminate()


class Connector:
    """Opens connections to ``where``. ``name``: application_name where the address gives none.

    ``seconds``: for the only server, where the address says nothing.
    """

    def __init__(
        self, where: Where, name: str, settings: Mapping[str, str] | None = None, seconds: float = ONE_SECONDS
    ) -> None:
        self._where = where
        self._one_seconds = seconds
        self._ssl = where.ssl()
        said = where.said
        shown = said.get("application_name") or said.get("fallback_application_name") or name
        self._settings = {**(settings or {}), "application_name": shown}
        if "options" in said:
            self._settings["options"] = said["options"]
        self._hosts = list(where.hosts)

    @property
    def picky(self) -> bool:
        """Whether only a server that takes changes is good enough, even for reading."""
        return self._where.attrs != "any"

    async def connect(self) -> asyncpg.Connection:
        """An asyncpg connection. Raises ``StoreDownError``."""
        failed: list[Exception] = []
        if self._where.said.get("load_balance_hosts") == "random":
            random.shuffle(self._hosts)
        for host in tuple(self._hosts):
            try:
                connection = await self._to(host)
            except FAILURES as error:
                self._last(host)
                failed.append(error)
                if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError | asyncpg.InvalidCatalogNameError):
                    break  # as libpq: a server that knows us and says no is an answer
            except BaseException:  # whoever waited has no more time: the next one must not wait for this host, too
                self._last(host)
                raise
            else:
                watch(connection, self._where.said)
                return connection
        raise self._why(failed)

    def _last(self, host: PostgresHost) -> None:
        self._hosts.sort(key=lambda one: one == host)

    async def _to(self, host: PostgresHost) -> asyncpg.Connection:
        return await asyncpg.connect(
            host=host.name,
            port=host.port,
            user=self._where.user,
            password=self._password(host),
            database=self._where.database,
            ssl=self._ssl,
            direct_tls=self._where.said.get("sslnegotiation") == "direct",
            timeout=self._seconds(),
            server_settings=self._settings,
            target_session_attrs=self._where.attrs,
            connection_class=Prompt,
        )

    def _password(self, host: PostgresHost) -> str | None:
        """As libpq: the address's, the environment's, the password file's."""
        there = self._where
        database = there.database or there.user
        return (
            there.password
            or os.environ.get("PGPASSWORD")
            or password_for(there.said.get("passfile"), host.name, host.port, database, there.user)
        )

    def _seconds(self) -> float | None:
        said = self._where.said.get("connect_timeout")
        if said is None:
            return SEVERAL_SECONDS if len(self._where.hosts) > 1 else self._one_seconds
        return float(said) if int(said) > 0 else None  # as libpq: 0 and less are no limit

    def _why(self, failed: list[Exception]) -> StoreDownError:
        """What to say for all of them: what somebody can mend goes before what is only silent."""
        unfit = [failure for failure in failed if isinstance(failure, asyncpg.TargetServerAttributeNotMatched)]
        told = [
            failure
            for failure in failed
            if isinstance(failure, asyncpg.PostgresError | ssl.SSLError) and failure not in unfit
        ]
        if unfit and not told:
            return StoreStandbyError(NO_PRIMARY)
        return not_connected(next(iter(told), failed[-1]), demands_tls=isinstance(self._ssl, ssl.SSLContext))


async def silent(where: Where, name: str) -> dict[str, str]:
    """Of the servers of ``where`` those that do not answer, standby or not, and why not."""
    found: dict[str, str] = {}
    for host in where.hosts:
        try:
            await (await Connector(replace(where, hosts=(host,), attrs="any"), name).connect()).close()
        except StoreDownError as error:
            found[str(host)] = str(error)
    return found


def read_only(connection: asyncpg.Connection) -> bool:
    """Whether the server said, with its last answer, that it takes no changes (from PostgreSQL 14 on)."""
    said = connection.get_settings()
    return "on" in (getattr(said, "in_hot_standby", ""), getattr(said, "default_transaction_read_only", ""))


def watch(connection: asyncpg.Connection, said: Mapping[str, str]) -> None:
    """Have the kernel notice that the other end is gone (libpq's keepalives, tcp_user_timeout)."""
    transport = getattr(connection, "_transport", None)
    found = transport.get_extra_info("socket") if transport is not None else None
    if found is None or found.family == getattr(socket, "AF_UNIX", None):
        return
    wanted = [(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(said.get("tcp_user_timeout", USER_TIMEOUT_MS)))]
    if said.get("keepalives") != "0":
        wanted.append((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
        for name, option in _KEEPALIVES.items():
            value = int(said.get(name, _DEFAULTS[name]))
            wanted += [(socket.IPPROTO_TCP, option, value)] if value else []
    with contextlib.suppress(OSError):
        for level, option, value in wanted:
            found.setsockopt(level, option, value)


_KEEPALIVES = {
    "keepalives_idle": socket.TCP_KEEPIDLE,
    "keepalives_interval": socket.TCP_KEEPINTVL,
    "keepalives_count": socket.TCP_KEEPCNT,
}
_DEFAULTS = {"keepalives_idle": 30, "keepalives_interval": 5, "keepalives_count": 3}
