"""Somebody who is no transmitter, or one that was taken over, wants to stop people, or to be believed."""

from __future__ import annotations

import asyncio
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from sqlalchemy import select, update

from kiosk.model.binding import b64u
from kiosk.service.admin.act import ActRefusedError
from kiosk.service.signals import delivering, reading, registering
from kiosk.service.store import signal_events, signal_receivers
from kiosk.service.store.schema import fido2_credential, signal_event, signal_transmitter
from kiosk.service.store.signal_receivers import ReceiverRules
from tests.fakes.asking import Ward, make
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.keys import give_key
from tests.fakes.service import Hospital
from tests.fakes.signals import ADMIN, CAEP, ISSUER, RISC, SignalPeer, Transmitter, device, login, receiver

REVOKED = CAEP + "session-revoked"
CHANGE = CAEP + "credential-change"
RISK = CAEP + "risk-level-change"
HIGH = {"principal": "USER", "current_level": "HIGH"}
GONE = {"credential_type": "password", "change_type": "revoke"}


@pytest.fixture(scope="module")
def one_peer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = SignalPeer(tmp_path_factory.mktemp("peer"))
    yield made
    made.close()


async def begun(hospital: Hospital) -> tuple[Ward, Transmitter]:
    """Ada at work, and a transmitter that an administrator registered."""
    ward, idp = await make(hospital), Transmitter(hospital)
    await idp.register()
    return ward, idp


async def untouched(hospital: Hospital, ward: Ward) -> None:
    """Nothing was done, and nothing is in the trail: strangers do not fill it."""
    assert (await ward.station.get(f"/v1/sessions/{ward.session}")).body["state"] == "open"
    assert await hospital.trail("signal") == []


def part(value: object) -> str:
    return b64u(json.dumps(value).encode())


async def test_a_token_of_another_key_or_algorithm_is_refused(service: Hospital) -> None:
    ward, idp = await begun(service)
    claims = idp.claims(REVOKED, login("ada"), {})
    stranger, elliptic = Transmitter(service), Transmitter(service, alg="ES256")
    confused = f"{part({'alg': 'HS256', 'typ': 'secevent+jwt', 'kid': 'k1'})}.{part(claims)}"
    by_public_key = b64u(hmac.digest(idp.key.as_pem(private=False), confused.encode(), "sha256"))
    for token in (
        stranger.token(claims),
        idp.token(claims, kid="k2"),
        elliptic.token(claims),
        f"{confused}.{by_public_key}",
        idp.token(claims, alg="PS256"),
        idp.token(claims, alg="RS512"),
        f"{part({'alg': 'none', 'typ': 'secevent+jwt', 'kid': 'k1'})}.{part(claims)}.",
    ):
        answer = await idp.push(token)
        assert (answer.status_code, answer.json()["err"]) in {(400, "invalid_key"), (400, "invalid_request")}, token
        assert answer.headers["Content-Language"] == "en"
    whole = idp.token(claims)
    head, body, signature = whole.split(".")
    other = part({**claims, "sub_id": login("ben")})
    for bent in (f"{head}.{other}.{signature}", f"{head}.{body}.", whole[:-4] + "AAAA", f"{head}.{body}"):
        assert (await idp.push(bent)).status_code == 400
    await untouched(service, ward)


@pytest.mark.parametrize(
    "header",
    [
        {"typ": None},
        {"typ": "JWT"},
        {"typ": "logout+jwt"},
        {"jku": "https://evil.example/keys"},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"x5u": "https://evil.example/c"},
        {"x5c": ["AAAA"]},
        {"crit": ["exp"], "exp": 1},
        {"b64": False, "crit": ["b64"]},
        {"kid": "../../etc/passwd\n"},
        {"kid": ["k1"]},
        {"cty": "JWT"},
        {"zip": "DEF"},
    ],
)
async def test_a_header_that_says_more_is_refused(service: Hospital, header: dict[str, Any]) -> None:
    ward, idp = await begun(service)
    signing = {"alg": "RS256", "typ": "secevent+jwt", "kid": "k1", **header}
    signing = {name: value for name, value in signing.items() if value is not None}
    plain = f"{part(signing)}.{part(idp.claims(REVOKED, login('ada'), {}))}"
    key = idp.key.get_op_key("sign")
    assert isinstance(key, rsa.RSAPrivateKey)
    answer = await idp.push(f"{plain}.{b64u(key.sign(plain.encode(), padding.PKCS1v15(), hashes.SHA256()))}")
    assert (answer.status_code, answer.json()["err"]) == (400, "invalid_request")
    await untouched(service, ward)


