"""Between workstation and service: each message cut, garbled, late or answered twice. Nothing opens, and it is said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.client import api as api_module
from kiosk.client.api import Api
from kiosk.client.errors import ClientError, ServiceProblemError, ServiceUnreachableError, UnreadableAnswerError
from kiosk.client.events import EventStream, read_events
from kiosk.client.trust import Trust
from kiosk.model.ceremony import CeremonyView, MoreTime, Purpose, Why
from kiosk.model.challenge import Challenge
from kiosk.model.enrolment import EnrolAct, EnrolmentView, EnrolStep
from kiosk.model.people import StationView
from kiosk.model.proof import Assurance, Method, UidPresented
from kiosk.model.secret import Secret
from kiosk.model.wire import StationEvent, Who
from tests.fakes.certificates import authority
from tests.fakes.scripted_service import TOKEN, Answer, ScriptedService, faults, whole
from tests.session.world import ANA, STATION

VIEW = CeremonyView("c", Purpose.SIGN_IN, "prove", None, (), (), Why.FIRST_SIGN_IN, 60)
CHALLENGE = Challenge("c", Method.PIV_TAP, "kiosk/sign-in/v1", "bm8", "Y2g", "{}", 60, "rp", "https://x")
ENDED = Who("s", ANA, Assurance("urn:kiosk:pin", ("pin",), 0), "ended")
PATIENCE = 0.3
"""Seconds that the client waits here for an answer that is late."""
Call = Callable[[Api], object]

CALLS: dict[str, tuple[str, object, Call]] = {
    "rules": ("/v1/workstation", STATION, lambda api: api.station()),
    "begin": ("/v1/ceremonies", VIEW, lambda api: api.begin(UidPresented("04A1B2C3"), 1)),
    "challenge": ("/v1/ceremonies/c/challenge", CHALLENGE, lambda api: api.challenge("c", Method.PIV_TAP, None)),
    "proof": ("/v1/ceremonies/c/proof", VIEW, lambda api: api.prove_secret("c", Method.PIN, Secret("9713"), None)),
    "more time": ("/v1/ceremonies/c/more-time", MoreTime(60), lambda api: api.more_time("c")),
    "whose session": (
        "/v1/sessions/s",
        ENDED,
        lambda api: api.session("s"),
    ),
    "enrolment": (
        "/v1/enrolments/e",
        EnrolmentView("e", EnrolAct.ADD, EnrolStep.CHOOSE, 60),
        lambda api: api.enrolments.look("e"),
    ),
}
"""A call of each kind: where it goes, a good answer, how it is made."""
FAULTS = tuple(faults(b"{}"))


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    path = tmp_path_factory.mktemp("trust") / "ca.pem"
    path.write_text(authority("CA"))
    return Trust(path)


@pytest.fixture
def connect(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[ScriptedService], Api]]:
    monkeypatch.setattr(api_module, "READ_SECONDS", PATIENCE)
    made = api_module.http_client
    monkeypatch.setattr(
        api_module, "http_client", lambda trust, read=PATIENCE, **more: made(trust, min(read, PATIENCE), **more)
    )
    key = ec.generate_private_key(ec.SECP256R1())
    opened: list[Api] = []

    def to(service: ScriptedService) -> Api:
        opened.append(Api(service.url, "w1", key, trust))
        return opened[-1]

    yield to
    for api in opened:
        api.close()


@pytest.mark.parametrize("what", CALLS)
def test_a_good_answer_is_understood(what: str, connect: Callable[[ScriptedService], Api]) -> None:
    path, good, call = CALLS[what]
    with ScriptedService({path: Answer(whole(msgspec.json.encode(good)))}) as service:
        call(connect(service))
        assert service.times(path) == 1


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("what", CALLS)
def test_any_other_answer_is_an_error_of_ours_and_nothing_is_asked_for_ever(
    what: str, fault: str, connect: Callable[[ScriptedService], Api]
) -> None:
    path, good, call = CALLS[what]
    with ScriptedService({path: faults(msgspec.json.encode(good))[fault]}) as service:
        with pytest.raises(ClientError) as raised:
            call(connect(service))
        assert isinstance(raised.value, ServiceUnreachableError | UnreadableAnswerError | ServiceProblemError)
        assert str(raised.value).endswith(".") and "9713" not in str(raised.value)
        assert service.times(path) <= 3, "a connection that broke is tried twice more, and names what it sent before"


@pytest.mark.parametrize("fault", FAULTS)
def test_without_a_token_nothing_is_asked(fault: str, connect: Callable[[ScriptedService], Api]) -> None:
    path, _, call = CALLS["begin"]
    with ScriptedService({"/oauth/token": faults(TOKEN)[fault], path: Answer(whole(b""))}) as service:
        with pytest.raises(ClientError):
            call(connect(service))
        assert service.times(path) == 0
        assert service.times("/oauth/token") <= 3


@pytest.mark.parametrize("fault", FAULTS)
def test_a_typed_secret_is_gone_whatever_comes_back(fault: str, connect: Callable[[ScriptedService], Api]) -> None:
    path, good, _ = CALLS["proof"]
    secret = Secret("9713")
    with ScriptedService({path: faults(msgspec.json.encode(good))[fault]}) as service, pytest.raises(ClientError):
        connect(service).prove_secret("c", Method.PIN, secret, None)
    assert secret.reveal() == ""


def test_a_second_answer_to_one_question_is_not_the_answer_to_the_next(
    connect: Callable[[ScriptedService], Api],
) -> None:
    """Two answers in one go: what is left over belongs to nobody."""
    path, _, call = CALLS["begin"]
    opened = msgspec.json.encode(VIEW)
    with ScriptedService({path: Answer(whole(opened) * 2), "/v1/sessions/s": Answer(whole(b"{}"))}) as service:
        api = connect(service)
        call(api)
        with pytest.raises(ClientError):
            api.session("s")


# The event stream

LOCK = StationEvent(7, "lock", session="s1", reason="elsewhere")
GOOD_EVENT = b"id: 7\ndata: " + msgspec.json.encode(LOCK) + b"\n\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


def lines_of(data: bytes) -> list[str]:
    return list(httpx.Response(200, content=data).iter_lines())


def test_an_event_that_is_cut_anywhere_is_none() -> None:
    for at in range(len(GOOD_EVENT)):
        assert list(read_events(iter(lines_of(GOOD_EVENT[:at])))) == [], at
    assert list(read_events(iter(lines_of(GOOD_EVENT)))) == [LOCK]


@pytest.mark.parametrize(
    "data",
    [
        b"data: no json\n\n",
        b'data: {"id":7}\n\n',
        b'data: {"id":"7","kind":"lock"}\n\n',
        b'data: {"id":7,"kind":"unlock"}\n\n',
        b'data: {"id":7,\n\n',
        b"data: []\n\n",
        b"data: \xff\xfe\n\n",
        b"data: " + b"x" * 70_000 + b"\n\n",
        b"data: " + msgspec.json.encode(LOCK) + b"\ndata: " + msgspec.json.encode(LOCK) + b"\n\n",
    ],
)
def test_an_event_that_is_garbled_ends_the_stream(data: bytes) -> None:
    """What cannot be read may have been the order to lock: the stream is opened anew, and everything asked for."""
    with pytest.raises(UnreadableAnswerError):
        list(read_events(iter(lines_of(data))))


class Follower:
    """What an event stream said, and how it is ended."""

    def __init__(self, api: Api) -> None:
        self.said: list[object] = []
        self.enough = threading.Event()
        self.wanted = 1
        self.stream = EventStream(api, self.note, lambda: self.note("offline"), self.note, lambda _: self.note("hello"))

    def note(self, what: object) -> None:
        self.said.append(what)
        if len([item for item in self.said if not isinstance(item, StationView)]) >= self.wanted:
            self.enough.set()

    def follow_until(self, wanted: int) -> list[object]:
        """Until that much was said besides the station's rules."""
        self.wanted = wanted
        thread = threading.Thread(target=self.stream.follow, daemon=True)
        thread.start()
        assert self.enough.wait(10)
        self.stream.stop()
        thread.join(10)
        return [item for item in self.said if not isinstance(item, StationView)]


