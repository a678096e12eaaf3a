"""A program in a workspace that tries what it is told to: ``network_inside.py ORDERS ANSWERS``, two named pipes.

An order is a line of JSON, a list of words; so is its answer, with what came of it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

SECONDS = 3


def tcp(address: str, port: int) -> str:
    """What is read from there, or why nothing."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.settimeout(SECONDS)
        try:
            tried.connect((address, port))
            tried.sendall(b"hello\n")
            return tried.recv(100).decode()
        except OSError as error:
            return type(error).__name__ + f" {error.errno}"


def udp(address: str, port: int, text: str) -> str:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as tried:
        tried.settimeout(SECONDS)
        try:
            tried.connect((address, port))
            tried.send(bytes.fromhex(text))
            return tried.recv(1500).hex()
        except OSError as error:
            return type(error).__name__ + f" {error.errno}"


def by_the_way_out(kind: str, address: str, port: int) -> str:
    """As ``tcp`` and ``udp``, from a socket bound to the way out, which needs no right (socket(7))."""
    how = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, how) as tried:
        tried.settimeout(SECONDS)
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"out")
        try:
            tried.connect((address, port))
            tried.send(b"from the workspace")
            return tried.recv(100).decode()
        except OSError as error:
            return type(error).__name__ + f" {error.errno}"


def abstract(name: str) -> str:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as tried:
        try:
            tried.connect("\0" + name)
        except OSError as error:
            return type(error).__name__
        return "reached"


def listen(port: int) -> str:
    """For ever, on every address."""
    server = socket.create_server(("0.0.0.0", port))  # noqa: S104 # inside
    if os.fork() == 0:
        while True:
            guest, _ = server.accept()
            guest.recv(100)
            guest.sendall(b"somebody else's")
            guest.close()
    server.close()
    return "listens"


def bind(address: str, port: int) -> str:
    try:
        socket.create_server((address, port)).close()
    except OSError as error:
        return type(error).__name__ + f" {error.errno}"
    return "bound"


def run(*words: str) -> list[object]:
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    return [done.returncode, done.stdout + done.stderr]


def pour(address: str, port: int, mib: int) -> float:
    """MiB a second, until the other end has read them all."""
    piece = bytes(1 << 20)
    with socket.create_connection((address, port), 30) as line:
        begun = time.monotonic()
        line.sendall(f"{mib << 20:016}".encode())
        for _ in range(mib):
            line.sendall(piece)
        assert line.recv(100) == b"0"
        return mib / (time.monotonic() - begun)


def there_and_back(address: str, port: int, times: int) -> list[float]:
    """Microseconds of each."""
    found = []
    with socket.create_connection((address, port), 30) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(times):
            begun = time.monotonic()
            line.sendall(b"x")
            line.recv(1)
            found.append((time.monotonic() - begun) * 1e6)
    return found


def connects(address: str, port: int, times: int) -> list[float]:
    """Microseconds of each, until the connection is there."""
    found = []
    for _ in range(times):
        begun = time.monotonic()
        socket.create_connection((address, port), 30).close()
        found.append((time.monotonic() - begun) * 1e6)
    return found


def start(*words: str) -> str:
    subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return "started"


def read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError as error:
        return type(error).__name__


def environment(*names: str) -> list[str | None]:
    return [os.environ.get(name) for name in names]


def raw() -> dict[str, str]:
    """A raw socket, or a capability over this network."""
    tried = {}
    for name, family, kind in (("raw", socket.AF_INET, socket.SOCK_RAW), ("packet", socket.AF_PACKET, socket.SOCK_RAW)):
        try:
            socket.socket(family, kind, socket.IPPROTO_ICMP if name == "raw" else 0).close()
            tried[name] = "open"
        except OSError as error:
            tried[name] = type(error).__name__
    return tried


ACTS: dict[str, Callable[..., object]] = {
    "tcp": tcp,
    "udp": udp,
    "by_the_way_out": by_the_way_out,
    "abstract": abstract,
    "listen": listen,
    "bind": bind,
    "raw": raw,
    "run": run,
    "start": start,
    "read": read,
    "environment": environment,
    "pour": pour,
    "there_and_back": there_and_back,
    "connects": connects,
}


def main(orders: str, answers: str) -> None:
    while True:
        with Path(orders).open() as pipe:
            for line in pipe:
                name, *words = json.loads(line)
                try:
                    told = ACTS[name](*words)
                except Exception as error:
                    told = f"failed: {error!r}"
                descriptor = os.open(answers, os.O_WRONLY)
                os.write(descriptor, (json.dumps(told) + "\n").encode())
                os.close(descriptor)


main(*sys.argv[1:])
