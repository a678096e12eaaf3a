"""Where something listens, as people write it."""

from __future__ import annotations

MAX_PORT = 65_535


def host_and_port(text: str) -> tuple[str, int] | None:
    """Host and port of ``host:port`` (``[::1]:8443`` for IPv6), or None where ``text`` is no such address."""
    host, _, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if bracketed else host
    if bracketed is not (":" in host) or set(host) & set("[]"):
        return None
    if not host or not port.isascii() or not port.isdigit() or len(port) > len(str(MAX_PORT)) or int(port) > MAX_PORT:
        return None
    return host, int(port)
