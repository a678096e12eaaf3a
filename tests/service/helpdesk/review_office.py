"""Reviewers with keys of their own, and a case before them."""

from __future__ import annotations

from typing import Any

import pytest_asyncio

from kiosk.service.store import review_cases
from kiosk.service.store.review_cases import NewCase, ReviewCase
from tests.fakes.client import Answer, Client
from tests.fakes.helpdesk import Counter

LIST, SHOW, CLOSE, REOPEN = "review.list", "review.show", "review.close", "review.reopen"
FINDING = "justified: patient without pulse, nobody else near"


class Office:
    """``eve``, a supervisor, reviews at ``desk``; ``ada``'s case is of ``ward``, half an hour before now."""

    def __init__(self, counter: Counter, ward: Client) -> None:
        self.counter, self.hospital, self.ward = counter, counter.hospital, ward

    @property
    def now(self) -> int:
        return int(self.hospital.clock())

    async def case(self, who: str | None = "ada") -> str:
        now = self.now
        person = self.counter[who].id if who else None
        new = NewCase("emergency", "session-1", person, self.ward.client_id, "Ward 1", "reanimation", now - 1800)
        case_id = await self.hospital.db.write(review_cases.open_case, new, now - 1790)
        await self.hospital.db.write(review_cases.ended, case_id, now - 600)
        return case_id

    async def ask(self, login: str, act: str, case: str, purpose: str | None = None) -> Answer:
        token = await self.counter.token(login, f"review.{act}", f"Case/{case}", purpose)
        return await self.post(act, case, token)

    async def post(self, act: str, case: str, token: str) -> Answer:
        path = "/v1/reviews" if act == "list" else f"/v1/reviews/{case}/{act}"
        return await self.counter.station.post(path, {"token": token})

    async def stored(self, case: str) -> ReviewCase:
        found = await self.hospital.db.read(review_cases.find, case)
        assert found is not None
        return found

    async def refusals(self) -> list[str]:
        return [row["reason"] for row in await self.hospital.trail("review") if row["result"] == "refused"]


@pytest_asyncio.fixture
async def office(on_either: Counter) -> Any:
    return Office(on_either, await on_either.hospital.station("ward-1", "Ward 1"))
