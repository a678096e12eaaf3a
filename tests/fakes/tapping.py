"""Workstations that tap without a pause, each with a person of its own, while somebody restarts what they speak to."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, func, select

from kiosk.client import api as api_module
from kiosk.client import tries
from kiosk.client.api import Api
from kiosk.client.errors import ClientError
from kiosk.client.proofs import public_jwk
from kiosk.client.trust import Trust
from kiosk.model.proof import Method, UidPresented
from kiosk.model.secret import Secret
from kiosk.service.proofs.pin_and_otp import HASHER
from kiosk.service.store import badges, codes, people, workstations
from kiosk.service.store.schema import audit_row
from tests.fakes.replicas import Replica, admin

PIN = "123456"
AWAY = "store_down"


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workstations wait for a busy machine; what breaks, or is refused, they still see at once."""
    made = api_module.http_client
    monkeypatch.setattr(api_module, "TIMEOUT", httpx.Timeout(60, connect=60))
    monkeypatch.setattr(api_module, "http_client", lambda trust, read=60.0, **more: made(trust, 60.0, **more))
    monkeypatch.setattr(tries, "MOVE_ON_SECONDS", 60.0)


class Tapping:
    """``number`` workstations at ``replica``'s service, enrolled there.

    ``taps`` counts what they were answered, ``away`` how often they were told that nobody could decide.
    """

    def __init__(self, replica: Replica, number: int, folder: Path) -> None:
        self.replica = replica
        self.uids = [f"04{at:012X}" for at in range(number)]
        self.taps = 0
        self.away = 0
        self.failed: list[str] = []
        self.told = 0
        self.taken: list[float] = []
        self._outage, self._pause = False, 0.0
        self._lock = threading.Lock()
        trust = "\n".join(replica.folder.tls.trust())
        (folder / "trust.pem").write_text(trust)
        self._trust = folder / "trust.pem"
        self._codes = [uuid.uuid4().hex for _ in self.uids]
        replica.folder.database().write_now(self._furnish)
        self._who = [self._enrol(code) for code in self._codes]
        for who, uid in zip(self._who, self.uids, strict=True):  # from now on each is within grace
            api = Api(replica.base, who[0], who[1], Trust(self._trust))
            view = api.begin(UidPresented(uid), 0)
            assert api.prove_secret(view.id, Method.PIN, Secret(PIN), None).state == "done"
            api.close()

    def _furnish(self, conn: Connection) -> None:
        now, pin = admin().now, HASHER.hash(PIN)
        for at, (uid, code) in enumerate(zip(self.uids, self._codes, strict=True)):
            person = people.add(conn, f"p{at}", f"Person {at}", now)
            badges.add(conn, self.replica.folder.keys.badge, person, bytes.fromhex(uid), now)
            codes.set_pin(conn, person, pin, now)
            workstations.announce(conn, f"w{at}", "Ward", code, now, exempt=False)

    def _enrol(self, code: str) -> tuple[str, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        body = {"code": code, "jwk": public_jwk(key)}
        trust = Trust(self._trust).context
        answer = httpx.post(f"{self.replica.base}/v1/workstations/enroll", json=body, verify=trust, timeout=30)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["client_id"]), key

    def signed_in(self) -> int:
        """Sign-ins that the trail tells of."""
        told = audit_row.c.body.contains('"action":"sign_in"')
        wanted = select(func.count()).select_from(audit_row).where(told)
        return int(self.replica.folder.database().read_now(lambda conn: conn.execute(wanted).scalar_one()))

    @contextmanager
    def at(self, addresses: Sequence[str], outage: bool = False) -> Iterator[None]:
        """They tap for as long as the block lasts, and have tapped before it begins. Nobody may be told an error, and
        the trail has a sign-in for each tap, not one more.

        ``outage``: but that the service cannot decide, which they are told before anything was written, or while it
        was being written: so a tap may stand there that its station never heard of, and none twice.
        """
        self._outage = outage
        with self.counted(addresses):
            yield
        assert not self.failed, (self.taps, self.failed[:3])
        assert self.taps <= self.told <= self.taps + self.away, (self.told, self.taps, self.away)

    @contextmanager
    def counted(self, addresses: Sequence[str], pause: float = 0.0) -> Iterator[None]:
        """They tap for as long as the block lasts, and have tapped before it begins; then ``told`` says how many
        sign-ins the trail tells of, and ``failed`` what went wrong. ``pause``: seconds between two taps of one."""
        before, self.taps, self.away, self.taken, self._pause = self.signed_in(), 0, 0, [], pause
        self.failed = []
        over, under_way = threading.Event(), threading.Barrier(len(self.uids) + 1)
        threads = [
            threading.Thread(target=self._tap, args=(who, uid, addresses, over, under_way))
            for who, uid in zip(self._who, self.uids, strict=True)
        ]
        for thread in threads:
            thread.start()
        try:
            under_way.wait(120)
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join(60)
        self.told = self.signed_in() - before

    def _tap(
        self,
        who: tuple[str, ec.EllipticCurvePrivateKey],
        uid: str,
        addresses: Sequence[str],
        over: threading.Event,
        under_way: threading.Barrier,
    ) -> None:
        api, number = Api(addresses, who[0], who[1], Trust(self._trust)), 0
        try:
            while not over.is_set() or number == 0:
                number += 1
                try:
                    sent = time.monotonic()
                    view = api.begin(UidPresented(uid), number)
                    with self._lock:
                        self.taken.append(time.monotonic() - sent)
                        self.taps += view.state == "done"
                        if view.state != "done":
                            self.failed.append(json.dumps([view.state, str(view.refusal)]))
                except ClientError as error:
                    if not self._outage or getattr(error, "code", AWAY) != AWAY:
                        self.failed.append(f"{type(error).__name__}: {error}")
                        return
                    with self._lock:
                        self.away += 1
                    over.wait(0.1)
                except Exception as error:
                    with self._lock:
                        self.failed.append(f"{type(error).__name__}: {error}")
                    return
                finally:
                    if number == 1:
                        under_way.wait(120)
                over.wait(self._pause)
        finally:
            api.close()
