"""How often the programs of one person may ring."""

from __future__ import annotations

import socket

import pytest

from kiosk.agent.doorbell import askings
from kiosk.agent.doorbell.open_requests import PendingStepUps, refused
from kiosk.model.stepup import Asker, Reason, StepUpAsk
from kiosk.session.facts.events import Event, StepUpRequested

ASK = StepUpAsk("record.export", "Ward/5", 1, None, None, ())


def test_a_flood_of_one_person_s_rings_is_kept_from_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(askings, "BURST", 3)
    monkeypatch.setattr(askings, "PER_SECOND", 0.0)
    heard: list[str | None] = []

    def session(event: Event) -> None:
        assert isinstance(event, StepUpRequested)
        heard.append(event.asker.login)
        bell.answer(event.request_number, refused(Reason.NOT_ACTIVE))

    bell = PendingStepUps(session)
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def ring(login: str) -> Reason | None:
            answer = bell.ask(ASK, Asker("hostile", 1, 0, login, None), ours.fileno())
            return answer.reason if answer else None

        assert [ring("ada") for _ in range(5)] == [Reason.NOT_ACTIVE] * 3 + [Reason.BUSY] * 2
        assert ring("ben") == Reason.NOT_ACTIVE
    assert heard == ["ada"] * 3 + ["ben"]


def test_who_rang_longest_ago_is_forgotten_beyond_a_number_of_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(askings, "BURST", 1)
    monkeypatch.setattr(askings, "PER_SECOND", 0.0)
    monkeypatch.setattr(askings, "MAX_BUDGETS", 2)
    bell = PendingStepUps(
        lambda event: (
            bell.answer(event.request_number, refused(Reason.NOT_ACTIVE))
            if isinstance(event, StepUpRequested)
            else None
        )
    )
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def reason(login: str) -> Reason | None:
            answer = bell.ask(ASK, Asker("program", 1, 0, login, None), ours.fileno())
            return answer.reason if answer else None

        assert [reason(login) for login in ("ada", "ben", "cleo")] == [Reason.NOT_ACTIVE] * 3
        assert reason("ben") == reason("cleo") == Reason.BUSY
        assert reason("ada") == Reason.NOT_ACTIVE
