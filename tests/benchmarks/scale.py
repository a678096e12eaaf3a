"""What grows with a hospital and what does not: open event streams, rows of the trail, persons, a second replica.

``python -m tests.benchmarks scale``. ``SCALE_MOST`` is the largest number of rows and persons (1,000,000); each size up
to it is measured. ``SCALE_STREAMS`` is how many streams are open at most (2,000). A figure is flat where the largest
size takes at most ``FLAT`` times what the smallest does.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.processes import ChildFailedError
from kiosk.service.folder import ServiceFolder, open_folder
from kiosk.service.platform.keys import BadgeKeys
from kiosk.service.store import bulk
from kiosk.service.store.bulk import NewPerson
from kiosk.service.store.database import Database
from tests.benchmarks import fanout, finding
from tests.benchmarks.rest import pss_mib
from tests.benchmarks.table import Row, at_most, p95
from tests.benchmarks.throughput import Counter, plan_of, replica, run
from tests.fakes.postgres import cluster

FLAT = 1.2
MAX_STREAMS = int(os.environ.get("SCALE_STREAMS", "2000"))
MAX_SIZE = int(os.environ.get("SCALE_MOST", "1000000"))
ROWS = tuple(size for size in (1_000, 100_000, 1_000_000) if size <= MAX_SIZE)
PERSONS = tuple(size for size in (10_000, 100_000, 1_000_000) if size <= max(MAX_SIZE, 10_000))
STREAMS = (MAX_STREAMS // 4, MAX_STREAMS)
TAPS = 150
ROUNDS = 5
CLIENTS = 4
AT_ONCE = 10_000
"""Persons in one transaction."""


def measure(work: Path) -> Iterator[Row]:
    yield from one_database("SQLite", work / "sqlite", "")
    with cluster(durable=True) as postgres:
        yield from one_database("PostgreSQL", work / "postgres", postgres.fresh())
        yield from replicas(work / "replicas", postgres.fresh())


def one_database(kind: str, work: Path, database: str) -> Iterator[Row]:
    """Streams, then taps beside ever longer trails, then beside ever more persons, at one service."""
    work.mkdir()
    hospital = Counter(work, cards=VirtualCardService(readers=0), database=database)
    try:
        hospital.start()
        yield from streams(kind, hospital, work)
        folder = open_folder(hospital.data)
        store = folder.database()
        try:
            yield from trail(kind, hospital, work, store)
            yield from persons(kind, hospital, work, folder, store)
        finally:
            store.close_now()
    finally:
        hospital.stop()


@dataclass(frozen=True)
class Connected:
    """With so many streams open: KiB of the service a stream, and milliseconds until each of them hears an act that
    concerns all, less what the act itself takes, a thousand streams."""

    kib: float
    told: float


def streams(kind: str, hospital: Counter, work: Path) -> Iterator[Row]:
    few, many = [connected(hospital, work, number) for number in STREAMS]
    open_now = f"{STREAMS[1]} event streams, {kind}"
    against = f"against {STREAMS[0]}"
    yield flat(f"memory of the service a stream, {open_now}; {against}", many.kib, few.kib, "KiB")
    yield flat(f"a broadcast to {open_now}, p95, a thousand; {against}", many.told, few.told, "ms")


def connected(hospital: Counter, work: Path, number: int) -> Connected:
    store = open_folder(hospital.data).database()
    plan = work / f"stations{number}.json"
    plan.write_text(json.dumps(store.write_now(fanout.stations, number, f"of{number}-")))
    logins = [store.write_now(fanout.somebody_everywhere, at, number, f"of{number}-") for at in range(ROUNDS)]
    words = [sys.executable, "-m", "tests.benchmarks.streams", str(hospital.data / "tls" / "ca-1.crt")]
    before, pipe = pss_mib(pid_of(hospital)), subprocess.PIPE
    child = subprocess.Popen([*words, str(hospital.port), str(plan)], stdin=pipe, stdout=pipe, text=True)
    try:
        if child.stdout is None or child.stdin is None or child.stdout.readline().strip() != "ready":
            raise ChildFailedError("not every station could connect")
        kib = (pss_mib(pid_of(hospital)) - before) * 1024 / number
        told = []
        for login in logins:
            child.stdin.write("next\n")
            child.stdin.flush()
            _, acted = fanout.leave(store, login, number)
            told.append(p95([max(at - acted, 0.0) for at in json.loads(child.stdout.readline())]))
        return Connected(kib, statistics.median(told) * 1000 * 1000 / number)
    finally:
        child.kill()
        child.wait()
        store.close_now()


def pid_of(hospital: Counter) -> int:
    """The service."""
    if hospital.service is None:
        raise ChildFailedError("the service does not run")
    return hospital.service.process.pid


def trail(kind: str, hospital: Counter, work: Path, store: Database) -> Iterator[Row]:
    """A tap beside so many rows of the trail."""
    found, there = [], 0
    for size in ROWS:
        for chain in range(finding.CHAINS):
            store.write_now(finding.fill, f"o{size}{chain:02}", (size - there) // finding.CHAINS)
        there = size
        found.append(tapped(hospital, work, store).median)
    for size, value in zip(ROWS[1:], found[1:], strict=True):
        yield flat(f"a tap beside {size:,} rows of the trail, {kind}; against {ROWS[0]:,}", value, found[0], "ms")


def persons(kind: str, hospital: Counter, work: Path, folder: ServiceFolder, store: Database) -> Iterator[Row]:
    """A tap beside so many persons with a badge each."""
    found, there = [], 0
    for size in PERSONS:
        while there < size:
            store.write_now(people, folder.keys.badge, there, min(AT_ONCE, size - there))
            there += AT_ONCE
        one = tapped(hospital, work, store)
        found.append(one.median)
        yield Row(f"processor of the service a tap, {size:,} persons, {kind}", one.processor, "ms", None, "none", True)
    yield Row(f"a tap beside {PERSONS[0]:,} persons, {kind}", found[0], "ms", None, "none", True)
    for size, value in zip(PERSONS[1:], found[1:], strict=True):
        yield flat(f"a tap beside {size:,} persons, {kind}; against {PERSONS[0]:,}", value, found[0], "ms")


def people(conn: Connection, keys: BadgeKeys, first: int, number: int) -> None:
    """So many nurses with a badge each."""
    new = [
        NewPerson(f"staff{at}", f"Nurse {at}", ("nurse",), None, (0x04_0000_0000_0000 + at).to_bytes(7, "big"))
        for at in range(first, first + number)
    ]
    bulk.add_all(conn, keys, new, int(time.time()), lambda _in: None)


@dataclass(frozen=True)
class Tapped:
    """Milliseconds a tap: the median as a station waits, and of the service's processor, which no load changes much."""

    median: float
    processor: float


