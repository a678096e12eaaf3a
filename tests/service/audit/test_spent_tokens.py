"""A token that the trail calls collected or redeemed was granted before, in the same chain, and used once."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from kiosk.model.binding import Json
from kiosk.service.audit import reading, seal, spent_tokens
from kiosk.service.audit.event import SERVICE, Event, Result
from kiosk.service.audit.finding import Finding
from kiosk.service.audit.stations import KEY
from kiosk.service.audit.verify import verify
from kiosk.service.audit.writer import append
from kiosk.service.store.database import Database
from tests.service.audit import trail
from tests.service.audit.trail import CHAIN, NOW

KEYS = trail.checkpoint_keys()
OTHER = "station-2"


def told(action: str, jti: str | None, at: int = NOW, result: Result = "success", **more: Json) -> Event:
    return Event(action, result, at, person="ada", workstation=CHAIN, detail={"jti": jti, **more})


def older(chain: str) -> Event:
    """The row that says that a workstation is older than signing."""
    return Event(KEY, "seen", NOW, workstation=chain, detail={"seq": 100, "jwk": None})


def finding(database: Database, *events: Event, chain: str = CHAIN) -> Finding | None:
    """What verification says of a trail with these rows."""

    def act(conn: Connection) -> None:
        if not list(reading.with_action(conn, KEY, (SERVICE,))):
            append(conn, SERVICE, older(CHAIN))
        for event in events:
            append(conn, chain, event)

    database.write_now(act)
    found = database.read_now(verify, KEYS.public).finding
    refused = database.read_now(seal.read, KEYS.public).refused
    assert refused == (() if found is None else (found,)), "whoever signs sees what the auditor sees"
    return found


GRANTED = told("stepup", "t1")
REDEEMED, COLLECTED = told("token_redeemed", "t1"), told("token_collected", "t1")


def test_collected_and_redeemed_once_holds(database: Database) -> None:
    again = told("token_redeemed", "t1", result="refused")
    assert finding(database, GRANTED, COLLECTED, REDEEMED, again) is None


BAD = {
    "never granted": ([REDEEMED], "not granted in this chain before"),
    "before its grant": ([REDEEMED, GRANTED], "not granted in this chain before"),
    "another's number": ([GRANTED, told("token_redeemed", "t2")], "not granted in this chain before"),
    "no number": ([GRANTED, told("token_redeemed", None)], "not granted in this chain before"),
    "collected, never granted": ([COLLECTED], "not granted in this chain before"),
    "its grant was refused": ([told("stepup", "t1", result="refused"), REDEEMED], "not granted in this chain before"),
    "twice": ([GRANTED, REDEEMED, REDEEMED], "redeemed a second time"),
    "collected twice": ([GRANTED, COLLECTED, COLLECTED], "collected a second time"),
    "granted twice": ([GRANTED, REDEEMED, GRANTED], "granted before"),
    "too late": ([GRANTED, told("token_redeemed", "t1", NOW + 1000)], "after it had expired"),
}


@pytest.mark.parametrize("name", BAD)
def test_anything_else_is_a_finding(database: Database, name: str) -> None:
    events, why = BAD[name]
    found = finding(database, *events)
    assert found is not None
    assert why in found.why
    assert found.seq == len(events) - (1 if name == "before its grant" else 0)


def test_a_token_of_another_workstation_is_not_this_one_s(database: Database) -> None:
    database.write_now(append, SERVICE, older(OTHER))
    database.write_now(append, OTHER, told("stepup", "t1"))
    found = finding(database, REDEEMED)
    assert found is not None
    assert (found.chain, found.seq) == (CHAIN, 1)


def test_what_was_signed_before_is_looked_up(database: Database) -> None:
    """A checkpoint lies between the grant and its use: the row of the grant is named."""
    assert finding(database, GRANTED) is None
    sign(database)
    assert finding(database, told("token_redeemed", "t1", grant=1)) is None
    sign(database)
    found = finding(database, told("token_redeemed", "t9", grant=1))
    assert found is not None
    assert "not granted" in found.why


def sign(database: Database) -> None:
    what = database.read_now(seal.read, KEYS.public)
    assert database.write_now(seal.write, KEYS, NOW, what) is not None


def test_the_memory_for_tokens_has_an_end(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spent_tokens, "MAX_TOKENS", 2)
    many = [told("stepup", f"t{n}") for n in range(5)]
    assert finding(database, *many, told("token_redeemed", "t4")) is None
