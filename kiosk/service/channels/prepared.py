"""What a channel needs before it speaks to anybody: its secret and the CAs that it trusts. Each fault is its own."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.service.platform.certificate_files import CertificateFileError
from kiosk.service.platform.keys import KeyFileError, refuse_open_mode
from kiosk.service.platform.tls_roots import trusting


@dataclass(frozen=True, slots=True)
class Prepared:
    """``secret``: the one line of its file, None where there is none."""

    secret: str | None = field(repr=False)
    context: ssl.SSLContext


async def prepared(secret_file: str, ca_file: str, what: str) -> Prepared | str:
    """What stands in both files, each empty for none; or what is wrong with one. ``what``: the secret, in words."""
    try:
        secret = await asyncio.to_thread(secret_in, Path(secret_file)) if secret_file else None
    except KeyFileError as error:
        return str(error)
    except (OSError, ValueError) as error:
        return f"the file of {what} cannot be read: {fault_of(error)}"
    try:
        return Prepared(secret, await asyncio.to_thread(trusting, Path(ca_file) if ca_file else None))
    except CertificateFileError as error:
        return f"the CA file cannot be used: {error}"
    except OSError as error:
        return f"the CA file cannot be read: {fault_of(error)}"


def secret_in(path: Path) -> str:
    """The one line of a secret's file. Raises ``KeyFileError`` if others may read it, ``OSError``, ``ValueError``."""
    refuse_open_mode(path)
    return path.read_text("utf-8").strip()


def fault_of(error: OSError | ValueError) -> str:
    """In a few words, without what is in the file."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "it is no text in UTF-8"
