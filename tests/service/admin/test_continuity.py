"""A rehearsal of a downtime says what did not arrive, and its report is what the trail keeps the digest of."""

from __future__ import annotations

import hashlib
import uuid
from importlib.metadata import version
from pathlib import Path

import pytest

from kiosk.downtime.happening import Happening
from kiosk.model.binding import canonical
from kiosk.model.wire import StationSays
from kiosk.service.admin import continuity, rehearsed
from kiosk.service.admin.act import ActRefusedError, Admin
from kiosk.service.admin.rehearsal import ACTION, Rehearsal, StationOutcome
from kiosk.service.policy.emergency_rules import EmergencyRules
from kiosk.service.store import events, messages, seen
from tests.fakes.apart import Apart, apart
from tests.fakes.service import Hospital

RULES = EmergencyRules()


def root(hospital: Hospital) -> Admin:
    return Admin("root", 0, int(hospital.clock()))


async def at_hand(ward: Apart) -> None:
    """The station has said which program it runs."""
    says = {"version": version("kiosk"), "trusts": [], "doorbell": "local", "stage": "single"}
    assert (await ward.station.post("/v1/workstation", says)).status == 204


async def begun(ward: Apart, login: str | None = None) -> Rehearsal:
    return await ward.hospital.db.write(continuity.begin, root(ward.hospital), ["ward-3-a"], login)


async def answers(ward: Apart, going: Rehearsal, tickets: int = 1, emergency: str = "none") -> None:
    """As the agent does it."""
    detail = {"tickets": str(tickets), "kept": "yes", "emergency": emergency}
    ward.own.write(Happening(ACTION, reason=going.id, detail=detail))
    await ward.replay()
    report = {"id": str(uuid.uuid4()), "action": ACTION, "at": going.begun, "reason": going.id}
    sent = {**report, "session": None, "detail": {}}
    assert (await ward.station.post("/v1/reports", {"reports": [sent]})).status in (200, 204)


async def outcome(ward: Apart, going: Rehearsal, rules: EmergencyRules = RULES) -> StationOutcome:
    now = int(ward.hospital.clock())
    report = await ward.hospital.db.read(rehearsed.outcome, going, now, "root", rules)
    (found,) = report.stations
    assert report.passed is (not found.trouble)
    return found


@pytest.fixture
async def ward(either: Hospital, tmp_path: Path) -> Apart:
    made = await apart(either, tmp_path)
    await at_hand(made)
    return made


async def test_a_station_that_tells_everything_passes_and_the_trail_keeps_it(ward: Apart) -> None:
    going = await begun(ward)
    told = await ward.hospital.db.read(events.after, 0)
    assert (ward.station.client_id, "rehearse", going.id) in [(to, event.kind, event.reason) for to, event in told]
    assert not await ward.hospital.db.read(rehearsed.arrived, going)
    await answers(ward, going)
    assert await ward.hospital.db.read(rehearsed.arrived, going)
    found = await outcome(ward, going)
    assert (found.tickets, found.tickets_given, found.trouble) == (1, 1, ())
    rows = {row["seq"]: row for row in await ward.hospital.trail(ACTION)}
    assert rows[found.journal]["detail"]["offline"] is True
    assert "offline" not in rows[found.outbox]["detail"]
    report = await ward.hospital.db.read(rehearsed.outcome, going, int(ward.hospital.clock()), "root", RULES)
    await ward.hospital.db.write(continuity.finish, root(ward.hospital), report)
    acts = [row["detail"] for row in await ward.hospital.trail("admin")]
    kept = [act for act in acts if act["act"] == "continuity.check"]
    assert [act["report"] for act in kept] == [hashlib.sha256(canonical(report.as_json())).hexdigest()]
    assert kept[0]["passed"] is True


async def test_a_station_that_says_nothing_is_named(ward: Apart) -> None:
    found = await outcome(ward, await begun(ward))
    assert found.trouble == ("It did not answer. See whether it is switched on and in contact.",)