@pytest.mark.parametrize(
    ("bent", "err"),
    [
        ({"aud": "https://else.example"}, "invalid_audience"),
        ({"aud": ["https://else.example"]}, "invalid_audience"),
        ({"aud": None}, "invalid_audience"),
        ({"aud": {ORIGIN: 1}}, "invalid_audience"),
        ({"iss": "https://else.example/"}, "invalid_issuer"),
        ({"iss": ISSUER.rstrip("/")}, "invalid_issuer"),
        ({"iss": None}, "invalid_issuer"),
        ({"iss": 7}, "invalid_issuer"),
        ({"iat": NOW - reading.MAX_AGE - 1}, "invalid_request"),
        ({"iat": NOW + reading.SKEW + 1}, "invalid_request"),
        ({"iat": None}, "invalid_request"),
        ({"iat": f"{NOW}"}, "invalid_request"),
        ({"iat": True}, "invalid_request"),
        ({"iat": 10**400}, "invalid_request"),
        ({"jti": None}, "invalid_request"),
        ({"jti": "short"}, "invalid_request"),
        ({"jti": "x" * 5000}, "invalid_request"),
        ({"jti": "eight\u0000chars"}, "invalid_request"),
        ({"exp": NOW + 60}, "invalid_request"),
        ({"sub": "ada"}, "invalid_request"),
        ({"sub_id": None}, "invalid_request"),
        ({"sub_id": "ada"}, "invalid_request"),
        ({"events": None}, "invalid_request"),
        ({"events": {}}, "invalid_request"),
        ({"events": [REVOKED]}, "invalid_request"),
        ({"events": {REVOKED: None}}, "invalid_request"),
        ({"events": {REVOKED: {}, CAEP + "risk-level-change": {}}}, "invalid_request"),
    ],
)
async def test_claims_that_are_not_as_they_should_be_are_refused(
    service: Hospital, bent: dict[str, Any], err: str
) -> None:
    ward, idp = await begun(service)
    claims = idp.claims(REVOKED, login("ada"), {}, **bent)
    answer = await idp.push(idp.token(claims))
    assert (answer.status_code, answer.json()["err"]) == (400, err)
    assert "ada" not in answer.text
    await untouched(service, ward)


async def test_a_body_that_is_no_token_is_refused(service: Hospital) -> None:
    ward, idp = await begun(service)
    good = idp.token(idp.claims(REVOKED, login("ada"), {}))
    flat = {"payload": good.split(".")[1], "signatures": [{"protected": good.split(".")[0], "signature": "x"}]}
    for body in (b"", b"\xff\xfe", b"a.b.c", b"." * 400, json.dumps(flat).encode(), b"[" * 9000):
        answer = await idp.push(body)
        assert (answer.status_code, answer.json()["err"]) == (400, "invalid_request"), body[:20]
    assert (await idp.push(good, "application/json")).status_code == 415
    long = idp.token(idp.claims(REVOKED, login("ada"), {"reason_admin": {"en": "x" * 20_000}}))
    assert (await idp.push(long)).status_code == 413
    assert (await idp.push(b"x" * 200_000)).status_code == 413
    deep = b64u(b'{"iss": ' + b"[" * 9000 + b"]" * 9000 + b"}")[:12_000]
    assert (await idp.push(f"{good.split('.')[0]}.{deep}.{good.split('.')[2]}")).status_code == 400
    await untouched(service, ward)


