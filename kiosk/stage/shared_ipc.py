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


_BOUNDS = """
for bound in {bounds}; do
    number=$(echo "${{bound#*=}}" | tr _ ' ')
    echo "$number" >"/proc/sys/kernel/${{bound%%=*}}" || echo "stage: $bound could not be set." >&2
done
exec "$@"
"""
_PAGE = os.sysconf("SC_PAGE_SIZE")


def bounded(mib: int) -> list[str]:
    """Run what follows, the first in its IPC namespace, with bounds for whoever comes there.

    Segments are nobody's memory: no limit of a process counts them, and they stay when their maker has ended. So all
    together have ``mib``; queues and semaphores, which lie in the kernel itself, have little. Before Linux 5.19 only
    root may say so. [proc_sys_kernel(5), shmall, shmmni, msgmni, sem]
    """
    bounds = f"shmall={(mib << 20) // _PAGE} shmmni=1024 msgmni=64 sem=250_3200_32_128"
    return ["/bin/sh", "-c", _BOUNDS.format(bounds=bounds), "sh"]


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

    def words(self, network: str = "") -> list[str]:
        """Enter, then run what follows. ``network``: path of a network namespace to enter too.

        By this process's own descriptors: a number of a process may be another's by then, and whatever the child
        inherited would be the programs' too.
        """
        held = (f"--{kind}=/proc/{os.getpid()}/fd/{number}" for kind, number in self._held.items())
        also = [f"--net={network}"] if network else []
        return [NSENTER, "--preserve-credentials", *held, *also, "--"]

    def user_words(self) -> list[str]:
        """Enter the user namespace alone, where it is another than this process's; nothing else."""
        if "user" not in self._held:
            return []
        return [NSENTER, "--preserve-credentials", f"--user=/proc/{os.getpid()}/fd/{self._held['user']}", "--"]

    def close(self) -> None:
        """The namespace stays as long as anybody is in it."""
        while self._held:
            os.close(self._held.popitem()[1])
