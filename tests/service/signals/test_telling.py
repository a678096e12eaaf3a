"""Our signals: read from the trail, signed, and delivered once and in order to a real receiver over TLS."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from kiosk.service.admin import life, people
from kiosk.service.signals import delivering, following, registering
from kiosk.service.signals.delivering import SignalDelivery
from kiosk.service.signals.trail_reader import PATIENCE
from kiosk.service.store import archives, signal_cursors, signal_events
from kiosk.service.store.archives import StoredArchive
from kiosk.service.store.leading import Leadership
from kiosk.service.store.schema import audit_chain, audit_row, evidence, session, signal_cursor, signal_event
from kiosk.service.store.signal_receivers import ReceiverRules
from tests.fakes.asking import ADA, make
from tests.fakes.client import NOW, ORIGIN
from tests.fakes.openid import wing
from tests.fakes.service import Hospital
from tests.fakes.signals import ADMIN, CAEP, SSF, SignalPeer, Transmitter, device, login, read, receiver


async def told(hospital: Hospital, peer: SignalPeer) -> list[tuple[str, dict[str, Any]]]:
    """Deliver what is due; all that the receiver has by now, each by its type's last word."""
    await delivering.once(hospital.service)
    found = []
    for token in peer.got:
        ((uri, says),) = (await read(hospital, token))["events"].items()
        found.append((uri.rpartition("/")[2], says))
    return found


