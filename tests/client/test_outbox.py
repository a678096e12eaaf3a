"""Reports outlive crashes, go out in order, and nothing is lost without a word."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.client.errors import OutboxError, ServiceProblemError, ServiceUnreachableError
from kiosk.client.outbox import LIMIT, Outbox
from kiosk.model.reported import OUTBOX_FULL as FULL
from kiosk.model.wire import Report

KEY = ec.generate_private_key(ec.SECP256R1())


def opened(path: Path, limit: int = LIMIT) -> Outbox:
    return Outbox(path, KEY, "ward-3-a", limit)


def report(number: int, action: str = "lock") -> Report:
    return Report(f"id-{number}", action, 1_790_000_000 + number, detail={"n": str(number)})


class Service:
    """Takes reports; refuses the ids in ``bad``; unreachable after ``dies_after`` calls."""

    def __init__(self, bad: frozenset[str] = frozenset(), dies_after: int = 1000) -> None:
        self.got: list[str] = []
        self.bad, self.left = bad, dies_after

    def send(self, reports: tuple[Report, ...]) -> None:
        if self.left == 0:
            raise ServiceUnreachableError("gone")
        self.left -= 1
        if any(r.id in self.bad for r in reports):
            raise ServiceProblemError("bad_report", "no", 422)
        self.got += [r.id for r in reports]


def test_reports_go_out_in_order_and_are_then_forgotten(tmp_path: Path) -> None:
    outbox, service = opened(tmp_path / "o"), Service()
    for number in range(250):
        outbox.add(report(number))
    outbox.flush(service.send)
    assert service.got == [f"id-{n}" for n in range(250)]
    assert len(opened(tmp_path / "o")) == 0


def test_what_was_not_sent_is_there_after_a_crash(tmp_path: Path) -> None:
    first = opened(tmp_path / "o")
    first.add(report(1))
    first.add(report(2))
    service = Service()
    opened(tmp_path / "o").flush(service.send)
    assert service.got == ["id-1", "id-2"]


def test_a_crash_between_sending_and_striking_off_sends_the_same_ids_again(tmp_path: Path) -> None:
    path = tmp_path / "o"
    outbox, service = opened(path), Service()
    outbox.add(report(1))
    before = path.read_bytes()
    outbox.flush(service.send)
    path.write_bytes(before)
    opened(path).flush(service.send)
    assert service.got == ["id-1", "id-1"]


def test_a_half_written_last_line_is_dropped_and_the_rest_kept(tmp_path: Path) -> None:
    path = tmp_path / "o"
    opened(path).add(report(1))
    path.write_bytes(path.read_bytes() + b'{"id":"id-2","action":"lo')
    outbox, service = opened(path), Service()
    outbox.add(report(3))
    outbox.flush(service.send)
    assert service.got == ["id-1", "id-3"]


def test_an_unreachable_service_leaves_everything_that_it_did_not_take(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o")
    for number in range(150):
        outbox.add(report(number))
    with pytest.raises(ServiceUnreachableError):
        outbox.flush(Service(dies_after=1).send)
    assert len(opened(tmp_path / "o")) == 50


def test_one_bad_report_does_not_stop_the_others_and_is_set_aside(tmp_path: Path) -> None:
    outbox, service = opened(tmp_path / "o"), Service(bad=frozenset({"id-1"}))
    for number in range(3):
        outbox.add(report(number))
    outbox.flush(service.send)
    assert service.got == ["id-0", "id-2"]
    assert '"id-1"' in (tmp_path / "o.refused").read_text()
    assert len(outbox) == 0


def test_a_full_outbox_says_how_many_it_lost(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o", limit=4)
    for number in range(9):
        outbox.add(report(number))
    sent: list[Report] = []
    opened(tmp_path / "o").flush(lambda reports: sent.extend(reports))
    assert [r.id for r in sent[:3]] == ["id-0", "id-1", "id-2"]
    assert (sent[3].action, sent[3].detail) == (FULL, {"lost": "6"})
    assert len(sent) == 4


def test_a_disk_that_refuses_is_a_named_error(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "o")
    (tmp_path / "o").unlink()
    (tmp_path / "o").mkdir()
    with pytest.raises(OutboxError, match="Free the disk"):
        outbox.add(report(1))
    assert len(outbox) == 0


def test_a_full_disk_leaves_no_half_line_behind(tmp_path: Path) -> None:
    with pytest.raises(OutboxError):
        opened(Path("/dev/full/o"))
    outbox = opened(tmp_path / "o")
    (tmp_path / "o").unlink()
    (tmp_path / "o").symlink_to("/dev/full")
    with pytest.raises(OutboxError):
        outbox.add(report(1))
    assert len(outbox) == 0


def test_the_journal_is_for_the_owner_alone(tmp_path: Path) -> None:
    opened(tmp_path / "o").add(report(1))
    assert stat.S_IMODE((tmp_path / "o").stat().st_mode) == 0o600
