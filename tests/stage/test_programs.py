"""Several programs in one workspace: which of them keep it, which come again, what they are told."""

from __future__ import annotations

import http.server
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.stage import protocol as p
from kiosk.stage.desktop import ProgramCommand, command
from kiosk.stage.window_manager import Looks
from tests.fakes.process_table import alive, family, until
from tests.fakes.staging import Staging, program
from tests.fakes.visible_display import Glass, xvfb

RED = (0xC0, 0x20, 0x20)
PAINTER = program("painter", "{login}", "{folder}/{login}.keys")
SLEEPER = ["/usr/bin/tail", "-f", "/dev/null"]
pytestmark = pytest.mark.display


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    with xvfb() as name:
        seen = Glass(name)
        yield seen
        seen.close()


def running(first: int, name: str) -> list[int]:
    return [pid for pid, called in family(first).items() if called.startswith(name)]


def test_the_workspace_stays_while_one_of_its_programs_runs(glass: Glass) -> None:
    with Staging(glass, [PAINTER, SLEEPER]) as stage:
        stage.greet()
        first = stage.open(1, "ada")
        until("both", lambda: running(first, "python") and running(first, "tail"))
        os.kill(running(first, "python")[0], signal.SIGKILL)
        until("one", lambda: not running(first, "python"))
        stage.lock()
        stage.show(1)
        assert alive(first)
        os.kill(running(first, "tail")[0], signal.SIGKILL)
        assert stage.hear(p.Gone) == p.Gone(1, "PROGRAMS")


def test_a_program_that_is_to_come_again_does(glass: Glass) -> None:
    with Staging(glass, [SLEEPER], again=[PAINTER]) as stage:
        stage.greet()
        first = stage.open(1, "ada")
        for _ in range(2):
            before = until("it", lambda: running(first, "python"))
            until("red", lambda: glass.pixel(600, 400) == RED)
            os.kill(before[0], signal.SIGKILL)
            until("its end", lambda: not alive(before[0]))  # noqa: B023 # asked at once
        os.kill(running(first, "tail")[0], signal.SIGKILL)
        until("red", lambda: glass.pixel(600, 400) == RED)
        assert alive(first), "the one that comes again keeps it"


FALTERS = "n=$(cat .n || echo 0); echo $((n + 1)) >.n; [ $n -gt 2 ] || exit 1; exec tail -f /dev/null"
"""Ends at once three times, so that it is waited for before it comes again."""


def test_one_that_comes_again_by_itself_comes_once_where_it_is_touched_meanwhile(glass: Glass) -> None:
    with Staging(glass, again=[["/bin/sh", "-c", FALTERS]]) as stage:
        stage.greet()
        first = stage.open(1, "ada")
        stage.lock()
        stage.show(1)
        until("it has ended, and is waited for", lambda: running(first, "sleep"))
        while stage.hear(p.Programs).letters[1] != "e":
            pass
        for _ in range(3):
            stage.say(p.Front(1, 1))
        until("nobody waits any more", lambda: running(first, "tail") and not running(first, "sleep"))
        assert len(running(first, "tail")) == 1


def test_whatever_a_name_holds_is_one_word_and_no_command() -> None:
    name = 'O\'Neil "{login}" $(touch /tmp/x); `id` {home}'
    echo = ProgramCommand("p", ("/bin/echo", "--user={login}", "{name}", "{other}"))
    words = command((echo,), {"login": "ada", "name": name}, 0, 0, Looks())
    assert words[-3:-1] == ["p", "once"]
    said = subprocess.run(["/bin/sh", "-c", words[-1]], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert said == f"--user=ada {name} {{other}}\n"


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium on this system")
def test_a_browser_with_a_profile_of_its_own_paints_the_record_system_s_page(glass: Glass) -> None:
    class Records(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<!doctype html><title>Records</title><body style='background:#c02020'>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Not on the test's output."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Records) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = ["/usr/bin/chromium", "--user-data-dir={home}/browser", "--no-first-run", "--start-maximized"]
        browser += ["--password-store=basic", "--disable-gpu"]
        browser.append(f"--app=http://127.0.0.1:{server.server_port}/")
        with Staging(glass, [browser], network=1) as stage:
            stage.greet()
            first = stage.open(1, "ada")
            until("its page", lambda: glass.pixel(600, 600) == RED, 60)
            words = Path(f"/proc/{running(first, 'chromium')[0]}/cmdline").read_text()
            assert "--no-sandbox" not in words and (Path(f"/proc/{first}/root/home/ada/browser")).is_dir()
        server.shutdown()
