"""TLS to others, trusting the CAs of a file that an administrator gave, in whichever form they have it."""

from __future__ import annotations

import ssl
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.service.platform.certificate_files import CertificateFileError, certificates


def trusting(path: Path | None) -> ssl.SSLContext:
    """A client's context that trusts the certificates in ``path`` alone; None: those of the system.

    A CA that is named need not be a root: who gives an intermediate one means it. Raises ``CertificateFileError`` for
    a file that cannot be used, ``OSError`` for one that cannot be read.
    """
    if path is None:
        return _alike(ssl.create_default_context())
    pems = [
        certificate.public_bytes(Encoding.PEM).decode("ascii") for certificate in certificates(path.read_bytes()).items
    ]
    try:
        context = ssl.create_default_context(cadata="".join(pems))
    except ssl.SSLError:
        raise CertificateFileError("OpenSSL does not take a certificate in this file.") from None
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return _alike(context)


def _alike(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same judgement under every Python: from 3.13 on the default refuses certificates that lack an identifier of
    their issuer's key (RFC 5280 section 4.2.1.1), as those of many hospitals' own CAs do; libpq and curl take them."""
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def left_in(path: Path) -> tuple[str, ...]:
    """A sentence for each part of the file that is not read. Raises as ``trusting``."""
    return certificates(path.read_bytes()).left
