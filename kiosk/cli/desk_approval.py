"""What the commands of the help desk and of reviewers share: an approval given at the station, and an answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.agent.doorbell.client import AgentNotRunningError
from kiosk.cli.command_error import CommandError
from kiosk.cli.step_up import COULD_NOT_ASK, REFUSED, asked

SERVICE_SECONDS = 20.0


def approval(door: Path, wish: dict[str, Any]) -> str:
    """The token of a step-up that the person at the workstation has just approved. Raises ``CommandError``."""
    answer = answered(lambda: asked(door, wish))
    token = answer.get("token")
    if answer.get("decision") != "granted" or not token:
        why = str(answer.get("reason") or "policy").replace("_", " ")
        later = f" Ask again in {wait} s." if (wait := answer.get("wait")) else ""
        raise CommandError(f"Not approved: {why}. Nothing was done.{later}", REFUSED)
    return str(token)


def answered(asking: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What came back. Raises ``CommandError`` for a refusal, and where nothing could be asked."""
    try:
        answer = asking()
    except AgentNotRunningError as error:
        raise CommandError(str(error), COULD_NOT_ASK) from None
    if "error" in answer:
        unasked = answer["error"] in ("unreachable", "bad_request", "busy", "too_slow", "not_yours")
        raise CommandError(str(answer.get("detail", "The agent refused.")), COULD_NOT_ASK if unasked else REFUSED)
    return answer
