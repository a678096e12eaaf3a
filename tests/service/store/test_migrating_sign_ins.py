"""Sign-ins to applications of before go on, and are still believed, once some may have no session."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from kiosk.model.proof import Assurance
from kiosk.service.store import applications, openid_grants, people, workstations
from kiosk.service.store.openid_grants import OpenIdGrant
from tests.fakes.old_stores import BOTH, left_at


def _before(conn: Connection) -> OpenIdGrant:
    """Its code is over no column that was not there."""
    person = people.add(conn, "ada", "Ada", 1)
    client = applications.add(conn, "chart", "urn:chart", "", "", 1)
    station = workstations.announce(conn, "ward-3-a", "Ward 3", "a code", 1, exempt=False)
    known = Assurance("urn:kiosk:pin", ("pin",), 1)
    hidden = ("challenge", "browser", "receipt")
    made = OpenIdGrant(
        "g-1", client, person, str(station), "s-1", "sid", "openid", known, None, "https://a/", *hidden, created=1
    )
    later = ("upstream", "phone")
    for column in later:
        conn.execute(text(f"ALTER TABLE openid_grant ADD COLUMN {column} TEXT"))
    openid_grants.add(conn, made)
    for column in later:
        conn.execute(text(f"ALTER TABLE openid_grant DROP COLUMN {column}"))
    return made


@pytest.mark.parametrize("kind", BOTH)
def test_a_sign_in_of_before_is_the_same(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    store = left_at("0041", request, tmp_path, kind)
    made = store.write_now(_before)
    store.migrate_now()
    assert store.read_now(openid_grants.seen, "g-1") == made
    assert store.read_now(openid_grants.over, 2, "https://hospital.example") == []
    store.close_now()
