"""A person is asked at their workstation whether they sign in here (OpenID CIBA), and the answer is waited for."""

from __future__ import annotations

import json
import os
import time

from kiosk.server_login.service_line import ServerLoginError, ServiceLine, UntoldReasonError
from kiosk.settings.server_login import ServerLoginSettings

GRANT = "urn:openid:params:grant-type:ciba"
INTERVAL = 5
"""Seconds between two looks, unless the service says otherwise (CIBA Core section 7.3)."""
SAYS = {
    "unknown_user_id": "Nobody with this login is known to the sign-in service.",
    "access_denied": "The request was refused at the workstation, or is not allowed.",
    "expired_token": "Nobody answered at a workstation in time.",
}


def approved(line: ServiceLine, settings: ServerLoginSettings, login: str, message: str) -> None:
    """Returns where the person of ``login`` has approved. ``message``: what they read beside the question.

    Raises ``ServerLoginError``, also where whoever wanted to sign in has gone.
    """
    form = {"scope": "openid profile", "login_hint": login, "binding_message": message, "acr_values": settings.acr}
    form["requested_expiry"] = str(settings.seconds)
    if settings.action:
        act = {"type": "kiosk_act", "action": settings.action, "resource": message, "records": 0}
        form["authorization_details"] = json.dumps([act])
    asked = line.post("/oauth/backchannel", form)
    number = asked.get("auth_req_id")
    if not isinstance(number, str):
        raise _refused(asked)
    who_waits, end = os.getppid(), time.monotonic() + settings.seconds
    interval = _interval(asked)
    while time.monotonic() < end:
        time.sleep(interval)
        if os.getppid() != who_waits:
            raise ServerLoginError("Whoever wanted to sign in has gone.")
        answer = line.post("/oauth/token", {"grant_type": GRANT, "auth_req_id": number})
        if "id_token" in answer:
            if line.claims(answer["id_token"]).get("preferred_username") != login:
                raise UntoldReasonError("Somebody else approved.")
            return
        if answer.get("error") == "slow_down":
            interval += INTERVAL
        elif answer.get("error") != "authorization_pending":
            raise _refused(answer)
    raise UntoldReasonError(SAYS["expired_token"])


def _interval(asked: dict[str, object]) -> int:
    said = asked.get("interval")
    return said if isinstance(said, int) and 0 < said <= 60 else INTERVAL


def _refused(answer: dict[str, object]) -> ServerLoginError:
    word = str(answer.get("error"))
    if word in SAYS:
        return UntoldReasonError(SAYS[word])
    return ServerLoginError(f"The service refuses: {answer.get('error_description') or word}")
