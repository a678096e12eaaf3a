"""OpenID Provider: a server's question until it is painted, and what the token and introspection doors answer a second.

Clients and service share this machine's cores. Requests are made beforehand, as in ``throughput``; the application
authenticates by its secret, and its tokens are not bound, so that what is measured is the service's own work.
"""

from __future__ import annotations

import base64
import json
import os
import ssl
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from kiosk.agent.trace import VARIABLE
from kiosk.client.api import Api
from kiosk.client.enrol import enrol
from kiosk.client.keystore import open_keystore
from kiosk.client.trust import Trust
from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.hospital import Hospital, free_port, reader_name
from kiosk.demo.processes import ChildProgram
from kiosk.demo.screen import VirtualScreen
from kiosk.model.proof import Method, UidPresented
from kiosk.model.secret import Secret
from kiosk.model.session_view import SessionView
from kiosk.service.folder import open_folder
from kiosk.service.openid import refresh_tokens
from kiosk.service.store import openid_grants
from kiosk.service.store.openid_grants import OpenIdGrant
from kiosk.service.store.people import fresh_id
from kiosk.settings import AgentSettings, load
from kiosk.simulator import fido2
from kiosk.simulator.link import Placed
from tests.benchmarks.station import KEY_PIN, PIN, RULES, Person, Timed, Ward
from tests.benchmarks.table import Row, at_most, p95
from tests.benchmarks.throughput import PLENTY, Counter, Load, run
from tests.benchmarks.traced import Traced
from tests.fakes.postgres import cluster

QUESTIONS = 20
CLIENTS, ASKED = 8, 200
"""Connections at once, and requests on each."""
PROMPT_MS, TOKENS, LOOKS = 150, 300, 1000
FORM = "application/x-www-form-urlencoded"


def measure(work: Path) -> Iterator[Row]:
    yield prompt_row(work / "station")
    yield from rate_rows("SQLite", work / "sqlite", "", str(work / "bare.db"))
    with cluster(durable=True) as postgres:
        yield from rate_rows("PostgreSQL", work / "postgres", postgres.fresh(), postgres.fresh())


def prompt_row(work: Path) -> Row:
    """A question until its prompt is painted with how to answer it; each is answered with a key."""
    work.mkdir()
    screen = VirtualScreen(work, 1920, 1080)
    screen.start()
    hospital, trace = Hospital(work, display=screen.display, settings=RULES), work / "trace"
    try:
        hospital.start()
        person = Person(hospital, 1)
        key = Timed(fido2.key(fido2.open_key_store(work / "key", KEY_PIN)))
        with Placed(key.plastic, hospital.cards.connect(0)):
            hospital.admin("key", "add", person.login, "--reader", reader_name(0), typed=KEY_PIN)
        sleeper = json.dumps([sys.executable, "-c", "import time; time.sleep(86400)"])
        station = hospital.station("bench", "Bench", settings=f"workspace = {sleeper}\nsounds = false\n")
        station.env = {**station.env, VARIABLE: str(trace)}
        station.start()
        traced = Traced(trace)
        traced.first("Online")
        ward = Asked(hospital, station, screen, traced)
        ward.come(person)
        taken = list(ward.questions(hospital, person, key))
    finally:
        hospital.stop()
        screen.stop()
    return at_most("a server's question (CIBA) sent to its prompt painted, p95", p95(taken), "ms", PROMPT_MS)


