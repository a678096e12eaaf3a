"""What happens at a station is on its disk at once, whatever waits for the service's answer meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.agent.outgoing_reports import OUTBOX_FILE, OutgoingReports
from kiosk.client.api import Api
from kiosk.model.wire import Report
from tests.fakes.agent_process import until


class Stuck:
    """Takes reports, but answers only once it is let go."""

    def __init__(self) -> None:
        self.asked, self.go = threading.Event(), threading.Event()
        self.got: list[str] = []

    def report(self, reports: tuple[Report, ...]) -> None:
        self.asked.set()
        assert self.go.wait(30)
        self.got += [report.id for report in reports]


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    made = Stuck()
    yield made
    made.go.set()


def test_a_report_does_not_wait_for_the_answer_to_another(tmp_path: Path, stuck: Stuck) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    reports = OutgoingReports(tmp_path, "ward-3-a", lambda: key, lambda: cast(Api, stuck), lambda event: None)
    reports.start()
    reports.do(lambda: reports.keep(Report("first", "lock", 1)))
    assert stuck.asked.wait(30)
    for number in range(5):
        reports.do(lambda number=number: reports.keep(Report(f"later-{number}", "lock", 2)))  # type: ignore[misc]
    until(lambda: b"later-4" in (tmp_path / OUTBOX_FILE).read_bytes(), lambda: "the later ones on the disk")
    assert stuck.got == []
    stuck.go.set()
    until(lambda: len(stuck.got) == 6, lambda: "all to be sent")
    assert stuck.got == ["first", *(f"later-{number}" for number in range(5))], "in order, each once"
    reports.stop(10)
