"""PINs and one-time codes: the two things that are typed and checked here."""

from __future__ import annotations

from functools import lru_cache
from hmac import compare_digest

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from kiosk.service.platform.pin_turns import PinTurns

STEP = 30
WINDOW = 1
"""Time steps of 30 s either side of ours in which a code counts (RFC 6238 section 5.2)."""
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""Argon2id with OWASP's minimum, 31 ms on a kiosk-class machine."""


MIN_PIN, MAX_PIN = 4, 64
TRIVIAL = ("01234567890", "09876543210", "qwertyuiop", "asdfghjkl", "abcdefghijklmnopqrstuvwxyz", "2580", "password")


def pin_form(pin: str, shortest: int = MIN_PIN, length: int = 0) -> bool:
    """Whether it has the form of a PIN: long enough, printable, no space at its ends; or of ``length`` digits."""
    if length:
        return len(pin) == length and pin.isascii() and pin.isdigit()
    return shortest <= len(pin) <= MAX_PIN and pin.isprintable() and pin == pin.strip()


def trivial_pin(pin: str) -> bool:
    """Whether it is among the first that anybody would try (SP 800-63B-4 section 3.1.1.2)."""
    repeats = (
        pin in (pin + pin)[1:-1]
    )  # 111111, 121212, 123123: a string within its own double is some part of it again
    return len(pin) == 1 or repeats or any(pin in row for row in TRIVIAL)


async def pin_matches(turns: PinTurns, party: str, stored: str | None, pin: str) -> bool:
    """Whether ``pin`` is the one whose Argon2id hash is ``stored``; as slow where there is none.

    Runs on a thread, in ``party``'s turn: argon2 lets go of the interpreter, so other requests go on meanwhile. Raises
    ``HttpProblemError`` where too many wait.
    """
    found = await turns.run(party, lambda: _verify(stored or _nobody(), pin))
    return found and stored is not None


def _verify(stored: str, pin: str) -> bool:
    try:
        return HASHER.verify(stored, pin.encode("utf-8", "surrogatepass"))
    except VerifyMismatchError:
        return False
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash that costs as much to check as anybody's."""
    return HASHER.hash("nobody's PIN")


def matching_step(secret: str, code: str, now: int, digits: int = 6) -> int | None:
    """The time step of which ``code`` is the code, within the window; None for a wrong one.

    ``secret``: base32. Every candidate is computed and compared in constant time.
    """
    totp = pyotp.TOTP(secret, digits=digits)
    found = None
    for step in range(now // STEP - WINDOW, now // STEP + WINDOW + 1):
        if step >= 0 and compare_digest(totp.generate_otp(step).encode(), code.encode("utf-8", "replace")):
            found = step
    return found
