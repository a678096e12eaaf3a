"""A full proof from before it was known where it was given carries to no place, and is still the last one."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from kiosk.service.store import sessions
from kiosk.service.store.sessions import FullProof
from tests.fakes.old_stores import BOTH, left_at


@pytest.mark.parametrize("kind", BOTH)
def test_an_old_proof_carries_nowhere(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    store = left_at("0012", request, tmp_path, kind)

    def before(conn: Connection) -> None:
        conn.execute(
            text("INSERT INTO person (id, login, name, user_handle, created) VALUES ('ada', 'ada', 'Ada', :handle, 1)"),
            {"handle": b"0"},
        )
        conn.execute(text("INSERT INTO second_factor (person, acr, amr, at) VALUES ('ada', 'phr', '[]', 900)"))

    store.write_now(before)
    store.migrate_now()
    assert store.read_now(sessions.full_proofs, "ada") == (FullProof(900, "phr"), [])
    store.close_now()
