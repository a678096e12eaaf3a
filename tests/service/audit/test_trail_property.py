"""Any trail holds, and any change to any byte of any row is found and named."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select, update

from kiosk.service.audit.event import Event
from kiosk.service.audit.verify import verify
from kiosk.service.audit.writer import append
from kiosk.service.store.database import Database
from kiosk.service.store.schema import audit_chain, audit_row, checkpoint
from tests.service.audit import trail
from tests.service.audit.trail import NOW

KEYS = trail.checkpoint_keys()
words = st.text(st.characters(codec="utf-8"), max_size=20)
events = st.builds(
    Event,
    action=words,
    result=st.sampled_from(["success", "refused", "failure", "seen"]),
    at=st.integers(NOW - 250, NOW),
    reason=st.none() | words,
    person=st.none() | words,
    amr=st.lists(words, max_size=3).map(tuple),
    detail=st.dictionaries(words, words | st.integers(-(2**50), 2**50) | st.booleans(), max_size=3),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), events), min_size=1, max_size=8), st.data())
def test_any_trail_holds_until_any_byte_of_it_is_changed(
    sqlite: Database, rows: list[tuple[str, Event]], data: st.DataObject
) -> None:
    def begin(conn: Connection) -> None:
        for table in (audit_row, audit_chain, checkpoint):
            conn.execute(delete(table))
        trail.old_station(conn, "a", "b")
        for chain, event in rows:
            append(conn, chain, event)
        trail.sign_unread(conn, KEYS, NOW)

    sqlite.write_now(begin)
    assert sqlite.read_now(verify, KEYS.public).finding is None
    chain = data.draw(st.sampled_from(sorted({row for row, _ in rows})))
    seq = data.draw(st.integers(1, sum(row == chain for row, _ in rows)))
    column = data.draw(st.sampled_from([audit_row.c.body, audit_row.c.prev, audit_row.c.hash, audit_row.c.at]))
    here = (audit_row.c.chain == chain) & (audit_row.c.seq == seq)

    def change(conn: Connection) -> None:
        value = conn.execute(select(column).where(here)).scalar_one()
        place = 0 if isinstance(value, int) else data.draw(st.integers(0, len(value) - 1))
        conn.execute(update(audit_row).where(here).values({column.name: changed(value, place)}))

    sqlite.write_now(change)
    finding = sqlite.read_now(verify, KEYS.public).finding
    assert finding is not None
    assert (finding.chain, finding.seq) == (chain, seq)


def changed(value: object, place: int) -> object:
    """``value`` with the piece at ``place`` made another."""
    if isinstance(value, str):
        return value[:place] + ("#" if value[place] == "~" else "~") + value[place + 1 :]
    if isinstance(value, bytes):
        return value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
    assert isinstance(value, int)
    return value + 1
