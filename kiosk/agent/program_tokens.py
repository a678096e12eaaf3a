"""A person's own program wants a token for an audience: asked of the service, with a step-up where that needs one.

The workstation attests in whose workspace the program runs; the service decides, and exchanges what it gave (RFC 8693).
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.agent.doorbell.askings import Askings
from kiosk.agent.doorbell.request import DoorbellRequestError, Request
from kiosk.agent.link import Link
from kiosk.client.errors import ClientError, ServiceProblemError
from kiosk.model.asked import ExchangedToken, SubjectIn, SubjectView
from kiosk.model.stepup import Asker, StepUpAnswer, StepUpAsk

Prove = Callable[[StepUpAsk], StepUpAnswer | None]
"""Asks the person for a proof, in the program's name; None where the program went away."""
SAYS = {
    "not_active": "You are not signed in here, or your workspace is not to be seen.",
    "not_open": "An administrator has not opened this audience for programs.",
    "access_denied": "You may not use this application, or what was proved was for something else.",
    "unmet_authentication_requirements": "What was proved is not enough.",
}


class ProgramTokens:
    """``seen``: id of the session of that login, if its workspace is seen now."""

    def __init__(self, link: Link, seen: Callable[[str], str | None]) -> None:
        self._link = link
        self._seen = seen
        self._askings = Askings()

    def give(self, request: Request, asker: Asker, prove: Prove) -> ExchangedToken | StepUpAnswer | None:
        """The token; the person's no; None where the program went away. Raises ``DoorbellRequestError``."""
        login, audience = asker.login, request.audience
        if audience is None:
            raise DoorbellRequestError("bad_request", "Say for which audience the token is.")
        if request.one_time and request.jkt is not None:
            raise DoorbellRequestError("bad_request", "A one-time password is bound to no key: leave jkt out.")
        session = self._seen(login) if login is not None else None
        if login is None or session is None:
            raise _refused("not_active")
        if not self._askings.affords(login):
            raise DoorbellRequestError("busy", "Too many tokens were asked for here. Wait a minute, then try again.")
        said = SubjectIn(session, audience, asker.path, request.acr, asker.program, asker.sha256)
        try:
            view = self._link.api().subject(said)
            if view.decision == "step_up":
                answer = prove(_ask(view, audience))
                if answer is None or answer.request_id is None or answer.decision != "granted":
                    return answer
                again = SubjectIn(
                    session, audience, asker.path, request.acr, asker.program, asker.sha256, answer.request_id
                )
                view = self._link.api().subject(again)
            if view.subject_token is None:
                raise _refused(view.reason or "access_denied")
            return self._link.api().exchange(view.subject_token, audience, request.jkt, one_time=request.one_time)
        except ServiceProblemError as problem:
            raise DoorbellRequestError(problem.code, problem.detail) from None
        except ClientError as error:
            raise DoorbellRequestError("unreachable", str(error)) from None


def _ask(view: SubjectView, audience: str) -> StepUpAsk:
    return StepUpAsk(view.action or "", view.resource or "", 0, audience=audience)


def _refused(reason: str) -> DoorbellRequestError:
    return DoorbellRequestError(reason, SAYS.get(reason, "The service gives no token."))
