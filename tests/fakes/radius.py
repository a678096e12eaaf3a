"""FreeRADIUS with the files of ``installer/radius``, and requests made by hand (RFC 2865)."""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.login_server import INSTALLER, KIOSK
from tests.fakes.process_table import until
from tests.fakes.unpacked import program

SHARED = "a-long-random-word"
ACCEPT, REJECT, MESSAGE_AUTHENTICATOR = 2, 3, 80
_BASE = """
prefix = /usr
libdir = {modules}
logdir = {folder}
run_dir = {folder}
pidfile = {folder}/radius.pid
max_requests = 1024
log {{
    destination = stdout
    auth = no
}}
security {{
    allow_core_dumps = no
    max_attributes = 200
    reject_delay = 0
    status_server = no
}}
thread pool {{
    start_servers = 2
    max_servers = 4
    min_spare_servers = 1
    max_spare_servers = 2
}}
"""


@dataclass(frozen=True)
class RadiusServer:
    """At ``port`` of loopback."""

    port: int
    folder: Path

    def packet(self, login: str, password: str, *, signed: bool = True) -> tuple[bytes, bytes]:
        """An Access-Request with PAP, and its authenticator. ``signed``: with a Message-Authenticator (RFC 2869)."""
        authenticator = os.urandom(16)
        padded = password.encode().ljust(-(-max(len(password), 1) // 16) * 16, b"\0")
        hidden, last = b"", authenticator
        for at in range(0, len(padded), 16):
            pad = hashlib.md5(SHARED.encode() + last).digest()  # noqa: S324  (the protocol's own)
            last = bytes(a ^ b for a, b in zip(padded[at : at + 16], pad, strict=True))
            hidden += last
        attributes = _attribute(1, login.encode()) + _attribute(2, hidden)
        if signed:
            zeros = _attribute(MESSAGE_AUTHENTICATOR, bytes(16)) + attributes
            made = hmac.new(SHARED.encode(), _head(zeros, authenticator) + zeros, "md5").digest()
            attributes = _attribute(MESSAGE_AUTHENTICATOR, made) + attributes
        return _head(attributes, authenticator) + attributes, authenticator

    def send(self, packet: bytes, within: float = 20) -> bytes | None:
        """The answer; None for none."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.settimeout(within)
            line.sendto(packet, ("127.0.0.1", self.port))
            try:
                return line.recv(4096)
            except TimeoutError:
                return None


def _attribute(kind: int, value: bytes) -> bytes:
    return bytes((kind, len(value) + 2)) + value


def _head(attributes: bytes, authenticator: bytes) -> bytes:
    return struct.pack("!BBH", 1, 7, 20 + len(attributes)) + authenticator


def read(answer: bytes) -> list[tuple[int, bytes]]:
    """Its attributes, in their order."""
    found, at = [], 20
    while at < len(answer):
        found.append((answer[at], answer[at + 2 : at + answer[at + 1]]))
        at += answer[at + 1]
    return found


def signed_right(answer: bytes, authenticator: bytes) -> bool:
    """Whether its Message-Authenticator is of whoever knows the shared secret."""
    found = dict(read(answer))[MESSAGE_AUTHENTICATOR]
    at = answer.index(bytes((MESSAGE_AUTHENTICATOR, 18)) + found) + 2
    plain = answer[:4] + authenticator + answer[20:at] + bytes(16) + answer[at + 16 :]
    return hmac.compare_digest(hmac.new(SHARED.encode(), plain, "md5").digest(), found)


@contextmanager
def running(folder: Path, port: int, settings: Path, certificate: Path) -> Iterator[RadiusServer]:
    """The files as they are handed out, with this machine's port and files in place of a hospital's."""
    places = {
        "/usr/bin/kiosk server-login": f"{KIOSK} server-login",
        "/etc/freeradius/3.0/kiosk.toml": str(settings),
        "/etc/freeradius/3.0/certs/kiosk.pem": str(certificate),
        "ipaddr = *": "ipaddr = 127.0.0.1",
        "port = 1812": f"port = {port}",
        "ipaddr = 10.0.8.0/24": "ipaddr = 127.0.0.1",
        "LONG-RANDOM-WORD": SHARED,
    }
    texts = {}
    for name in ("login", "eap", "site", "clients"):
        text = (INSTALLER / "radius" / f"kiosk-{name}").read_text(encoding="utf-8")
        for ours, theirs in places.items():
            text = text.replace(ours, theirs)
        texts[name] = text
    modules = f"modules {{\n{texts['login']}\n{texts['eap']}\n}}\n"
    (folder / "radiusd.conf").write_text(
        _BASE.format(folder=folder, modules=program("/usr/lib/freeradius")) + texts["clients"] + modules + texts["site"]
    )
    (folder / "dictionary").write_text("$INCLUDE /usr/share/freeradius/dictionary\n")
    log = folder / "radius.log"
    with log.open("w") as out:
        words = [program("/usr/sbin/freeradius"), "-f", "-l", "stdout", "-d", str(folder), "-n", "radiusd"]
        child = subprocess.Popen(words, stdout=out, stderr=out)
    try:
        until("FreeRADIUS is ready", lambda: "Ready to process requests" in log.read_text() or child.poll() is not None)
        assert child.poll() is None, log.read_text()
        yield RadiusServer(port, folder)
    finally:
        child.terminate()
        child.wait(20)
