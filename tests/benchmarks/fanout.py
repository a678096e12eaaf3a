"""How long until every one of a thousand connected workstations knows that somebody's access is gone.

The streams are real: a TLS connection, an access token and a DPoP proof each. One person has a session at every
station; ``person leave`` ends them all, from another process than the service, as ``kiosk admin`` does. The time
counts from before the act until the event is in a station's hands, clients and service sharing this machine's cores.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey
from sqlalchemy import Connection

from kiosk.client.proofs import public_jwk
from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.processes import ChildFailedError
from kiosk.service.admin import life
from kiosk.service.admin.act import Admin
from kiosk.service.folder import open_folder
from kiosk.service.store import people
from kiosk.service.store.database import Database
from kiosk.service.store.integrity import add_rows
from kiosk.service.store.manifests import add_manifests
from kiosk.service.store.schema import session, workstation
from tests.benchmarks.table import Row, at_most, p95
from tests.benchmarks.throughput import Counter
from tests.fakes.postgres import cluster

STATIONS = 1000
ROUNDS = 5
LIMIT_MS = 1000
NOW = 1


@dataclass(frozen=True)
class Round:
    """``act``: seconds that the act itself took. ``heard``: seconds from its beginning, of each station."""

    act: float
    heard: Sequence[float]


def measure(work: Path) -> Iterator[Row]:
    yield from rows("SQLite", work / "sqlite", "")
    with cluster(durable=True) as postgres:
        yield from rows("PostgreSQL", work / "postgres", postgres.fresh())


def rows(kind: str, work: Path, database: str) -> Iterator[Row]:
    hospital = Counter(work, cards=VirtualCardService(readers=0), database=database)
    try:
        hospital.start()
        found = fan_out(hospital, work)
    finally:
        hospital.stop()
    heard = [seconds * 1000 for process in found for seconds in process.heard]
    act = p95([process.act * 1000 for process in found])
    what = f"revocation at {STATIONS} connected stations"
    yield at_most(f"{what}, p95; against the act itself, {kind}", p95(heard), "ms", LIMIT_MS, act)
    yield at_most(f"{what}, the last of all, {kind}", max(heard), "ms", 2 * LIMIT_MS, act)


def fan_out(hospital: Counter, work: Path) -> list[Round]:
    """Everybody connects, then one person after the other leaves."""
    database = open_folder(hospital.data).database()
    plan = work / "stations.json"
    plan.write_text(json.dumps(database.write_now(stations)))
    logins = [database.write_now(somebody_everywhere, number) for number in range(ROUNDS)]
    words = [sys.executable, "-m", "tests.benchmarks.streams", str(hospital.data / "tls" / "ca-1.crt")]
    pipe = subprocess.PIPE
    streams = subprocess.Popen([*words, str(hospital.port), str(plan)], stdin=pipe, stdout=pipe, text=True)
    try:
        if streams.stdout is None or streams.stdin is None or streams.stdout.readline().strip() != "ready":
            raise ChildFailedError("not every station could connect")
        found = []
        for login in logins:
            streams.stdin.write("next\n")
            streams.stdin.flush()
            begun, acted = leave(database, login)
            heard = json.loads(streams.stdout.readline())
            found.append(Round(acted - begun, [at - begun for at in heard]))
        return found
    finally:
        streams.kill()
        streams.wait()
        database.close_now()


def leave(database: Database, login: str, sessions: int = STATIONS) -> tuple[float, float]:
    """When the act began and when it was durable. ``sessions``: that must end by it."""
    begun = time.monotonic()
    _, ended = database.write_now(life.leave, Admin("bench", 0, NOW), login)
    if ended != sessions:
        raise ChildFailedError(f"only {ended} sessions ended")
    return begun, time.monotonic()


def stations(conn: Connection, number: int = STATIONS, prefix: str = "s") -> list[dict[str, str]]:
    """So many enrolled workstations with keys of their own."""
    plan, lines = [], []
    for at in range(number):
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        jwk = public_jwk(key)
        plan.append({"client_id": f"{prefix}{at}", "pem": pem})
        thumbprint = ECKey.import_key({**jwk}).thumbprint()
        lines.append((f"{prefix}{at}", f"bench-{prefix}{at}", "Bench", "enrolled", json.dumps(jwk), thumbprint, NOW))
    add_rows(conn, workstation, ("id", "name", "place", "state", "jwk", "jkt", "created"), lines)
    add_manifests(conn, ((line[0], {"station": 1}) for line in lines))
    return plan


def somebody_everywhere(conn: Connection, number: int, everywhere: int = STATIONS, prefix: str = "s") -> str:
    """A person with a session at every station, open at one and locked at the others; the login."""
    login = f"leaver-{prefix}{number}"
    person = people.add(conn, login, "Somebody", NOW)
    columns = ("id", "person", "workstation", "state", "acr", "amr", "auth_time", "opened")
    what = ("urn:kiosk:mfa", "[]", NOW, NOW)
    sessions = [
        (f"{login}-{at}", person, f"{prefix}{at}", "open" if at == number else "locked", *what)
        for at in range(everywhere)
    ]
    add_rows(conn, session, columns, sessions)
    return login