async def test_what_an_administrator_stops_is_told_once_and_in_order(either: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(either)
    ward = await make(either)
    await receiver(either, peer)
    assert await told(either, peer) == [], "what was before is nobody's news"
    await either.db.write(life.report_lost, ADMIN, "ada", "pin")
    await either.db.write(people.suspend, ADMIN, "ada")
    got = await told(either, peer)
    assert [name for name, _ in got] == ["credential-change", "session-revoked", "session-revoked"]
    assert got[0][1] == {
        "credential_type": "pin",
        "change_type": "revoke",
        "initiating_entity": "admin",
        "reason_admin": {"en": "A credential was reported lost."},
        "event_timestamp": NOW,
    }
    whole = await read(either, peer.got[1])
    assert len(whole.pop("jti")) == 32
    assert whole.pop("txn").startswith("service:")
    assert whole == {
        "iss": ORIGIN,
        "aud": "https://portal.example",
        "iat": NOW,
        "sub_id": {"format": "iss_sub", "iss": ORIGIN, "sub": ward.person},
        "events": {CAEP + "session-revoked": got[1][1]},
    }
    assert peer.headers[0]["Content-Type"] == "application/secevent+jwt"
    assert await told(either, peer) == got


async def test_a_level_is_told_when_it_changes(service: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(service)
    ward = await make(service)
    await receiver(service, peer, events=("assurance-level-change",))
    await ward.station.tap(ADA)
    first = await told(service, peer)
    assert [says["current_level"] for _, says in first] == ["urn:kiosk:identified"]
    await ward.station.tap(ADA)
    assert await told(service, peer) == first
    service.clock.pass_by(8 * 3600)
    await ward.station.open(ADA)
    name, says = (await told(service, peer))[-1]
    assert (name, says["namespace"], says["current_level"]) == (
        "assurance-level-change",
        "urn:kiosk:acr",
        "urn:kiosk:pin",
    )
    assert (says["previous_level"], says["change_direction"]) == ("urn:kiosk:identified", "increase")


async def test_a_signal_that_locked_somebody_is_passed_on_and_a_loop_ends(service: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(service)
    await make(service)
    await receiver(service, peer, events=("session-revoked",), form="email", email_domain="hospital.example")
    idp = Transmitter(service)
    await idp.register()
    for _ in range(3):
        assert (await idp.send(CAEP + "session-revoked", login("ada"))).status_code == 202
        assert len(await told(service, peer)) == 1
    assert (await read(service, peer.got[0]))["sub_id"] == {"format": "email", "email": "ada@hospital.example"}


async def test_what_is_not_taken_comes_again_before_what_came_later(service: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(service)
    await make(service)
    await receiver(service, peer)
    peer.status = 503
    await service.db.write(life.report_lost, ADMIN, "ada", "pin")
    assert len(await told(service, peer)) == 1
    assert len(await told(service, peer)) == 1, "it waits"
    service.clock.pass_by(2)
    assert len(await told(service, peer)) == 2
    peer.status = 202
    service.clock.pass_by(4)
    got = await told(service, peer)
    assert [name for name, _ in got] == ["credential-change"] * 3 + ["session-revoked"]
    assert len({(await read(service, token))["jti"] for token in peer.got}) == 2
    service.clock.pass_by(signal_events.KEEP + 1)
    await service.db.write(signal_events.purge, service.service.now())
    assert await service.db.read(lambda conn: conn.execute(select(signal_event)).all()) == []


async def test_after_many_tries_the_next_has_its_turn(
    service: Hospital, peer: SignalPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer.reached_by(service)
    await make(service)
    await receiver(service, peer)
    monkeypatch.setattr(delivering, "MAX_TRIES", 2)
    peer.status = 400
    await service.db.write(life.report_lost, ADMIN, "ada", "pin")
    await told(service, peer)
    service.clock.pass_by(2)
    await told(service, peer)
    peer.status = 202
    assert [name for name, _ in await told(service, peer)][-1] == "session-revoked"


async def test_one_that_does_not_answer_keeps_no_other_waiting(service: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(service)
    await make(service)
    await receiver(service, peer)
    await receiver(service, peer, "silent", uri="https://nobody.invalid/")
    await service.db.write(people.suspend, ADMIN, "ada")
    assert len(await told(service, peer)) == 1
    found = {row.application: row for row in await service.db.read(lambda c: c.execute(select(signal_event)).all())}
    assert sorted(row.sent is None for row in found.values()) == [False, True]
    assert "its name is not known" in [row.error for row in found.values()]


async def test_who_does_not_lead_tells_nothing(service: Hospital, peer: SignalPeer) -> None:
    class Follower(Leadership):
        @property
        def leads(self) -> bool:
            return False

    peer.reached_by(service)
    await make(service)
    await receiver(service, peer)
    await service.db.write(people.suspend, ADMIN, "ada")
    await SignalDelivery(replace(service.service, lead=Follower())).look()
    assert peer.got == []


async def disturbed(hospital: Hospital, act: str, body: Any) -> None:
    """Somebody writes another body over the rows of that act."""
    hospital.tampered = True
    mine = update(audit_row).where(audit_row.c.asked == act)
    await hospital.db.write(lambda conn: conn.execute(mine.values(body=body)))


async def looked(delivery: SignalDelivery, peer: SignalPeer) -> int:
    """Look and deliver, as the service does it all the time; how many were told by now."""
    await delivery.look()
    await delivery.settle()
    return len(peer.got)


async def test_a_row_that_somebody_put_into_the_trail_is_told_to_nobody(service: Hospital, peer: SignalPeer) -> None:
    """It keeps the others up for a minute; then a row says what was passed over."""
    peer.reached_by(service)
    await make(service)
    await receiver(service, peer)
    delivery = SignalDelivery(service.service)
    assert await looked(delivery, peer) == 0
    await service.db.write(people.suspend, ADMIN, "ada")
    await disturbed(service, "person.suspend", audit_row.c.body.concat(" "))
    await service.db.write(people.resume, ADMIN, "ada")
    for _ in range(3):
        assert await looked(delivery, peer) == 0
    assert await service.trail("signals_skipped") == []
    await service.db.write(life.report_lost, ADMIN, "ada", "pin")
    service.clock.pass_by(PATIENCE + 1)
    assert await looked(delivery, peer) == 2, "what came after it and leads to the head is told"
    (row,) = await service.trail("signals_skipped")
    assert (row["result"], row["reason"], row["detail"]["chain"]) == ("failure", "chain_broken", "service")
    assert row["detail"]["from"] == row["detail"]["to"], "the one row"
    await disturbed(service, "person.resume", "{")
    await service.db.write(people.suspend, ADMIN, "ada")
    assert await looked(delivery, peer) == 3, "what was read already is not read again"


async def test_a_row_that_is_disturbed_for_a_moment_is_told(service: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(service)
    await make(service)
    await receiver(service, peer)
    delivery = SignalDelivery(service.service)
    await looked(delivery, peer)
    await service.db.write(people.suspend, ADMIN, "ada")
    mine = audit_row.c.asked == "person.suspend"
    body = await service.db.read(lambda conn: conn.execute(select(audit_row.c.body).where(mine)).scalar_one())
    await disturbed(service, "person.suspend", "{}")
    assert await looked(delivery, peer) == 0
    service.clock.pass_by(PATIENCE - 1)
    assert await looked(delivery, peer) == 0
    await disturbed(service, "person.suspend", body)
    assert await looked(delivery, peer) == 1
    assert await service.trail("signals_skipped") == []


@pytest.mark.parametrize("numbered_anew", [False, True])
async def test_whoever_takes_the_mark_with_what_was_not_read_is_told_of(
    service: Hospital, peer: SignalPeer, *, numbered_anew: bool
) -> None:
    peer.reached_by(service)
    await make(service)
    await receiver(service, peer)
    delivery = SignalDelivery(service.service)
    assert await looked(delivery, peer) == 0
    await service.db.write(people.suspend, ADMIN, "ada")
    await service.db.write(people.resume, ADMIN, "ada")
    await service.db.write(life.report_lost, ADMIN, "ada", "pin")

    def take(conn: Connection) -> int:
        mine = audit_row.c.chain == "service"
        last = int(conn.execute(select(func.max(audit_row.c.seq)).where(mine)).scalar_one())
        conn.execute(signal_cursor.delete().where(signal_cursor.c.chain == "service"))
        for table in (evidence, audit_row):
            conn.execute(table.delete().where(table.c.chain == "service", table.c.seq < last))
        if numbered_anew:
            conn.execute(update(audit_row).where(mine).values(seq=1))
        return last

    service.tampered = True
    last = await service.db.write(take)
    assert await looked(delivery, peer) == 0
    service.clock.pass_by(PATIENCE + 1)
    await looked(delivery, peer)
    (row,) = await service.trail("signals_skipped")
    assert (row["reason"], row["detail"]["chain"], row["detail"]["from"]) == ("chain_broken", "service", 1)
    if not numbered_anew:
        assert row["detail"]["to"] == last - 1
        assert peer.got, "what leads to the head is told"


async def test_a_chain_that_was_archived_begins_after_that(service: Hospital, peer: SignalPeer) -> None:
    """No row that was archived counts as missing; one that was taken away after those does."""
    peer.reached_by(service)
    await make(service)
    await receiver(service, peer)
    delivery = SignalDelivery(service.service)
    await looked(delivery, peer)

    def archive(conn: Connection) -> int:
        mine = audit_row.c.chain == "service"
        last = int(conn.execute(select(func.max(audit_row.c.seq)).where(mine)).scalar_one())
        archives.write_cuts(conn, 1, {"service": last})
        archives.put_in_force(conn, StoredArchive(1, NOW, 1, last + 1, 1, 0))
        conn.execute(signal_cursor.delete().where(signal_cursor.c.chain == "service"))
        for table in (evidence, audit_row):
            conn.execute(table.delete().where(table.c.chain == "service", table.c.seq <= last))
        return last

    last = await service.db.write(archive)
    service.tampered = True
    await service.db.write(people.suspend, ADMIN, "ada")
    assert await looked(delivery, peer) == 1
    await service.db.write(people.resume, ADMIN, "ada")
    await service.db.write(lambda conn: conn.execute(signal_cursor.delete().where(signal_cursor.c.chain == "service")))
    gone = (audit_row.c.chain == "service", audit_row.c.seq == last + 1)
    await service.db.write(lambda conn: conn.execute(audit_row.delete().where(*gone)))
    await looked(delivery, peer)
    service.clock.pass_by(PATIENCE + 1)
    await looked(delivery, peer)
    (row,) = await service.trail("signals_skipped")
    assert (row["detail"]["from"], row["detail"]["to"]) == (last + 1, last + 1)


async def test_one_head_of_another_stops_no_other_chain(
    either: Hospital, peer: SignalPeer, caplog: pytest.LogCaptureFixture
) -> None:
    peer.reached_by(either)
    ward = await make(either)
    await receiver(either, peer, events=("session-revoked", "assurance-level-change"))
    await ward.station.tap(ADA)
    service_chain = audit_chain.c.chain == "service"
    bad = update(audit_chain).where(~service_chain).values(mac=b"x" * 40)
    await either.db.write(lambda conn: conn.execute(bad))
    either.tampered = True
    await either.db.write(people.suspend, ADMIN, "ada")
    delivery = SignalDelivery(either.service)
    for _ in range(3):
        assert await looked(delivery, peer) == 1, "the look comes to its end"
    assert len([line for line in caplog.messages if "is not the service's" in line]) == 1, "told once"


async def test_a_long_trail_whose_mark_is_gone_is_read_in_steps(
    service: Hospital, peer: SignalPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer.reached_by(service)
    await make(service)
    await receiver(service, peer)
    delivery = SignalDelivery(service.service)
    await looked(delivery, peer)
    for _ in range(4):
        await service.db.write(people.suspend, ADMIN, "ada")
        await service.db.write(people.resume, ADMIN, "ada")
    monkeypatch.setattr(following, "MAX_ROWS", 3)
    await service.db.write(lambda conn: conn.execute(signal_cursor.delete()))
    steps = list[tuple[str, int]]()
    moved = signal_cursors.move

    def move(conn: Connection, chain: str, seq: int, link: bytes) -> None:
        steps.append((chain, seq))
        moved(conn, chain, seq, link)

    monkeypatch.setattr(signal_cursors, "move", move)
    assert await looked(delivery, peer) >= 4
    mine = [0, *(seq for chain, seq in steps if chain == "service")]
    assert all(0 < after - before <= 3 for before, after in itertools.pairwise(mine))
    assert mine[-1] > 8
    assert await service.trail("signals_skipped") == []
    steps.clear()
    assert await looked(delivery, peer)
    assert steps == [], "nothing is left"


async def test_the_same_row_is_told_once_however_often_it_is_read(service: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(service)
    await make(service)
    await receiver(service, peer)
    await service.db.write(people.suspend, ADMIN, "ada")
    before = await told(service, peer)
    await service.db.write(lambda conn: conn.execute(signal_cursor.delete()))
    assert sorted(name for name, _ in await told(service, peer)).count("session-revoked") == 1
    assert before


async def test_discovery_says_what_is_served(service: Hospital) -> None:
    said = (await service.http.get("/.well-known/ssf-configuration")).json()
    assert (said["spec_version"], said["issuer"]) == ("1_0", ORIGIN)
    assert said["delivery_methods_supported"] == ["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"]
    assert said["jwks_uri"] == f"{ORIGIN}/.well-known/jwks.json"
    for name in ("configuration_endpoint", "status_endpoint", "verification_endpoint"):
        path = said[name].removeprefix(ORIGIN)
        assert (await service.http.get(path)).status_code in (401, 405), path


async def test_a_receiver_looks_at_its_stream_verifies_and_pauses_it(service: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(service)
    await make(service)
    client = await service.application("portal", "https://portal.example")
    rules = ReceiverRules(f"{peer.uri}/signals", ("session-revoked",))
    await service.db.write(registering.put_receiver, ADMIN, "portal", rules)
    mine = client.client_id
    said = (await client.get(f"/v1/signals/stream?stream_id={mine}")).body
    assert said["delivery"] == {"method": "urn:ietf:rfc:8935", "endpoint_url": f"{peer.uri}/signals"}
    assert said["events_delivered"] == [CAEP + "session-revoked"]
    assert (await client.get("/v1/signals/stream")).body == [said]
    asked = {"stream_id": mine, "state": "V1"}
    assert (await client.post("/v1/signals/verification", asked)).status == 204
    assert (await client.post("/v1/signals/verification", asked)).status == 429
    assert await told(service, peer) == [("verification", {"state": "V1"})]
    assert (await read(service, peer.got[0]))["sub_id"] == {"format": "opaque", "id": mine}
    paused = await client.post("/v1/signals/status", {"stream_id": mine, "status": "paused", "reason": "moving"})
    assert paused.body == {"stream_id": mine, "status": "paused", "reason": "moving"}
    await service.db.write(people.suspend, ADMIN, "ada")
    service.clock.pass_by(11)
    await client.post("/v1/signals/verification", asked)
    assert [name for name, _ in await told(service, peer)] == ["verification"] * 2, "what tells of the stream itself"
    await client.post("/v1/signals/status", {"stream_id": mine, "status": "enabled"})
    assert [name for name, _ in await told(service, peer)][-1] == "session-revoked"
    assert (await client.get(f"/v1/signals/status?stream_id={mine}")).body["status"] == "enabled"


async def test_an_administrator_pauses_resumes_verifies_and_removes(service: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(service)
    await make(service)
    await receiver(service, peer)
    await service.db.write(registering.set_status, ADMIN, "portal", "paused", "An administrator paused it.")
    await service.db.write(registering.verify, ADMIN, "portal")
    got = await told(service, peer)
    assert got[0] == ("stream-updated", {"status": "paused", "reason": "An administrator paused it."})
    assert got[1] == ("verification", {})
    uri = next(iter((await read(service, peer.got[0]))["events"]))
    assert uri == SSF + "stream-updated"
    await service.db.write(registering.remove_receiver, ADMIN, "portal")
    await service.db.write(people.suspend, ADMIN, "ada")
    assert await told(service, peer) == got
    left = await service.db.read(lambda conn: conn.execute(select(signal_cursor)).all())
    assert left == []


async def test_what_waited_for_a_week_is_given_up(service: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(service)
    await make(service)
    await receiver(service, peer, "silent", uri="https://nobody.invalid/")
    await service.db.write(people.suspend, ADMIN, "ada")
    await told(service, peer)
    service.clock.pass_by(signal_events.KEEP + 1)
    await service.db.write(signal_events.purge, service.service.now())
    (row,) = await service.db.read(lambda conn: conn.execute(select(signal_event)).all())
    assert (row.dead, row.error) == (service.service.now(), "it waited too long")


async def test_whoever_is_locked_with_a_workstation_is_told_of(service: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(service)
    ward = await make(service)
    await receiver(service, peer)
    await told(service, peer)
    idp = Transmitter(service)
    await idp.register()
    await service.person("bob", "Bob")
    subject = {**device("ward-3-a"), "user": login("bob")}
    await idp.send(CAEP + "device-compliance-change", subject, current_status="not-compliant")
    got = await told(service, peer)
    assert [name for name, _ in got] == ["session-revoked"]
    assert (await read(service, peer.got[-1]))["sub_id"]["sub"] == ward.person, "not of whom it only names"
    row = (await service.trail("signal"))[-1]
    assert (row["login"], row["reason"], row["detail"]["sessions_locked"]) == ("ada", "at_station", 1)


async def test_whoever_was_in_an_application_alone_is_told_of(service: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(service)
    made = await wing(service)
    await made.tokens()
    await receiver(service, peer, "other")
    await told(service, peer)
    await service.db.write(lambda conn: conn.execute(session.update().values(state="ended")))
    service.tampered = True
    idp = Transmitter(service)
    await idp.register()
    for _ in range(2):
        assert (await idp.send(CAEP + "session-revoked", login("ada"))).status_code == 202
    assert [name for name, _ in await told(service, peer)] == ["session-revoked"], "told once: so loops end"
    first = (await service.trail("signal"))[0]
    assert (first["result"], first["detail"]["sessions_locked"], first["detail"]["sign_ins_ended"]) == ("success", 0, 1)


async def test_an_application_does_not_undo_what_an_administrator_stopped(service: Hospital, peer: SignalPeer) -> None:
    peer.reached_by(service)
    await make(service)
    client = await service.application("portal", "https://portal.example")
    rules = ReceiverRules(f"{peer.uri}/signals", ("session-revoked",))
    await service.db.write(registering.put_receiver, ADMIN, "portal", rules)
    await service.db.write(registering.set_status, ADMIN, "portal", "paused", "An administrator paused it.")
    for status in ("enabled", "disabled", "paused"):
        answer = await client.post("/v1/signals/status", {"stream_id": client.client_id, "status": status})
        assert (answer.status, answer.body["code"]) == (403, "set_by_administrator")
    await service.db.write(registering.set_status, ADMIN, "portal", "enabled", None)
    for status in ("disabled", "enabled"):
        answer = await client.post("/v1/signals/status", {"stream_id": client.client_id, "status": status})
        assert (answer.status, answer.body["status"]) == (200, status)


async def test_an_application_does_not_fill_the_trail_by_reasons(service: Hospital, peer: SignalPeer) -> None:
    budgets = replace(service.service.budgets, application_rows=3)
    service.app.state.service = service.service = replace(service.service, budgets=budgets)
    client = await service.application("portal", "https://portal.example")
    rules = ReceiverRules(f"{peer.uri}/signals", ("session-revoked",))
    await service.db.write(registering.put_receiver, ADMIN, "portal", rules)
    asked = {"stream_id": client.client_id, "status": "paused"}
    answers = [
        (await client.post("/v1/signals/status", {**asked, "reason": str(number)})).status for number in range(6)
    ]
    assert answers == [200] * 3 + [429] * 3
    assert len(await service.trail("signal_stream")) == 3
