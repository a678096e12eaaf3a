"""Somebody cuts the network because a sign-in might be easier then, or to hide what came of it. Neither helps."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from kiosk.agent import outage
from kiosk.agent.own_decisions import JOURNAL
from kiosk.client.errors import ServiceProblemError
from kiosk.downtime import checking
from kiosk.downtime import ticket as tickets
from kiosk.downtime.desk import REFUSED, SIGN_IN, Happening
from kiosk.downtime.errors import JournalFullError
from kiosk.downtime.journal import RESERVED, Journal
from kiosk.model.binding import OFFLINE_LABEL, Json, b64u, canonical
from kiosk.model.ceremony import Challenge, RefusalCode
from kiosk.model.journal import MAX_BATCH_BYTES, ReplayIn, ReplayOut, Verdict
from kiosk.model.proof import Fido2Proof, Method, PivPresented, PivProof
from kiosk.model.ticket import Ticket
from kiosk.service.admin import people
from kiosk.service.admin.act import Admin
from kiosk.service.platform.request_limits import MAX_BODY
from kiosk.service.policy import rules_from
from kiosk.service.store import review_cases, sessions
from kiosk.simulator.piv_ca import CardAuthority
from kiosk.verification import journal as rows_of
from tests.fakes.apart import KEY, Apart, apart, private
from tests.fakes.keys import UP, SoftPiv, give_card, give_crl, give_key, piv_card, trust
from tests.fakes.service import Hospital, with_rules


@pytest_asyncio.fixture
async def ward(service: Hospital, tmp_path: Path) -> Apart:
    return await apart(service, tmp_path)


async def with_a_card(hospital: Hospital, home: Path) -> tuple[Apart, SoftPiv, CardAuthority, str]:
    """Ada with a key and a PIV card, today: certificates have dates."""
    hospital.clock.now = float(int(time.time()))
    ward, authority = await apart(hospital, home), CardAuthority.new()
    mark, card = await trust(hospital, authority), piv_card(authority)
    await give_card(hospital, ward.person, card)
    await ward.sign_in()
    return ward, card, authority, mark


def ticket_of(ward: Apart) -> Ticket:
    return tickets.read(ward.ticket, ward.own._kept.keys, ward.station.client_id, ward.own._jkt)


def tapped(ward: Apart, card: SoftPiv) -> str:
    """Their card was held to the reader and signed by its open slot; the ceremony."""
    presented = PivPresented(card.presented["certificate"])
    view = ward.own.desk.begin(presented, [ward.person])
    assert view.refusal is None
    asked = ward.own.desk.challenge(view.id, Method.PIV_TAP)
    proof = card.sign(asdict(asked), "9E")
    view = ward.own.desk.prove(view.id, PivProof("9E", proof["certificate"], proof["signature"]))
    assert (view.state, [offer.method for offer in view.offers]) == ("prove", [Method.PIV_PIN])
    return view.id


async def test_another_kind_of_proof_than_was_asked_for_is_none(service: Hospital, tmp_path: Path) -> None:
    """A touch of the key where the card's PIN was asked for, the card's open slot where the key's PIN was."""
    ward, card, _, _ = await with_a_card(service, tmp_path)
    ceremony = tapped(ward, card)
    asked = ward.own.desk.challenge(ceremony, Method.PIV_PIN)
    view = ward.own.desk.prove(ceremony, Fido2Proof(**ward.key.sign(asdict(asked), flags=UP)))
    assert (view.session, view.refusal and view.refusal.code) == (None, RefusalCode.NO_METHOD)
    view = ward.sign(ward.own.desk.begin(KEY, [ward.person]), Method.FIDO2_TAP)
    asked = ward.own.desk.challenge(view.id, Method.FIDO2)
    proof = card.sign(asdict(asked), "9E")
    view = ward.own.desk.prove(view.id, PivProof("9E", proof["certificate"], proof["signature"]))
    assert view.session is None


