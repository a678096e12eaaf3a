"""One workspace's network, from the stage's side: what prepares it, and ``pasta``, its way out.

Closed is what it is by itself: a namespace without an interface leads nowhere. What may leave is loaded before there is
a ``pasta``. ``pasta`` ends: its interface goes with it. ``nft`` fails: there is no ``pasta``. [pasta(1)]

``pasta`` runs as the station's user and needs no right on the machine. It opens a connection of its own for each that a
program opens, so it is asked for nothing more: nothing comes in, and the gateway's address is the gateway's.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from kiosk.stage.loop import ChildProcess, Loop
from kiosk.stage.nested import null
from kiosk.stage.network import inside
from kiosk.stage.network.addresses import own_addresses
from kiosk.stage.network.names import FORWARDED, Resolving, resolving
from kiosk.stage.network.rules import Allowed, ruleset

PASTA = "/usr/bin/pasta"
INTERFACE = "out"
_BOUND = ("/usr/bin/setpriv", "--pdeathsig", "KILL", "--")
_PASTA = (
    *(PASTA, "--foreground", "--quiet", "--config-net", "--ns-ifname", INTERFACE, "--no-map-gw"),
    *("--no-dhcp", "--no-dhcpv6", "--no-ra", "-t", "none", "-u", "none", "-T", "none", "-U", "none"),
)
_START = (
    "import sys; sys.path[:0] = {paths!r}; from kiosk.stage.network.inside import main; sys.exit(main(sys.argv[1:]))"
)
_PATIENCE = 3.0
"""Seconds that programs wait for the way out, before they begin without it."""
_AGAIN, _MAX_LENGTH = 1.0, 30.0
"""Seconds until a way out that ended is tried again."""


class NetworkPolicy(NamedTuple):
    """What every workspace of the station has: where its programs may connect, and the ``port`` of its doorbell for web
    pages on its own loopback, 0 for none. ``proxy``: which programs are told of, an address with ``http://``."""

    allowed: tuple[Allowed, ...] = ()
    port: int = 0
    proxy: str = ""

    @property
    def needed(self) -> bool:
        """Whether there is anything in it beside loopback, which bubblewrap makes too."""
        return bool(self.allowed or self.port)


def environment(policy: NetworkPolicy) -> dict[str, str]:
    """What tells programs of the hospital's proxy. In both spellings: there is no agreed one."""
    if not policy.proxy:
        return {}
    names = dict.fromkeys(("http_proxy", "https_proxy"), policy.proxy) | {"no_proxy": "localhost,127.0.0.1,::1"}
    return names | {name.upper(): value for name, value in names.items()}


