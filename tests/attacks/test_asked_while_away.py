"""A server's question on a phone: bombing, somebody else's phone, a guessed number, replays, a page that is stolen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text, update

from kiosk.model.binding import STEP_UP_LABEL, b64u, challenge, unb64u
from kiosk.service.away.asking import MAX_UNANSWERED
from kiosk.service.jobs import housekeeping
from kiosk.service.records import prompt_reports
from kiosk.service.shared.question_number import number_of
from kiosk.service.store import factors, phones
from kiosk.service.store.schema import backchannel_request, phone_question
from tests.fakes.away import RULES, Away, allowed, away, end_sessions
from tests.fakes.backchannel import Asking
from tests.fakes.client import NOW
from tests.fakes.keys import UP, give_key
from tests.fakes.openid import register
from tests.fakes.phones import SoftPhone, on_phone
from tests.fakes.service import Hospital


@pytest.fixture(autouse=True)
def may(request: pytest.FixtureRequest) -> Iterator[None]:
    hospital: Hospital = request.getfixturevalue("either" if "either" in request.fixturenames else "service")
    with allowed(hospital):
        yield


async def mallory(made: Away) -> SoftPhone:
    """Somebody else's phone, paired as any other; they are at no station either."""
    hospital = made.hospital
    person = await hospital.person("mallory", "Mallory Moe")
    await hospital.badge(person, "04FEEDBEEF")
    station = await hospital.station("station-of-mallory", "Ward 9")
    ward = type(made.asking.ward)
    theirs = ward(hospital, person, await give_key(hospital, person), station, await station.open("04FEEDBEEF"))
    paired = await on_phone(theirs)
    await hospital.db.write(end_sessions, person, int(hospital.clock()))
    return paired.phone


async def another_server(made: Away, name: str) -> Away:
    app = await register(made.hospital, name, f"urn:{name}", redirect_uris=(), title=f"Server {name}")
    from kiosk.service.store import backchannel_clients

    await made.hospital.db.write(backchannel_clients.put, app.id, RULES, int(made.hospital.clock()))
    return Away(Asking(made.asking.ward, app), made.paired)


async def test_a_server_that_bombs_reaches_the_phone_three_times_an_hour(either: Hospital) -> None:
    made = await away(either)
    reached = 0
    for _ in range(8):
        await made.asked(requested_expiry="60")
        page = await made.waits()
        reached += page["state"] == "waiting"
        if reached % 2 and page["state"] == "waiting":
            assert await made.refuse(page) == "refused"
        either.clock.pass_by(61)
    assert reached == MAX_UNANSWERED
    rows = await either.trail("phone_asked")
    refused = [row["reason"] for row in rows if row["result"] == "refused"]
    assert len(refused) == 5 and set(refused) == {"unanswered"}, "what was kept from the phone stands in the trail"
    either.clock.pass_by(3600)
    await made.asked()
    assert (await made.waits())["state"] == "waiting", "an hour later it may ask again"


async def test_many_servers_together_reach_it_no_more_than_twenty_times_an_hour(service: Hospital) -> None:
    made = await away(service)
    servers = [made] + [await another_server(made, f"s{number}") for number in range(9)]
    reached = 0
    for _ in range(3):
        for each in servers:
            await each.asked(requested_expiry="60")
            page = await each.waits()
            if page["state"] == "waiting":
                reached += 1
                assert await each.refuse(page) == "refused"
            service.clock.pass_by(1 if page["state"] == "waiting" else 61)
    assert reached == 20
    last = [row["reason"] for row in await service.trail("phone_asked") if row["result"] == "refused"]
    assert set(last) == {"too_many"}


async def test_one_question_waits_on_a_phone_and_the_next_comes_after_it(either: Hospital) -> None:
    made = await away(either)
    other = await another_server(made, "other")
    await made.asked()
    either.clock.pass_by(1)
    await other.asked()
    first = await made.waits()
    assert first["server"] == "Chart"
    assert len(await made.stored()) == 1
    assert await made.approve(first) == "approved"
    await other.look()
    second = await other.waits()
    assert second["server"] == "Server other"
    assert (await other.type(second))["asked"] is not None