@pytest.mark.parametrize("fault", [name for name in FAULTS if name not in ("late", "too long", "twice in one body")])
def test_a_stream_that_does_not_open_is_no_contact(fault: str, connect: Callable[[ScriptedService], Api]) -> None:
    """Rules that cannot be read are no contact either: the station says that it is offline, once."""
    stream = Answer(HEAD, late=True)
    rules = faults(msgspec.json.encode(STATION))[fault]
    with ScriptedService({"/v1/events": stream, "/v1/workstation": rules}) as service:
        assert Follower(connect(service)).follow_until(1) == ["offline"]


def test_an_event_twice_is_told_once(connect: Callable[[ScriptedService], Api]) -> None:
    """What was committed late comes again with what came before it; whoever heard it does not hear it twice."""
    end = StationEvent(8, "end")
    stream = Answer(HEAD + GOOD_EVENT * 2 + b"id: 8\ndata: " + msgspec.json.encode(end) + b"\n\n", late=True)
    rules = Answer(whole(msgspec.json.encode(STATION)))
    with ScriptedService({"/v1/events": stream, "/v1/workstation": rules}) as service:
        assert Follower(connect(service)).follow_until(2) == [LOCK, end]


def test_after_garbage_what_is_open_is_asked_for_anew(connect: Callable[[ScriptedService], Api]) -> None:
    hello = b"data: " + msgspec.json.encode(StationEvent(1, "hello", epoch="e")) + b"\n\n"
    stream = Answer(HEAD + hello + b"data: garbage\n\n", end=True)
    rules = Answer(whole(msgspec.json.encode(STATION)))
    with ScriptedService({"/v1/events": stream, "/v1/workstation": rules}) as service:
        said = Follower(connect(service)).follow_until(3)
    assert said.count("hello") >= 2 and "offline" in said
