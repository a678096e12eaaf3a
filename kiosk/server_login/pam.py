"""What ``pam_exec`` runs: it lets somebody in by exit status 0, and by no other.

``pam_exec`` says in the environment who wants what (``PAM_USER``, ``PAM_SERVICE``, ``PAM_TYPE``, ``PAM_RHOST``), and
hands a typed password over on standard input (``expose_authtok``). What else is in the environment may be the
person's own, in front of what PAM says: a name that stands there twice is refused.
"""

from __future__ import annotations

import pwd
import re
from collections.abc import Callable, Collection, Mapping

from kiosk.server_login.service_line import ServerLoginError, UntoldReasonError

LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?")
ROOT = "root"
NOBODYS = "Nobody signs in as root from here. Sign in by your own account, and use sudo."
NOT_LET_IN = (
    "You are not let in. Nobody said yes at a workstation, no one-time password counted, or nobody signs in here by "
    "this name."
)
"""Whatever the reason is that has to do with the login: a stranger hears of none that there is such a login."""
FIRST_PERSON = 1000
"""Below it are accounts of the system and of services (Debian policy, section 9.2.2)."""
NO_PERSON = (range(61184, 65536), range(2**32 - 2, 2**32))
"""Of services that systemd starts, of container users, ``nobody``, and what means none (Debian policy, section 9.2.2;
systemd, "Users, Groups, UIDs and GIDs on systemd Systems")."""
MAX_PASSWORD = 512
"""Bytes, as of PAM (``PAM_MAX_RESP_SIZE``)."""
_WORD = re.compile(r"[A-Za-z0-9_-]{1,24}")
_PLACE = re.compile(r"[A-Za-z0-9.:-]{1,45}")
"""An address, or a name as the DNS has it: whoever connects may have chosen it."""


def _number_of(login: str) -> int:
    return pwd.getpwnam(login).pw_uid


def environment(raw: bytes) -> dict[str, str]:
    """What PAM says, from ``/proc/self/environ``. Raises ``ServerLoginError`` for a name of PAM's that comes twice."""
    found: dict[str, str] = {}
    for entry in raw.split(b"\0"):
        name, _, value = entry.decode("utf-8", "replace").partition("=")
        if not name.startswith("PAM_"):
            continue
        if name in found:
            raise ServerLoginError(f"{name} is set twice: whoever signs in has set it, too.")
        found[name] = value
    return found


def login_of(said: Mapping[str, str]) -> str:
    """Who wants in. Raises ``ServerLoginError`` for what is not asked by a sign-in, or is no login of ours."""
    if said.get("PAM_TYPE") != "auth":
        raise ServerLoginError("This belongs into a line that begins with “auth”, and into no other.")
    return plain_login(said.get("PAM_USER", ""))


def plain_login(login: str) -> str:
    """``login``, where a person can have it. Raises ``ServerLoginError``.

    ``root`` is nobody. A name of digits alone is taken for the number of another account by some programs.
    """
    if not LOGIN.fullmatch(login) or login.isdigit():
        raise ServerLoginError("This name is no login of the sign-in service.")
    if login == ROOT:
        raise ServerLoginError(NOBODYS)
    return login


def check_account(login: str, allowed: Collection[str], number: Callable[[str], int] = _number_of) -> None:
    """Whether this server's account ``login`` is a person's: else whoever names somebody ``backup`` or ``toor`` at the
    sign-in service makes a system's account theirs. Raises ``UntoldReasonError``.

    ``allowed``: accounts of the system that may be signed in to all the same; never root's. ``number``: of an account.
    """
    try:
        uid = number(login)
    except KeyError:
        raise UntoldReasonError("This server has no account of that name.") from None
    if uid == 0:
        raise UntoldReasonError(NOBODYS)
    if login not in allowed and (uid < FIRST_PERSON or any(uid in numbers for numbers in NO_PERSON)):
        raise UntoldReasonError("This is an account of the system, and no person's: nobody signs in to it from here.")


def printed(error: ServerLoginError) -> str:
    """What whoever wants in may read of ``error``."""
    return NOT_LET_IN if isinstance(error, UntoldReasonError) else str(error)


def logged(login: str, error: ServerLoginError) -> str:
    """What the server's log says of it, in one line."""
    return "".join(c if c.isprintable() else " " for c in f"{login}: {error}")[:500]


def message(said: Mapping[str, str], server: str) -> str:
    """What the person reads at their workstation: what wants in, where, and from where. No command: it may hold a
    secret or a patient's name, and what is read stays in the evidence for good."""
    service, place = said.get("PAM_SERVICE", ""), said.get("PAM_RHOST", "")
    words = [service if _WORD.fullmatch(service) else "sign-in", "on", server]
    if place:
        words += ["from", place if _PLACE.fullmatch(place) else "an address that cannot be shown"]
    return " ".join(words)[:100].strip()


def typed(raw: bytes) -> str:
    """The password of ``expose_authtok``, which ends with a zero byte. Raises ``UntoldReasonError``."""
    try:
        return raw.split(b"\0")[0].decode("ascii").rstrip("\n")
    except UnicodeDecodeError:
        raise UntoldReasonError("That is no one-time password. Your workstation gives you one.") from None