async def test_a_token_that_comes_again_does_nothing(either: Hospital) -> None:
    ward, idp = await begun(either)
    token = idp.token(idp.claims(REVOKED, login("ada"), {}))
    assert (await idp.push(token)).status_code == 202
    await ward.station.open("04A1B2C3")
    for seconds in (0, 3600, reading.MAX_AGE - 3601):
        either.clock.pass_by(seconds)
        ward.station.token = None
        assert (await idp.push(token)).status_code == 202, "accepted, RFC 8935 section 2"
    assert len(await either.trail("signal")) == 1
    either.clock.pass_by(2)
    assert (await idp.push(token)).status_code == 400, "too old, before its jti is forgotten"


async def test_one_transmitter_speaks_neither_for_another_nor_with_its_jti(service: Hospital) -> None:
    ward, idp = await begun(service)
    other = Transmitter(service)
    other.issuer = "https://other.example/"
    await other.register("other", events=("risk-level-change",))
    claims = idp.claims(REVOKED, login("ada"), {})
    assert (await other.push(other.token(claims))).json()["err"] == "invalid_key"
    mine = {**claims, "iss": other.issuer}
    assert (await other.push(other.token(mine))).status_code == 202
    assert (await service.trail("signal"))[-1]["reason"] == "not_counted"
    assert (await ward.station.get(f"/v1/sessions/{ward.session}")).body["state"] == "open"
    assert (await idp.push(idp.token(claims))).status_code == 202, "the jti is still its own"
    assert (await ward.station.get(f"/v1/sessions/{ward.session}")).body["state"] == "locked"


async def nurses(hospital: Hospital, many: int) -> None:
    """So many people, of whom nothing is open."""
    for number in range(many):
        await hospital.person(f"nurse{number}", "Nurse")


async def warned(idp: Transmitter, *numbers: int) -> list[int]:
    """What is answered where each of these nurses is said to be a risk."""
    return [(await idp.send(RISK, login(f"nurse{number}"), **HIGH)).status_code for number in numbers]


async def test_who_floods_is_held_until_an_administrator_lets_it_go_on(either: Hospital) -> None:
    idp = Transmitter(either)
    await idp.register(most=3)
    await nurses(either, 6)
    assert await warned(idp, *range(6)) == [202, 202, 202, 429, 429, 429]
    rows = await either.trail("signal")
    assert [row["result"] for row in rows] == ["success"] * 3 + ["refused"], "told once"
    assert (rows[-1]["reason"], rows[-1]["detail"]["by"]) == ("braked", "idp")
    either.clock.pass_by(3600)
    answer = await idp.send(RISK, login("nurse5"), **HIGH)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")
    assert (await idp.send(RISK, login("nurse5"), current_level="LOW")).status_code == 202
    kept = idp.token(idp.claims(RISK, login("nurse5"), HIGH))
    assert (await idp.push(kept)).status_code == 429
    either.clock.pass_by(3 * 86_400)
    await either.db.write(registering.let, ADMIN, "idp")
    assert (await idp.push(kept)).status_code == 202, "what it kept over a long weekend was not used up"
    assert (await either.trail("signal"))[-1]["result"] == "success"


async def test_who_stays_just_under_the_number_of_a_minute_is_held_within_the_hour(service: Hospital) -> None:
    idp = Transmitter(service)
    await idp.register(most=2)
    await nurses(service, 8)
    answers = []
    for first in (0, 2, 4, 6):
        answers += await warned(idp, first, first + 1)
        service.clock.pass_by(61)
    assert answers == [202] * 6 + [429] * 2, "three times the number of a minute"
    assert "within an hour" in (await service.trail("signal"))[-1]["detail"]["said"]


async def test_of_those_who_are_suspended_a_minutes_number_is_an_hours(service: Hospital) -> None:
    idp = Transmitter(service)
    await idp.register(most=2)
    await nurses(service, 3)
    answers = []
    for number in range(3):
        answers.append((await idp.send(RISC + "account-disabled", login(f"nurse{number}"))).status_code)
        service.clock.pass_by(61)
    assert answers == [202, 202, 429]


async def with_keys(hospital: Hospital, many: int) -> dict[str, str]:
    """So many nurses with one key each, and what revokes it."""
    for number in range(many):
        await give_key(hospital, await hospital.person(f"nurse{number}", "Nurse"))
    model = await hospital.db.read(lambda conn: conn.execute(select(fido2_credential.c.aaguid).distinct()).scalar_one())
    return {"credential_type": "fido2-roaming", "change_type": "revoke", "fido2_aaguid": model}


