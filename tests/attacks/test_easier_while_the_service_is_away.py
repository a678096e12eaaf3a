"""Somebody cuts the network because a sign-in might be easier then, or to hide what came of it. Neither helps."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from pathlib import Path

import msgspec
import pytest

from kiosk.downtime.errors import JournalFullError
from kiosk.downtime.happening import REFUSED, SIGN_IN, Happening
from kiosk.downtime.journal import RESERVED, Journal
from kiosk.model.journal import ReplayIn
from kiosk.model.proof import Fido2Proof, Method, PivPresented, PivProof
from kiosk.model.refusal import RefusalCode
from kiosk.service.policy import rules_from
from kiosk.service.store import sessions
from kiosk.simulator.piv_ca import CardAuthority
from kiosk.verification import journal as rows_of
from tests.attacks.away_ward import ticket_of, told_by_a_broken_station, ward
from tests.fakes.apart import KEY, Apart, apart, private
from tests.fakes.keys import UP, SoftPiv, give_card, give_crl, give_key, piv_card, trust
from tests.fakes.service import Hospital, with_rules

__all__ = ["ward"]


async def with_a_card(hospital: Hospital, home: Path) -> tuple[Apart, SoftPiv, CardAuthority, str]:
    """Ada with a key and a PIV card, today: certificates have dates."""
    hospital.clock.now = float(int(time.time()))
    ward, authority = await apart(hospital, home), CardAuthority.new()
    mark, card = await trust(hospital, authority), piv_card(authority)
    await give_card(hospital, ward.person, card)
    await ward.sign_in()
    return ward, card, authority, mark


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
