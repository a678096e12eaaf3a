"""What a reset suspends is a field that was shown and signed, and no word of a sentence."""

from __future__ import annotations

from typing import Any

from kiosk.service.store import factors
from tests.fakes.asking import Ward
from tests.fakes.consented import consented
from tests.fakes.helpdesk import SEEN, Counter, counter

__all__ = ["counter"]


async def _suspended(counter: Counter, login: str) -> set[str]:
    held = await counter.hospital.db.read(factors.of_person, counter[login].id)
    return {factor.kind for factor in held if factor.suspended is not None}


async def test_they_were_shopping_suspends_no_pin(counter: Counter) -> None:
    token = await counter.token("dora", "factor.reset", "Person/ben", "they were shopping, with their badge in a bag")
    for lost in (["pin"], ["badge"], ["pin", "badge", "key"]):
        answer = await counter.station.post("/v1/resets", {"token": token, "lost": lost})
        assert answer.status != 200
        assert answer.code in ("lost_not_signed", "already_used")
    assert await _suspended(counter, "ben") == set()


async def test_a_tail_of_the_purpose_suspends_nothing(counter: Counter) -> None:
    mark = f"key:{counter['ben'].key.credential_id}"
    token = await counter.token("dora", "factor.reset", "Person/ben", f"{SEEN} (lost: {mark})")
    answer = await counter.station.post("/v1/resets", {"token": token, "lost": [mark]})
    assert (answer.status, answer.code) == (422, "lost_not_signed")
    assert await _suspended(counter, "ben") == set()


async def test_a_hidden_tail_is_refused_at_the_door(counter: Counter) -> None:
    session = await counter.sign_in("dora")
    hidden = SEEN + "\u200b" * 20 + "pin"
    ask: dict[str, Any] = {"action": "factor.reset", "resource": "Person/ben", "records": 0}
    assert (await counter.station.step_up(session, **ask, purpose=hidden)).code == "not_drawable"
    assert (await counter.station.step_up(session, **ask, lost=["pin\u200b"])).code == "not_drawable"


async def test_what_was_approved_as_lost_is_suspended_whatever_the_program_leaves_out(counter: Counter) -> None:
    mark = f"key:{counter['ben'].key.credential_id}"
    token = await counter.token("dora", "factor.reset", "Person/ben", SEEN, lost=(mark,))
    answer = await counter.station.post("/v1/resets", {"token": token, "lost": []})
    assert answer.status == 200
    assert await _suspended(counter, "ben") == {"key"}


async def test_each_mark_has_a_line_of_its_own_on_the_screen(counter: Counter) -> None:
    session = await counter.sign_in("dora")
    dora = counter["dora"]
    ward = Ward(counter.hospital, dora.id, dora.key, counter.station, session)
    marks = ["pin", f"key:{counter['ben'].key.credential_id}"]
    wish = await consented(ward, action="factor.reset", resource="Person/ben", records=0, purpose=SEEN, lost=marks)
    assert [value for key, value in wish.shown if key == "lost"] == marks
    assert (await wish.challenge())["lost"] == marks
    assert (await wish.token())["lost"] == marks