class OwnNetwork:
    """Begins at once, in ``folder``, which it makes. Raises ``OSError``.

    ``enter``: words that enter the user namespace it is to belong to; none for a new one. ``settled()``: once, when
    programs may begin: there is a way out, or none is wanted, or it did not come in time, or there is no network at all
    (``path`` is empty then). ``changed(leads)``: programs reach what they may, or no longer.
    """

    def __init__(
        self,
        loop: Loop,
        folder: str,
        enter: Sequence[str],
        policy: NetworkPolicy,
        settled: Callable[[], None],
        changed: Callable[[bool], None],
    ) -> None:
        self._loop, self.folder, self._policy = loop, folder, policy
        self._settled, self._changed = settled, changed
        self.settled = self.leads = False
        self._held: list[int] = []
        self._pasta: ChildProcess | None = None
        self._pause, self._over = _AGAIN, False
        os.mkdir(folder, 0o711)
        self._resolving = self._write()
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        code = _START.format(paths=[path for path in sys.path if path])
        own = ("--net",) if enter else ("--user", "--map-root-user", "--net")
        words = [*enter, "/usr/bin/unshare", *own, "--", *_BOUND, sys.executable, "-I", "-S", "-c", code]
        with theirs:
            try:
                told = [self._rules if policy.allowed else "", str(policy.port)]
                self._child = ChildProcess(
                    loop, [*words, *told], _ENV, self._ended, {null(): 0, theirs.fileno(): inside.LINE}
                )
            except OSError:
                self._line.close()
                raise
        loop.watch(self._line.fileno(), self._heard)

    @property
    def _rules(self) -> str:
        return f"{self.folder}/rules.nft"

    @property
    def names(self) -> str:
        """Path of its resolv.conf(5)."""
        return f"{self.folder}/resolv.conf"

    @property
    def path(self) -> str:
        """By which a child of this process enters it; empty where there is none: whoever needs one makes an empty."""
        return f"/proc/{os.getpid()}/fd/{self._held[0]}" if self._held else ""

    @property
    def doorbell(self) -> tuple[int, ...]:
        """The descriptors of its doorbell's socket and of the kernel's word about it; none where it has no doorbell."""
        return tuple(self._held[2:])

    def close(self) -> None:
        """Nothing of it is needed any more."""
        self._over = True
        for moment in ("out", "again"):
            self._loop.cancel(self._moment(moment))
        self._hang_up()  # upon which the process inside ends
        self._shut()
        if len(self._held) > 1:
            self._loop.forget(self._held[1])
        while self._held:
            os.close(self._held.pop())

    @property
    def running(self) -> bool:
        """Whether a process of it is left."""
        return self._child.running or self._pasta is not None

    def renew(self) -> None:
        """The station's addresses are others. What may pass is loaded anew; where that fails nothing may pass."""
        if self._over or not self._held or not self._child.running or not self._policy.allowed:
            return
        spaces = f"/proc/{self._child.pid}/ns"
        words = ["/usr/bin/nsenter", "--preserve-credentials", f"--user={spaces}/user", f"--net={spaces}/net", "--"]
        words += ["/bin/sh", "-c", _LOAD, "sh", inside.NFT, self._rules, str(self._child.pid)]
        before = self._resolving.forwards, self._wants_ipv6
        try:
            self._resolving = self._write()
            ChildProcess(self._loop, words, _ENV, _nothing, {null(): 0})
        except OSError as error:
            _say(f"What may leave a workspace could not be said anew: {error.strerror}. It stays closed.")
            self._child.kill(signal.SIGKILL)
            return
        if before != (self._resolving.forwards, self._wants_ipv6):
            self._shut()  # and begins again, as it is to be now
        if self._pasta is None:
            self._loop.after(0, self._moment("again"), self._go_out)

    def _shut(self) -> None:
        if self._pasta is not None:
            self._pasta.kill(signal.SIGKILL)

    def _write(self) -> Resolving:
        """What may leave, and who resolves names, by the addresses that the station has now. Raises ``OSError``."""
        station = own_addresses()
        found = resolving(station)
        _put(self._rules, ruleset(self._policy.allowed, found.servers if self._policy.allowed else (), station))
        _put(self.names, found.text if self._policy.allowed else "")
        return found

    def _heard(self) -> None:
        """The one word of the process inside, or its end."""
        try:
            said, held, _, _ = socket.recv_fds(self._line, len(inside.HERE), inside.MAX_HELD)
        except OSError:
            said, held = b"", []
        if said != inside.HERE or len(held) < 2 or self._held:
            for descriptor in held:
                os.close(descriptor)
            self._hang_up()
            return
        self._held = held
        if not self._policy.allowed:
            self._settle()
            return
        self._loop.watch(held[1], self._news)
        self._loop.after(_PATIENCE, self._moment("out"), self._late)
        self._go_out()

    def _news(self) -> None:
        """Of the routes inside."""
        try:
            found = inside.is_way_out(os.read(self._held[1], _NEWS))
        except OSError:  # there was more news than it holds
            return
        if found:
            self._pause = _AGAIN
            self._leads(True)
            self._settle()

    def _late(self) -> None:
        _say("The way out of a workspace does not come up. Its programs begin without it.")
        self._settle()

    def _ended(self) -> None:
        """The process inside: before all is prepared there is no network; afterwards it is closed for good."""
        if not self._over and self._policy.allowed:
            _say("A workspace's programs reach nothing, until it ends: what keeps its network has ended.")
        self._shut()
        self._hang_up()
        self._settle()

    def _settle(self) -> None:
        self._loop.cancel(self._moment("out"))
        if not self.settled and not self._over:
            self.settled = True
            self._settled()

    def _go_out(self) -> None:
        if self._over or not self._child.running or self._pasta is not None:
            return
        spaces = f"/proc/{self._child.pid}/ns"
        words = [*_BOUND, *_PASTA, "--userns", f"{spaces}/user", "--netns", f"{spaces}/net"]
        # Root is made nobody by it, who may not enter what is root's.
        words += ["--runas", "0"] if os.getuid() == 0 else []
        words += ["--dns-forward", FORWARDED] if self._resolving.forwards else []
        # What is not asked for is memory: its tables are ready from the start. IPv6 finds nobody without its ICMP.
        words += [] if self._wants_ipv6 else ["--ipv4-only", "--no-icmp"]
        try:
            # Its own words go to the system's log; where there is none it complains about that, many times over.
            self._pasta = ChildProcess(self._loop, words, _ENV, self._way_ended, {null(): 0}, null())
        except OSError:
            self._way_ended()

    @property
    def _wants_ipv6(self) -> bool:
        return any(allowed.version == "6" for allowed in self._policy.allowed) or any(
            ":" in server for server in self._resolving.servers
        )

    def _way_ended(self) -> None:
        self._pasta = None
        if self._over or not self._child.running:
            return
        if self.leads or self._pause == _AGAIN:  # once, not at each try
            _say("The way out of a workspace (pasta) has ended. Its programs reach nothing until it is there again.")
        self._leads(False)
        self._loop.after(self._pause, self._moment("again"), self._go_out)
        self._pause = min(self._pause * 2, _MAX_LENGTH)

    def _leads(self, leads: bool) -> None:
        if leads != self.leads:
            self.leads = leads
            self._changed(leads)

    def _hang_up(self) -> None:
        if self._line.fileno() >= 0:
            self._loop.forget(self._line.fileno())
            self._line.close()

    def _moment(self, what: str) -> str:
        return f"network {what} {self.folder}"


_ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
_LOAD = '"$1" -f "$2" || kill -KILL "$3"'
"""Where it cannot be loaded, what keeps the network ends, and the way out with it."""
_NEWS = 65536


def _put(path: str, text: str) -> None:
    """In one step: whoever reads it, or sees it inside, has the whole. Raises ``OSError``."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    try:
        os.fchmod(descriptor, 0o644)  # whoever runs inside may be another user
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _say(sentence: str) -> None:
    os.write(2, f"stage: {sentence}\n".encode())


def _nothing() -> None:
    pass
