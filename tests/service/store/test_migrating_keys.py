"""A security key counts once: the database holds that from now on, and says where it is not so already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from kiosk.service.store.errors import StoreDownError
from tests.fakes.old_stores import BOTH, left_at

PERSON = "INSERT INTO person (id, login, name, user_handle, created) VALUES (:p, :p, :p, :h, 1)"
KEY = (
    "INSERT INTO fido2_credential (credential_id, person, public_key, aaguid, name, discoverable, attestation_trusted,"
    " backup_eligible, backed_up, enrolled_chain, enrolled_seq, created, revoked)"
    " VALUES (:c, :p, :k, 'a', 'key', :no, :no, :no, :no, 'service', 1, 1, :revoked)"
)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("revoked", [None, 2], ids=["both", "one-revoked"])
def test_a_key_that_counts_twice_already(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, revoked: int | None
) -> None:
    store = left_at("0024", request, tmp_path, kind)

    def before(conn: Connection) -> None:
        for login, gone in (("ada", None), ("ben", revoked)):
            row: dict[str, Any] = {"p": login, "h": login.encode()}
            conn.execute(text(PERSON), row)
            conn.execute(text(KEY), {"c": login, "p": login, "k": b"one key", "no": False, "revoked": gone})

    store.write_now(before)
    if revoked is None:
        with pytest.raises(StoreDownError, match=r"ada, ben.*key revoke LOGIN"):
            store.migrate_now()
    else:
        store.migrate_now()
    store.close_now()
