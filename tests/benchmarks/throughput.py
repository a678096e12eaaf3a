"""Sign-ins per second of one service process, against a bare handler that only inserts one row.

A sign-in here is a badge within grace: one request with its DPoP proof, two audit rows, a session opened and the
last one locked, all durable before the answer. Stations are enrolled for real; their proofs are signed beforehand,
because clients and service share this machine's cores. The target is a hospital's peak: ten thousand staff, a hundred
taps a day, five times the mean.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.client.api import Api
from kiosk.client.enrol import enrol
from kiosk.client.keystore import open_keystore
from kiosk.client.proofs import Prover
from kiosk.client.seen import EventsSeen, fresh_salt
from kiosk.client.trust import Trust
from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.hospital import Hospital, free_port
from kiosk.demo.processes import ChildFailedError, ChildProgram
from kiosk.model.proof import Method, UidPresented
from kiosk.model.secret import Secret
from kiosk.model.signing import SALT_HEADER
from kiosk.settings import AgentSettings, load
from tests.benchmarks.table import Row, at_most, p99
from tests.fakes.commands import kiosk
from tests.fakes.postgres import cluster

STATIONS = 8
SIGN_INS = 150
"""By each station."""
PEAK = 60.0
"""Sign-ins a second."""
OF_BARE, OF_SQLITE, OF_ONE = 0.2, 0.8, 1.4
"""One process on PostgreSQL against the bare handler and against SQLite; two replicas against one."""
PIN = "271828"


PLENTY = "[limits]\n" + "\n".join(
    f"{name} = {most}"
    for name, most in (
        ("sign_in_rows", 10_000_000),
        ("other_rows", 10_000_000),
        ("person_rows", 10_000_000),
        ("station_connections", 1000),
    )
)
"""A few stations here do the work of a hospital's."""


