"""The agent fetches servers' questions and puts them to the session; and it gives tokens to a person's own programs."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator

import pytest

from kiosk.agent.doorbell.request import DoorbellRequestError, Request
from kiosk.agent.program_tokens import ProgramTokens
from kiosk.agent.server_questions import ServerQuestions
from kiosk.client.errors import ServiceProblemError, ServiceUnreachableError
from kiosk.model.asked import ExchangedToken, QuestionsView, ServerQuestion, SubjectIn, SubjectView
from kiosk.model.stepup import Asker, StepUpAnswer, StepUpAsk
from kiosk.session.facts.events import Event, StepUpRequested

ASK = StepUpAsk("app.sign_in", "Chart", 0, audience="urn:chart")
FOUND = QuestionsView(
    "ada", (ServerQuestion("q1", "Chart", ASK, 90, "code 4711"), ServerQuestion("q2", "Portal", ASK, 60))
)
TOKEN = ExchangedToken("eyJ", "urn:ietf:params:oauth:token-type:access_token", "Bearer", 300, "openid")


class PlayedApi:
    """The service's calls; ``subjects`` are answered in turn."""

    def __init__(self) -> None:
        self.down = False
        self.declined: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self.subjects: list[SubjectView | ServiceProblemError] = []
        self.asked: list[SubjectIn] = []
        self.exchanged: list[tuple[str, str, str | None]] = []

    def questions(self, session: str) -> QuestionsView:
        assert session == "s1"
        if self.down:
            raise ServiceUnreachableError("down")
        return FOUND

    def decline(self, session: str, question: str) -> None:
        self.declined.put((session, question))
        if self.down:
            raise ServiceUnreachableError("down")

    def subject(self, said: SubjectIn) -> SubjectView:
        self.asked.append(said)
        answer = self.subjects.pop(0)
        if isinstance(answer, ServiceProblemError):
            raise answer
        return answer

    def exchange(self, subject_token: str, audience: str, jkt: str | None, *, one_time: bool) -> ExchangedToken:
        assert not one_time
        self.exchanged.append((subject_token, audience, jkt))
        return TOKEN

    def api(self) -> PlayedApi:
        """As ``Link`` gives it."""
        return self


@pytest.fixture
def api() -> PlayedApi:
    return PlayedApi()


@pytest.fixture
def posted(api: PlayedApi) -> Iterator[tuple[ServerQuestions, queue.SimpleQueue[Event]]]:
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    made = ServerQuestions(lambda: api, events.put)  # type: ignore[arg-type, return-value]  # as much of it as is used
    made.start()
    yield made, events
    made.stop()


def test_each_question_is_put_to_the_session_by_a_number_that_no_ring_has(
    posted: tuple[ServerQuestions, queue.SimpleQueue[Event]],
) -> None:
    questions, events = posted
    questions.look("s1")
    first, second = events.get(timeout=10), events.get(timeout=10)
    assert first == StepUpRequested(-1, ASK, Asker("", 0, 0, "ada", server="Chart", asked="q1"), 90)
    assert second == StepUpRequested(-2, ASK, Asker("", 0, 0, "ada", server="Portal", asked="q2"), 60)


def test_a_service_that_is_away_is_no_accident(
    posted: tuple[ServerQuestions, queue.SimpleQueue[Event]], api: PlayedApi
) -> None:
    questions, events = posted
    api.down = True
    questions.look("s1")
    questions.decline("s1", "q1")
    assert api.declined.get(timeout=10) == ("s1", "q1")
    api.down = False
    questions.look("s1")
    assert isinstance(events.get(timeout=10), StepUpRequested), "and the thread goes on"


PROGRAM = Asker("/opt/export", 7, 1001, "ada", program="Export")


def never(_ask: StepUpAsk) -> StepUpAnswer | None:
    raise AssertionError("nobody was to be asked")


def give(
    api: PlayedApi,
    asker: Asker = PROGRAM,
    prove: Callable[[StepUpAsk], StepUpAnswer | None] = never,
    seen: str | None = "s1",
    acr: str | None = None,
    jkt: str | None = None,
) -> object:
    tokens = ProgramTokens(api, lambda login: seen if login == "ada" else None)  # type: ignore[arg-type]  # as is used
    return tokens.give(Request(op="token", audience="urn:chart", acr=acr, jkt=jkt), asker, prove)


def test_a_program_gets_what_the_service_gives(api: PlayedApi) -> None:
    api.subjects = [SubjectView("given", subject_token="sub", expires_in=60)]
    assert give(api, jkt="A" * 43) == TOKEN
    assert api.asked == [SubjectIn("s1", "urn:chart", "/opt/export", None, "Export", None)]
    assert api.exchanged == [("sub", "urn:chart", "A" * 43)]


def test_the_person_is_asked_where_it_takes_more(api: PlayedApi) -> None:
    api.subjects = [
        SubjectView("step_up", action="app.sign_in.phr", resource="Chart"),
        SubjectView("given", subject_token="sub", expires_in=60),
    ]
    asked = []

    def proves(ask: StepUpAsk) -> StepUpAnswer:
        asked.append(ask)
        return StepUpAnswer("granted", None, "token", "phr", ("pop",), "r1")

    assert give(api, prove=proves, acr="phr") == TOKEN
    assert asked == [StepUpAsk("app.sign_in.phr", "Chart", 0, audience="urn:chart")]
    assert (api.asked[1].step_up, api.asked[1].acr) == ("r1", "phr")


@pytest.mark.parametrize("answer", [None, StepUpAnswer("refused", None, None, None, (), None)])
def test_a_no_and_a_program_that_went_away_give_nothing(api: PlayedApi, answer: StepUpAnswer | None) -> None:
    api.subjects = [SubjectView("step_up", action="app.sign_in", resource="Chart")]
    assert give(api, prove=lambda _ask: answer) == answer
    assert api.exchanged == []


@pytest.mark.parametrize(
    ("asker", "seen", "code"),
    [
        (Asker("/opt/x", 7, 1001, None), "s1", "not_active"),
        (Asker("/opt/x", 7, 1001, "ben"), "s1", "not_active"),
        (PROGRAM, None, "not_active"),
    ],
)
def test_nobody_but_whoever_is_seen(api: PlayedApi, asker: Asker, seen: str | None, code: str) -> None:
    with pytest.raises(DoorbellRequestError) as refused:
        give(api, asker, seen=seen)
    assert (refused.value.code, api.asked) == (code, [])


def test_the_service_s_refusals_are_sentences(api: PlayedApi) -> None:
    api.subjects = [SubjectView("refused", reason="not_open"), ServiceProblemError("over_budget", "Wait.", 429)]
    for code, said in (("not_open", "has not opened this audience"), ("over_budget", "Wait.")):
        with pytest.raises(DoorbellRequestError, match=said) as refused:
            give(api)
        assert refused.value.code == code
    with pytest.raises(DoorbellRequestError, match="for which audience"):
        ProgramTokens(api, lambda _login: "s1").give(Request(op="token"), PROGRAM, never)  # type: ignore[arg-type]


def test_one_person_s_flood_is_not_carried_on(api: PlayedApi) -> None:
    api.subjects = [SubjectView("refused", reason="not_open")] * 200
    tokens = ProgramTokens(api, lambda _login: "s1")  # type: ignore[arg-type]  # as is used
    codes = []
    for _ in range(100):
        with pytest.raises(DoorbellRequestError) as refused:
            tokens.give(Request(op="token", audience="urn:chart"), PROGRAM, never)
        codes.append(refused.value.code)
    assert codes[0] == "not_open"
    assert codes[-1] == "busy"
    assert len(api.asked) < 70
