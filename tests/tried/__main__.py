"""``python -m tests.tried [PROGRAM]``: tries each, prints a table in Markdown, keeps a picture of each in build/tried.

Exit status 1 if anything did not come as it should; what is not installed is said to be so.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from kiosk.demo.hospital import free_port
from tests.fakes.errands import INSIDE, Errands
from tests.fakes.print_station import PrintStation, print_station
from tests.fakes.process_table import until
from tests.fakes.staging import Staging
from tests.fakes.visible_display import Glass, xvfb
from tests.tried.tries import FILES, TRIES, Try

PICTURES = Path("build/tried")
MAX_LENGTH = 150.0


def main(wanted: str = "") -> int:
    PICTURES.mkdir(parents=True, exist_ok=True)
    bad = 0
    print("| program | tried | result |\n|---|---|---|")
    with print_station(["ward"], stopped=["held"]) as cups, desktop() as port, xrdp() as other, xvfb() as name:
        glass = Glass(name)
        with Staging(glass, [INSIDE], printing=[cups.address, "ward", "held"], network=1, home_mib=1024) as stage:
            for path, text in FILES.items():
                (stage.folder / path).write_text(text)
                (stage.folder / path).chmod(0o644)
            stage.greet()
            ada = Errands(stage, 1, "ada")
            for each_try in TRIES:
                if wanted.lower() in each_try.program.lower():
                    result = _try(each_try, ada, stage, cups, {"{port}": port, "{xrdp}": other})
                    bad += not result.startswith(("as it should", "not installed"))
                    print(f"| {each_try.program} | {each_try.what} | {result} |", flush=True)
            ada.close()
        glass.close()
    return 1 if bad else 0


def _try(one: Try, ada: Errands, stage: Staging, cups: PrintStation, ports: Mapping[str, int]) -> str:
    if not Path(one.needs).exists():
        return "not installed here"
    before = len(cups.sheets())
    command = one.command.replace("{folder}", str(stage.folder))
    for word, port in ports.items():
        command = command.replace(word, str(port))
    report = ada.begin(command)
    try:
        _, said = ada.ended(report, MAX_LENGTH)
    except AssertionError:
        _picture(stage.glass.name, one)
        return "it did not end"
    _picture(stage.glass.name, one)
    missing = [word for word in one.said if word not in said]
    if missing:
        return f"without {', '.join(missing)}: {' / '.join(said.split())[-300:]}"
    if not one.sheet:
        return "as it should"
    try:
        until("paper", lambda: len(cups.sheets()) > before, 20)
    except AssertionError:
        return f"nothing printed: {' / '.join(said.split())[-300:]}"
    sheet = cups.sheets()[-1]
    if sheet.user != "ada" or one.sheet not in sheet.title:
        return f"printed as {sheet.user}, {sheet.title}"
    return f"as it should; {len(sheet.content)} bytes, {sheet.content[:8].decode('latin-1').strip()}"


def _picture(display: str, one: Try) -> None:
    name = "-".join(f"{one.program} {one.what.split(',')[0]}".lower().split())
    subprocess.run(
        ["import", "-window", "root", PICTURES / f"{name}.png"], env={**os.environ, "DISPLAY": display}, check=False
    )


@contextmanager
def desktop() -> Iterator[int]:
    """A FreeRDP server that shows a screen of its own; the number of its port, 0 where there is none."""
    program = shutil.which("freerdp-shadow-cli")
    if program is None:
        yield 0
        return
    port = free_port()
    with xvfb(640, 480) as name:
        words = [program, f"/port:{port}", "/bind-address:127.0.0.1", "-auth", "/sec:rdp"]
        server = subprocess.Popen(
            words, env={**os.environ, "DISPLAY": name}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            until("the desktop", lambda: _listens(port))
            yield port
        finally:
            server.kill()
            server.wait()


@contextmanager
def xrdp() -> Iterator[int]:
    """Debian's xrdp with a certificate of its own and nobody who may log in; the number of its port, 0 without it."""
    program = shutil.which("xrdp")
    if program is None or os.getuid() != 0:
        yield 0
        return
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="kiosk-xrdp-") as home:
        key, certificate, settings = (Path(home) / name for name in ("key.pem", "cert.pem", "xrdp.ini"))
        words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
        subprocess.run([*words, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        text = Path("/etc/xrdp/xrdp.ini").read_text(encoding="utf-8")
        for name, value in (("port", f"tcp://127.0.0.1:{port}"), ("certificate", certificate), ("key_file", key)):
            text = re.sub(rf"^{name}=.*$", f"{name}={value}", text, count=1, flags=re.MULTILINE)
        settings.write_text(re.sub(r"^LogFile=.*$", f"LogFile={home}/log", text, flags=re.MULTILINE))
        Path("/var/run/xrdp").mkdir(exist_ok=True)  # where it keeps its sockets
        server = subprocess.Popen(
            [program, "--nodaemon", "--config", settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            until("xrdp", lambda: _listens(port))
            yield port
        finally:
            server.terminate()
            server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