async def test_who_takes_one_key_after_another_is_held(service: Hospital) -> None:
    """A suspended key lasts as a suspended person does."""
    idp = Transmitter(service)
    await idp.register()
    gone = await with_keys(service, 11)
    answers = []
    for number in range(11):
        answers.append((await idp.send(CHANGE, login(f"nurse{number}"), **gone)).status_code)
        service.clock.pass_by(300)
    assert answers == [202] * 10 + [429]
    left = select(fido2_credential).where(fido2_credential.c.suspended.is_(None))
    assert len(await service.db.read(lambda conn: conn.execute(left).all())) == 1


async def test_all_that_lasts_counts_together_and_a_person_once(service: Hospital) -> None:
    idp = Transmitter(service)
    await idp.register(most=2)
    gone = await with_keys(service, 4)
    disabled = RISC + "account-disabled"
    answers = await warned(idp, 3)
    for event, number, says in ((CHANGE, 0, gone), (disabled, 0, {}), (disabled, 1, {}), (CHANGE, 2, gone)):
        service.clock.pass_by(61)
        answers.append((await idp.send(event, login(f"nurse{number}"), **says)).status_code)
    assert answers == [202] * 4 + [429], "the warning is none of them"


async def test_many_at_once_are_no_more_than_one_after_another(either: Hospital) -> None:
    """Nor does one token that is sent twice at once do anything twice."""
    idp = Transmitter(either)
    await idp.register(most=3)
    await nurses(either, 6)
    twice = idp.token(idp.claims(RISK, login("nurse0"), HIGH))
    tokens = [twice, twice, *(idp.token(idp.claims(RISK, login(f"nurse{at}"), HIGH)) for at in range(1, 6))]
    answers = [answer.status_code for answer in await asyncio.gather(*map(idp.push, tokens))]
    done = [row for row in await either.trail("signal") if row["result"] == "seen" or row["result"] == "success"]
    assert len(done) == 3
    assert len({row["login"] for row in done}) == 3
    assert answers.count(202) in (3, 4)
    assert answers.count(429) == 7 - answers.count(202)


async def test_one_person_is_not_stopped_again_and_again(service: Hospital) -> None:
    """Nor can anybody whom others report on have the transmitter held for everybody else."""
    ward, idp = await begun(service)
    await service.person("bob", "Bob")
    assert [(await idp.send(CHANGE, login("ada"), **GONE)).status_code for _ in range(7)] == [202] * 7
    rows = await service.trail("signal")
    assert [(row["result"], row.get("reason")) for row in rows] == [("success", None)] * 5 + [("seen", "too_often")] * 2
    assert {row["login"] for row in rows} == {"ada"}
    assert (await idp.send(REVOKED, login("ada"))).status_code == 202
    assert (await ward.station.get(f"/v1/sessions/{ward.session}")).body["state"] == "locked", "another type counts"
    assert await idp.send(RISK, login("bob"), **HIGH)
    assert (await idp.send(RISC + "account-disabled", login("ada"))).status_code == 202
    assert (await service.trail("signal"))[-1]["detail"]["suspended_person"] is True
    with pytest.raises(ActRefusedError):
        await service.db.write(registering.let, ADMIN, "nobody")
    with pytest.raises(ActRefusedError):
        await service.db.write(registering.let, ADMIN, "idp")


async def test_one_person_is_stopped_ten_times_an_hour_at_most(service: Hospital) -> None:
    _, idp = await begun(service)
    for _ in range(12):
        assert (await idp.send(CHANGE, login("ada"), **GONE)).status_code == 202
        service.clock.pass_by(200)
    assert [row["result"] for row in await service.trail("signal")] == ["success"] * 10 + ["seen"] * 2