def told_by_a_broken_station(ward: Apart, method: Method) -> tuple[Challenge, dict[str, str]]:
    """A challenge that says whatever the station likes, and the row's fields that go with it."""
    ticket = ticket_of(ward)
    who: dict[str, Json] = {"id": ward.person, "login": "ada"}
    said: dict[str, Json] = {
        "kind": "offline",
        "ceremony": "offline-broken",
        "method": method.value,
        "workstation": ward.station.client_id,
        "time": int(ward.wall()),
        "ticket": ticket.jti,
        "who": who,
    }
    text, nonce = canonical(said), b"n" * 32
    digest = checking.digest_of(OFFLINE_LABEL, nonce, text)
    asked = Challenge(
        ceremony="offline-broken",
        method=method,
        label=OFFLINE_LABEL,
        nonce=b64u(nonce),
        challenge=digest,
        statement=text.decode(),
        expires_in=60,
        rp_id=ward.known.rp_id if ward.known else "",
        origin=ward.known.origin if ward.known else "",
    )
    detail = {"person": ward.person, "ticket": ticket.jti, "ceremony": "offline-broken", "method": method.value}
    return asked, {**detail, "allow": "reopen", "policy": ticket.policy}


@pytest.mark.parametrize("method", [Method.PIV_PIN, Method.PIN, Method.OTP])
async def test_a_touch_is_never_told_as_more_than_a_touch(ward: Apart, method: Method) -> None:
    """A station that was broken into has a found key touched, and says that its PIN was typed."""
    asked, detail = told_by_a_broken_station(ward, method)
    signed = ward.key.sign(asdict(asked), flags=UP)
    proof = {name: signed[name] for name in ("credential_id", "authenticator_data", "client_data", "signature")}
    bound = {"label": asked.label, "nonce": asked.nonce, "statement": asked.statement}
    proof |= {**bound, "kind": "fido2", "user_handle": signed["user_handle"]}
    ward.own.journal.add(Happening(SIGN_IN, "of-mine", detail=detail, proof=proof))
    (verdict,) = (await ward.replay())[0].body["verdicts"]
    assert (verdict["accepted"], verdict["reason"]) == (False, RefusalCode.BAD_SIGNATURE)


async def test_the_open_slot_of_a_card_is_never_told_as_a_key(service: Hospital, tmp_path: Path) -> None:
    ward, card, _, _ = await with_a_card(service, tmp_path)
    asked, detail = told_by_a_broken_station(ward, Method.FIDO2)
    signed = card.sign(asdict(asked), "9E")
    proof = {"kind": "piv", "slot": "9E", "certificate": signed["certificate"], "signature": signed["signature"]}
    bound = {"label": asked.label, "nonce": asked.nonce, "statement": asked.statement}
    ward.own.journal.add(Happening(SIGN_IN, "of-mine", detail=detail, proof={**bound, **proof}))
    (verdict,) = (await ward.replay())[0].body["verdicts"]
    assert (verdict["accepted"], verdict["reason"]) == (False, RefusalCode.BAD_SIGNATURE)


@pytest.mark.parametrize("statement", ["[]", "7", "[" * 8000, '{"who": "ada"}', '{"who": null, "time": 1e999}'])
async def test_a_proof_without_sense_holds_up_nothing(ward: Apart, statement: str) -> None:
    _, detail = told_by_a_broken_station(ward, Method.FIDO2)
    said = json.loads(statement) if statement.startswith("{") else None
    if said is not None:
        ceremony = {"kind": "offline", "ceremony": "offline-broken", "method": "fido2_tap", "ticket": None}
        statement = json.dumps({**ceremony, **said, "workstation": ward.station.client_id}).replace("Infinity", "1e999")
        detail["method"] = "fido2_tap"
    proof = {"label": OFFLINE_LABEL, "nonce": "", "statement": statement, "kind": "fido2"}
    ward.own.journal.add(Happening(SIGN_IN, "of-mine", detail=detail, proof=proof))
    (verdict,) = (await ward.replay())[0].body["verdicts"]
    assert (verdict["accepted"], verdict["reason"]) == (False, RefusalCode.BAD_SIGNATURE)


