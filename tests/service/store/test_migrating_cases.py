"""Cases of downtimes of before become cases for review; one that the service did not write is not believed for that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, inspect

from kiosk.service.audit import put_back
from kiosk.service.store import carrying_cases, review_cases, vouching, workstations
from kiosk.service.store.carrying_cases import OLD_NAME
from kiosk.service.store.guarded import Guard
from kiosk.service.store.row_message import message
from tests.fakes.old_stores import BOTH, left_at

OLD = carrying_cases._OLD


def _before(conn: Connection) -> str:
    """Two rows as version 0031 wrote them, one by somebody else; the workstation's id."""
    where = workstations.announce(conn, "ward-3", "Ward 3", "secret", 1, exempt=False)
    keys = vouching.guard_of(conn).keys
    for number, good in ((1, True), (2, False)):
        row: dict[str, Any] = {"id": f"old-{number}", "workstation": where, "person": "ada-id", "session": f"s{number}"}
        row |= {"reason": "suspended", "at": 50 + number, "arrived": 100 + number, "seq": 7 + number}
        mac = keys.mac(OLD_NAME, 1, message(Guard(OLD), row)) if good else b"\0" * 44
        conn.execute(insert(OLD), {**row, "mac": mac})
    return where


@pytest.mark.parametrize("kind", BOTH)
def test_cases_of_before_are_carried_over_and_a_forged_one_stays_one(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    store = left_at("0031", request, tmp_path, kind)
    where = store.write_now(_before)
    store.migrate_now()
    assert not store.read_now(lambda conn: inspect(conn).has_table(OLD_NAME))
    (case,) = store.read_now(review_cases.every)
    assert (case.station, case.place, case.person, case.subject) == (where, "Ward 3", "ada-id", "s1")
    assert (case.kind, case.why, case.happened, case.opened, case.seq) == ("offline", "suspended", 51, 101, 8)
    assert [found.table for found in store.read_now(put_back.examine).found] == ["review_case"]
    store.migrate_now()
    assert len(store.read_now(review_cases.every)) == 1
    store.close_now()
