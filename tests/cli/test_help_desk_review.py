"""``kiosk help-desk review``: what is asked of the reviewer is what is signed, and what comes back moves no cursor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.local import LocalDoor
from kiosk.agent.doorbell.request import DoorbellRequestError, Request
from kiosk.model.review import CaseRow, CasesView, CaseView
from kiosk.model.stepup import StepUpAnswer
from tests.fakes.session_at_the_door import SessionAtTheDoor, nobody

CASE = "C-7K3M9Q2X"
OPEN = CaseView(
    *(CASE, "emergency", "open", "ada", "Ada", "ward-3", "Ward 3", "no pulse\x1b[2J", 1000, 2000, 1000, 9000),
    findings=("justified", "not justified"),
    rows=(CaseRow(1500, 7, "stepup", "success", "ada", "Patient/1; action=record.export"),),
    cut=True,
)


class ReviewerAtTheDoor:
    """A doorbell whose session grants, and whose service answers ``view`` or refuses with it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.session = SessionAtTheDoor(StepUpAnswer("granted", None, "the-token", "phr", ("pop", "pin", "mfa"), "r1"))
        self.asked: list[Request] = []
        self.view: CaseView | CasesView | DoorbellRequestError = OPEN
        self.door = LocalDoor(home, self.session.rings, nobody, dict, self.hand_on)

    def hand_on(self, request: Request) -> object:
        self.asked.append(request)
        if isinstance(self.view, DoorbellRequestError):
            raise self.view
        return self.view

    def run(self, *words: str) -> int:
        return main(("help-desk", "review", *words, "--home", str(self.home)))


@pytest.fixture
def reviewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReviewerAtTheDoor]:
    monkeypatch.delenv(address.VARIABLE, raising=False)
    made = ReviewerAtTheDoor(tmp_path)
    yield made
    made.door.close()


def test_the_list_and_a_case_are_shown_whole(reviewer: ReviewerAtTheDoor, capsys: pytest.CaptureFixture[str]) -> None:
    reviewer.view = CasesView((OPEN,), 3)
    assert reviewer.run("list") == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"{CASE}\topen\t")
    assert "3 more" in err
    reviewer.view = OPEN
    assert reviewer.run("show", CASE.lower()) == 0
    out = capsys.readouterr().out
    for said in ("Ada (ada)", "ward-3, Ward 3", "row 7", "Patient/1", "justified | not justified", "All rows"):
        assert said in out
    assert "\x1b" not in out
    assert [(asked.act, asked.case) for asked in reviewer.asked] == [("list", None), ("show", CASE)]


def test_the_finding_is_what_is_signed(reviewer: ReviewerAtTheDoor) -> None:
    assert reviewer.run("close", CASE, "--finding", "justified", "--text", "no  pulse") == 0
    rung = reviewer.session.requested()
    assert (rung.ask.action, rung.ask.resource) == ("review.close", f"Case/{CASE}")
    assert rung.ask.purpose == "justified: no pulse"
    assert (reviewer.asked[0].act, reviewer.asked[0].token, reviewer.asked[0].case) == ("close", "the-token", CASE)


def test_json_is_one_object(reviewer: ReviewerAtTheDoor, capsys: pytest.CaptureFixture[str]) -> None:
    assert reviewer.run("show", CASE, "--json") == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["row"] == 7


@pytest.mark.parametrize(
    "words",
    [
        ("close", CASE, "--finding", "justified", "--text", " "),
        ("close", CASE, "--finding", "justified", "--text", "a\x1b[2J"),
        ("close", CASE, "--finding", "justified", "--text", "x" * 600),
        ("reopen", CASE, "--why", "a\u202eb"),
    ],
)
def test_what_cannot_be_signed_is_not_asked(reviewer: ReviewerAtTheDoor, words: tuple[str, ...]) -> None:
    assert reviewer.run(*words) == 2
    assert reviewer.asked == []


def test_a_refusal_of_the_service_is_said(reviewer: ReviewerAtTheDoor, capsys: pytest.CaptureFixture[str]) -> None:
    reviewer.view = DoorbellRequestError("own_case", "You are in this case, so somebody else reviews it.")
    assert reviewer.run("show", CASE) == 1
    assert "somebody else reviews it" in capsys.readouterr().err
