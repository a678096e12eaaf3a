"""Addresses of other servers that an administrator registers."""

from __future__ import annotations

from urllib.parse import urlsplit

MAX_URI = 2000


class UnreachableUriError(ValueError):
    """Nothing is sent there; ``str()`` says why, in a sentence."""


def check_uri(uri: str) -> None:
    """Whether ``uri`` may be registered. Raises ``UnreachableUriError``."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        raise UnreachableUriError("It is not an address.") from None
    if len(uri) > MAX_URI or not uri.isascii() or not uri.isprintable() or " " in uri or "\\" in uri:
        raise UnreachableUriError("An address is plain text without spaces.")
    if parts.scheme != "https" or not parts.hostname or port == 0:
        raise UnreachableUriError("It has to begin with https:// and a host.")
    if parts.username is not None or parts.password is not None or "#" in uri:
        raise UnreachableUriError("It has neither a user nor a “#”.")