async def test_one_signature_opens_one_session(either: Hospital, tmp_path: Path) -> None:
    """The person has long gone; the station tells of their sign-in again, under another name."""
    ward = await apart(either, tmp_path)
    done = ward.reopen()
    assert done.session is not None
    batch = ward.own.journal.batch()
    assert batch is not None
    entry = rows_of.entry_of(batch.rows[-1])
    await ward.replay()
    ward.pass_by(60)
    ward.own.journal.add(Happening("session_end", done.session.id, "asked"))
    told = ward.own.journal.batch()
    assert told is not None
    row = rows_of.made(
        replace(entry, n=told.head + 1, session="another"), bytes.fromhex(told.rows[-1].link), private(ward.station)
    )
    body = ReplayIn(told.journal, told.head + 1, told.before, (*told.rows, row))
    answer = await ward.station.post("/v1/offline", msgspec.to_builtins(body))
    assert answer.status == 200, answer.body
    assert answer.body["verdicts"] == [{"session": "another", "accepted": False, "reason": "told_before"}]
    assert await either.db.read(sessions.find, "another") is None


@pytest.mark.parametrize("stopped", [True, False])
async def test_a_verdict_whose_answer_was_cut_off_is_said_again(
    either: Hospital, tmp_path: Path, stopped: bool
) -> None:
    """Who holds the answer back keeps nobody at work whom the service refused."""
    ward = await apart(either, tmp_path)
    done = ward.reopen()
    assert done.session is not None
    if stopped:
        await either.db.write(people.suspend, Admin("root", 0, int(either.clock())), "ada")
    batch = msgspec.to_builtins(ward.own.journal.batch())
    first, second = [await ward.station.post("/v1/offline", batch) for _ in range(2)]
    assert second.body["verdicts"] == first.body["verdicts"]
    assert second.body["verdicts"][0]["accepted"] is not stopped
    assert len(await either.trail("offline_sign_in")) == 1


async def test_a_sign_in_that_is_told_twice_does_not_hold_up_the_rest(either: Hospital, tmp_path: Path) -> None:
    """The station's disk was put back: what it tells anew, it had told before."""
    ward = await apart(either, tmp_path)
    assert ward.reopen().session is not None
    await either.db.write(people.suspend, Admin("root", 0, int(either.clock())), "ada")
    had = {path: path.read_bytes() for path in (ward.home / JOURNAL).parent.iterdir()}
    ward.own.write(Happening("lock", None, "idle"))
    await ward.replay()
    for path, data in had.items():
        path.write_bytes(data)
    ward.started()
    answers = await ward.replay()
    assert [answer.body["state"] for answer in answers] == ["renew", "ok"]
    rows = await either.trail("offline_sign_in")
    assert [(row["result"], row["reason"]) for row in rows] == [("refused", "suspended")] * 2


async def test_a_signature_of_hours_ago_is_no_fresh_one(ward: Apart) -> None:
    signed_at = int(ward.wall())
    done = ward.reopen()
    assert done.session is not None
    ward.pass_by(7200)
    await ward.replay()
    found = await ward.hospital.db.read(sessions.find, done.session.id)
    assert found is not None
    assert found.assurance.auth_time == signed_at


async def test_what_would_not_be_enough_is_in_no_ticket_and_not_taken(ward: Apart) -> None:
    """Where a key must be known to be in hardware, one that is not opens nothing without a network either."""
    done = ward.reopen()
    with with_rules(ward.hospital, rules_from({"sign_in_acr": "phrh"})):
        (verdict,) = (await ward.replay())[0].body["verdicts"]
        assert (verdict["accepted"], verdict["reason"]) == (False, "policy")
    assert done.session is not None
    ward.key = await give_key(ward.hospital, ward.person, trusted=True, name="gold key", told=True)
    with with_rules(ward.hospital, rules_from({"sign_in_acr": "phrh"})):
        await ward.sign_in()
        assert [key.id for key in ticket_of(ward).keys] == [ward.key.credential_id]
        assert ward.reopen().session is not None
        assert (await ward.replay())[0].body["verdicts"][0]["accepted"]


async def test_a_card_that_is_refused_is_in_no_ticket(service: Hospital, tmp_path: Path) -> None:
    """It was stolen, its CA revoked it, and the person goes on with their key: no network makes it good again."""
    ward, card, authority, mark = await with_a_card(service, tmp_path)
    assert len(ticket_of(ward).cards) == 1
    await give_crl(service, mark, authority.crl([card.cert_9e, card.cert_9a]))
    await ward.sign_in()
    assert ticket_of(ward).cards == ()
    view = ward.own.desk.begin(PivPresented(card.presented["certificate"]), [ward.person])
    assert (view.state, view.refusal and view.refusal.code) == ("refused", RefusalCode.OFFLINE_NOT_HERE)


