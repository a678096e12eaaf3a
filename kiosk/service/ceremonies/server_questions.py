"""A server's question as a step-up: what the station shows must be what was asked, once, to the very person."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.model.stepup import StepUpIn
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.frame import Frame
from kiosk.service.store import backchannel_clients, backchannel_requests, openid_clients
from kiosk.service.store.backchannel_clients import BackchannelRules
from kiosk.service.store.backchannel_requests import BackchannelRequest

COLLECTED = 10
"""Seconds that are left of a question, at least, once its step-up has ended: its server still has to come for it."""
MIN_SHOWN = 30
"""Seconds that it can be shown, at least; else it is not shown any more."""


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """A server's question that may be shown now. ``title``: of its application; ``seconds``: for which it may stand.
    ``agent``: its client id, where it is a program that acts by itself; empty for any other."""

    request: BackchannelRequest
    title: str
    audience: str
    seconds: int
    rules: BackchannelRules
    agent: str = ""


def open_question(frame: Frame, person: str, asked: StepUpIn) -> QuestionAsked:
    """The question that ``asked`` names. Raises ``HttpProblemError`` where it is somebody else's, over, or another."""
    request = backchannel_requests.by_id(frame.conn, asked.asked)
    found = None if request is None or request.person != person else question_of(frame, request)
    if found is None:
        raise HttpProblemError(409, "expired", "This question is over, or is shown already.")
    of_program = (asked.program, asked.name, asked.sha256, asked.origin)
    if of_program != ("", "", None, None) or asked.ask != found.request.ask:
        raise HttpProblemError(422, "other_question", "This is not what the server asked.")
    return found


def question_of(frame: Frame, request: BackchannelRequest) -> QuestionAsked | None:
    """``request`` as it may be shown now; None where it may not."""
    if backchannel_requests.state_of(frame.conn, request, frame.now) != "waiting" or request.used is not None:
        return None
    seconds = min(frame.service.settings.stepup_seconds, request.expires - COLLECTED - frame.now)
    client = openid_clients.find(frame.conn, request.application)
    rules = backchannel_clients.find(frame.conn, request.application)
    enough = min(MIN_SHOWN, frame.service.settings.stepup_seconds)
    if seconds < enough or client is None or not client.active or rules is None:
        return None
    agent = client.id if rules.agent is not None else ""
    return QuestionAsked(request, client.rules.title, client.audience, seconds, rules, agent)
