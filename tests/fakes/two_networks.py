"""A station's network and a hospital's behind it, both made for a test: two namespaces, and a cable between them.

Nothing of the machine's own network is touched. Needs root.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

STATION, STATION_TOO, STATION_V6 = "10.77.0.2", "10.77.0.9", "fd77::2"
FAR, ELSEWHERE, FAR_V6 = "10.77.0.1", "10.78.0.1", "fd77::1"
"""Addresses on the far side: of the gateway, and of another network behind it."""
PUBLIC = "198.51.100.1"
"""There too: what a browser takes for the internet, and so keeps from loopback."""
HERE = Path(__file__).parent
NEEDED = ("pasta", "nft", "ip", "unshare", "nsenter")
WHY_NOT = "two networks need root, passt and nftables"
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_CABLE = """
ip link set lo up
ip link add near type veth peer name far netns {far}
ip addr add 10.77.0.2/24 dev near
ip addr add fd77::2/64 dev near nodad
ip link set near up
ip addr add 10.77.0.9/32 dev lo
"""
_FAR = """
ip link set lo up
ip addr add 10.77.0.1/24 dev far
ip addr add fd77::1/64 dev far nodad
ip addr add 10.78.0.1/32 dev lo
ip addr add 198.51.100.1/32 dev lo
ip link set far up
"""
_WAY = """
ip route add default via 10.77.0.1
ip -6 route add default via fd77::1
"""


def possible() -> bool:
    return os.getuid() == 0 and all(shutil.which(name, path=_PATH) for name in NEEDED)


class TwoNetworks:
    """A context manager."""

    def __enter__(self) -> TwoNetworks:
        with contextlib.ExitStack() as unless_made:
            self._running = unless_made
            self._near, self._far = self._namespace(), self._namespace()
            self.station(_CABLE.format(far=self._far.pid))
            self.far(_FAR)
            self.station(_WAY)
            self._running = unless_made.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._running.close()

    @property
    def around(self) -> list[str]:
        """Words that begin a program in the station's network."""
        return _inside(self._near.pid)

    def station(self, script: str) -> None:
        """Run it in the station's network."""
        subprocess.run([*self.around, "sh", "-ec", script], check=True, env={"PATH": _PATH}, timeout=30)

    def far(self, script: str) -> None:
        """Run it on the far side."""
        subprocess.run([*_inside(self._far.pid), "sh", "-ec", script], check=True, env={"PATH": _PATH}, timeout=30)

    def serve(self, *what: str, station: bool = False) -> IO[str]:
        """As ``far_servers``, on the far side or on the station, until the end; what is printed there."""
        where = self.around if station else _inside(self._far.pid)
        words = [*where, sys.executable, str(HERE / "far_servers.py"), *what]
        server = self._running.enter_context(_ends(subprocess.Popen(words, stdout=subprocess.PIPE, text=True)))
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        return server.stdout

    def _namespace(self) -> subprocess.Popen[str]:
        """Of a process that does nothing but be in it."""
        words = ["unshare", "--net", "sh", "-c", "echo ready; exec cat"]
        made = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._running.enter_context(_ends(made))
        assert made.stdout is not None
        assert made.stdout.readline() == "ready\n"
        return made


def _inside(pid: int) -> list[str]:
    return ["nsenter", f"--net=/proc/{pid}/ns/net", "--"]


@contextlib.contextmanager
def _ends(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
