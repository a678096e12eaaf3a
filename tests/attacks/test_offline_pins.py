"""A badge and its PIN open work while the service is away only where that is allowed, and a stolen disk has to guess.

The station's own program, its files and a real service. What a guess costs is measured: docs/downtime.md.
"""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from kiosk.agent.own_decisions import JOURNAL, TICKETS
from kiosk.downtime import kept as kept_file
from kiosk.downtime import pins
from kiosk.downtime.happening import Happening
from kiosk.downtime.pins import MAX_WRONG
from kiosk.downtime.seal import CREDENTIAL
from kiosk.model.ceremony import CeremonyView
from kiosk.model.people import StationView
from kiosk.model.proof import Method, UidPresented
from kiosk.model.refusal import RefusalCode
from kiosk.service.admin import people
from kiosk.service.admin.act import Admin
from kiosk.service.store import review_cases, sessions
from tests.fakes.apart import Apart, private
from tests.fakes.keys import SoftKey
from tests.fakes.service import Hospital, hospital, with_rules

BADGE, PIN = "04A1B2C3", "123456"
SEAL = b"s" * 32


class AtTheBadge(Apart):
    """Ada, who signs in with a badge and a PIN."""

    async def sign_in(self) -> str:
        view = (await self.station.tap(BADGE)).body
        view = (await self.station.pin(view["id"], PIN)).body
        assert view["state"] == "done", view
        station = (await self.station.get("/v1/workstation")).body
        self.known = msgspec.convert(station, StationView)
        self.own.heard(self.known)
        self.ticket = view["session"]["ticket"]
        if self.ticket:
            self.own.keep(self.ticket, BADGE, PIN)
        return str(view["session"]["id"])

    def types(self, pin: str, *, waits: bool = True, badge: str = BADGE) -> CeremonyView:
        view = self.own.desk.begin(UidPresented(badge), [self.person] if waits else [])
        return self.own.desk.prove_pin(view.id, pin) if view.state == "prove" else view


def code_of(view: CeremonyView) -> RefusalCode | None:
    return view.refusal.code if view.refusal else None


async def signed_in(made: Hospital, home: Path) -> AtTheBadge:
    person = await made.person("ada")
    await made.badge(person, BADGE)
    ward = AtTheBadge(made, await made.station("ward-3-a"), person, SoftKey(), home)
    await ward.sign_in()
    return ward


@pytest.fixture
def sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unit's credential, as systemd hands it over."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / CREDENTIAL).write_bytes(SEAL)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))


@pytest_asyncio.fixture
async def ward(tmp_path: Path, sealed: None) -> AsyncIterator[AtTheBadge]:
    async with hospital(tmp_path / "data", policy={"downtime_pin": "sealed"}) as made:
        yield await signed_in(made, tmp_path / "station")


async def test_badge_and_pin_reopen_what_waits_and_a_bare_badge_does_not(ward: AtTheBadge) -> None:
    assert ward.own.pins()
    view = ward.own.desk.begin(UidPresented(BADGE), [ward.person])
    assert (view.state, [offer.method for offer in view.offers]) == ("prove", [Method.PIN])
    assert ward.types(PIN).state == "done"
    ward.started()
    assert ward.types(PIN).state == "done", "a restart forgot it"


@pytest.mark.usefixtures("sealed")
async def test_it_is_off_unless_it_is_set(tmp_path: Path) -> None:
    async with hospital(tmp_path / "data") as made:
        ward = await signed_in(made, tmp_path / "station")
        assert (ward.ticket, ward.own.pins()) == ("", False)
        assert code_of(ward.types(PIN)) == RefusalCode.OFFLINE


async def test_without_a_seal_nothing_is_kept_where_one_is_wanted(tmp_path: Path) -> None:
    async with hospital(tmp_path / "data", policy={"downtime_pin": "sealed"}) as made:
        ward = await signed_in(made, tmp_path / "station")
        assert not ward.own.pins()
        assert code_of(ward.types(PIN)) == RefusalCode.OFFLINE
        assert json.loads(json.loads((ward.home / TICKETS).read_text())["body"])["pins"] == []


async def test_nothing_opens_where_nothing_of_theirs_waits(ward: AtTheBadge) -> None:
    assert code_of(ward.types(PIN, waits=False)) == RefusalCode.OFFLINE_NOT_HERE


async def test_another_badge_is_nobody_s(ward: AtTheBadge) -> None:
    assert code_of(ward.types(PIN, badge="04FFFFFF")) == RefusalCode.OFFLINE


