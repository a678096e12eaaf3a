"""``kiosk kerberos``: gets the Kerberos ticket of whoever this workspace belongs to (PKINIT, RFC 4556).

Run by the workspace itself. The key is made for this one ticket and lies in memory without a name (memfd_create(2)):
``kinit`` is handed it as a descriptor, and with that program it is gone. Prints in how many seconds to be run again.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.agent.doorbell.client import AgentNotRunningError, ask
from kiosk.cli.command_error import CommandError
from kiosk.cli.step_up import COULD_NOT_ASK, doorbell

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

KEY_BITS = 2048
"""For minutes; what every KDC takes."""
PATIENCE, KINIT_SECONDS = 20.0, 20
AT_FIRST, AGAIN = 1, 30
"""Seconds until the next try: where there is no ticket yet, because the workspace is not seen yet; else."""
WAITS = frozenset({"not_seen", "busy", "unreachable", "over_budget"})
"""What is no word about the person: the ticket that is there stays."""
_KINIT = "kinit"


@dataclass(frozen=True, slots=True)
class Granted:
    """What the service gave: ``certificate``, PEM, for ``principal``, by ``authority``; ``seconds`` of the ticket to be
    asked for."""

    certificate: str
    authority: str
    principal: str
    seconds: int


class NoTicketError(Exception):
    """There is no ticket this time; the message is a sentence. ``final``: nor may one that is there be used."""

    def __init__(self, sentence: str, *, final: bool) -> None:
        super().__init__(sentence)
        self.final = final


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", type=Path, metavar="DIR", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Print when to come again; its exit status is always 0. Raises ``CommandError`` outside a workspace."""
    cache = cache_file(os.environ.get("KRB5CCNAME", ""))
    door = doorbell(args.home)
    try:
        seconds = refresh(door, cache)
    except NoTicketError as error:
        there = cache.exists()
        if error.final and there:
            destroy(cache)
        if error.final or there:
            print(f"kiosk kerberos: {error}", file=sys.stderr)
        seconds = AGAIN if error.final or there else AT_FIRST
    print(seconds)
    return 0


def cache_file(name: str) -> Path:
    """The file that ``KRB5CCNAME`` names. Raises ``CommandError``."""
    path = name.removeprefix("FILE:")
    if not path.startswith("/"):
        raise CommandError("KRB5CCNAME names no file: this is run in a workspace that has Kerberos.", COULD_NOT_ASK)
    return Path(path)


def refresh(door: Path, cache: Path) -> int:
    """A new ticket in ``cache``; seconds until it is to be renewed. Raises ``NoTicketError``."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    granted = certified(door, request_for(key))
    obtain(granted, key, cache)
    return granted.seconds // 2


def request_for(key: RSAPrivateKey) -> str:
    """PKCS #10, PEM: this key, and that we have it. It names nobody: the service knows who it is."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    return request.public_bytes(Encoding.PEM).decode("ascii")


def certified(door: Path, csr: str) -> Granted:
    """What the service gives for it. Raises ``NoTicketError``."""
    try:
        answer = ask(door, {"op": "kerberos", "csr": csr}, PATIENCE)
    except AgentNotRunningError as error:
        raise NoTicketError(str(error), final=False) from None
    if "error" in answer:
        raise NoTicketError(str(answer.get("detail", "The agent refused.")), final=answer["error"] not in WAITS)
    texts = [answer.get(name) for name in ("certificate", "authority", "principal")]
    seconds = answer.get("ticket_seconds")
    if answer.get("decision") != "given":
        reason = str(answer.get("reason") or "policy")
        raise NoTicketError(f"No ticket: {reason.replace('_', ' ')}.", final=reason not in WAITS)
    certificate, authority, principal = (text if isinstance(text, str) else "" for text in texts)
    if not certificate or not authority or not principal or not isinstance(seconds, int):
        raise NoTicketError("The agent's answer cannot be read.", final=False)
    return Granted(certificate, authority, principal, seconds)


def obtain(granted: Granted, key: RSAPrivateKey, cache: Path) -> None:
    """``kinit`` into a new file that then takes the place of ``cache``: programs find one whole ticket or the other.

    It cannot be renewed or forwarded: a renewal needs a new certificate, so the service's word. Raises
    ``NoTicketError``.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = cache.with_name(f"{cache.name}.new")
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with contextlib.ExitStack() as held:
        certificate, authority = _in_memory(held, granted.certificate), _in_memory(held, granted.authority)
        mine = _in_memory(held, pem.decode("ascii"))
        settings = _in_memory(held, _fragment(granted.principal, f"/proc/self/fd/{authority}"))
        identity = f"X509_user_identity=FILE:/proc/self/fd/{certificate},/proc/self/fd/{mine}"
        words = [_KINIT, "-c", f"FILE:{made}", "-l", f"{granted.seconds}s", "-F", "-X", identity, granted.principal]
        config = f"/proc/self/fd/{settings}:{os.environ.get('KRB5_CONFIG', '/etc/krb5.conf')}"
        try:
            done = subprocess.run(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(certificate, authority, mine, settings),
                timeout=KINIT_SECONDS,
                env={**os.environ, "LC_ALL": "C", "KRB5_CONFIG": config},
                check=False,
            )
        except FileNotFoundError:
            raise NoTicketError("There is no kinit here: install krb5-user and krb5-pkinit.", final=False) from None
        except subprocess.TimeoutExpired:
            raise NoTicketError("The realm does not answer.", final=False) from None
    if done.returncode != 0:
        made.unlink(missing_ok=True)
        raise NoTicketError(f"kinit: {done.stderr.decode('utf-8', 'replace').strip()[:500]}", final=False)
    made.replace(cache)


def destroy(cache: Path) -> None:
    """Overwritten, then taken away, as kdestroy(1) does."""
    with contextlib.suppress(FileNotFoundError):
        with cache.open("r+b") as file:
            file.write(b"\0" * os.fstat(file.fileno()).st_size)
        cache.unlink()


def _fragment(principal: str, authority: str) -> str:
    """For krb5.conf: MIT's client wants to see the whole path of its own certificate. Our CA stands beside those that
    the station names, and can be no KDC's: what it issues lacks that purpose. [krb5.conf(5)]"""
    realm = principal.rpartition("@")[2]
    return f"[realms]\n {realm} = {{\n  pkinit_anchors = FILE:{authority}\n }}\n"


def _in_memory(held: contextlib.ExitStack, text: str) -> int:
    """A descriptor of a file that no folder has."""
    descriptor = os.memfd_create("kerberos", os.MFD_CLOEXEC)
    held.callback(os.close, descriptor)
    os.write(descriptor, text.encode("ascii"))
    return descriptor
