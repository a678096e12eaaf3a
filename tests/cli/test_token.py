"""``kiosk token`` against a doorbell: what is printed, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.agent.doorbell import address
from kiosk.agent.doorbell.local import LocalDoor
from kiosk.agent.doorbell.request import DoorbellRequestError, Request
from kiosk.model.asked import ExchangedToken
from kiosk.model.stepup import Asker, Reason, StepUpAnswer, StepUpAsk
from tests.fakes.session_at_the_door import SessionAtTheDoor, nobody

TOKEN = ExchangedToken("eyJ", "urn:ietf:params:oauth:token-type:access_token", "DPoP", 300, "openid")
Prove = Callable[[StepUpAsk], StepUpAnswer | None]


class Giving:
    """What the agent does; ``asked``: for what."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answer: ExchangedToken | StepUpAnswer | DoorbellRequestError = TOKEN

    def give(self, request: Request, _asker: Asker, _prove: Prove) -> object:
        self.asked.append(request)
        if isinstance(self.answer, DoorbellRequestError):
            raise self.answer
        return self.answer


@pytest.fixture
def giving() -> Giving:
    return Giving()


@pytest.fixture
def home(tmp_path: Path, giving: Giving, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.delenv(address.VARIABLE, raising=False)
    door = LocalDoor(tmp_path, SessionAtTheDoor().rings, nobody, dict, token=giving.give)
    yield str(tmp_path)
    door.close()


def test_the_token_is_printed(home: str, giving: Giving, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["token", "--home", home, "--audience", "urn:records", "--acr", "phr", "--jkt", "A" * 43]
    assert main(words) == 0
    assert capsys.readouterr().out == "eyJ\n"
    [asked] = giving.asked
    assert (asked.audience, asked.acr, asked.jkt) == ("urn:records", "phr", "A" * 43)
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["token_type"] == "DPoP"


@pytest.mark.parametrize(("code", "status"), [("not_open", 1), ("not_active", 1), ("unreachable", 2), ("busy", 2)])
def test_a_refusal_is_a_sentence(
    home: str, giving: Giving, capsys: pytest.CaptureFixture[str], code: str, status: int
) -> None:
    giving.answer = DoorbellRequestError(code, "It is so.")
    assert main(["token", "--home", home, "--audience", "urn:records"]) == status
    assert "It is so." in capsys.readouterr().err


def test_the_person_s_no_is_said_without_a_step_up_s_token(
    home: str, giving: Giving, capsys: pytest.CaptureFixture[str]
) -> None:
    giving.answer = StepUpAnswer("refused", Reason.REFUSED_BY_PERSON, None, None, (), None)
    words = ["token", "--home", home, "--audience", "urn:records"]
    assert main(words) == 1
    assert "refused by person" in capsys.readouterr().err
    assert main([*words, "--json"]) == 1
    assert "token" not in json.loads(capsys.readouterr().out)


def test_a_key_s_thumbprint_has_43_letters(home: str, giving: Giving, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "--home", home, "--audience", "urn:records", "--jkt", "short"]) == 2
    assert giving.asked == []
    assert capsys.readouterr().err


def test_a_doorbell_without_tokens_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    door = LocalDoor(tmp_path, SessionAtTheDoor().rings, nobody, dict)
    assert main(["token", "--home", str(tmp_path), "--audience", "urn:records"]) == 2
    assert "No tokens are given" in capsys.readouterr().err
    door.close()