async def test_wrong_ones_are_slowed_and_counted_through_restarts_and_then_it_is_gone(ward: AtTheBadge) -> None:
    for number in range(MAX_WRONG - 1):
        view = ward.types("000000")
        assert (code_of(view), view.refusal and view.refusal.retries_left) == (
            RefusalCode.WRONG_PIN,
            MAX_WRONG - 1 - number,
        )
        view = ward.types(PIN)
        assert code_of(view) == RefusalCode.TOO_FAST, "the right one came too soon, too"
        ward.started()
        assert code_of(ward.types("111111")) == RefusalCode.TOO_FAST, "a restart forgot the wait"
        ward.pass_by(2 << number)
    assert code_of(ward.types("000000")) == RefusalCode.OFFLINE_PIN_CLOSED
    ward.pass_by(60)
    for _ in range(2):
        assert code_of(ward.types(PIN)) == RefusalCode.OFFLINE_PIN_CLOSED
        ward.started()
    (held,) = kept_file.load(ward.home / TICKETS, private(ward.station).public_key()).pins
    assert (held.verifier, held.salt) == ("", ""), "what is left could be guessed at"


async def test_a_try_counts_before_the_power_goes(ward: AtTheBadge, monkeypatch: pytest.MonkeyPatch) -> None:
    class PowerCutError(Exception):
        pass

    def cut(*_: object) -> bool:
        raise PowerCutError

    monkeypatch.setattr(pins, "is_right", cut)
    with pytest.raises(PowerCutError):
        ward.types(PIN)
    ward.started()
    (held,) = kept_file.load(ward.home / TICKETS, private(ward.station).public_key()).pins
    assert held.wrong == 1


async def test_a_try_that_cannot_be_counted_opens_nothing(ward: AtTheBadge) -> None:
    folder = ward.home / "downtime"
    kept = (ward.home / TICKETS).read_bytes()
    (ward.home / TICKETS).unlink()
    (ward.home / TICKETS).mkdir()  # a disk that takes nothing
    assert code_of(ward.types(PIN)) == RefusalCode.AUDIT_FAILED
    (ward.home / TICKETS).rmdir()
    (ward.home / TICKETS).write_bytes(kept)
    assert folder.is_dir()


async def test_it_ends_with_its_ticket_and_setting_the_clock_back_revives_nothing(ward: AtTheBadge) -> None:
    ward.pass_by(1801)
    assert code_of(ward.types(PIN)) == RefusalCode.OFFLINE
    ward.own.save()
    ward.wall.now -= 86_400
    ward.started()
    assert code_of(ward.types(PIN)) == RefusalCode.OFFLINE


async def test_a_withdrawn_ticket_takes_it_along(ward: AtTheBadge) -> None:
    await ward.hospital.db.write(people.suspend, Admin("root", 0, int(ward.hospital.clock())), "ada")
    live = (await ward.station.get("/v1/offline")).body["tickets"]
    ward.own.drop(lambda made: made.jti not in live)
    assert code_of(ward.types(PIN)) == RefusalCode.OFFLINE
    assert kept_file.load(ward.home / TICKETS, private(ward.station).public_key()).pins == ()


