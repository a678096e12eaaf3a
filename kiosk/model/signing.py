"""What a workstation signs with each request, so that it can be shown years later that the workstation asked for it.

The DPoP proof (RFC 9449 section 4.2, which allows further claims) carries a claim ``kiosk``::

    {"for": "kiosk/station-request/v1", "n": counter, "run": text, "head": [number, hash] or null, "body": digest}

``n`` rises with every request of this workstation. ``head`` is the last row of its own chain of the audit trail that
an answer told it of: a chain that is rewritten later contradicts it. ``run`` names one run of the agent; within one,
``head`` never goes back. ``body`` is SHA-256, base64url, of what ``told`` makes of the body.

What the body says of people, cards, patients and secrets is not kept. It stands in ``told`` as a commitment under a
random salt that travels in a header and is forgotten. So no PIN can be found by trying all of them.
"""

from __future__ import annotations

import hashlib
import json

from kiosk.model.binding import Json, b64u, canonical

LABEL = "kiosk/station-request/v1"
CLAIM = "kiosk"
SALT_HEADER = "Kiosk-Salt"
HEAD_HEADER = "Kiosk-Head"
"""Of an answer: ``number:hash`` of the last row that the request wrote, the hash in lower-case hex."""
COUNTER_HEADER = "Kiosk-Counter"
"""Of the answer ``stale_counter``: the counter that the service saw last."""
AGAIN_HEADER = "Kiosk-Again"
"""Of a request that is sent once more, because no answer came: SHA-256 of the proofs that it was sent with before, in
lower-case hex, with commas between them."""
STALE = "stale_counter"
SALT_BYTES = 16
MAX_COUNTER = 2**53 - 1
CLEAR = frozenset(
    {
        "act",
        "action",
        "at",
        "factor",
        "id",
        "kind",
        "method",
        "origin",
        "program",
        "reason",
        "records",
        "session",
        "tap",
    }
)
"""Names whose values are kept as they are: each stands in the row as well. Every other value is committed to."""


def told(body: bytes, salt: bytes) -> bytes:
    """RFC 8785 JSON of ``body`` (JSON, or empty) without what is not to be kept; None for no body.

    Raises ``ValueError`` for what is no JSON.
    """
    said = json.loads(body) if body else None
    return canonical({"body": _told(said, salt, "", clear=False)})


def digest(text: bytes) -> str:
    """SHA-256, base64url."""
    return b64u(hashlib.sha256(text).digest())


def _told(value: Json, salt: bytes, name: str, *, clear: bool) -> Json:
    if isinstance(value, dict):
        return {inner: _told(item, salt, inner, clear=inner in CLEAR) for inner, item in value.items()}
    if isinstance(value, list):
        return [_told(item, salt, name, clear=clear) for item in value]
    if clear or value is None:
        return value
    exact = canonical({name: value})
    return {"sha256": b64u(hashlib.sha256(salt + exact).digest())}


def head_text(seq: int, link: bytes) -> str:
    """The value of ``HEAD_HEADER``."""
    return f"{seq}:{link.hex()}"


def head_of(text: str) -> tuple[int, str] | None:
    """Number and hash of ``HEAD_HEADER``; None for what is none."""
    number, _, link = text.partition(":")
    good = number.isascii() and number.isdigit() and len(number) < 17 and len(link) == 64
    return (int(number), link) if good and all(c in "0123456789abcdef" for c in link) else None
