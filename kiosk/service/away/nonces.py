"""What a phone's passkey signs before anything is known of it: made by the service, kept nowhere, good for two minutes.

Whoever comes without a passkey costs no row: the nonce carries its own time under a key of the service.
"""

from __future__ import annotations

import hmac
import secrets

from kiosk.model.binding import b64u, challenge, unb64u
from kiosk.service.platform.problems import HttpProblemError
from kiosk.service.shared.context import Service

SECONDS = 120
"""For which one counts."""
_TIME, _RANDOM, _CODE = 8, 16, 32
OWNER = "phone-opening"
"""Whose one is where it is used up (``store/jtis``)."""


def new(service: Service, now: int) -> str:
    """One, base64url."""
    made = now.to_bytes(_TIME, "big") + secrets.token_bytes(_RANDOM)
    return b64u(made + _code(service, made))


def signed_with(service: Service, label: str, nonce: str, now: int, about: bytes = b"") -> bytes:
    """The 32 bytes that a passkey signs under ``label`` with that nonce. ``about``: what else they are over. Raises
    ``HttpProblemError`` for one that is not ours, or too old."""
    try:
        whole = unb64u(nonce)
    except ValueError:
        raise over() from None
    made, code = whole[: _TIME + _RANDOM], whole[_TIME + _RANDOM :]
    if len(whole) != _TIME + _RANDOM + _CODE or not hmac.compare_digest(code, _code(service, made)):
        raise over()
    if not -5 <= now - int.from_bytes(made[:_TIME], "big") < SECONDS:
        raise over()
    return challenge(label, code, made + about)


def over() -> HttpProblemError:
    """404: it was used, took too long, or is none of ours."""
    return HttpProblemError(404, "over", "This is over. Load the page again.")


def _code(service: Service, made: bytes) -> bytes:
    return hmac.digest(service.keys.nonce, b"kiosk/phone-opening/v1\x00" + made, "sha256")
