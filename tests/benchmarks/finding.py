"""Questions to a trail of a thousand, a hundred thousand and a million rows, on both databases."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from kiosk.model.binding import Json, b64u, canonical, commitment
from kiosk.model.challenge import CommitmentOpening
from kiosk.service.audit import found
from kiosk.service.audit.event import Event
from kiosk.service.audit.search import Question
from kiosk.service.audit.writer import append_all
from kiosk.service.store.database import Database, sqlite_url
from tests.benchmarks.table import Row, at_most
from tests.fakes.postgres import cluster
from tests.fakes.stores import guard

SIZES = (1_000, 100_000, 1_000_000)
CHAINS, PERSONS, PATIENTS = 50, 500, 300
NAMED_EVERY = 50
"""One row of so many approves something of a patient, and of a resource that all have in common."""
LIMIT = 1000.0
"""Milliseconds."""
TRIES = 3
START = 1_700_000_000
ACTIONS = ("tap", "sign_in", "proof", "lock", "stepup_asked")

QUESTIONS = {
    "a patient": Question(patient="MRN-7"),
    "a resource that every approval names": Question(patient="All results"),
    "a patient that nobody has": Question(patient="MRN-none"),
    "a person": Question(person="p7"),
    "a person's sign-ins": Question(person="p7", action="sign_in"),
    "a station, a tenth of the time": Question(stations=("s7",), since=START + 1000, until=START + 100_000),
    "an action that is common": Question(action="sign_in"),
    "an action that was asked for often": Question(action="record.export"),
    "an action that was asked for, and never": Question(action="record.never"),
    "everything": Question(),
}


def measure(work: Path) -> Iterator[Row]:
    yield from _rows("SQLite", [sqlite_url(work / f"trail-{size}.db") for size in SIZES])
    with cluster(durable=True) as postgres:
        yield from _rows("PostgreSQL", [postgres.fresh() for _ in SIZES])


def _rows(kind: str, urls: list[str]) -> Iterator[Row]:
    for size, url in zip(SIZES, urls, strict=True):
        database = Database(url, guard())
        database.migrate_now()
        for number in range(CHAINS):
            database.write_now(fill, f"s{number}", size // CHAINS)
        # As the server does by itself within a minute of so many new rows (autovacuum).
        database.scrub_now(("audit_row", "evidence", "opening"))
        for what, asked in QUESTIONS.items():
            yield at_most(f"find {what} among {size}, {kind}", _median(database, asked), "ms", LIMIT)
        database.close_now()


def _median(database: Database, asked: Question) -> float:
    taken = []
    for _ in range(TRIES):
        begun = time.perf_counter()
        answer = database.read_now(found.answer, asked)
        taken.append(time.perf_counter() - begun)
        if answer.faults:
            raise RuntimeError(answer.faults[0])
    return statistics.median(taken) * 1000


def fill(conn: Connection, chain: str, count: int) -> None:
    """``count`` rows of one workstation."""
    append_all(conn, chain, (_event(chain, number) for number in range(count)))


def _event(chain: str, number: int) -> Event:
    place = int(chain[1:])
    person, at = f"p{(number * 7 + place) % PERSONS}", START + number * CHAINS
    if number % NAMED_EVERY:
        plain = Event(ACTIONS[number % len(ACTIONS)], "success", at, person=person, login=person, workstation=chain)
        return replace(plain, detail={"action": "record.export"}) if plain.action == "stepup_asked" else plain
    values = ("All results", f"MRN-{(number // NAMED_EVERY * CHAINS + place) % PATIENTS}")
    salts = (f"{chain}/{number}/0".encode(), f"{chain}/{number}/1".encode())
    return _approved(Event("stepup", "success", at, person=person, login=person, workstation=chain), values, salts)


def _approved(event: Event, values: tuple[str, str], salts: tuple[bytes, bytes]) -> Event:
    made = tuple(CommitmentOpening(commitment(s, v), b64u(s), v) for s, v in zip(salts, values, strict=True))
    said: dict[str, Json] = {"kind": "step_up", "resource": made[0].commitment, "patients": [made[1].commitment]}
    return replace(event, evidence={"statement": canonical(said).decode()}, openings=made)
