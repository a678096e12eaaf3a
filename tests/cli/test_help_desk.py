"""``kiosk help-desk``: what is asked of the person and of the service, and that only a code goes to standard output."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.local import LocalDoor
from kiosk.agent.doorbell.request import DoorbellRequestError, Request
from kiosk.model.helpdesk import ResetView
from kiosk.model.stepup import Reason, StepUpAnswer
from tests.fakes.session_at_the_door import SessionAtTheDoor, nobody

GRANTED = StepUpAnswer("granted", None, "the-token", "phr", ("pop", "pin", "mfa"), "r1")
GIVEN = ResetView("R-7K3M9Q2X", "ben", "Ben", "code", 1000, "123456789012", 900)


class Desk:
    """A doorbell whose session answers ``answer`` and whose service says ``view``, or refuses with it."""

    def __init__(self, home: Path) -> None:
        self.home, self.session = home, SessionAtTheDoor(GRANTED)
        self.asked: list[Request] = []
        self.view: ResetView | DoorbellRequestError = GIVEN
        self.door = LocalDoor(home, self.session.rings, nobody, dict, self.hand_on)

    def hand_on(self, request: Request) -> object:
        self.asked.append(request)
        if isinstance(self.view, DoorbellRequestError):
            raise self.view
        return self.view

    def run(self, *words: str) -> int:
        return main(("help-desk", *words, "--home", str(self.home)))


@pytest.fixture
def help_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.delenv(address.VARIABLE, raising=False)
    made = Desk(tmp_path)
    yield made
    made.door.close()


def test_a_code_alone_is_printed_and_what_was_seen_is_what_is_signed(
    help_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    status = help_desk.run("reset", "ben", "--seen", "passport,  face", "--lost", "key:8fJx41Qa")
    out, err = capsys.readouterr()
    assert (status, out) == (0, "1234 5678 9012\n")
    assert "15 minutes" in err
    rung = help_desk.session.requested()
    assert (rung.ask.action, rung.ask.resource) == ("factor.reset", "Person/ben")
    assert (rung.ask.purpose, rung.ask.lost) == ("passport, face", ("key:8fJx41Qa",))
    (asked,) = help_desk.asked
    assert (asked.act, asked.token, asked.lost) == ("begin", "the-token", ())


@pytest.mark.parametrize(("state", "word"), [("second", "approve"), ("waiting", "due"), ("ready", "code")])
def test_what_it_waits_for_is_said_beside_standard_output(
    help_desk: Desk, capsys: pytest.CaptureFixture[str], state: str, word: str
) -> None:
    help_desk.view = ResetView("R-7K3M9Q2X", "eve", "Eve", state, 1000)  # type: ignore[arg-type]
    assert help_desk.run("approve", "R-7K3M9Q2X") == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert word in err
    assert help_desk.session.requested().ask.resource == "Reset/R-7K3M9Q2X"
    assert help_desk.asked[0].reset == "R-7K3M9Q2X"


def test_without_the_persons_approval_the_service_is_not_asked(
    help_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    help_desk.session.at_once = StepUpAnswer("refused", Reason.POLICY, None, None, (), None)
    assert help_desk.run("code", "R-1") == 1
    assert "Not approved: policy" in capsys.readouterr().err
    assert help_desk.asked == []


def test_a_refusal_of_the_service_is_its_sentence(help_desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    help_desk.view = DoorbellRequestError("self", "You cannot reset yourself.")
    assert help_desk.run("reset", "dora", "--seen", "face") == 1
    assert "You cannot reset yourself." in capsys.readouterr().err


def test_nothing_seen_is_nothing_asked(help_desk: Desk) -> None:
    assert help_desk.run("reset", "ben", "--seen", "  ") == 2
    assert help_desk.session.heard.empty()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--seen", "pass\x1bport"), "“--seen” has a character that cannot be seen"),
        (("--seen", "passport", "--lost", "key:\x07"), "“--lost” has a character that cannot be seen"),
        (("--seen", "x" * 513), "“--seen” has more characters than the 512"),
    ],
)
def test_what_cannot_be_signed_is_named(
    help_desk: Desk, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert help_desk.run("reset", "ben", *words) == 2
    assert said in capsys.readouterr().err
    assert help_desk.session.heard.empty()


def test_a_time_names_its_zone(
    help_desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    help_desk.view = ResetView("R-7K3M9Q2X", "eve", "Eve", "waiting", 1_795_000_000)
    try:
        for zone, said in (("UTC0", "2026-11-18 11:06 UTC (UTC+0000)"), ("CET-1", "2026-11-18 12:06 CET (UTC+0100)")):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            assert help_desk.run("approve", "R-7K3M9Q2X") == 0
            assert f"the code is due at {said}: " in capsys.readouterr().err
    finally:
        monkeypatch.undo()
        time.tzset()
