"""The station's own program is told who works here, in order, within its time, and never in anybody's way."""

from __future__ import annotations

import http.server
import json
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from kiosk.agent import hooks as hooks_room
from kiosk.agent.hooks import Hooks
from kiosk.model.emergency import NOBODY
from kiosk.model.people import Person
from kiosk.session.facts.session_orders import ReportEvent, RunHook
from tests.fakes.process_table import alive, until

ANNA = Person("p-1", "anna", "Anna Okonkwo", ("nurse",))
BEN = Person("p-2", "ben", "Ben Cole", ("physician",))
WRITES = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"
WITHIN = 30.0
Make = Callable[..., Hooks]


@pytest.fixture
def told() -> queue.Queue[ReportEvent]:
    return queue.Queue()


@pytest.fixture
def make(told: queue.Queue[ReportEvent]) -> Iterator[Make]:
    made: list[Hooks] = []

    def hooks(code: str, *words: str, seconds: float = 5.0) -> Hooks:
        made.append(Hooks([sys.executable, "-S", "-c", code, *words], seconds, told.put))
        return made[-1]

    yield hooks
    for hook in made:
        hook.stop()


def of(
    event: Literal["tap_in", "tap_over", "tap_out"] = "tap_in",
    session: str = "s1",
    person: Person = ANNA,
    previous: Person | None = None,
    reason: str | None = None,
) -> RunHook:
    return RunHook(event, session, person, "Ward 3 East", "Bay 2", previous, reason)


def lines(path: Path, count: int) -> list[Any]:
    """What the hook wrote, once it was called ``count`` times."""

    def written() -> list[str]:
        said = path.read_text().splitlines() if path.exists() else []
        return said if len(said) >= count else []

    return [json.loads(line) for line in until(f"the hook to be called {count} times", written, WITHIN)]


def gone(pid: int) -> bool:
    """Once the process has ended: a kill is not waited for by whoever sends it."""
    return until(f"process {pid} to end", lambda: not alive(pid), WITHIN)


def number_in(path: Path) -> int:
    return int(until("the hook's child", lambda: path.read_text().strip() if path.exists() else "", WITHIN))


def test_it_hears_of_each_switch_in_order(make: Make, tmp_path: Path) -> None:
    hooks = make(WRITES, str(tmp_path / "heard"))
    before = int(time.time())
    hooks.run(of())
    hooks.run(of("tap_over", "s2", BEN, previous=ANNA))
    hooks.run(of("tap_out", "s2", BEN, reason="idle"))
    first, second, third = lines(tmp_path / "heard", 3)
    assert before <= first.pop("at") <= time.time()
    place = {"station": "Ward 3 East", "place": "Bay 2"}
    anna = {"event": "tap_in", "login": "anna", "name": "Anna Okonkwo", "session": "s1"}
    assert first == {**anna, **place, "previous": None, "reason": None}
    assert (second["event"], second["login"], second["previous"]) == ("tap_over", "ben", "anna")
    assert (third["event"], third["login"], third["reason"]) == ("tap_out", "ben", "idle")


def test_it_gets_nothing_of_the_agents_environment(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setenv("PLANTED", "secret")
    writes = "import json,os,sys; sys.stdin.read(); print(json.dumps([dict(os.environ), os.listdir('/proc/self/fd')]),"
    make(writes + "file=open(sys.argv[1],'w'))", str(tmp_path / "heard")).run(of())
    ((environment, descriptors),) = lines(tmp_path / "heard", 1)
    assert set(environment) <= {"PATH", "LANG", "LC_CTYPE"}
    assert len(descriptors) <= 5, "three of its own, the file it writes, the folder it reads"


def test_one_that_takes_too_long_is_killed_with_all_its_children_and_reported(
    make: Make, told: queue.Queue[ReportEvent], tmp_path: Path
) -> None:
    child = "import os,signal,sys,time; signal.signal(15, signal.SIG_IGN);" + (
        "os.fork() or (open(sys.argv[1], 'w').write(str(os.getpid())), time.sleep(600)); time.sleep(600)"
    )
    make(child, str(tmp_path / "child"), seconds=1).run(of())
    pid = number_in(tmp_path / "child")
    assert told.get(timeout=WITHIN) == ReportEvent("hook_failed", "s1", "too_slow", {"event": "tap_in"})
    assert gone(pid)


def test_a_child_that_it_leaves_behind_ends_with_it(make: Make, tmp_path: Path) -> None:
    code = "import os,sys,time; os.fork() or (open(sys.argv[1], 'w').write(str(os.getpid())), time.sleep(600))"
    waits = "\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.01)"
    hooks = make(code + waits, str(tmp_path / "child"))
    hooks.run(of())
    pid = number_in(tmp_path / "child")
    hooks.stop()
    assert gone(pid)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("raise SystemExit(3)", "status_3"), ("import os; os.kill(os.getpid(), 9)", f"signal_{signal.SIGKILL.value}")],
)
def test_a_failure_is_reported(make: Make, told: queue.Queue[ReportEvent], code: str, reason: str) -> None:
    make(code).run(of("tap_out", reason="button"))
    assert told.get(timeout=WITHIN) == ReportEvent("hook_failed", "s1", reason, {"event": "tap_out"})


