"""Each workspace as a Unix user of its own, under a stage that is no root: newuidmap does it, not we."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.stage import protocol as p
from kiosk.stage import users
from tests.fakes.process_table import alive, family, state, until
from tests.fakes.staging import LOCKED, SET_ASIDE, Staging
from tests.fakes.visible_display import Glass, xvfb

SOMEBODY = 54_321
LOOK = """
import json, os, pathlib, socket, sys, time
def reads(path):
    try:
        return bool(os.listdir(path) if os.path.isdir(path) else open(path).read())
    except OSError:
        return False
def writes(path):
    try:
        pathlib.Path(path, "x").write_text("x")
        return True
    except OSError:
        return False
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({
    "id": [os.getuid(), os.geteuid(), os.getgid(), os.getgroups()],
    "capabilities": [status[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
    "privileges": status["NoNewPrivs"].strip(),
    "writes": [at for at in (os.environ["HOME"], "/run/user/1000", "/tmp", "/dev/shm", "/", "/run") if writes(at)],
    "key": reads("/run/authority"),
    "setgid": [f for f in ("/etc/passwd", "/etc/group") if not reads(f)],
}), file=open(sys.argv[1], "w"), flush=True)
import ctypes
x = ctypes.CDLL("libX11.so.6")
print("display" if x.XOpenDisplay(None) else "no display", file=open(sys.argv[1], "w"), flush=True)
time.sleep(600)
"""
pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(os.getuid() != 0, reason="a stage of another user can only be begun by root"),
    pytest.mark.skipif(not Path("/usr/bin/newuidmap").exists(), reason="uidmap is not installed"),
]


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    with xvfb() as name:
        seen = Glass(name)
        yield seen
        seen.close()


@pytest.fixture
def stage(glass: Glass) -> Iterator[Staging]:
    with Staging(glass, [["/usr/bin/python3", "-c", LOOK, "{folder}/{login}.keys"]], user=SOMEBODY, users=1) as staging:
        staging.greet()
        yield staging


def owners(first: int) -> set[int]:
    """Users of the host whose processes run in this workspace, its first one aside."""
    return {Path(f"/proc/{pid}").stat().st_uid for pid in family(first)}


def look(stage: Staging, login: str) -> list[str]:
    return until("its report", lambda: stage.keys(login) if len(stage.keys(login)) > 1 else None)


def test_every_workspace_has_a_user_who_owns_nothing_else(stage: Staging) -> None:
    ada, ben = stage.open(1, "ada"), stage.open(2, "ben")
    told, display = look(stage, "ada")
    found = json.loads(told)
    assert found["id"] == [1000, 1000, 1000, []] and found["setgid"] == []
    assert set(found["capabilities"]) == {"0" * 16} and found["privileges"] == "1"
    assert found["writes"][0] == "/home/ada" and set(found["writes"][1:]) == {"/run/user/1000", "/tmp", "/dev/shm"}
    assert found["key"] is False and display == "display"
    look(stage, "ben")
    assert owners(ada) == {SET_ASIDE} and owners(ben) == {SET_ASIDE + 1}
    assert stage.process is not None
    assert Path(f"/proc/{stage.process.pid}").stat().st_uid == SOMEBODY


def test_the_stage_ends_what_is_not_its_own_user_s(stage: Staging, glass: Glass) -> None:
    ada = stage.open(1, "ada")
    look(stage, "ada")
    everybody = [ada, *family(ada)]
    stage.say(p.End(1))
    assert stage.hear(p.Gone) == p.Gone(1, "ENDED")
    until("nobody left", lambda: not any(alive(pid) for pid in everybody))
    until("the shield", lambda: glass.colours() == {LOCKED})


def test_a_user_is_taken_again_only_when_all_others_were(stage: Staging) -> None:
    seen: list[int] = []
    for number, login in enumerate(("ada", "ben", "cleo", "dan", "eve"), 1):
        first = stage.open(number, login)
        look(stage, login)
        seen += owners(first)
        stage.say(p.End(number))
        assert stage.hear(p.Gone).number == number
        until("nobody left", lambda first=first: not alive(first))  # type: ignore[misc]
    assert seen == [SET_ASIDE, SET_ASIDE + 1, SET_ASIDE + 2, SET_ASIDE + 3, SET_ASIDE]


def test_when_all_are_taken_the_next_workspace_is_not_made_and_the_others_stay(stage: Staging) -> None:
    firsts = [stage.open(number, login) for number, login in enumerate(("ada", "ben", "cleo", "dan"), 1)]
    stage.say(p.Add(5, "eve", "Eve", ""))
    assert stage.hear(p.Gone) == p.Gone(5, "START")
    assert all(alive(first) for first in firsts)
    stage.say(p.End(1))
    assert stage.hear(p.Gone).number == 1
    assert stage.process is not None
    folder = stage.folder / "stage" / str(stage.process.pid) / "1"
    until("its number is given back", lambda: not folder.exists())
    stage.open(6, "eve")


def test_a_nested_server_may_open_its_programs_memory_and_nothing_else(stage: Staging) -> None:
    stage.open(1, "ada")
    status = Path(f"/proc/{stage.server('ada')}/status").read_text()
    words = dict(line.split(":\t", 1) for line in status.splitlines())
    own = f"{1 << 15:016x}"  # CAP_IPC_OWNER, which counts in its own namespace alone
    assert (words["CapPrm"], words["CapEff"], words["NoNewPrivs"]) == (own, own, "1")


def test_a_killed_stage_leaves_nobody_of_theirs_running(stage: Staging) -> None:
    ada = stage.open(1, "ada")
    look(stage, "ada")
    everybody = [ada, *family(ada), stage.server("ada")]
    stage.kill()
    until("nobody left", lambda: not any(alive(pid) for pid in everybody))


def test_without_numbers_set_aside_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 54_322)
    with pytest.raises(users.NoUsersError, match="/etc/subuid sets no numbers aside"):
        users.Users()


def test_what_lies_in_its_folders_counts_though_it_is_another_user_s(glass: Glass) -> None:
    fills = ["/bin/sh", "-c", "head -c 150M /dev/zero >$HOME/zeros; exec tail -f /dev/null"]
    with Staging(glass, [fills], user=SOMEBODY, users=1, each_mib=150) as staging:
        staging.greet()
        staging.say(p.Add(1, "ada", "Ada", ""))
        assert staging.hear(p.Gone) == p.Gone(1, "LIMIT_MEMORY")


def test_another_user_s_programs_rest_but_those_that_the_station_lets_go_on(glass: Glass) -> None:
    counts = ["/bin/sh", "-c", 'while :; do sleep 0.05; echo +1 >"$1"; done', "sh", "{folder}/{login}.keys"]
    sleeper = ["/usr/bin/tail", "-f", "/dev/null"]
    with Staging(glass, [sleeper], awake=[counts], user=SOMEBODY, users=1, rest=1) as staging:
        staging.greet()
        ada = staging.open(1, "ada")
        tail = until("its program", lambda: [pid for pid, name in family(ada).items() if name == "tail"])[0]
        staging.lock()
        until("it rests", lambda: state(tail) == "T")
        heard = len(staging.keys("ada"))
        until("the other one goes on", lambda: len(staging.keys("ada")) > heard + 3)
        staging.show(1)
        assert state(tail) != "T"
