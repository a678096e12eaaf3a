"""Refresh tokens: the sign-in, a number that rises, and a code over both that only the service can make.

So an old one that comes back is known for what it is, and a made-up one ends nobody's sign-in.
"""

from __future__ import annotations

from hmac import compare_digest

from kiosk.model.binding import b64u
from kiosk.service.platform.key_kinds import BadgeKeys

LABEL = "kiosk/openid-refresh/v1"
MAX_CHARS = 256


def make(keys: BadgeKeys, grant: str, number: int) -> str:
    """The refresh token of that number."""
    return _made(keys, keys.current, grant, number)


def read(keys: BadgeKeys, token: str) -> tuple[str, int] | None:
    """Sign-in and number; None for one that we did not make."""
    parts = token.split(".")
    if len(token) > MAX_CHARS or not token.isascii() or len(parts) != 4 or not parts[1].isdigit():
        return None
    grant, number, key_id = parts[0], int(parts[1][:9]), parts[2]
    if key_id not in keys.by_id or not compare_digest(_made(keys, key_id, grant, number), token):
        return None
    return grant, number


def _made(keys: BadgeKeys, key_id: str, grant: str, number: int) -> str:
    code = b64u(keys.tagged(key_id, LABEL, f"{grant}.{number}".encode("ascii")))
    return f"{grant}.{number}.{key_id}.{code}"