async def test_a_key_is_suspended_however_many_warnings_there_were(service: Hospital) -> None:
    """Else whoever stole it would change a password six times, and keep it."""
    _, idp = await begun(service)
    for _ in range(6):
        await idp.send(CHANGE, login("ada"), **GONE)
    found = await service.db.read(lambda conn: conn.execute(select(fido2_credential)).one())
    gone = {"credential_type": "fido2-roaming", "change_type": "revoke", "fido2_aaguid": found.aaguid}
    assert (await idp.send(CHANGE, login("ada"), **gone)).status_code == 202
    assert len((await service.trail("signal"))[-1]["detail"]["suspended"]) == 1


async def test_what_changes_nothing_is_not_counted(service: Hospital) -> None:
    idp = Transmitter(service)
    await idp.register(most=1)
    await nurses(service, 3)
    for number in (0, 1, 2, 0, 0, 0, 0, 0):
        assert (await idp.send(REVOKED, login(f"nurse{number}"))).status_code == 202
    assert {row["result"] for row in await service.trail("signal")} == {"seen"}
    assert await warned(idp, 0) == [202]


async def test_workstations_count_for_the_brake_too(service: Hospital) -> None:
    """With everybody who is locked there."""
    _, idp = await begun(service)
    await idp.register(most=2)
    await service.station("ward-3-b")
    change = CAEP + "device-compliance-change"
    assert (await idp.send(change, device("ward-3-a"), current_status="not-compliant")).status_code == 202
    assert (await idp.send(change, device("ward-3-b"), current_status="not-compliant")).status_code == 429


async def test_one_name_does_not_hide_how_many_workstations_are_locked(service: Hospital) -> None:
    _, idp = await begun(service)
    await idp.register(most=2)
    await service.person("bob", "Bob")
    for name in ("ward-3-b", "ward-3-c"):
        await service.station(name)
    answers = []
    for name in ("ward-3-b", "ward-3-c", "ward-3-a"):
        subject = {**device(name), "user": login("bob")}
        told = await idp.send(CAEP + "device-compliance-change", subject, current_status="not-compliant")
        answers.append(told.status_code)
    assert answers == [202, 202, 429]
    assert {row.get("login") for row in await service.trail("signal")} == {None}, "nothing was done to bob"


async def test_rows_by_sql_speak_for_nobody(service: Hospital, one_peer: SignalPeer) -> None:
    one_peer.forget()
    one_peer.reached_by(service)
    ward, _ = await begun(service)
    await receiver(service, one_peer)
    stranger = Transmitter(service)
    keys = json.dumps({"keys": [stranger.public]})
    await service.db.write(lambda conn: conn.execute(update(signal_transmitter).values(keys=keys)))
    answer = await stranger.send(REVOKED, login("ada"))
    assert answer.status_code == 403
    assert answer.json()["code"] == "integrity"
    stream = await service.db.read(signal_receivers.all_of_them)
    await service.db.write(
        lambda conn: conn.execute(
            signal_event.insert().values(
                id="forged-event",
                application=stream[0].application,
                kind="session-revoked",
                body='{"sub_id": {}, "says": {}}',
                created=NOW,
                due=NOW,
                mac=b"x" * 40,
            )
        )
    )
    service.tampered = True
    await delivering.once(service.service)
    assert one_peer.got == []
    assert await service.db.read(signal_events.due, NOW) == []
    assert (await ward.station.get(f"/v1/sessions/{ward.session}")).body["state"] == "open"


@pytest.mark.parametrize(
    "uri",
    ["http://portal.example/", "https://user:pw@portal.example/", "https://portal.example/#x", "ftp://x/", "https://"],
)
async def test_such_an_address_is_not_registered(service: Hospital, uri: str) -> None:
    await service.application("portal", "https://portal.example")
    with pytest.raises(ActRefusedError):
        await service.db.write(registering.put_receiver, ADMIN, "portal", ReceiverRules(uri, ("session-revoked",)))
    with pytest.raises(ActRefusedError):
        await Transmitter(service).register(jwks_uri=uri, keys=None)