async def test_somebody_else_s_phone_sees_nothing_and_answers_nothing(either: Hospital) -> None:
    made = await away(either)
    thief = await mallory(made)
    secret = await made.asked()
    assert (await made.waits(thief))["state"] == "nothing"
    page = await made.waits()
    shown = await made.type(page)
    for proof in (
        thief.sign(shown["asked"]["approve"]),
        {**thief.sign(shown["asked"]["approve"]), "user_handle": None},
    ):
        body = {"code": page["code"], "number": made.number, "proof": proof}
        assert await made.phone.outcome("waiting/approve", body) == "not_yours"
    assert (await made.asking.poll(secret)).json()["error"] == "authorization_pending"
    assert await made.approve(page) == "approved", "and one try is left to its owner"


async def test_a_phone_that_is_paired_with_nobody_opens_nothing(service: Hospital) -> None:
    made = await away(service)
    await made.asked()
    stray = SoftPhone(service)
    stray.passkey = made.phone.passkey
    begun = (await made.phone.post("waiting/begin", {})).json()
    proof = {**made.phone.sign(begun["sign"]), "credential_id": b64u(b"x" * 32)}
    answer = await made.phone.post("waiting/open", {"nonce": begun["nonce"], "proof": proof})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    unverified = await made.opened(flags=UP)
    assert (unverified.status_code, unverified.json()["code"]) == (403, "not_yours"), "its user is verified each time"


async def test_the_number_is_guessed_three_times_and_the_station_still_asks(either: Hospital) -> None:
    made = await away(either)
    secret = await made.asked()
    page = await made.waits()
    wrong = f"{(int(made.number) + 1) % 10**6:06}"
    assert [(await made.type(page, wrong))["left"] for _ in range(3)] == [2, 1, 0]
    answer = await made.phone.post("waiting/number", {"code": page["code"], "number": made.number})
    assert (answer.status_code, answer.json()["code"]) == (404, "over")
    assert (await made.waits())["state"] == "nothing", "no new page begins the count anew"
    assert (await made.asking.poll(secret)).json()["error"] == "authorization_pending"
    await made.come_back()
    await made.asking.approve()
    either.clock.pass_by(5)
    assert (await made.asking.poll(secret)).status_code == 200


async def test_guesses_in_parallel_are_counted_one_by_one(either: Hospital) -> None:
    made = await away(either)
    await made.asked()
    page, number = await made.waits(), int(made.number)
    guesses = [f"{(number + 1 + n) % 10**6:06}" for n in range(9)]
    sent = [made.phone.post("waiting/number", {"code": page["code"], "number": guess}) for guess in guesses]
    assert sorted(answer.status_code for answer in await asyncio.gather(*sent)) == [200] * 3 + [404] * 6


async def test_nothing_is_shown_or_signed_without_the_number(service: Hospital) -> None:
    """The page that a passkey opened says who asks, and no more."""
    made = await away(service)
    secret = await made.asked(binding_message="Patient Miller")
    page = await made.waits()
    assert "Miller" not in str(page) and "ada" not in str(page) and made.number not in str(page)
    [waits] = await made.stored()
    digest = challenge(STEP_UP_LABEL, unb64u(waits.nonce), waits.statement.encode())
    proof = made.phone.sign({"challenge": b64u(digest)})
    for number in ("", "000000" if made.number != "000000" else "000001"):
        body = {"code": page["code"], "number": number, "proof": proof}
        assert await made.phone.outcome("waiting/approve", body) == "not_yours"
    assert (await made.asking.poll(secret)).json()["error"] == "authorization_pending"


async def test_what_opens_the_page_counts_once_and_for_two_minutes(either: Hospital) -> None:
    made = await away(either)
    await made.asked()
    begun = (await made.phone.post("waiting/begin", {})).json()
    body = {"nonce": begun["nonce"], "proof": made.phone.sign(begun["sign"])}
    answers = await asyncio.gather(*(made.phone.post("waiting/open", body) for _ in range(4)))
    assert [answer.status_code for answer in answers].count(200) == 1
    late = (await made.phone.post("waiting/begin", {})).json()
    either.clock.pass_by(121)
    kept = {"nonce": late["nonce"], "proof": made.phone.sign(late["sign"])}
    assert (await made.phone.post("waiting/open", kept)).status_code == 404