def test_a_command_that_is_not_there_is_reported(told: queue.Queue[ReportEvent]) -> None:
    hooks = Hooks(["/nowhere/at/all"], 5, told.put)
    hooks.run(of())
    assert told.get(timeout=WITHIN).reason == "not_started"
    hooks.stop()


def test_one_that_neither_reads_nor_stops_writing_is_in_nobodys_way(
    make: Make, told: queue.Queue[ReportEvent], tmp_path: Path
) -> None:
    code = "import os,sys; [os.write(1, b'x' * 65536) for _ in range(200)]; open(sys.argv[1], 'w').write('[]')"
    make(code, str(tmp_path / "heard")).run(of())
    assert lines(tmp_path / "heard", 1) == [[]]
    assert told.empty()


def test_asking_never_waits_and_what_is_newest_is_kept(
    make: Make, told: queue.Queue[ReportEvent], tmp_path: Path
) -> None:
    go, heard = tmp_path / "go", tmp_path / "heard"
    held = "import os,sys,time\nwhile not os.path.exists(sys.argv[2]): time.sleep(0.01)\n"
    hooks = make(held + WRITES, str(heard), str(go), seconds=60)
    hooks.run(of(session="first"))
    until("the first to be under way", lambda: not hooks._waiting, WITHIN)
    for number in range(hooks_room.MAX_WAITING + 2):
        hooks.run(of(session=f"s{number}"))
    dropped = [told.get_nowait(), told.get_nowait()]
    assert [(tell.session, tell.reason) for tell in dropped] == [("s0", "dropped"), ("s1", "dropped")]
    assert told.empty()
    assert not heard.exists()
    go.touch()
    assert [line["session"] for line in lines(heard, 3)][:3] == ["first", "s2", "s3"]


def test_stopping_ends_the_call_under_way(make: Make, tmp_path: Path) -> None:
    hooks = make(
        "import os,sys,time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)", str(tmp_path / "p")
    )
    hooks.run(of())
    pid = number_in(tmp_path / "p")
    hooks.stop()
    hooks._thread.join(WITHIN)
    assert gone(pid)
    hooks.run(of())
    assert not hooks._waiting


def test_without_a_command_there_is_no_thread(told: queue.Queue[ReportEvent]) -> None:
    hooks = Hooks([], 5, told.put)
    hooks.run(of())
    hooks.stop()
    assert told.empty()
    assert not hooks._thread.is_alive()


EXAMPLE = Path(__file__).parents[2] / "installer" / "examples" / "fhircast-hook"


class Hub(http.server.ThreadingHTTPServer):
    """A FHIRcast hub that remembers what it was told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()


class Desk(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Hub)
        self.server.heard.put((self.headers["Authorization"], json.loads(body)))
        self.send_response(202)
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nobody reads it."""


def test_the_example_tells_a_hub_who_left(told: queue.Queue[ReportEvent], tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hub-token\n")
    hub = Hub()
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    hooks = Hooks([str(EXAMPLE), f"http://127.0.0.1:{hub.server_port}/hub", str(tmp_path / "token")], 20, told.put)
    try:
        hooks.run(of())
        hooks.run(of("tap_over", "s2", BEN, previous=ANNA))
        hooks.run(of("tap_out", "s2", BEN, reason="sign_out"))
        hooks.run(of("tap_out", "s3", BEN, reason="idle"))
        messages = [hub.heard.get(timeout=WITHIN) for _ in range(3)]
    finally:
        hooks.stop()
        hub.shutdown()
        hub.server_close()
    assert {token for token, _ in messages} == {"Bearer hub-token"}
    events = [(message["event"]["hub.event"], message["event"]["hub.topic"]) for _, message in messages]
    assert events == [
        ("userHibernate", "Ward 3 East/anna"),
        ("userLogout", "Ward 3 East/ben"),
        ("userHibernate", "Ward 3 East/ben"),
    ]
    assert told.empty()


def test_emergency_access_is_told_with_who_it_is_said_to_be(make: Make, tmp_path: Path) -> None:
    hook = make(WRITES, str(tmp_path / "told"))
    hook.run(RunHook("emergency.begin", "x1", NOBODY, "Ward 3 East", "Bay 2", reason="patient in danger"))
    hook.run(RunHook("emergency.end", "x1", ANNA, "Ward 3 East", "Bay 2", reason="time"))
    said = lines(tmp_path / "told", 2)
    assert [(one_call["event"], one_call["login"], one_call["reason"]) for one_call in said] == [
        ("emergency.begin", None, "patient in danger"),
        ("emergency.end", "anna", "time"),
    ]
