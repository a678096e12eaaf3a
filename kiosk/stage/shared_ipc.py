"""What a workspace's programs and their nested server have in common: one IPC namespace, and nobody else is in it.

A program shows a picture by writing it into shared memory and telling the server the number of the segment (MIT-SHM);
such numbers mean something in one namespace only. Without it every pixel goes through the socket, which costs a
scrolling browser four times the processor. The server, which begins first, makes the namespace; the sandbox enters it.

Whoever enters must own it (CAP_SYS_ADMIN in the user namespace that made it): so where the server has a user namespace
of its own, the sandbox is built inside that one. [ipc_namespaces(7), setns(2), user_namespaces(7), nsenter(1)]
"""

from __future__ import annotations

import os

NSENTER = "/usr/bin/nsenter"


class Common:
    """Held open, of process ``pid``, which is sure to be the nested server as yet. Raises ``OSError``."""

    def __init__(self, pid: int) -> None:
        self._held: dict[str, int] = {}
        try:
            if os.stat(f"/proc/{pid}/ns/user").st_ino != os.stat("/proc/self/ns/user").st_ino:
                self._hold("user", pid)
            self._hold("ipc", pid)
        except OSError:
            self.close()
            raise

    def _hold(self, kind: str, pid: int) -> None:
        self._held[kind] = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)

    def words(self) -> list[str]:
        """Enter, then run what follows.

        By this process's own descriptors: a number of a process may be another's by then, and whatever the child
        inherited would be the programs' too.
        """
        held = (f"--{kind}=/proc/{os.getpid()}/fd/{number}" for kind, number in self._held.items())
        return [NSENTER, "--preserve-credentials", *held, "--"]

    def close(self) -> None:
        """The namespace stays as long as anybody is in it."""
        while self._held:
            os.close(self._held.popitem()[1])
