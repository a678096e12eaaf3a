"""Asks LDAP by OpenLDAP's own ``ldapsearch`` (decision 37): a process of its own, over TLS or not at all.

The password goes by a file in memory that has no name. The machine's ``ldap.conf`` is not read (``LDAPNOINIT``), so
nothing there can make the certificate count for less.
"""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from kiosk.service.directory import ldif
from kiosk.service.directory.ldif import LdapEntry, NoAnswerError
from kiosk.service.platform.directory_settings import LdapPlace

PROGRAM = "ldapsearch"
PATH = "/usr/local/bin:/usr/bin:/bin"
CLEAN = {"PATH": PATH, "LANG": "C.UTF-8", "LDAPNOINIT": "1"}
MAX_ANSWER = 256 * 1024 * 1024
"""Bytes of one answer; a person's entry has some 300."""
MAX_PASSWORD = 4096
CONNECT_SECONDS = 5
LOOK_SECONDS = 0.2
_MEANT = {
    3: "took too long and broke off",
    4: "gave only a part: its size limit was reached",
    10: "refers to another server",
    11: "gave only a part: its administrative limit was reached",
    32: "has nothing at that base",
    48: "does not let this account in",
    49: "does not take that DN and password",
    50: "does not let this account read that",
    51: "is busy",
    52: "is not available",
    255: "cannot be reached, or its certificate is not of the CA in “ca”",
}
"""By LDAP result code (RFC 4511, appendix A), with which the program ends; 255 is its own."""


def search(
    place: LdapPlace, base: str, what: str, attributes: Sequence[str], stopped: Callable[[], bool] = lambda: False
) -> list[LdapEntry]:
    """All entries below ``base`` for which the filter ``what`` holds. Blocks, for ``place.seconds`` at most.

    ``stopped``: asked five times a second whether to give up. Raises ``NoAnswerError``.
    """
    secret = _password(Path(place.password_file))
    held = os.memfd_create("directory-password", os.MFD_CLOEXEC)
    try:
        os.fchmod(held, 0o600)
        os.write(held, secret)
        os.lseek(held, 0, os.SEEK_SET)
        said, status = _run(_words(place, held, base, what, attributes), held, place.seconds, stopped)
    finally:
        os.close(held)
    if status:
        raise NoAnswerError(f"The directory {_MEANT.get(status, _starttls(place, status))}.")
    return ldif.read(said, place.most)


def available() -> bool:
    """Whether the program is there: Debian's ``ldap-utils``."""
    return shutil.which(PROGRAM, path=PATH) is not None


def _starttls(place: LdapPlace, status: int) -> str:
    if status == 1 and place.url.startswith("ldap://"):
        return "cannot be reached, has no StartTLS, or its certificate is not of the CA in “ca”"
    return f"says no (LDAP result {status})"


def _words(place: LdapPlace, held: int, base: str, what: str, attributes: Sequence[str]) -> list[str]:
    start = ["-ZZ"] if place.url.startswith("ldap://") else []
    safe = ["-o", f"TLS_CACERT={place.ca}", "-o", "TLS_REQCERT=demand", "-o", "TLS_PROTOCOL_MIN=3.3"]
    form = ["-x", "-LLL", "-o", "ldif_wrap=no", "-o", f"nettimeout={CONNECT_SECONDS}"]
    paged = ["-E", f"pr={place.page}/noprompt", "-l", str(place.seconds)]
    who = ["-H", place.url, "-D", place.bind, "-y", f"/proc/self/fd/{held}"]
    return [PROGRAM, *form, *paged, *safe, *start, *who, "-s", "sub", "-b", base, what, *attributes]


def _password(path: Path) -> bytes:
    """The first line of the file, which nobody else may read."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise NoAnswerError(f"Others may read the directory's password. Run: chmod 600 {path}")
            secret = file.read(MAX_PASSWORD + 1).split(b"\n")[0].rstrip(b"\r")
    except OSError as error:
        raise NoAnswerError(f"The directory's password cannot be read from {path}: {error.strerror}.") from None
    if not secret or len(secret) > MAX_PASSWORD:
        # RFC 4513 section 5.1.2: without a password a server may take anybody, as nobody.
        raise NoAnswerError(f"The directory's password in {path} is empty, or too long.")
    return secret


def _run(words: list[str], held: int, seconds: float, stopped: Callable[[], bool]) -> tuple[bytes, int]:
    try:
        program = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=CLEAN,
            cwd="/",
            pass_fds=(held,),
            start_new_session=True,
        )
    except OSError:
        raise NoAnswerError("The program “ldapsearch” is missing. Install it: apt install ldap-utils") from None
    try:
        said = _read(program.stdout, time.monotonic() + seconds, stopped)
        return said, program.wait(LOOK_SECONDS * 5)
    except subprocess.TimeoutExpired:
        raise NoAnswerError("The directory's answer did not end.") from None
    finally:
        program.kill()
        program.wait()
        if program.stdout is not None:
            program.stdout.close()


def _read(answer: IO[bytes] | None, end: float, stopped: Callable[[], bool]) -> bytes:
    """``answer``: the pipe that the program writes to. Raises ``NoAnswerError``."""
    if answer is None:
        raise NoAnswerError("The directory's answer cannot be read.")
    said = bytearray()
    with selectors.DefaultSelector() as ready:
        ready.register(answer, selectors.EVENT_READ)
        while time.monotonic() < end:
            if stopped():
                raise NoAnswerError("The service stopped while the directory was asked.")
            if not ready.select(LOOK_SECONDS):
                continue
            some = os.read(answer.fileno(), 1 << 16)
            if not some:
                return bytes(said)
            said += some
            if len(said) > MAX_ANSWER:
                raise NoAnswerError("The directory's answer is too long. See “filter”.")
    raise NoAnswerError("The directory took too long. See “seconds”.")
