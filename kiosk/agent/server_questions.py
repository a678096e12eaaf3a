"""Questions of servers, and of colleagues who need a second person, to whoever works here.

They are fetched from the service and put to the session like a program's wish.

On a thread of its own: the event stream brings locks as well, and waits for no answer of the service.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING

from kiosk.agent.worker import Post, Worker
from kiosk.client.errors import ClientError
from kiosk.model.asked import ServerQuestion
from kiosk.model.stepup import Asker
from kiosk.session.facts.events import StepUpRequested

if TYPE_CHECKING:  # 125 ms (HTTP, TLS, JOSE), imported by the threads that need it
    from kiosk.client.api import Api

log = logging.getLogger("kiosk.agent.server_questions")


class ServerQuestions:
    """``api``: the service's calls. Their numbers are below zero, so that none is a program's ring."""

    def __init__(self, api: Callable[[], Api], post: Post) -> None:
        self._api = api
        self._post = post
        self._numbers = count(-1, -1)
        self._worker = Worker("asked", "ASKED", post)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        self._worker.stop(0.5)

    def look(self, session: str) -> None:
        """See what is asked of whoever's session that is. From any thread."""
        self._worker.do(lambda: self._look(session))

    def decline(self, session: str, question: str) -> None:
        """Their person silenced the server that asks. From any thread."""
        self._worker.do(lambda: self._decline(session, question))

    def _look(self, session: str) -> None:
        try:
            found = self._api().questions(session)
        except ClientError as error:  # the service says it again while the question stands
            log.info("servers' questions could not be fetched: %s", type(error).__name__)
            return
        for question in found.questions:
            asker = _asker(found.login, question)
            wish = StepUpRequested(next(self._numbers), question.ask, asker, question.seconds, question.purpose)
            self._post(wish)

    def _decline(self, session: str, question: str) -> None:
        try:
            self._api().decline(session, question)
        except ClientError as error:
            log.info("a question could not be declined: %s", type(error).__name__)


def _asker(login: str, question: ServerQuestion) -> Asker:
    """Who asks, as the service says it."""
    return Asker(
        question.program,
        0,
        0,
        login=login,
        origin=question.origin,
        program=question.name,
        sha256=question.sha256,
        server=question.server,
        asked=question.id,
        agent=question.agent,
        second_of=question.of,
    )
