"""Signals of other systems: what each does here, in the trail with its source."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from kiosk.service.openid import logout_delivery
from kiosk.service.signals import registering
from kiosk.service.store import directory, lookups, people, risk_rows
from kiosk.service.store.schema import fido2_credential, station_event
from kiosk.simulator.piv_ca import CardAuthority
from tests.fakes.asking import ADA, make
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.keys import der, give_card, piv_card
from tests.fakes.openid import wing
from tests.fakes.service import Hospital
from tests.fakes.signals import ADMIN, CAEP, ISSUER, RISC, SSF, SignalPeer, Transmitter, device, login


async def row(hospital: Hospital) -> dict[str, Any]:
    """The trail's last row of a signal, with what it says of itself alone; not those of whom it met at a station."""
    last = [told for told in await hospital.trail("signal") if told.get("reason") != "at_station"][-1]
    return {**last, **last["detail"]}


async def events(hospital: Hospital) -> list[tuple[str, str | None]]:
    """What workstations were told."""
    found = await hospital.db.read(lambda conn: conn.execute(select(station_event).order_by(station_event.c.id)).all())
    return [(row.kind, row.reason) for row in found]


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
async def test_session_revoked_locks_and_ends_grace(either: Hospital, alg: str) -> None:
    ward = await make(either)
    idp = Transmitter(either, alg=alg)
    await idp.register()
    answer = await idp.send(CAEP + "session-revoked", login("ada"), event_timestamp=NOW, reason_admin={"en": "x"})
    assert (answer.status_code, answer.content) == (202, b"")
    assert (await ward.station.get(f"/v1/sessions/{ward.session}")).body["state"] == "locked"
    assert ("lock", "signal") in await events(either)
    told = await row(either)
    assert (told["result"], told["by"], told["event"], told["login"]) == ("success", "idp", "session-revoked", "ada")
    assert told["sessions_locked"] == 1
    view = await ward.station.tap(ADA)
    assert view.body["state"] == "prove", "a tap alone opens nothing any more"


