"""The number of one request: in each line of the service's log that it led to, in its answer, and on the screen.

It is read out over a telephone, so it is short and has no letters that sound or look like others (Crockford's base 32:
no I, L, O, U). It is no secret and proves nothing.
"""

from __future__ import annotations

import re
import secrets

REQUEST_HEADER = "Kiosk-Request"
"""Of every answer of the service."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
HALF = 4
"""Characters on each side of the hyphen: 40 bits in all, so two of a year's requests are rarely the same."""
_FORM = re.compile(f"[{ALPHABET}]{{{HALF}}}-[{ALPHABET}]{{{HALF}}}")


def fresh() -> str:
    """A new one, such as ``7K3F-9QMD``."""
    drawn = secrets.randbits(5 * 2 * HALF)
    letters = "".join(ALPHABET[(drawn >> (5 * at)) & 31] for at in range(2 * HALF))
    return f"{letters[:HALF]}-{letters[HALF:]}"


def read(text: str) -> str:
    """``text`` where it is one; empty for anything else, as a proxy's answer has none."""
    return text if _FORM.fullmatch(text) else ""