async def test_a_disk_image_without_its_seal_cannot_even_be_guessed_at(
    ward: AtTheBadge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thief has the whole folder and the station's key, and every PIN to try; not what the TPM keeps."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    (held,) = kept_file.load(ward.home / TICKETS, private(ward.station).public_key()).pins
    for seal in (None, b"t" * 32):
        assert not pins.is_right(held, ward.station.client_id, PIN, seal)
        assert pins.badge_mark(seal, ward.station.client_id, BADGE) != held.badge, "the badge's number can be found"
    assert not pins.is_right(replace(held, sealed=False), ward.station.client_id, PIN, None)
    ward.started()
    assert code_of(ward.types(PIN)) == RefusalCode.OFFLINE
    assert pins.is_right(held, ward.station.client_id, PIN, SEAL)


async def test_an_image_of_a_disk_without_a_seal_can_be_guessed_at(tmp_path: Path) -> None:
    """What remains where there is no TPM, and why it is not the default: docs/downtime.md has how long it takes."""
    async with hospital(tmp_path / "data", policy={"downtime_pin": "unsealed"}) as made:
        ward = await signed_in(made, tmp_path / "station")
        assert ward.types(PIN).state == "done"
        (held,) = kept_file.load(ward.home / TICKETS, private(ward.station).public_key()).pins
        guesses = ["123454", "123455", PIN]
        found = [guess for guess in guesses if pins.is_right(held, ward.station.client_id, guess, None)]
        assert found == [PIN]
        everything = b"".join(path.read_bytes() for path in sorted(ward.home.rglob("*")) if path.is_file())
        assert PIN.encode() not in everything
        assert BADGE.encode() not in everything


async def test_a_verifier_counts_for_its_own_station_ticket_and_badge(ward: AtTheBadge) -> None:
    (held,) = kept_file.load(ward.home / TICKETS, private(ward.station).public_key()).pins
    assert not pins.is_right(held, "another-station", PIN, SEAL)
    for bent in (replace(held, ticket="another"), replace(held, badge="00" * 32)):
        assert not pins.is_right(bent, ward.station.client_id, PIN, SEAL)


async def told(ward: AtTheBadge) -> dict[str, Any]:
    (verdict,) = (await ward.replay())[0].body["verdicts"]
    return dict(verdict)


async def test_the_service_goes_on_with_it_and_takes_it_for_no_proof(ward: AtTheBadge) -> None:
    view = ward.types(PIN)
    assert view.session is not None
    assert (await told(ward))["accepted"]
    (row,) = await ward.hospital.trail("offline_sign_in")
    assert (row["result"], row["method"], row["acr"]) == ("success", "pin", "urn:kiosk:identified")
    assert (row.get("amr") or [], row["detail"]["checked_by"]) == ([], "workstation")
    found = await ward.hospital.db.read(sessions.find, view.session.id)
    assert found is not None
    assert (found.assurance.acr, found.assurance.amr) == ("urn:kiosk:identified", ())
    assert PIN not in (ward.home / JOURNAL).read_text()


@pytest.mark.parametrize("changed", [{"downtime_pin": "off"}, {"downtime_reopen": 0}])
async def test_rules_that_have_changed_meanwhile_refuse_it(ward: AtTheBadge, changed: dict[str, Any]) -> None:
    ward.types(PIN)
    rules = ward.hospital.service.rules
    with with_rules(ward.hospital, replace(rules, downtime=replace(rules.downtime, **changed))):
        verdict = await told(ward)
    assert (verdict["accepted"], verdict["reason"]) == (False, "policy")
    assert [case.why for case in await ward.hospital.db.read(review_cases.every)] == ["policy"]


async def test_it_is_no_easier_way_in_where_more_is_demanded(ward: AtTheBadge) -> None:
    ward.types(PIN)
    rules = ward.hospital.service.rules
    with with_rules(ward.hospital, replace(rules, sign_in_acr="phr")):
        assert (await told(ward))["reason"] == "policy"


async def test_a_station_that_says_a_pin_was_typed_needs_a_ticket_of_that_person_too(ward: AtTheBadge) -> None:
    """Its word alone opens no session of somebody who did not just sign in there."""
    other = await ward.hospital.person("bob", "Bob Boole")
    (ticket,) = ward.own.tickets()
    for number, (person, name) in enumerate(((other, ticket.jti), (ward.person, "made-up"))):
        detail = {"person": person, "ticket": name, "method": "pin", "allow": "reopen", "ceremony": f"offline-{number}"}
        ward.own.write(Happening("offline_sign_in", f"s-{number}", detail=detail, proof={"kind": "pin"}))
    verdicts = (await ward.replay())[0].body["verdicts"]
    assert [verdict["reason"] for verdict in verdicts] == ["no_ticket", "no_ticket"]


async def test_tries_at_once_are_counted_one_by_one(ward: AtTheBadge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two that ask at the same moment one is looked at, and the other comes too soon: neither reads a count that the
    other is about to change, though each waits a second for it there."""
    (ticket,) = ward.own.tickets()
    there, counts = threading.Barrier(2), pins.tried

    def met(held: pins.HeldPin, now: float) -> pins.HeldPin:
        with suppress(threading.BrokenBarrierError):
            there.wait(1)
        return counts(held, now)

    monkeypatch.setattr(pins, "tried", met)
    with ThreadPoolExecutor(2) as two:
        said = list(two.map(lambda typed: ward.own.check_pin(ticket, typed), ("000001", "000002")))
    assert {refused.code for refused in said if refused} == {RefusalCode.WRONG_PIN, RefusalCode.TOO_FAST}
    (held,) = kept_file.load(ward.home / TICKETS, private(ward.station).public_key()).pins
    assert held.wrong == 1


async def test_a_ticket_that_ends_while_its_pin_is_looked_at_opens_nothing(
    ward: AtTheBadge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(*_: object) -> bool:
        ward.own.drop(lambda made: True)
        return True

    (ticket,) = ward.own.tickets()
    monkeypatch.setattr(pins, "is_right", meanwhile)
    refused = ward.own.check_pin(ticket, PIN)
    assert refused is not None and refused.code is RefusalCode.OFFLINE_PIN_CLOSED
    assert kept_file.load(ward.home / TICKETS, private(ward.station).public_key()).pins == ()
