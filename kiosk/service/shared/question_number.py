"""The number of a server's question: the server shows it to whoever asked, and the person types it on their phone.

SP 800-63B-4 section 3.1.3.2: the verifier makes it, of at least 20 bits, and the person carries it over by hand. So it
is ours and not the server's, and stands in no text that a phone shows. It is kept nowhere: only the service's own key
makes it of the question's id.
"""

from __future__ import annotations

import hmac

DIGITS = 6


def number_of(key: bytes, question: str) -> str:
    """Six digits. ``key``: 32 bytes that only the service's replicas share; used under a label of its own."""
    mixed = hmac.digest(key, b"kiosk/question-number/v1\x00" + question.encode("utf-8", "replace"), "sha256")
    return f"{int.from_bytes(mixed, 'big') % 10**DIGITS:0{DIGITS}}"