async def test_strange_cards_all_night_do_not_use_up_what_locks_need(tmp_path: Path, ward: Apart) -> None:
    journal = Journal(tmp_path / "j", private(ward.station), "s", limit=RESERVED + 20)
    for _ in range((RESERVED + 20) // 2):
        journal.add(Happening(REFUSED, reason="offline_not_here"))
    with pytest.raises(JournalFullError):
        journal.add(Happening(REFUSED, reason="offline_not_here"))
    journal.add(Happening("lock", "a", "idle"))


async def test_a_clock_that_once_was_in_the_future_does_not_end_all_tickets_for_ever(ward: Apart) -> None:
    """Whoever answers for the network's time sets a station's clock ahead for a minute."""
    ward.wall.pass_by(10 * 365 * 86_400)
    assert list(ward.own.tickets()) == []
    ward.wall.pass_by(-10 * 365 * 86_400)
    ward.own.save()
    ward.started()
    assert list(ward.own.tickets()) == []
    await ward.sign_in()
    assert ward.reopen().session is not None
    ward.pass_by(1801)
    assert list(ward.own.tickets()) == []


@pytest.mark.parametrize("bent", [{"journal": "x" * 65}, {"link": "ab"}, {"taken": -1}, {"link": "00" * 32}])
async def test_a_beginning_that_nobody_could_send_does_not_hold_up_the_rest(
    ward: Apart, bent: dict[str, object]
) -> None:
    path = ward.home / JOURNAL
    ward.own.write(Happening("tap_failed", reason="mute", detail={"number": "1"}))
    head, *_ = path.read_bytes().splitlines()
    path.write_bytes(json.dumps({**json.loads(head), **bent}).encode() + b"\n")
    ward.started()
    ward.own.write(Happening("tap_failed", reason="mute", detail={"number": "2"}))
    await ward.replay()
    assert [row["detail"]["number"] for row in await ward.hospital.trail("tap_failed")] == ["2"]
    assert "journal_damaged" in {case.why for case in await ward.hospital.db.read(review_cases.every)}


class Deaf:
    """A service that cannot read the first journal that it is shown."""

    def __init__(self) -> None:
        self.heard: list[ReplayIn] = []

    def replay(self, body: ReplayIn) -> ReplayOut:
        self.heard.append(body)
        if body.journal == self.heard[0].journal:
            raise ServiceProblemError("bad_journal", "No.", 422)
        return ReplayOut(body.head, "ok")


async def test_a_journal_that_is_never_taken_is_set_aside_and_nobody_works_on_by_it(ward: Apart) -> None:
    done = ward.reopen()
    assert done.session is not None
    ward.own.write(Happening("lock", None, "idle"))
    verdicts: list[Verdict] = []
    deaf = Deaf()
    outage.replay(deaf, ward.own, verdicts.append)  # type: ignore[arg-type]  # all that it asks for
    assert verdicts == [Verdict(done.session.id, accepted=False, reason="journal_unreadable")]
    assert [rows_of.entry_of(row).action for row in deaf.heard[1].rows] == ["journal_damaged"]
    assert ward.own.unresolved == set()
    assert len(list((ward.home / JOURNAL).parent.glob("*.damaged-*"))) == 1


async def test_a_batch_fits_whatever_letters_it_is_written_in(ward: Apart) -> None:
    for _ in range(60):
        ward.own.write(Happening("tap_failed", reason="mute", detail={"number": "語" * 250}))
    batch = ward.own.journal.batch()
    assert len(msgspec.json.encode(batch)) < MAX_BATCH_BYTES + 1000 < MAX_BODY
    assert batch is not None
    assert len(batch.rows) > 30


async def test_a_journal_that_was_taken_away_before_it_was_sent_is_found_at_the_station(ward: Apart) -> None:
    assert ward.reopen().session is not None
    (ward.home / JOURNAL).unlink()
    ward.started()
    await ward.replay()
    assert {case.why for case in await ward.hospital.db.read(review_cases.every)} == {"journal_rolled_back"}