async def test_applications_are_told_of_it(service: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(service)
    made = await wing(service, logout_uri=f"{peer.uri}/bye")
    tokens = await made.tokens()
    idp = Transmitter(service)
    await idp.register()
    assert (await idp.send(CAEP + "session-revoked", login("ada"))).status_code == 202
    assert await made.app.introspect(tokens["access_token"]) == {"active": False}
    await logout_delivery.once(service.service)
    assert len(peer.got) == 1


async def test_people_are_named_by_the_forms_that_are_let(service: Hospital) -> None:
    ward = await make(service)
    await service.db.write(directory.mark, ward.person, "entra", "8f0e", NOW)
    idp = Transmitter(service)
    await idp.register(directory="entra")
    iss_sub = {"format": "iss_sub"}
    known: tuple[dict[str, Any], ...] = (
        {**iss_sub, "iss": ORIGIN, "sub": ward.person},
        {**iss_sub, "iss": ISSUER, "sub": "8f0e"},
        {"format": "email", "email": "Ada@Hospital.Example"},
        {"format": "complex", "user": login("ada"), "tenant": {"format": "opaque", "id": "t"}},
    )
    for subject in known:
        assert (await idp.send(CAEP + "risk-level-change", subject, current_level="LOW")).status_code == 202
        assert (await row(service))["login"] == "ada", subject
    unknown: tuple[dict[str, Any], ...] = (
        {**iss_sub, "iss": "https://else.example", "sub": ward.person},
        {**iss_sub, "iss": ISSUER, "sub": ward.person},
        {"format": "email", "email": "ada@else.example"},
        {"format": "email", "email": "ada"},
        {"format": "phone_number", "phone_number": "ada"},
        {"format": "opaque", "id": ["ada"]},
        {"format": "opaque"},
        {"format": "complex", "user": "ada"},
        {},
    )
    for other in unknown:
        assert (await idp.send(CAEP + "session-revoked", other)).status_code == 202
        told = await row(service)
        assert (told.get("login"), told["reason"]) == (None, "nobody"), other
    await idp.register(forms=("email",))
    await idp.send(CAEP + "session-revoked", login("ada"))
    assert (await row(service))["reason"] == "nobody"


async def test_a_key_of_that_model_is_suspended_and_a_password_is_a_warning(service: Hospital) -> None:
    ward = await make(service)
    found = await service.db.read(lambda conn: conn.execute(select(fido2_credential)).one())
    idp = Transmitter(service)
    await idp.register()
    change = CAEP + "credential-change"
    await idp.send(change, login("ada"), credential_type="fido2-roaming", change_type="create", fido2_aaguid="0")
    assert (await row(service))["reason"] == "nothing_asked"
    await idp.send(change, login("ada"), credential_type="password", change_type="revoke")
    assert (await row(service))["risk"] == "warned"
    await idp.send(
        change, login("ada"), credential_type="fido2-roaming", change_type="revoke", fido2_aaguid=found.aaguid
    )
    told = await row(service)
    assert len(told["suspended"]) == 1
    now = await service.db.read(lambda conn: conn.execute(select(fido2_credential)).one())
    assert (now.suspended, now.suspended_why) == (NOW, "revoked elsewhere, says idp")
    act = (await service.trail("admin"))[-1]
    assert (act["detail"]["act"], act["detail"]["source"]) == ("factor.suspend", "idp")
    assert (await ward.station.get(f"/v1/sessions/{ward.session}")).body["state"] == "locked"


@pytest.mark.parametrize(("level", "name", "asks"), [("HIGH", "warned_high", True), ("MEDIUM", "warned", False)])
async def test_a_risk_of_elsewhere_takes_grace_away(service: Hospital, level: str, name: str, asks: bool) -> None:
    ward = await make(service)
    idp = Transmitter(service)
    await idp.register()
    said = {"principal": "USER", "current_level": level}
    assert (await idp.send(CAEP + "risk-level-change", login("ada"), **said)).status_code == 202
    assert (await row(service))["risk"] == name
    view = await ward.station.tap(ADA)
    assert (view.body["state"] == "prove") is asks
    assert name in (await service.trail("tap"))[-1]["detail"]["risk"]["reasons"]


async def test_nothing_of_it_lowers_what_is_asked(service: Hospital) -> None:
    ward = await make(service)
    idp = Transmitter(service)
    await idp.register()
    await idp.send(CAEP + "risk-level-change", login("ada"), principal="USER", current_level="HIGH")
    before = await service.db.read(lambda conn: risk_rows.of_person(conn, ward.person).body)
    await idp.send(CAEP + "risk-level-change", login("ada"), principal="USER", current_level="LOW")
    assert (await row(service))["reason"] == "nothing_asked"
    assert await service.db.read(lambda conn: risk_rows.of_person(conn, ward.person).body) == before
    await idp.send(CAEP + "device-compliance-change", device("ward-3-a"), current_status="not-compliant")
    bad = (await row(service))["workstation"]
    told = await service.db.read(lambda conn: risk_rows.of_station(conn, bad).body)
    await idp.send(CAEP + "device-compliance-change", device("ward-3-a"), current_status="compliant")
    assert await service.db.read(lambda conn: risk_rows.of_station(conn, bad).body) == told


async def test_a_device_that_breaks_the_rules_is_locked_and_asks_for_more_until_it_is_cleared(
    service: Hospital,
) -> None:
    ward = await make(service)
    idp = Transmitter(service)
    await idp.register()
    answer = await idp.send(CAEP + "device-compliance-change", device("ward-3-a"), current_status="not-compliant")
    assert answer.status_code == 202
    told = await row(service)
    assert (told["station"], told["sessions_locked"], told["risk"]) == ("ward-3-a", 1, "station_reported")
    assert (await ward.station.get(f"/v1/sessions/{ward.session}")).body["state"] == "locked"
    await ward.station.tap(ADA)
    assert "station_reported" in (await service.trail("tap"))[-1]["detail"]["risk"]["reasons"]
    await service.db.write(registering.clear_station, ADMIN, "ward-3-a")
    await ward.station.tap(ADA)
    assert "station_reported" not in str((await service.trail("tap"))[-1]["detail"])


async def test_an_account_that_is_disabled_there_is_suspended_here(service: Hospital) -> None:
    ward = await make(service)
    idp = Transmitter(service)
    await idp.register()
    assert (await idp.send(RISC + "account-disabled", login("ada"), reason="hijacking")).status_code == 202
    assert (await row(service))["suspended_person"] is True
    assert (await service.db.read(people.by_id, ward.person)).state == "suspended"
    assert (await idp.send(RISC + "account-disabled", login("ada"))).status_code == 202
    assert (await row(service))["result"] == "seen"


async def test_events_that_do_not_count_are_taken_and_do_nothing(service: Hospital) -> None:
    ward = await make(service)
    idp = Transmitter(service)
    await idp.register(events=("risk-level-change",))
    for uri, name in ((CAEP + "session-revoked", "session-revoked"), ("https://x.example/y\u202e", "unknown")):
        assert (await idp.send(uri, login("ada"))).status_code == 202
        told = await row(service)
        assert (told["event"], told["reason"]) == (name, "not_counted")
    assert (await idp.send(SSF + "verification", login("s"), state="abc")).status_code == 202
    assert (await row(service))["event"] == "verification"
    assert (await ward.station.get(f"/v1/sessions/{ward.session}")).body["state"] == "open"


async def test_keys_are_fetched_where_they_are_published_and_again_when_they_change(
    service: Hospital, peer: SignalPeer
) -> None:
    peer.reached_by(service)
    await make(service)
    idp = Transmitter(service)
    peer.keys = [idp.public]
    await idp.register(jwks_uri=f"{peer.uri}/keys", keys=None)
    clock_now = [0.0]
    service.app.state.key_sets.clock = lambda: clock_now[0]
    for _ in range(3):
        assert (await idp.send(CAEP + "session-revoked", login("ada"))).status_code == 202
    assert peer.fetched == 1
    new = Transmitter(service, kid="k2")
    peer.keys = [new.public]
    answer = await new.send(CAEP + "session-revoked", login("ada"))
    assert (answer.status_code, answer.json()["err"], answer.headers["Retry-After"]) == (503, "keys_away", "10")
    clock_now[0] = 11.0
    assert (await new.send(CAEP + "session-revoked", login("ada"))).status_code == 202
    clock_now[0] = 22.0
    assert (await idp.send(CAEP + "session-revoked", login("ada"))).json()["err"] == "invalid_key", "taken back"
    assert peer.fetched == 3


@pytest.mark.parametrize("written", ["decimal", "hex", "colons"])
async def test_a_card_of_that_certificate_is_suspended_and_no_other(service: Hospital, written: str) -> None:
    ward, authority = await make(service), CardAuthority.new()
    card, other = piv_card(authority), piv_card(authority)
    await give_card(service, ward.person, card)
    await give_card(service, ward.person, other)
    number, issuer = card.cert_9a.serial_number, card.cert_9a.issuer.rfc4514_string()
    plain = f"{number:x}"
    plain = plain if len(plain) % 2 == 0 else f"0{plain}"
    pairs = ":".join(plain[at : at + 2] for at in range(0, len(plain), 2))
    said = {"decimal": str(number), "hex": plain.upper(), "colons": pairs}[written]
    idp = Transmitter(service)
    await idp.register()
    gone = {"credential_type": "x509", "change_type": "revoke", "x509_serial": said}
    for wrong in ({"x509_issuer": "CN=Another"}, {}, {"x509_issuer": "no name"}):
        await idp.send(CAEP + "credential-change", login("ada"), **gone, **wrong)
        assert (await row(service))["risk"] == "warned", wrong
    await idp.send(CAEP + "credential-change", login("ada"), **gone, x509_issuer=issuer)
    assert len((await row(service))["suspended"]) == 1
    left = await service.db.read(lookups.piv_cards_of, ward.person)
    assert [bytes(found.cert_9a) for found in left] == [der(other.cert_9a)]