class Asked(Ward):
    """The station at which the person is asked by a server."""

    def come(self, person: Person) -> None:
        """Signed in, and the first seconds over."""
        self._tap(person, "second_factor")
        self._sign_in()

    def questions(self, hospital: Hospital, person: Person, key: Timed) -> Iterator[float]:
        """Milliseconds of each."""
        file = hospital.folder / "server.jwk"
        made = hospital.admin("app", "add", "server", "--audience", "urn:server", "--new-key", str(file))
        hospital.admin("app", "openid", "set", "server", "--title", "Server")
        hospital.admin("app", "ciba", "set", "server")
        own, client_id = ECKey.import_key(json.loads(file.read_text())), made.split()[0]
        trust = ssl.create_default_context(cafile=str(hospital.data / "tls" / "ca-1.crt"))
        with httpx.Client(base_url=hospital.url, verify=trust) as line:
            for _ in range(QUESTIONS):
                line.get("/.well-known/jwks.json")  # the connection is there
                form = {**assertion(own, client_id, hospital.url), "scope": "openid", "login_hint": person.login}
                self._trace.since = sent = time.monotonic()
                answer = line.post("/oauth/backchannel", data={**form, "acr_values": "phr"})
                answer.raise_for_status()
                painted = max(self._trace.painted("step_up"), self._trace.first("CeremonyUpdated"))
                yield (painted - sent) * 1000
                self._answer(key)

    def _answer(self, key: Timed) -> None:
        time.sleep(1.3)  # nothing is taken in its first second
        self._screen.type(KEY_PIN)
        self._screen.press("Return")
        with Placed(key.plastic, self._cards.connect(0)):
            self._trace.painted("active")
        self._trace.first("Lift")


def assertion(key: ECKey, client_id: str, issuer: str) -> dict[str, str]:
    """Form fields of ``private_key_jwt``."""
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": issuer, "iat": now, "exp": now + 60, "jti": str(uuid.uuid4())}
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return {"client_assertion_type": kind, "client_assertion": jwt.encode({"alg": "ES256"}, claims, key)}


def rate_rows(kind: str, work: Path, database: str, bare_database: str) -> Iterator[Row]:
    """Refreshed tokens and introspections a second of one process, against the least that one could do; and what the
    service's own process works for each, which says what another load of the machine does not."""
    plenty = f"{PLENTY}\napplication_rows = 100000000\n"
    hospital = Counter(work, cards=VirtualCardService(readers=0), database=database, settings=plenty)
    try:
        hospital.start()
        where = f"{kind}; {CLIENTS} connections, {os.cpu_count()} cores shared with them"
        client = application(hospital)
        ca, session = signed_in(hospital, work)
        tokens = [token_plan(hospital, work, client, session, number) for number in range(CLIENTS)]
        made = worked(hospital, [plan for plan, _ in tokens], ca, work)
        with httpx.Client(base_url=hospital.url, verify=ssl.create_default_context(cafile=str(ca))) as line:
            plans = [look_plan(line, work, client, last, number) for number, (_, last) in enumerate(tokens)]
        looked = worked(hospital, plans, ca, work)
    finally:
        hospital.stop()
    pairs = (
        ("tokens refreshed a second (ID and access token signed)", made, [plan for plan, _ in tokens], TOKENS, ()),
        ("introspections a second", looked, plans, LOOKS, ("read",)),
    )
    for what, (done, milliseconds), asked, least, mode in pairs:
        bare = bare_rate(hospital, asked, ca, work, bare_database, *mode)
        against = "one row read" if mode else "one row inserted"
        name = f"{what}, {where}; against a bare handler, {against}"
        yield Row(name, done.rate, "1/s", bare.rate, f"≥ {least} 1/s", done.rate >= least)
        yield at_most(f"the same, the service's own processor time for one, {kind}", milliseconds, "ms", 1000 / least)


def worked(hospital: Counter, plans: list[Path], ca: Path, work: Path) -> tuple[Load, float]:
    """And milliseconds of the processor that the service took for each request."""
    assert hospital.service is not None
    before = processor_seconds(hospital.service.process.pid)
    done = run(plans, ca, [hospital.port], work)
    return done, 1000 * (processor_seconds(hospital.service.process.pid) - before) / len(done.taken)


