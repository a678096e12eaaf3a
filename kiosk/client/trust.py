"""Whom a workstation believes to be the service: its CA's certificates and nobody else's.

During a renewal the file holds two: the present CA and the next. They come in ``StationView.trust`` over a connection
that the present one vouches for.
"""

from __future__ import annotations

import hashlib
import re
import ssl
from hmac import compare_digest
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.client.errors import ClientError, WrongServiceError
from kiosk.files import write_private

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
MAX_CERTIFICATES = 8
MIN_PIN = 16


class Trust:
    """The trusted CA certificates, kept in ``path``, and the TLS context made of them.

    ``context`` is made anew whenever they change. ``generation`` grows when one was dropped: what was opened under an
    earlier one is not to be believed any longer.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._certificates = split(path.read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError):
            raise ClientError(f"The service's certificates cannot be read at {path}. Enrol this workstation.") from None
        if not self._certificates:
            raise ClientError(f"There is no certificate in {path}. Enrol this workstation again.")
        self.context = context_for("\n".join(self._certificates))
        self.generation = 0

    def marks(self) -> tuple[str, ...]:
        """SHA-256 of each CA's SubjectPublicKeyInfo, hex."""
        return tuple(_spki(pem).hex() for pem in self._certificates)

    @property
    def pem(self) -> str:
        """The trusted certificates."""
        return "\n".join(self._certificates)

    def learn(self, certificates: tuple[str, ...]) -> bool:
        """Trust these from now on, and only these. True if they were not known as such.

        Raises ``ClientError`` if they cannot be read: nothing changes then. If they cannot be kept it is raised, too:
        they count until the agent ends.
        """
        wanted = tuple(pem for text in certificates for pem in split(text))[:MAX_CERTIFICATES]
        if not wanted or set(wanted) == set(self._certificates):
            return False
        text = "\n".join(wanted) + "\n"
        self.context = context_for(text)  # refuses what is not a certificate before anything is changed
        self.generation += not set(self._certificates) <= set(wanted)
        self._certificates = wanted
        try:
            write_private(self._path, text.encode())
        except OSError as error:
            raise ClientError(f"The service's new certificates cannot be kept: {error.strerror}.") from None
        return True


def context_for(pem: str) -> ssl.SSLContext:
    """A client context that trusts ``pem`` alone, checks host names, TLS 1.2 or later. Raises ``ClientError``."""
    try:
        context = ssl.create_default_context(cadata=pem)
    except (ssl.SSLError, ValueError):
        raise ClientError("The service's certificate cannot be read. Enrol this workstation again.") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def split(text: str) -> tuple[str, ...]:
    """The PEM certificates in ``text``, each on its own, in order."""
    return tuple(_PEM.findall(text))


def pinned(text: str, pin: bytes) -> str:
    """The certificate in ``text`` whose SHA-256(SubjectPublicKeyInfo) begins with ``pin``, 16 bytes or more.

    Raises ``WrongServiceError``.
    """
    if len(pin) < MIN_PIN:
        raise ValueError("a pin has at least 16 bytes")
    for pem in split(text)[:MAX_CERTIFICATES]:
        try:
            mark = _spki(pem)
        except ValueError:
            continue
        if compare_digest(mark[: len(pin)], pin):
            return pem
    raise WrongServiceError(
        "The service at this address is not the one that the code was made for. Check the address and the network, "
        "and ask for a new code. The code was not sent."
    )


def _spki(pem: str) -> bytes:
    public = x509.load_pem_x509_certificate(pem.encode("ascii")).public_key()
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
