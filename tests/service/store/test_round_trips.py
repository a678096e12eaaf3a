"""How often a sign-in asks PostgreSQL, and waits: counted in the server's own log."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Connection, text

from kiosk.service.shared import policy_in_force
from kiosk.service.store.errors import StoreDownError
from tests.fakes.openid import wing
from tests.fakes.postgres import Cluster
from tests.fakes.service import Hospital, hospital
from tests.fakes.stores import empty_store

ADA, BEN = "04A1B2C3D4E5F6", "04B1B2C3D4E5F6"
MAX_COUNT = 8
ASKED = re.compile(r"duration: [\d.]+ ms  (statement|parse|execute) ?[^:]*: (.*)")
"""One line each for what a client sends and waits for: a plain statement, one to be prepared, and one that is."""


@pytest_asyncio.fixture
async def logged(hospital_cluster: Cluster, in_memory: Path) -> AsyncIterator[Hospital]:
    """A hospital on a database whose every statement is in the server's log."""
    url = await asyncio.to_thread(empty_store, hospital_cluster)
    name = url.rpartition("/")[2]
    await asyncio.to_thread(hospital_cluster.sql, f"ALTER DATABASE {name} SET log_min_duration_statement = 0")
    async with hospital(in_memory / "data", url, migrated=True) as running:
        yield running
    await asyncio.to_thread(hospital_cluster.drop, url)


@pytest.mark.postgres
async def test_a_sign_in_within_grace_asks_eight_times_at_most(
    logged: Hospital, hospital_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_in_force, "MAX_AGE", 86_400)  # else it is read anew, too, on a slow machine
    here, there = await logged.station(), await logged.station("ward-3-b")
    for login, uid in (("ada", ADA), ("ben", BEN)):
        await logged.badge(await logged.person(login), uid)
        await here.open(uid)

    async def asked(station: str, uid: str) -> list[str]:
        before = len(hospital_cluster.log())
        answer = await {"here": here, "there": there}[station].tap(uid)
        assert answer.body["state"] == "done", answer.body
        lines = hospital_cluster.log()[before:].splitlines()
        return [found[0] for line in lines if (found := ASKED.search(line))]

    moves = (("here", ADA), ("there", ADA), ("there", BEN), ("there", BEN), ("here", BEN))
    for at in range(3):
        for station, uid in moves:
            trips = await asked(station, uid)
            # Before, statements are prepared, once a connection.
            assert at < 2 or 3 < len(trips) <= MAX_COUNT, "\n".join(trips)


def _sent(cluster: Cluster, before: int) -> list[str]:
    """What a client sent and waited for since then, without what was prepared."""
    lines = cluster.log()[before:].splitlines()
    return [found[2] for line in lines if (found := ASKED.search(line)) and found[1] != "parse"]


@pytest.mark.postgres
async def test_a_token_that_is_looked_at_asks_once(logged: Hospital, hospital_cluster: Cluster) -> None:
    made = await wing(logged, auth="client_secret_basic")
    tokens = await made.tokens()
    for _ in range(3):
        before = len(hospital_cluster.log())
        assert (await made.app.introspect(tokens["access_token"]))["active"] is True
        sent = _sent(hospital_cluster, before)
    assert len(sent) == 1, "\n".join(sent)
    assert sent[0].startswith("SELECT")


@pytest.mark.postgres
async def test_a_token_is_refreshed_in_one_transaction(logged: Hospital, hospital_cluster: Cluster) -> None:
    made = await wing(logged, auth="client_secret_basic")
    tokens = await made.tokens()
    for _ in range(3):
        before = len(hospital_cluster.log())
        answer = await made.app.refresh(tokens["refresh_token"])
        assert answer.status_code == 200, answer.text
        tokens, sent = answer.json(), _sent(hospital_cluster, before)
    assert [line.split()[0].rstrip(";") for line in sent] == ["BEGIN", "SELECT", "SELECT", "WITH", "COMMIT"], "\n".join(
        sent
    )


@pytest.mark.postgres
async def test_outside_a_transaction_there_is_one_question_and_no_change(logged: Hospital) -> None:
    def twice(conn: Connection) -> None:
        conn.execute(text("SELECT 1"))
        conn.execute(text("SELECT 2"))

    def change(conn: Connection) -> None:
        conn.execute(text("DELETE FROM used_jti"))

    for odd in (twice, change):
        with pytest.raises(StoreDownError):
            await logged.db.look(odd)
    assert await logged.db.look(lambda conn: conn.execute(text("SELECT 3")).scalar_one()) == 3
