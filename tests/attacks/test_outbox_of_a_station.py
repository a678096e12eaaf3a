"""Reports on a workstation's disk that were changed, taken out, moved, doubled or cut off are found out and told of."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk import files
from kiosk.client import outbox_file
from kiosk.client.outbox import KEEP, LIMIT, Outbox
from kiosk.model.reported import OUTBOX_DAMAGED
from kiosk.model.reported import OUTBOX_FULL as FULL
from kiosk.model.wire import Report

KEY = ec.generate_private_key(ec.SECP256R1())
NOW = 1_790_000_000


def opened(path: Path, key: ec.EllipticCurvePrivateKey = KEY, station: str = "ward-3-a", limit: int = LIMIT) -> Outbox:
    return Outbox(path, key, station, limit)


def filled(path: Path, number: int = 6) -> Outbox:
    outbox = opened(path)
    for each in range(number):
        outbox.add(Report(f"id-{each}", "lock", NOW + each, f"session-{each}", "button"))
    return outbox


def sent(outbox: Outbox) -> list[Report]:
    got: list[Report] = []
    outbox.flush(got.extend)
    return got


def told(reports: list[Report]) -> list[str]:
    """The ids of what was kept; and for what was said to be wrong, that."""
    return [report.reason or "" if report.action == OUTBOX_DAMAGED else report.id for report in reports]


def end(path: Path) -> Path:
    return path.with_name(path.name + ".end")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.jsonl"


def test_what_nobody_touched_comes_whole_and_nothing_is_said(path: Path) -> None:
    filled(path)
    assert told(sent(opened(path))) == [f"id-{n}" for n in range(6)]
    assert list(path.parent.glob("*.damaged-*")) == []


def _changed(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], lines[3].replace(b"session-2", b"session-9"), *lines[4:]]


def _unreadable(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], b"garbage\n", *lines[4:]]


def _taken_out(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], *lines[4:]]


def _moved(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], lines[4], lines[3], *lines[5:]]


def _doubled(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], lines[2], *lines[3:]]


@pytest.mark.parametrize("attack", [_changed, _unreadable, _taken_out, _moved, _doubled])
def test_what_was_not_written_so_is_found_and_what_was_before_it_comes(
    path: Path, attack: Callable[[list[bytes]], list[bytes]]
) -> None:
    filled(path)
    found = b"".join(attack(path.read_bytes().splitlines(keepends=True)))
    path.write_bytes(found)
    reports = sent(opened(path))
    assert told(reports) == ["id-0", "id-1", "changed"]
    assert (path.parent / reports[-1].detail["file"]).read_bytes() == found, "it is kept as it was found"
    assert sent(opened(path)) == [], "it is said once"


@pytest.mark.parametrize("left", [1, 4])
def test_rows_that_were_cut_off_at_the_end_are_missed(path: Path, left: int) -> None:
    filled(path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:left]))
    assert told(sent(opened(path))) == [*(f"id-{n}" for n in range(left - 1)), "cut"]


def test_a_last_row_that_was_made_to_look_torn_is_missed(path: Path) -> None:
    filled(path)
    path.write_bytes(path.read_bytes()[:-30])
    assert told(sent(opened(path))) == [*(f"id-{n}" for n in range(5)), "cut"]


def test_the_first_rows_are_not_taken_for_sent(path: Path) -> None:
    filled(path)
    had = path.read_bytes().splitlines(keepends=True)
    begin, first = json.loads(had[0]), json.loads(had[1])
    begin["body"] = json.dumps({**json.loads(begin["body"]), "n": 1, "link": first["link"]})
    path.write_bytes(b"".join([json.dumps(begin).encode() + b"\n", *had[2:]]))
    assert told(sent(opened(path))) == ["changed"]


def test_a_file_that_is_gone_or_empty_is_missed(path: Path) -> None:
    filled(path)
    path.unlink()
    assert told(sent(opened(path))) == ["missing"]
    path.write_bytes(b"")
    assert told(sent(opened(path))) == ["missing"]


@pytest.mark.parametrize("text", [None, b"", b"{}", b"\x00"])
def test_an_end_that_is_gone_or_no_end_is_said_and_the_reports_come(path: Path, text: bytes | None) -> None:
    filled(path)
    end(path).unlink()
    if text is not None:
        end(path).write_bytes(text)
    assert told(sent(opened(path))) == [*(f"id-{n}" for n in range(6)), "missing" if text is None else "changed"]


def test_an_outbox_of_another_key_or_workstation_counts_for_nothing(path: Path) -> None:
    filled(path)
    for other in (opened(path, ec.generate_private_key(ec.SECP256R1())), opened(path, station="ward-3-b")):
        assert told(sent(other)) == ["changed"]


def test_reports_of_before_are_taken_over_marked_and_told_of(path: Path) -> None:
    path.write_text('{"id":"old","action":"lock","at":1,"session":"s","reason":"button","detail":{}}\n')
    reports = sent(opened(path))
    assert told(reports) == ["old", "unsigned"]
    assert reports[0].detail == {"unsigned": "yes"}


def test_nobody_brings_reports_in_as_those_of_before(path: Path) -> None:
    filled(path)
    path.write_text('{"id":"forged","action":"session_end","at":1,"session":"s","reason":"sign_out","detail":{}}\n')
    assert told(sent(opened(path))) == ["changed"]


def test_an_empty_file_of_before_is_nothing_to_be_told_of(path: Path) -> None:
    path.write_bytes(b"")
    assert sent(opened(path)) == []


def test_what_was_sent_out_of_turn_leaves_a_file_that_holds(path: Path) -> None:
    outbox = opened(path)
    for number in range(KEEP + 10):
        outbox.add(Report(f"tap-{number}", "tap_failed", NOW))
        outbox.add(Report(f"lock-{number}", "lock", NOW))
    got: list[Report] = []
    outbox.flush(got.extend, vital=True)
    assert {report.action for report in got} == {"lock"}
    again = sent(opened(path))
    assert [r.id for r in again if r.action == "tap_failed"] == [f"tap-{n}" for n in range(KEEP + 10)]
    assert not [r for r in again if r.action == OUTBOX_DAMAGED]


def test_the_power_may_go_at_any_moment_and_nothing_is_accused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every write may be the last one."""

    class PowerError(OSError):
        pass

    writes = {"left": 0}

    def dies(real: Callable[..., None]) -> Callable[..., None]:
        def write(*args: object, **more: object) -> None:
            if writes["left"] == 0:
                raise PowerError("gone")
            writes["left"] -= 1
            real(*args, **more)

        return write

    monkeypatch.setattr(outbox_file, "write_private", dies(files.write_private))
    monkeypatch.setattr(outbox_file, "append_private", dies(files.append_private))
    for left in range(24):
        folder = path.parent / str(left)
        writes["left"] = left
        try:
            outbox = opened(folder / "o", limit=3)
            for number in range(4):
                outbox.add(Report(f"id-{number}", "tap_failed" if number else "lock", NOW))
            outbox.flush(lambda reports: None, vital=True)
            outbox.flush(lambda reports: None)
        except Exception as error:
            assert "gone" in str(error) or "Free the disk" in str(error)
        writes["left"] = 1000
        assert OUTBOX_DAMAGED not in [report.action for report in sent(opened(folder / "o"))]


def test_what_was_lost_is_counted_on_after_a_restart_and_told_once(path: Path) -> None:
    for _ in range(2):
        outbox = opened(path, limit=3)
        for number in range(4):
            outbox.add(Report(f"id-{number}", "tap_failed", NOW))
    reports = sent(opened(path, limit=3))
    assert [report.detail for report in reports if report.action == FULL] == [{"lost": "6"}]


def test_what_is_lost_while_the_notice_is_on_its_way_is_counted_apart(path: Path) -> None:
    outbox = opened(path, limit=3)
    for number in range(4):
        outbox.add(Report(f"id-{number}", "tap_failed", NOW))
    got: list[Report] = []

    def send(reports: tuple[Report, ...]) -> None:
        if not got:
            outbox.add(Report("late", "tap_failed", NOW))
        got.extend(reports)

    outbox.flush(send)
    assert [report.detail["lost"] for report in got if report.action == FULL] == ["2", "1"]