class Counter(Hospital):
    """A hospital without readers, whose administrators' commands run in this process."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **{"settings": PLENTY, **more})

    def command(self, *words: str, typed: str | None = None) -> str:
        return kiosk(*words, typed=typed or "")


@dataclass(frozen=True)
class Load:
    """``rate``: answers a second of all clients together. ``taken``: seconds of each answer."""

    rate: float
    taken: Sequence[float]


def measure(work: Path) -> Iterator[Row]:
    alone, made = rows("SQLite", work / "sqlite", "", str(work / "bare.db"))
    yield from made
    with cluster(durable=True) as postgres:
        url = postgres.fresh()
        ours, made = rows("PostgreSQL", work / "postgres", url, postgres.fresh(), two=True)
        yield from made
    share = f"sign-ins a second, PostgreSQL against SQLite; {STATIONS} stations"
    yield Row(share, ours, "1/s", alone, f"≥ {OF_SQLITE:g}× SQLite's", ours >= OF_SQLITE * alone)


def rows(kind: str, work: Path, database: str, bare_database: str, *, two: bool = False) -> tuple[float, list[Row]]:
    """Sign-ins a second of one process, and the rows. ``two``: of two replicas, too."""
    hospital = Counter(work, cards=VirtualCardService(readers=0), database=database)
    pair = None
    try:
        hospital.start()
        plans = [plan_of(hospital, work, number) for number in range(STATIONS)]
        ca = work / "station0" / "trust.pem"
        ours = run(plans, ca, [hospital.port], work)
        if two:
            plans = [plan_of(hospital, work, STATIONS + number) for number in range(STATIONS)]
            with replica(hospital, work) as port:
                pair = run(plans, ca, [hospital.port, port], work)
    finally:
        hospital.stop()
    port = free_port()
    words = [sys.executable, "-m", "tests.benchmarks.bare_handler"]
    bare = ChildProgram(
        [*words, str(hospital.data / "tls" / "server.pem"), str(port), bare_database], work / "bare.log"
    )
    try:
        bare.wait_for("ready")
        least = run(plans, ca, [port], work)
    finally:
        bare.stop()
    return ours.rate, list(_rows(kind, ours, least, pair))


def _rows(kind: str, ours: Load, least: Load, pair: Load | None) -> Iterator[Row]:
    where = f"{kind}; {STATIONS} stations, {os.cpu_count()} cores shared with them"
    name = f"sign-ins a second of one process, {where}; against one row inserted"
    yield Row(name, ours.rate, "1/s", least.rate, f"≥ {PEAK:g} 1/s", ours.rate >= PEAK)
    if kind == "PostgreSQL":
        yield Row(
            f"the same, {kind}", ours.rate, "1/s", least.rate, f"≥ {OF_BARE:g}×", ours.rate >= OF_BARE * least.rate
        )
    if pair is not None:
        what = f"sign-ins a second of two replicas on one database, {kind}; against one"
        yield Row(what, pair.rate, "1/s", ours.rate, f"≥ {OF_ONE:g}×", pair.rate >= OF_ONE * ours.rate)
    slowest, baseline = p99(ours.taken) * 1000, p99(least.taken) * 1000
    yield at_most(f"the same, all stations at once without a pause, p99, {kind}", slowest, "ms", 500, baseline)


@contextmanager
def replica(hospital: Counter, work: Path) -> Iterator[int]:
    """A second process on the same database, with the same keys; its port."""
    data, port = work / "replica", free_port()
    shutil.copytree(hospital.data, data, symlinks=True)
    settings = data / "service.toml"
    settings.write_text(
        settings.read_text()
        .replace(str(hospital.port), str(port))
        .replace(f'origin = "https://localhost:{port}"', f'origin = "https://localhost:{hospital.port}"')
    )
    child = ChildProgram([sys.executable, "-m", "kiosk", "service", "run", "--data", str(data)], work / "replica.log")
    try:
        child.wait_for("ready")
        yield port
    finally:
        child.stop()


def plan_of(hospital: Hospital, work: Path, number: int, sign_ins: int = SIGN_INS) -> Path:
    """Enrol a station, sign two persons in with their PIN, and write down their later sign-ins, signed."""
    home = work / f"station{number}"
    code = hospital.admin("workstation", "add", home.name, "--place", "Bench").strip().splitlines()[-1].split()[-1]
    enrol(home, hospital.url, code)
    settings = load(AgentSettings, home / "agent.toml")
    key = open_keystore(settings.keystore, home).load()
    api = Api(settings.service, settings.client_id, key, Trust(home / "trust.pem"))
    try:
        uids = [f"04{number:02X}{which:02X}D4E5F6A7" for which in range(2)]
        for which, uid in enumerate(uids):
            hospital.person(f"n{number}-{which}", f"Nurse {number} {which}", "nurse", uid=uid, pin=PIN)
            view = api.begin(UidPresented(uid), which + 1)
            view = api.prove_secret(view.id, Method.PIN, Secret(PIN), None)
            if view.state != "done":
                raise ChildFailedError(f"Nurse {number} {which} could not sign in.")
        token, nonce = credentials(api)
    finally:
        api.close()
    prover, path, seen = Prover(key, settings.client_id), "/v1/ceremonies", EventsSeen()
    plan = []
    for count in range(sign_ins):
        body = json.dumps({"presented": {"kind": "uid", "uid": uids[count % 2]}, "tap": count + 3})
        salt, salt_text = fresh_salt()
        proof = prover.dpop("POST", hospital.url + path, nonce, token, seen.claim(body.encode(), salt))
        headers = {"Authorization": f"DPoP {token}", "DPoP": proof, "Content-Type": "application/json"}
        headers[SALT_HEADER] = salt_text
        plan.append({"path": path, "headers": headers, "body": body})
    file = work / f"plan{number}.json"
    file.write_text(json.dumps(plan))
    return file


def credentials(api: Api) -> tuple[str, str | None]:
    """The station's present access token and the service's nonce: both good for minutes."""
    transport = api._transport
    return transport._token.now(), transport.exchange.nonce


def run(plans: Sequence[Path], ca: Path, ports: Sequence[int], work: Path) -> Load:
    """All clients at once, each at one of ``ports``. Raises ``ChildFailedError`` if any answer was not a sign-in."""
    pipe = subprocess.PIPE
    clients = []
    for at, plan in enumerate(plans):
        words = [sys.executable, "-m", "tests.benchmarks.load", str(ca), str(ports[at % len(ports)]), str(plan)]
        clients.append(subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True))
    for client in clients:
        if client.stdout is None or client.stdout.readline().strip() != "ready":
            raise ChildFailedError("a client could not connect")
    for client in clients:
        if client.stdin is not None:
            client.stdin.write("go\n")
            client.stdin.flush()
    answers = [json.loads(client.communicate(timeout=120)[0]) for client in clients]
    bad = [answer for each_answer in answers for answer in each_answer["bad"]]
    if bad:
        raise ChildFailedError(f"{len(bad)} answers were no sign-in; the first: {bad[0]}")
    taken = [seconds for answer in answers for seconds in answer["taken"]]
    whole = max(answer["ended"] for answer in answers) - min(answer["begun"] for answer in answers)
    return Load(len(taken) / whole, taken)
