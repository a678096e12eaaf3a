"""A neighbour on the network of the probes keeps nobody from signing in by asking; and whoever can put words into a
line of the log makes no line of their own of them."""

from __future__ import annotations

import asyncio
import json
import logging
import time

import httpx
import pytest

from kiosk.service.operations import metrics
from kiosk.service.operations.probes import probes
from kiosk.service.operations.readiness import Readiness
from kiosk.service.operations.service_state import Measurements, ServiceState
from kiosk.service.platform.logs import JsonLines, PlainLines
from kiosk.service.shared.tally import Tally
from tests.fakes.service import Hospital

FORGED = "x\nERROR kiosk.service: all is well\r\x1b[2K\x9b1A\u2028\u202edne\x00"


async def test_a_thousand_questions_are_one_answer(service: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    write = metrics.exposition

    def counting(tally: Tally, now: Measurements) -> bytes:
        made.append(1)
        return write(tally, now)

    monkeypatch.setattr(metrics, "exposition", counting)
    readiness = Readiness(service.service, lambda: True, time.monotonic)
    present = ServiceState(service.service, service.app.state.hub, readiness, lambda: 0)
    transport = httpx.ASGITransport(app=probes(present))
    began = time.monotonic()
    async with httpx.AsyncClient(transport=transport, base_url="http://probes") as http:
        answers = await asyncio.gather(*(http.get("/metrics") for _ in range(1000)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == len(made) <= 1 + (time.monotonic() - began)


def line(form: logging.Formatter) -> str:
    return form.format(logging.LogRecord("kiosk.service", logging.WARNING, "", 0, "said: %s", (FORGED,), None))


def test_no_line_of_the_log_is_forged() -> None:
    written = line(PlainLines("%(levelname)s %(name)s: %(message)s"))
    first, *more = written.split("\n")
    assert first == "WARNING kiosk.service: said: x"
    assert all(other.startswith("    ") for other in more)
    assert written.replace("\n", "").isprintable()
    assert written.splitlines() == [first, *more]


def test_no_line_of_the_json_log_is_forged() -> None:
    written = line(JsonLines())
    assert written.isascii() and written.isprintable()
    assert json.loads(written)["message"] == f"said: {FORGED}"