def processor_seconds(pid: int) -> float:
    """User and system time of a process (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bare_rate(hospital: Counter, plans: list[Path], ca: Path, work: Path, database: str, *mode: str) -> Load:
    """The same requests to a handler that does nothing but reach its database, with the hospital's certificate."""
    port = free_port()
    words = [sys.executable, "-m", "tests.benchmarks.bare_handler", str(hospital.data / "tls" / "server.pem")]
    bare = ChildProgram([*words, str(port), database, *mode], work / "bare.log")
    try:
        bare.wait_for("ready")
        return run(plans, ca, [port], work)
    finally:
        bare.stop()


def application(hospital: Counter) -> tuple[str, dict[str, str]]:
    """Its id, and the headers by which it authenticates."""
    client_id = hospital.admin("app", "add", "chart", "--audience", "urn:chart", "--no-key").strip()
    rules = ["--title", "Chart", "--redirect-uri", "https://chart.hospital.example/cb"]
    secret = hospital.admin("app", "openid", "set", "chart", *rules, "--auth", "client_secret_basic").split()[0]
    both = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return client_id, {"Authorization": f"Basic {both}", "Content-Type": FORM}


def signed_in(hospital: Counter, work: Path) -> tuple[Path, SessionView]:
    """Somebody at a station: whom to trust as the service, and their session."""
    home = work / "station0"
    code = hospital.admin("workstation", "add", home.name, "--place", "Bench").strip().splitlines()[-1].split()[-1]
    enrol(home, hospital.url, code)
    settings = load(AgentSettings, home / "agent.toml")
    key = open_keystore(settings.keystore, home).load()
    api = Api(settings.service, settings.client_id, key, Trust(home / "trust.pem"))
    try:
        hospital.person("nurse", "Nurse", "nurse", uid="04A1B2C3D4E5F6", pin=PIN)
        view = api.begin(UidPresented("04A1B2C3D4E5F6"), 1)
        view = api.prove_secret(view.id, Method.PIN, Secret(PIN), None)
        assert view.session is not None
        return home / "trust.pem", view.session
    finally:
        api.close()


def token_plan(
    hospital: Counter, work: Path, client: tuple[str, dict[str, str]], session: SessionView, number: int
) -> tuple[Path, str]:
    """Refreshes of one sign-in, one after the other; and the refresh token that is good then."""
    folder, now = open_folder(hospital.data), int(time.time())
    settings = load(AgentSettings, work / "station0" / "agent.toml")
    grant = OpenIdGrant(
        id=fresh_id(),
        application=client[0],
        person=session.person.id,
        workstation=settings.client_id,
        session=session.id,
        sid=f"sid-{number}",
        scope="openid profile offline_access",
        assurance=session.assurance,
        nonce=None,
        redirect_uri="",
        challenge="",
        browser="",
        receipt=f"receipt-{number}",
        created=now,
        used=now,
        refreshed=1,
    )
    db = folder.database()
    db.write_now(openid_grants.add, grant)
    db.close_now()
    keys = folder.keys.badge
    forms = [
        {"grant_type": "refresh_token", "refresh_token": refresh_tokens.make(keys, grant.id, each)}
        for each in range(1, ASKED + 1)
    ]
    return plan(work / f"tokens{number}.json", "/oauth/token", client, forms), refresh_tokens.make(
        keys, grant.id, ASKED + 1
    )


def look_plan(line: httpx.Client, work: Path, client: tuple[str, dict[str, str]], refresh: str, number: int) -> Path:
    """Introspections of one sign-in's access token."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh}
    answer = line.post("/oauth/token", content=urlencode(form), headers=client[1])
    token = answer.json()["access_token"]
    return plan(work / f"looks{number}.json", "/oauth/introspect", client, [{"token": token}] * ASKED)


def plan(file: Path, path: str, client: tuple[str, dict[str, str]], forms: list[dict[str, str]]) -> Path:
    """For ``load``."""
    file.write_text(json.dumps([{"path": path, "headers": client[1], "body": urlencode(form)} for form in forms]))
    return file
