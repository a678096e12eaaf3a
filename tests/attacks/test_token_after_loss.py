"""A step-up was approved; then what it was approved with is reported lost. Does its token still open the records?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from sqlalchemy import Connection

from kiosk.service.proofs.pin_and_otp import HASHER
from kiosk.service.store import codes, factors, workstations
from kiosk.simulator.piv_ca import CardAuthority
from tests.attacks.test_revoked_card_after_renewal import Counter
from tests.fakes.asking import Ward, make
from tests.fakes.central import PIN, UID, ServiceProcess
from tests.fakes.client import NOW, Answer, Client
from tests.fakes.over_tls import Now, connected, station
from tests.fakes.service import Hospital

AUDIENCE = "https://export.example"


@pytest.fixture
def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    process = ServiceProcess(tmp_path)
    process.person("ada", "Ada Lovelace")
    yield Counter(process, tmp_path, monkeypatch)
    process.close()


async def test_a_token_is_worth_nothing_once_its_card_was_reported_lost(counter: Counter, tmp_path: Path) -> None:
    ca = CardAuthority.new()
    counter.trust(ca.certificate)
    card = counter.card("ada", ca)
    words = ("--audience", AUDIENCE, "--action", "record.export", "--new-key", str(tmp_path / "app.jwk"))
    client_id = counter.admin("app", "add", "export", *words)
    counter.process.start()
    async with connected(counter.process) as http:
        here = await station(counter.process, http, "ward-3")
        key = ECKey.import_key(json.loads((tmp_path / "app.jwk").read_text()))
        backend = Client(http, Now(), key, client_id.strip(), base=counter.process.url)
        session = await here.open(UID, PIN)
        tokens = []
        for _ in range(2):
            view = await here.step_up(session, audience=AUDIENCE)
            assert view.body["state"] == "prove", view.code
            challenge = (await here.challenge(view.body["id"], "piv_pin")).body
            done = await here.prove(view.body["id"], card.sign(challenge, "9A"))
            assert done.body["state"] == "done", done.body
            tokens.append(done.body["grant"]["token"])
        assert (await backend.post("/v1/tokens/redeem", {"token": tokens[0]})).status == 200
        listed = await asyncio.to_thread(counter.admin, "factor", "list", "ada")
        mark = next(word for word in listed.split() if word.startswith("piv:"))
        await asyncio.to_thread(counter.admin, "factor", "lost", "ada", mark)
        refused = await backend.post("/v1/tokens/redeem", {"token": tokens[1]})
        assert (refused.status, refused.code) == (403, "factor_withdrawn")


Loss = Callable[[Ward], Awaitable[None]]


async def key_lost(ward: Ward) -> None:
    await ward.hospital.db.write(factors.suspend, "key", ward.key.credential_id, "lost", NOW)


async def key_gone(ward: Ward) -> None:
    await ward.hospital.db.write(factors.revoke, "key", ward.key.credential_id, NOW)


async def station_gone(ward: Ward) -> None:
    await ward.hospital.db.write(workstations.revoke, ward.station.client_id, NOW)


async def redeemed(hospital: Hospital, backend: Client, token: str) -> Answer:
    answer = await backend.post("/v1/tokens/redeem", {"token": token})
    last = (await hospital.trail("token_redeemed"))[-1]
    assert last["result"] == ("success" if answer.status == 200 else "refused"), "nothing happens without its row"
    return answer


@pytest.mark.parametrize(
    ("lose", "said"),
    [(key_lost, "factor_withdrawn"), (key_gone, "factor_withdrawn"), (station_gone, "station_revoked")],
)
async def test_what_a_token_was_made_with_must_still_be_good(either: Hospital, lose: Loss, said: str) -> None:
    ward = await make(either)
    backend = await either.application()
    view = await ward.station.step_up(ward.session, records=51, audience=AUDIENCE)
    token = (await ward.by_key(view)).body["grant"]["token"]
    await lose(ward)
    assert (await redeemed(either, backend, token)).code == said


async def test_a_pin_that_was_set_anew_or_lost_withdraws_what_it_approved(either: Hospital) -> None:
    ward = await make(either)
    backend, app = await either.application(), await either.totp(ward.person)

    async def token() -> str:
        either.clock.pass_by(31)
        view = await ward.station.step_up(ward.session, audience=AUDIENCE)
        await ward.station.pin(view.body["id"], "123456")
        done = await ward.station.otp(view.body["id"], app.at(int(either.clock())))
        return str(done.body["grant"]["token"])

    good, changed, lost = [await token() for _ in range(3)]
    assert (await redeemed(either, backend, good)).status == 200

    def set_anew(conn: Connection) -> None:
        codes.set_pin(conn, ward.person, HASHER.hash("654321"), int(either.clock()) + 1)

    await either.db.write(factors.suspend, "totp", ward.person, "lost", int(either.clock()))
    assert (await redeemed(either, backend, lost)).code == "factor_withdrawn"
    await either.db.write(factors.resume, "totp", ward.person)
    await either.db.write(set_anew)
    assert (await redeemed(either, backend, changed)).code == "factor_withdrawn"