async def test_an_answer_to_another_rehearsal_is_none(ward: Apart) -> None:
    before = await begun(ward)
    await answers(ward, before)
    found = await outcome(ward, await begun(ward))
    assert (found.outbox, found.journal) == (None, None)


async def test_tickets_that_a_station_lost_are_missed(ward: Apart) -> None:
    going = await begun(ward)
    await answers(ward, going, tickets=0)
    assert (await outcome(ward, going)).trouble == (
        "It holds the downtime tickets of 0 people, and was given those of 1.",
    )


async def test_a_journal_that_was_put_back_does_not_pass(ward: Apart) -> None:
    ward.own.write(Happening("service_lost"))
    await ward.replay()
    going = await begun(ward)
    ward.own.journal.renew(0)
    ward.own.write(Happening(ACTION, reason=going.id, detail={"tickets": "1", "kept": "yes"}))
    await ward.replay()
    found = await outcome(ward, going)
    assert any("journal_replaced" in sentence for sentence in found.trouble)


async def test_an_older_program_is_not_asked_and_said(ward: Apart) -> None:
    await ward.hospital.db.write(seen.said, ward.station.client_id, _older(), int(ward.hospital.clock()))
    going = await begun(ward)
    told = await ward.hospital.db.read(events.after, 0)
    assert [event.kind for _, event in told if event.kind == "rehearse"] == []
    assert (await outcome(ward, going)).trouble == ("Its program is of version 0.0.1: it was not asked.",)


def _older() -> StationSays:
    return StationSays("0.0.1", (), "local", "single")


async def test_a_marked_message_is_waited_for(ward: Apart) -> None:
    await ward.hospital.db.write(messages.set_contact, ward.person, "mailto:ada@home.example")
    going = await begun(ward, "ada")
    await answers(ward, going)
    now = int(ward.hospital.clock())
    report = await ward.hospital.db.read(rehearsed.outcome, going, now, "root", RULES)
    assert (report.message, report.passed) == ("waits", False)
    ((waiting, _),) = await ward.hospital.db.read(messages.unsent)
    await ward.hospital.db.write(messages.sent, waiting.id, now)
    report = await ward.hospital.db.read(rehearsed.outcome, going, now, "root", RULES)
    assert (report.message, report.passed) == ("sent", True)


@pytest.mark.parametrize(("names", "login"), [(["nowhere"], None), (["ward-3-a"], "nobody"), (["ward-3-a"], "ada")])
async def test_what_cannot_be_rehearsed_is_refused(ward: Apart, names: list[str], login: str | None) -> None:
    with pytest.raises(ActRefusedError):
        await ward.hospital.db.write(continuity.begin, root(ward.hospital), names, login)
    assert [event.kind for _, event in await ward.hospital.db.read(events.after, 0) if event.kind == "rehearse"] == []


@pytest.mark.parametrize("said", ["none", "", "0", "1", "-5", "9" * 13, "soon"])
async def test_a_station_that_should_have_emergency_access_and_has_none_that_counts_does_not_pass(
    ward: Apart, said: str
) -> None:
    going = await begun(ward)
    await answers(ward, going, emergency=said)
    named = EmergencyRules(stations=("ward-3-a",))
    assert (await outcome(ward, going, named)).trouble == (
        "It has no policy of emergency access that counts, and “[emergency]” names it.",
    )


async def test_a_station_whose_emergency_access_is_the_one_that_is_meant_passes(ward: Apart) -> None:
    going = await begun(ward)
    until = int(ward.hospital.clock()) + 3600
    await answers(ward, going, emergency=str(until))
    found = await outcome(ward, going, EmergencyRules(stations=("ward-3-a",)))
    assert (found.trouble, found.emergency) == ((), until)
    assert (await outcome(ward, going)).trouble == (
        "It holds a policy of emergency access, and “[emergency]” does not name it.",
    )
