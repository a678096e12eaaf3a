"""What kind of document this is, by its own first bytes.

What a program says it is counts for nothing. CUPS looks too, and hands on unread what it takes for a printer's own
language: with that a program could set the printer up, or ask it for what others printed. So the kind is said here,
and what is none of these is refused. [mime.types(5)]
"""

from __future__ import annotations

LOOKED_AT = 4096
RAW = "application/vnd.cups-raw"
_BY_BEGINNING = (
    (b"%PDF-", "application/pdf"),
    (b"%!", "application/postscript"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RaS2PwgR", "image/pwg-raster"),
    (b"UNIRAST\0", "image/urf"),
)
_BLANKS = b"\t\n\f\r"


def kind(first: bytes, *, raw: bool) -> str:
    """As a media type; empty for none that is printed. ``first``: the document's first ``LOOKED_AT`` bytes.

    ``raw``: this queue's printer gets what it is sent, as it is (labels, wristbands)."""
    if raw:
        return RAW
    named = next((name for beginning, name in _BY_BEGINNING if first.startswith(beginning)), "")
    if named or not first:
        return named
    return "text/plain" if all(c >= 32 or c in _BLANKS for c in first) and 127 not in first else ""
