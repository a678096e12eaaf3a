"""A badge is found through an index, however many there are and under however many keys."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, event

from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.store import badges
from kiosk.service.store.database import Database

NUMBER = bytes.fromhex("04A1B2C3D4E5F6")


@pytest.mark.parametrize("count", [1, 3])
def test_no_lookup_reads_a_whole_table(sqlite: Database, count: int) -> None:
    keys = BadgeKeys("1", {str(number): bytes([number]) * 32 for number in range(1, count + 1)})
    asked: list[tuple[str, Any]] = []

    def look(conn: Connection) -> list[str]:
        def note(_conn: object, _cursor: object, statement: str, values: Any, *_more: object) -> None:
            asked.append((statement, values))

        event.listen(conn, "before_cursor_execute", note)
        badges.owner(conn, keys, NUMBER)
        badges.resembled(conn, keys, NUMBER)
        badges.proof_card_owner(conn, keys, NUMBER)
        event.remove(conn, "before_cursor_execute", note)
        plans = (conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values) for words, values in list(asked))
        return [str(row[3]) for plan in plans for row in plan]

    steps = sqlite.read_now(look)
    assert len(asked) > 3
    assert any(step.startswith("SEARCH badge_form USING") for step in steps)
    assert not [step for step in steps if step.startswith("SCAN")]