def tapped(hospital: Counter, work: Path, store: Database) -> Tapped:
    """One station's taps, one after the other."""
    if store.kind == "postgresql":  # as the server does by itself within a minute of so many new rows (autovacuum)
        store.scrub_now(("audit_row", "person", "badge", "badge_form", "manifest"))
    number = len(list(work.glob("plan*.json")))
    plan = plan_of(hospital, work, number, TAPS)
    before = processor_ms(pid_of(hospital))
    taken = run([plan], work / f"station{number}" / "trust.pem", [hospital.port], work).taken
    return Tapped(statistics.median(taken) * 1000, (processor_ms(pid_of(hospital)) - before) / len(taken))


def processor_ms(pid: int) -> float:
    """What a process has used of the processor, its system calls included (proc_pid_stat(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def replicas(work: Path, database: str) -> Iterator[Row]:
    """One and two on one database."""
    work.mkdir()
    hospital = Counter(work, cards=VirtualCardService(readers=0), database=database)
    try:
        hospital.start()
        plans = [plan_of(hospital, work, number) for number in range(2 * CLIENTS)]
        ca = work / "station0" / "trust.pem"
        one = run(plans[:CLIENTS], ca, [hospital.port], work)
        with replica(hospital, work) as port:
            two = run(plans[CLIENTS:], ca, [hospital.port, port], work)
    finally:
        hospital.stop()
    what = f"sign-ins a second of two replicas, {CLIENTS} stations without a pause; against one"
    yield Row(what, two.rate, "1/s", one.rate, "never below one", two.rate >= one.rate)


def flat(what: str, value: float, least: float, unit: str) -> Row:
    """In order where ``value`` is at most ``FLAT`` times ``least``."""
    return at_most(what, value, unit, FLAT * least, least, f"≤ {FLAT:g}×")
