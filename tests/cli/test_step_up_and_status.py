"""``kiosk status`` and ``kiosk step-up`` against a doorbell: what is printed, and the exit status."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from kiosk.__main__ import main
from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.local import LocalDoor
from kiosk.model.stepup import Reason
from kiosk.session.shared.ending import refusal
from tests.fakes.session_at_the_door import GRANTED, REFUSED, SessionAtTheDoor, nobody

STATUS = {
    "state": "active",
    "person": "anna",
    "name": "Anna Berg",
    "assurance": "urn:kiosk:pin",
    "readers": [{"name": "Reader 0", "role": "tap", "state": "ready"}],
    "service": "online",
}
WORDS = ("--action", "record.export", "--resource", "Patient/123", "--records", "12")


@pytest.fixture
def session() -> SessionAtTheDoor:
    return SessionAtTheDoor()


@pytest.fixture
def home(tmp_path: Path, session: SessionAtTheDoor, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.delenv(address.VARIABLE, raising=False)
    door = LocalDoor(tmp_path, session.rings, nobody, lambda: STATUS)
    yield str(tmp_path)
    door.close()


def test_status_prints_json(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--home", home, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == STATUS


def test_status_prints_lines_for_people(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--home", home]) == 0
    assert "Anna Berg (anna)" in capsys.readouterr().out


def test_status_without_an_agent_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--home", str(tmp_path), "--json"]) == 1
    assert "kiosk agent run" in capsys.readouterr().err


def test_a_granted_step_up_prints_its_token_and_exits_0(
    home: str, session: SessionAtTheDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["step-up", "--home", home, *WORDS, "--purpose", "care", "--audience", "aud", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {"decision", "reason", "token", "acr", "amr", "request_id"}
    assert answer["token"] == "a.b.c"
    ask = session.requested().ask
    assert (ask.action, ask.resource, ask.records, ask.purpose, ask.audience) == (
        "record.export",
        "Patient/123",
        12,
        "care",
        "aud",
    )


def test_a_refused_step_up_exits_1_with_its_reason(
    home: str, session: SessionAtTheDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    session.at_once = REFUSED
    assert main(["step-up", "--home", home, *WORDS, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["reason"] == "refused_by_person"


def test_a_program_that_is_too_soon_again_waits_again(
    home: str, session: SessionAtTheDoor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        session.at_once = refusal(Reason.TOO_SOON, wait=1) if len(waited) == 1 else GRANTED

    monkeypatch.setattr("kiosk.cli.step_up.time", SimpleNamespace(sleep=wait))
    session.at_once = refusal(Reason.TOO_SOON, wait=8)
    assert main(["step-up", "--home", home, *WORDS, "--json"]) == 0
    assert (waited, json.loads(capsys.readouterr().out)["token"]) == ([8, 1], "a.b.c")


def test_a_program_waits_twenty_seconds_in_all(
    home: str, session: SessionAtTheDoor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("kiosk.cli.step_up.time", SimpleNamespace(sleep=waited.append))
    session.at_once = refusal(Reason.TOO_SOON, wait=8)
    assert main(["step-up", "--home", home, *WORDS, "--json"]) == 1
    assert (waited, json.loads(capsys.readouterr().out)["reason"]) == ([8, 8], "too_soon")


def test_a_request_on_standard_input_keeps_patients_off_the_process_list(
    home: str, session: SessionAtTheDoor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = {"action": "a", "resource": "Patient/9", "records": 2, "patients": ["Patient/9"], "timeout": 30}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(wish)))
    assert main(["step-up", "--home", home, "--request", "-", "--json"]) == 0
    assert session.requested().ask.patients == ("Patient/9",)


@pytest.mark.parametrize(
    "typed", ["", "not json", "[1]", '{"action":"a"}', '{"op":"status"}', "x" * 70_000, "[" * 9999]
)
def test_a_bad_request_on_standard_input_exits_2(
    home: str, typed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert main(["step-up", "--home", home, "--request", "-"]) == 2
    assert capsys.readouterr().err.startswith("kiosk: ")


@pytest.mark.parametrize("words", [(), ("--action", "a"), (*WORDS, "--timeout", "0"), (*WORDS[:-1], "-1")])
def test_a_wish_that_lacks_something_exits_2(
    home: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["step-up", "--home", home, *words]) == 2
    assert capsys.readouterr().err.startswith("kiosk: ")


def test_without_an_agent_nobody_could_be_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["step-up", "--home", str(tmp_path), *WORDS]) == 2
    assert "kiosk agent run" in capsys.readouterr().err


def test_a_workspaces_program_rings_its_own_doorbell(
    tmp_path: Path, session: SessionAtTheDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = LocalDoor(tmp_path, session.rings, nobody, dict)
    monkeypatch.setenv(address.VARIABLE, str(door.path_for("anna")))
    try:
        assert main(["step-up", *WORDS]) == 0
        assert session.requested().asker.login == "anna"
        assert main(["step-up", "--home", str(tmp_path), *WORDS]) == 0
        assert session.requested().asker.login == "anna"
    finally:
        door.close()


def test_without_home_or_doorbell_it_says_what_to_give(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(address.VARIABLE, raising=False)
    assert main(["step-up", *WORDS]) == 2
    assert "--home" in capsys.readouterr().err
