"""A Unix user of their own for each workspace, out of the numbers that the administrator set aside for the station.

``/etc/subuid`` and ``/etc/subgid`` give the station's user a range of numbers that are nobody's. Debian's newuidmap
(setuid, not ours) lets it enter a user namespace in which two of them mean something: the station's own as root, which
prepares the sandbox, and one of the range as the user whose programs run. Whoever breaks out of the sandbox is a user
who owns nothing on this machine: not the agent's files, and not another person's. [subuid(5), newuidmap(1)]
"""

from __future__ import annotations

import os

INSIDE = 1000
"""Number of the user as the programs see it, also where it stays the station's outside."""
NEEDED = ("/usr/bin/unshare", "/usr/bin/newuidmap", "/usr/bin/newgidmap", "/usr/bin/setpriv")


class NoUsersError(Exception):
    """There are none to be had here; the message is a sentence that says what to do."""


class Users:
    """The station's range, as told in the folder ``etc``. Raises ``NoUsersError``."""

    def __init__(self, etc: str = "/etc") -> None:
        missing = [program for program in NEEDED if not os.path.exists(program)]
        if missing:
            raise NoUsersError(f"{missing[0]} is missing: apt install uidmap util-linux")
        self._uids, uids = _range(f"{etc}/subuid")
        self._gids, gids = _range(f"{etc}/subgid")
        self._free = list(range(min(uids, gids)))

    @property
    def count(self) -> int:
        """How many nobody has now."""
        return len(self._free)

    def take(self) -> tuple[int, int]:
        """User and group for a new workspace. Raises ``OSError`` if all are in use."""
        if not self._free:
            raise OSError(0, "all Unix users set aside for workspaces are in use")
        index = self._free.pop(0)
        return self._uids + index, self._gids + index

    def give_back(self, user: int) -> None:
        """Nothing of that user's runs any more. It is the last to be taken again."""
        self._free.append(user - self._uids)


def words(user: tuple[int, int] | None) -> list[str]:
    """Into a user namespace where root is the station's user, and ``INSIDE`` is ``user``; nothing for None."""
    if user is None:
        return []
    maps = [f"--map-users={user[0]},{INSIDE},1", f"--map-groups={user[1]},{INSIDE},1"]
    return ["/usr/bin/unshare", "--user", "--map-root-user", *maps, "--"]


def _range(path: str) -> tuple[int, int]:
    """The first of ours in the file: where it begins, and how many there are."""
    ours = {str(os.getuid()), _name()}
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.strip().split(":") for line in file]
    except OSError:
        lines = []
    for name, *numbers in lines:
        if name in ours and len(numbers) == 2 and all(number.isdigit() for number in numbers) and int(numbers[1]):
            return int(numbers[0]), int(numbers[1])
    raise NoUsersError(f"{path} sets no numbers aside for the user {_name()}: usermod --add-subuids and --add-subgids")


def _name() -> str:
    """Without the pwd module, for the memory's sake."""
    try:
        with open("/etc/passwd", encoding="utf-8") as file:
            return next(line.split(":")[0] for line in file if line.split(":")[2:3] == [str(os.getuid())])
    except (OSError, StopIteration):
        return ""