@pytest.mark.parametrize("uri", ["https://127.0.0.1:1/", "https://169.254.169.254/", "https://[::1]/"])
async def test_neither_signals_nor_questions_for_keys_go_to_machinery(service: Hospital, uri: str) -> None:
    await make(service)
    client = await service.application("portal", "https://portal.example")
    await service.db.write(registering.put_receiver, ADMIN, "portal", ReceiverRules(uri, ("session-revoked",)))
    await service.db.write(registering.verify, ADMIN, "portal")
    await delivering.once(service.service)
    waiting, error = await service.db.read(signal_events.standing, client.client_id)
    assert (waiting, error) == (1, "its address is one that nothing is sent to")
    idp = Transmitter(service)
    await idp.register(jwks_uri=uri, keys=None)
    answer = await idp.send(REVOKED, login("ada"))
    assert (answer.status_code, answer.json()["err"]) == (503, "keys_away")


async def test_a_key_set_that_is_too_long_or_none_is_not_used(service: Hospital, one_peer: SignalPeer) -> None:
    one_peer.forget()
    one_peer.reached_by(service)
    ward, idp = await begun(service)
    await idp.register(jwks_uri=f"{one_peer.uri}/keys", keys=None)
    one_peer.keys, one_peer.padding = [idp.public], " " * 70_000
    assert (await idp.send(REVOKED, login("ada"))).json()["err"] == "keys_away"
    for _ in range(20):
        await idp.send(REVOKED, login("ada"))
    assert one_peer.fetched == 1, "nobody makes us ask again and again"
    clock_now = [1000.0]
    service.app.state.key_sets.clock = lambda: clock_now[0]
    for deep in ("[" * 30_000 + "]" * 30_000, '{"keys": ' * 5_000):
        clock_now[0] += 1000.0
        one_peer.raw = deep
        answer = await idp.send(REVOKED, login("ada"))
        assert (answer.status_code, answer.json()["err"]) == (503, "keys_away"), deep[:9]
    await untouched(service, ward)


@pytest.mark.parametrize(
    "keys",
    [
        "",
        "[]",
        '{"keys": []}',
        '{"keys": [{"kty": "oct", "k": "AAAA"}]}',
        '{"keys": [{"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}]}',
        '{"keys": [' + ",".join(["{}"] * 17) + "]}",
    ],
)
async def test_keys_that_prove_nothing_are_not_registered(service: Hospital, keys: str) -> None:
    with pytest.raises(ActRefusedError):
        await Transmitter(service).register(keys=keys)


async def test_a_private_key_and_a_short_one_are_not_registered(service: Hospital) -> None:
    idp = Transmitter(service)
    with pytest.raises(ActRefusedError):
        await idp.register(keys=json.dumps({"keys": [idp.key.as_dict(private=True)]}))
    with pytest.raises(ActRefusedError):
        short = {"kty": "RSA", "n": b64u(b"\xc1" * 128), "e": "AQAB"}  # 1024 bits
        await idp.register(keys=json.dumps({"keys": [short]}))


async def test_another_application_neither_sees_nor_changes_a_stream(service: Hospital, one_peer: SignalPeer) -> None:
    one_peer.reached_by(service)
    ward = await make(service)
    mine = await receiver(service, one_peer)
    other = await service.application("other", "https://other.example")
    for path in ("/v1/signals/stream", f"/v1/signals/stream?stream_id={mine}", f"/v1/signals/status?stream_id={mine}"):
        assert (await other.get(path)).status == 404, path
    body = {"stream_id": mine, "status": "disabled"}
    assert (await other.post("/v1/signals/status", body)).status == 404
    assert (await other.post("/v1/signals/verification", {"stream_id": mine})).status == 404
    assert (await ward.station.post("/v1/signals/status", body)).status == 403
    assert (await service.http.post("/v1/signals/status", json=body)).status_code == 401


async def test_a_signal_of_ours_is_none_to_us(service: Hospital, one_peer: SignalPeer) -> None:
    """Nor is a token of another kind one, whatever it is signed with."""
    one_peer.forget()
    one_peer.reached_by(service)
    ward = await make(service)
    await receiver(service, one_peer)
    await service.db.write(registering.verify, ADMIN, "portal")
    await delivering.once(service.service)
    idp = Transmitter(service)
    assert (await idp.push(one_peer.got[0])).json()["err"] == "invalid_issuer"
    await untouched(service, ward)