@pytest.mark.parametrize("bend", ["", "x", "é", "A" * 75, "A" * 76, "=" * 8, "\u0000"])
async def test_a_nonce_that_is_not_ours_opens_nothing(service: Hospital, bend: str) -> None:
    made = await away(service)
    begun = (await made.phone.post("waiting/begin", {})).json()
    for nonce in (bend, begun["nonce"] + bend if bend else begun["nonce"][:-2]):
        answer = await made.phone.post("waiting/open", {"nonce": nonce, "proof": made.phone.sign(begun["sign"])})
        assert answer.status_code in (404, 422), answer.text


async def test_no_signature_counts_for_anything_but_what_it_was_made_for(service: Hospital) -> None:
    """What opened the page approves nothing, a report is no yes, and a yes to one question is none to the next."""
    made = await away(service)
    await made.asked()
    begun = (await made.phone.post("waiting/begin", {})).json()
    page = await made.waits()
    shown = await made.type(page)
    yes = made.phone.sign(shown["asked"]["approve"])
    for proof in (made.phone.sign(begun["sign"]), made.phone.sign(page["report"])):
        body = {"code": page["code"], "number": made.number, "proof": proof}
        assert await made.phone.outcome("waiting/approve", body) == "not_yours"
    assert await made.refuse(page) == "refused"
    service.clock.pass_by(1)
    secret = await made.asked()
    other = await made.waits()
    body = {"code": other["code"], "number": made.number, "proof": yes}
    assert await made.phone.outcome("waiting/approve", body) == "not_yours"
    assert (await made.asking.poll(secret)).json()["error"] == "authorization_pending"


async def test_it_is_answered_once_whoever_is_faster(either: Hospital) -> None:
    made = await away(either)
    secret = await made.asked()
    page = await made.waits()
    shown = await made.type(page)
    yes = {"code": page["code"], "number": made.number, "proof": made.phone.sign(shown["asked"]["approve"])}
    no = {"code": page["code"]}
    sent = [*(made.phone.post("waiting/approve", yes) for _ in range(3)), made.phone.post("waiting/refuse", no)]
    answers = await asyncio.gather(*sent)
    assert [answer.status_code for answer in answers].count(200) == 1
    approved = any(a.status_code == 200 and a.json()["outcome"] == "approved" for a in answers)
    told = await made.asking.poll(secret)
    assert (told.status_code == 200) is approved
    assert (await made.asking.poll(secret)).status_code == 400


async def test_a_page_that_was_opened_before_answers_nothing_any_more(service: Hospital) -> None:
    """Whoever saw the first page's code has nothing of it once its owner opens the page again."""
    made = await away(service)
    await made.asked()
    first = await made.waits()
    second = await made.waits()
    assert first["code"] != second["code"]
    for path in ("number", "refuse"):
        body = {"code": first["code"], **({"number": made.number} if path == "number" else {})}
        assert (await made.phone.post(f"waiting/{path}", body)).status_code == 404
    assert await made.approve(second) == "approved"


async def test_a_phone_that_was_lost_in_between_gives_no_token(either: Hospital) -> None:
    made = await away(either)
    secret = await made.asked()
    assert await made.approve(await made.waits()) == "approved"
    [row] = await either.db.read(phones.of_person, made.person)
    await either.db.write(factors.suspend, "phone", row.id, "lost", NOW)
    assert (await made.asking.poll(secret)).json()["error"] == "access_denied"
    assert (await made.opened()).status_code == 403


async def test_tokens_end_with_the_phone_that_they_were_approved_on(either: Hospital) -> None:
    made = await away(either)
    secret = await made.asked()
    assert await made.approve(await made.waits()) == "approved"
    token = (await made.asking.poll(secret)).json()["access_token"]
    assert (await made.asking.app.introspect(token))["active"] is True
    [row] = await either.db.read(phones.of_person, made.person)
    await either.db.write(factors.suspend, "phone", row.id, "lost", NOW)
    assert (await made.asking.app.introspect(token))["active"] is False


