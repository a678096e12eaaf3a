"""Sealed codes: printed once, kept in the ward's safe, each good for one emergency access at one workstation.

Sixteen symbols of Crockford's base32 (no I, L, O, U; case and hyphens do not matter): 80 random bits, so that a fast
hash of one gives nothing away. The hash names the workstation: the same digest means nothing at another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from kiosk.model.enrolment_code import ALPHABET

SYMBOLS, GROUP = 16, 4
MAX_LIVE = 20
"""Codes of one workstation that are not used yet: they travel with its policy of emergency access."""
MAX_TYPED = 40
"""Characters that are looked at."""
LABEL: Final = b"kiosk/sealed-code/v1\x00"
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})


@dataclass(frozen=True, slots=True)
class SealedCode:
    """What a workstation is told of one: the number on its envelope, and its digest (``digest_of``)."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class SealedCodePresented:
    """Somebody opened an envelope and typed its code. It says that they could, and not who they are."""

    code: str = field(repr=False)
    kind: Literal["code"] = "code"


def tidy(text: str) -> str | None:
    """``text`` as the code that it is; None if it cannot be one."""
    if len(text) > MAX_TYPED:
        return None
    typed = "".join(c for c in text.upper() if c not in "-–— \t").translate(_ALIKE)
    return typed if len(typed) == SYMBOLS and all(c in ALPHABET for c in typed) else None


def shown(code: str) -> str:
    """As it is printed, in groups."""
    return "-".join(code[at : at + GROUP] for at in range(0, SYMBOLS, GROUP))


def fresh() -> str:
    """A new one."""
    import secrets  # 3 ms that no lock screen needs

    return "".join(secrets.choice(ALPHABET) for _ in range(SYMBOLS))


def digest_of(station: str, code: str) -> str:
    """What is kept of a code of the workstation of that id: hex of SHA-256. ``code``: as ``tidy`` makes it."""
    import hashlib  # 3 ms that no lock screen needs

    return hashlib.sha256(LABEL + station.encode("utf-8") + b"\x00" + code.encode("ascii")).hexdigest()
