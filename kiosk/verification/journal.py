"""Rows of a workstation's journal: made there, and checked there and at the service.

``link = SHA-256(label ‖ link before ‖ body)``; the key signs ``label ‖ link`` (ECDSA P-256, SHA-256, r and s of 32
bytes). The body is RFC 8785 JSON. The first link of a journal is made of its name and its workstation's.
"""

from __future__ import annotations

import hashlib
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from kiosk.model.binding import MAX_INTEGER, b64u, canonical, unb64u
from kiosk.model.journal import JournalEntry, JournalRow

FIRST_LABEL = b"kiosk/downtime-journal/v1\x00"
ROW_LABEL = b"kiosk/downtime-row/v1\x00"
SIGN_LABEL = b"kiosk/downtime-signature/v1\x00"
MAX_BODY = 16_384
_ALGORITHM = ec.ECDSA(hashes.SHA256())


class BadEntryError(ValueError):
    """A row that cannot be read; ``str()`` says why in a few words."""


def first_link(journal: str, station: str) -> bytes:
    """What the first row of ``journal`` names as the link before it."""
    return hashlib.sha256(FIRST_LABEL + canonical({"journal": journal, "station": station})).digest()


def link_of(before: bytes, body: str) -> bytes:
    """The link of a row."""
    return hashlib.sha256(ROW_LABEL + before + body.encode("utf-8")).digest()


def made(entry: JournalEntry, before: bytes, key: ec.EllipticCurvePrivateKey) -> JournalRow:
    """``entry`` as the row after the one whose link is ``before``. Raises ``ValueError`` for what JSON cannot hold."""
    return row_of(
        canonical({name: getattr(entry, name) for name in JournalEntry.__slots__}).decode("utf-8"), before, key
    )


def row_of(body: str, before: bytes, key: ec.EllipticCurvePrivateKey) -> JournalRow:
    """``body`` as the row after the one whose link is ``before``. Raises ``BadEntryError``."""
    if len(body) > MAX_BODY:
        raise BadEntryError("it is too long")
    link = link_of(before, body)
    r, s = decode_dss_signature(key.sign(SIGN_LABEL + link, _ALGORITHM))
    return JournalRow(body, link.hex(), b64u(r.to_bytes(32, "big") + s.to_bytes(32, "big")))


def follows(row: JournalRow, before: bytes) -> bool:
    """Whether ``row`` is what comes after the link ``before``, by its own link."""
    return row.link == link_of(before, row.body).hex()


def signed(row: JournalRow, key: ec.EllipticCurvePublicKey) -> bool:
    """Whether ``key`` signed the row's link."""
    try:
        raw, link = unb64u(row.signature), bytes.fromhex(row.link)
        if len(raw) != 64:
            return False
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        key.verify(encode_dss_signature(r, s), SIGN_LABEL + link, _ALGORITHM)
    except (ValueError, InvalidSignature):
        return False
    return True


def entry_of(row: JournalRow) -> JournalEntry:
    """What the row says. Raises ``BadEntryError``."""
    if len(row.body) > MAX_BODY:
        raise BadEntryError("it is too long")
    try:
        said = json.loads(row.body)
    except (ValueError, RecursionError):
        raise BadEntryError("it cannot be read") from None
    if not isinstance(said, dict) or set(said) != set(JournalEntry.__slots__):
        raise BadEntryError("it has other fields")
    entry = JournalEntry(**said)
    for number in (entry.n, entry.at, entry.up):
        if type(number) is not int or not 0 <= number <= MAX_INTEGER:
            raise BadEntryError("a number is out of bounds")
    texts = [entry.boot, entry.action, entry.session or "", entry.reason or ""]
    detail = entry.detail if isinstance(entry.detail, dict) else {"": None}
    if not all(isinstance(text, str) for text in (*texts, *detail, *detail.values())):
        raise BadEntryError("a text is none")
    if entry.proof is not None and not isinstance(entry.proof, dict):
        raise BadEntryError("its proof is none")
    return entry
