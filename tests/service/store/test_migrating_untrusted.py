"""CAs that were trusted before there was a way to untrust them stay trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from kiosk.service.admin import authorities
from kiosk.service.admin.act import Admin
from kiosk.service.store import lookups
from tests.fakes.card_cas import card_ca
from tests.fakes.old_stores import BOTH, left_at

CA = "INSERT INTO piv_ca (fingerprint, subject, pem, hardware, enrolled_chain, enrolled_seq, created)"


@pytest.mark.parametrize("kind", BOTH)
def test_a_ca_from_before_stays_trusted_and_can_be_untrusted(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    ca = card_ca()
    store = left_at("0018", request, tmp_path, kind)

    def before(conn: Connection) -> None:
        row: dict[str, Any] = {"f": "a" * 64, "p": ca.pem.decode(), "h": True}
        conn.execute(text(f"{CA} VALUES (:f, 'CN=Card CA', :p, :h, 'service', 1, 1)"), row)

    store.write_now(before)
    store.migrate_now()
    assert [row.untrusted for row in store.read_now(lookups.piv_cas)] == [None]
    store.write_now(authorities.remove_ca, Admin("root", 0, 5), "card ca", "closed")
    assert store.read_now(lookups.piv_cas) == []
    gone = store.read_now(lookups.untrusted_cas)
    assert [(row.untrusted, row.untrusted_by, row.untrusted_why) for row in gone] == [(5, "root", "closed")]
    store.close_now()
