"""What a workstation's signature and the codes of rows cost a sign-in: four stations take turns.

Two of them are at a service as it is, two at one whose rows have no codes; of either two one signs and one need not.

The sign-in is the shortest there is, a badge within grace, over TLS to a service process on SQLite, each durable before
the answer. The client's own work is in it: the requests of both are made when they are sent.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from kiosk.client.api import Api, http_client
from kiosk.client.enrol import enrol
from kiosk.client.keystore import open_keystore
from kiosk.client.proofs import Prover
from kiosk.client.seen import EventsSeen, fresh_salt
from kiosk.client.trust import Trust
from kiosk.demo.cardservice import VirtualCardService
from kiosk.demo.processes import ChildFailedError
from kiosk.model.proof import Method, UidPresented
from kiosk.model.secret import Secret
from kiosk.model.signing import HEAD_HEADER, SALT_HEADER
from kiosk.service.folder import open_folder
from kiosk.service.store import integrity
from kiosk.service.store.schema import audit_chain
from kiosk.settings import AgentSettings, load
from tests.benchmarks.table import Row, at_most
from tests.benchmarks.throughput import PIN, Counter, credentials
from tests.benchmarks.without_codes import Uncoded, no_codes

TURNS = 300
WARM_UP = 20
MAX_PERCENT = 10.0
PATIENCE = 60.0


class Taker:
    """A station with two persons who take turns at it. ``signs``: whether it signs what it asks."""

    def __init__(self, hospital: Counter, home: Path, number: int, *, signs: bool) -> None:
        code = hospital.admin("workstation", "add", home.name, "--place", "Bench").strip().splitlines()[-1].split()[-1]
        enrol(home, hospital.url, code)
        settings = load(AgentSettings, home / "agent.toml")
        key, trust = open_keystore(settings.keystore, home).load(), Trust(home / "trust.pem")
        api = Api(settings.service, settings.client_id, key, trust)
        try:
            self._uids = [f"04{number:02X}{which:02X}D4E5F6A7" for which in range(2)]
            for which, uid in enumerate(self._uids):
                hospital.person(f"s{number}-{which}", f"Nurse {number} {which}", "nurse", uid=uid, pin=PIN)
                view = api.begin(UidPresented(uid), which + 1)
                api.prove_secret(view.id, Method.PIN, Secret(PIN), None)
            self._token, self._nonce = credentials(api)
        finally:
            api.close()
        self.id = settings.client_id
        self._url = hospital.url + "/v1/ceremonies"
        self._prover, self._seen, self._signs = Prover(key, settings.client_id), EventsSeen(home / "seen.json"), signs
        self._http: httpx.Client = http_client(trust)
        self._http.timeout = httpx.Timeout(PATIENCE)  # of a busy machine: its slowest answers are no median
        self._count = 2

    def sign_in(self) -> float:
        """One sign-in, in milliseconds. Raises ``ChildFailedError`` if it was none."""
        self._count += 1
        whole = {"presented": {"kind": "uid", "uid": self._uids[self._count % 2]}, "tap": self._count}
        body = json.dumps(whole).encode()
        began = time.perf_counter()
        headers = {"Authorization": f"DPoP {self._token}", "Content-Type": "application/json"}
        claim = None
        if self._signs:
            salt, headers[SALT_HEADER] = fresh_salt()
            claim = self._seen.claim(body, salt)
        headers["DPoP"] = self._prover.dpop("POST", self._url, self._nonce, self._token, claim)
        answer = self._http.post(self._url, content=body, headers=headers)
        if claim is not None:
            self._seen.learn(int(str(claim["n"])), answer.headers.get(HEAD_HEADER), None)
        taken = time.perf_counter() - began
        if answer.status_code != 200 or answer.json()["state"] != "done":
            raise ChildFailedError(f"no sign-in: {answer.text[:300]}")
        return taken * 1000

    def close(self) -> None:
        self._http.close()


NEITHER, SIGNATURE, CODES, BOTH = "neither", "signature", "codes", "both"


def measure(work: Path) -> Iterator[Row]:
    cards = VirtualCardService(readers=0)
    coded, bare = Counter(work / "coded", cards=cards), Uncoded(work / "bare", cards=cards)
    try:
        coded.start()
        bare.start()
        plan = ((NEITHER, bare, False), (SIGNATURE, bare, True), (CODES, coded, False), (BOTH, coded, True))
        takers = {
            name: Taker(hospital, work / name, at, signs=signs) for at, (name, hospital, signs) in enumerate(plan)
        }
        _let_off(coded.data, takers[CODES].id)
        with no_codes():
            _let_off(bare.data, takers[NEITHER].id)
        taken = _in_turns(takers)
        for taker in takers.values():
            taker.close()
    finally:
        coded.stop()
        bare.stop()
    middle = {name: statistics.median(times) for name, times in taken.items()}
    for what, before in (
        ("a workstation's signature", CODES),
        ("the codes of rows", SIGNATURE),
        ("codes and signature together", NEITHER),
    ):
        told = f"({middle[before]:.2f} ms without, {middle[BOTH]:.2f} ms with), SQLite"
        more = (middle[BOTH] / middle[before] - 1) * 100
        yield at_most(f"{what}, of a sign-in within grace {told}", more, "%", MAX_PERCENT)


def _in_turns(takers: dict[str, Taker]) -> dict[str, list[float]]:
    """Milliseconds of each one's sign-ins. Who begins changes from turn to turn, so that all meet the same machine."""
    taken: dict[str, list[float]] = {name: [] for name in takers}
    names = list(takers)
    for turn in range(WARM_UP + TURNS):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            taken[name].append(takers[name].sign_in())
    return {name: times[WARM_UP:] for name, times in taken.items()}


def _let_off(data: Path, station: str) -> None:
    """As if the station were older than signing."""
    db = open_folder(data).database()
    db.write_now(integrity.change, audit_chain, audit_chain.c.chain == station, {"counter": -1})
    db.close_now()