async def test_another_server_cannot_fetch_it_nor_answer_for_it(service: Hospital) -> None:
    made = await away(service)
    other = await another_server(made, "other")
    secret = await made.asked()
    assert await made.approve(await made.waits()) == "approved"
    assert (await other.asking.poll(secret)).json()["error"] == "invalid_grant"
    assert (await made.asking.poll(secret)).status_code == 200


async def test_a_row_that_somebody_changes_is_not_believed(service: Hospital) -> None:
    """A state or a flag that the service did not write gives no token."""
    service.tampered = True
    made = await away(service)
    secret = await made.asked()
    await made.waits()

    def bend(conn: Any) -> None:
        conn.execute(update(phone_question).values(state="approved", phone="x", told_seq=1))

    await service.db.write(bend)
    service.clock.pass_by(5)
    assert (await made.asking.poll(secret)).json()["error"] == "authorization_pending"

    def bend_more(conn: Any) -> None:
        conn.execute(update(backchannel_request).values(on_phone=NOW))

    await service.db.write(bend_more)
    service.clock.pass_by(10)
    answer = await made.asking.poll(secret)
    assert answer.status_code >= 400 and "access_token" not in answer.text


async def test_a_yes_that_is_put_back_is_fetched_once(service: Hospital) -> None:
    """Both rows as they were before the tokens were fetched, codes and all."""
    service.tampered = True
    made = await away(service)
    secret = await made.asked()
    assert await made.approve(await made.waits()) == "approved"

    def copied(conn: Any) -> dict[str, Any]:
        return dict(conn.execute(backchannel_request.select()).one()._mapping)

    before = await service.db.read(copied)
    assert (await made.asking.poll(secret)).status_code == 200

    def back(conn: Any) -> None:
        conn.execute(update(backchannel_request).values(**before))

    await service.db.write(back)
    service.clock.pass_by(10)
    assert (await made.asking.poll(secret)).json()["error"] == "invalid_grant"


async def test_pages_of_others_ask_nothing(service: Hospital) -> None:
    made = await away(service)
    await made.asked()
    page = await made.waits()
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for path, body in (("begin", {}), ("refuse", {"code": page["code"]})):
            assert (await made.phone.post(f"waiting/{path}", body, **headers)).status_code == 403
    shown = await service.http.get("/phone/waiting")
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "'unsafe" not in policy and shown.headers["x-frame-options"] == "DENY"


async def test_what_is_kept_of_it_holds_no_number_no_code_and_no_patient(service: Hospital) -> None:
    made = await away(service)
    details = (
        '[{"type": "kiosk_act", "action": "record.export", "resource": "Patient/77", "records": 1, "purpose": "x"}]'
    )
    await made.asked(authorization_details=details)
    page = await made.waits()
    kept = await service.db.read(lambda conn: str(conn.execute(text("SELECT * FROM phone_question")).all()))
    for word in (made.number, page["code"], "Patient/77"):
        assert word not in kept
    service.clock.pass_by(700)
    await service.db.write(housekeeping.tidy, int(service.clock()))
    assert [each.salts for each in await made.stored()] == [()], "nothing is left that an erased name could be tried by"
    service.clock.pass_by(25 * 3600)
    await service.db.write(housekeeping.tidy, int(service.clock()))
    assert await made.stored() == []


async def test_every_number_is_its_question_s_own(service: Hospital) -> None:
    key = service.folder.keys.nonce
    numbers = {number_of(key, f"question-{n}") for n in range(300)}
    assert len(numbers) > 295 and all(len(number) == 6 and number.isdigit() for number in numbers)
    assert number_of(b"other" * 8, "question-1") != number_of(key, "question-1")


async def test_reports_count_what_phones_were_asked_by_servers(service: Hospital) -> None:
    made = await away(service)
    await made.asked()
    assert await made.approve(await made.waits()) == "approved"
    service.clock.pass_by(200)
    await made.asked()
    assert await made.refuse(await made.waits()) == "refused"
    service.clock.pass_by(200)
    await made.asked()
    service.clock.pass_by(700)
    table = await service.db.read(prompt_reports.prompts, NOW - 10, int(service.clock()))
    [line] = [line for line in table.rows if line[:2] == ("on_phone", "application urn:chart")]
    assert line[2] == 3 and line[4:7] == (1, 1, 1), "granted, refused, timed out"
