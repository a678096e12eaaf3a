"""Rows of a journal: each names the one before it, is signed, and says nothing that could not have been written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from kiosk.model.binding import MAX_INTEGER, b64u, canonical, unb64u
from kiosk.model.journal import JournalEntry, JournalRow
from kiosk.verification import journal as rows_of
from kiosk.verification.journal import MAX_BODY, BadEntryError

KEY = ec.generate_private_key(ec.SECP256R1())
FIRST = rows_of.first_link("journal-1", "ward-3")
ENTRY = JournalEntry(1, 1_767_268_800, 5000, "boot-1", "sign_in", "s1", None, {"method": "fido2"}, {"kind": "fido2"})


def row(entry: JournalEntry = ENTRY) -> JournalRow:
    return rows_of.made(entry, FIRST, KEY)


def saying(**members: object) -> JournalRow:
    """A row whose body says something else, or more."""
    return replace(row(), body=json.dumps({**json.loads(row().body), **members}))


def why(bad: JournalRow) -> str:
    with pytest.raises(BadEntryError) as caught:
        rows_of.entry_of(bad)
    return str(caught.value)


def test_what_was_written_is_read_follows_and_is_signed() -> None:
    made = row()
    assert rows_of.entry_of(made) == ENTRY
    assert rows_of.follows(made, FIRST)
    assert rows_of.signed(made, KEY.public_key())
    second = rows_of.made(replace(ENTRY, n=2, proof=None), bytes.fromhex(made.link), KEY)
    assert rows_of.follows(second, bytes.fromhex(made.link))
    assert rows_of.entry_of(second).proof is None


def test_the_first_link_is_of_this_journal_at_this_station() -> None:
    assert len({FIRST, rows_of.first_link("journal-2", "ward-3"), rows_of.first_link("journal-1", "ward-4")}) == 3


def test_a_row_follows_no_other_link_and_not_with_another_body() -> None:
    assert not rows_of.follows(row(), FIRST[::-1])
    assert not rows_of.follows(replace(row(), body=row().body + " "), FIRST)


@pytest.mark.parametrize("bytes_of_it", [0, 63, 65])
def test_a_signature_is_64_bytes_long(bytes_of_it: int) -> None:
    assert not rows_of.signed(replace(row(), signature=b64u(b"\1" * bytes_of_it)), KEY.public_key())


def test_a_signature_is_of_this_link_by_this_key() -> None:
    made = row()
    assert not rows_of.signed(made, ec.generate_private_key(ec.SECP256R1()).public_key())
    assert not rows_of.signed(replace(made, link=made.link[::-1]), KEY.public_key())
    assert not rows_of.signed(replace(made, link="no hex"), KEY.public_key())
    assert not rows_of.signed(replace(made, signature="!"), KEY.public_key())


BIG = MAX_INTEGER + 1
NO_TEXTS: tuple[object, ...] = (None, [], "no", {"a": 1}, {"a": None})
NO_PROOFS: tuple[object, ...] = (5, [], "no", True)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"more": 1}, "it has other fields"),
        *(
            ({name: value}, "a number is out of bounds")
            for name in ("n", "at", "up")
            for value in (-1, BIG, True, "1", 1.0)
        ),
        *(({name: 5}, "a text is none") for name in ("boot", "action", "session", "reason")),
        *(({"detail": value}, "a text is none") for value in NO_TEXTS),
        *(({"proof": value}, "its proof is none") for value in NO_PROOFS),
    ],
    ids=str,
)
def test_what_is_said_is_of_its_kind_and_in_its_bounds(members: dict[str, object], said: str) -> None:
    assert why(saying(**members)) == said


@pytest.mark.parametrize("name", ["n", "at", "up"])
@pytest.mark.parametrize("value", [0, MAX_INTEGER])
def test_numbers_at_their_bounds_are_read(name: str, value: int) -> None:
    assert getattr(rows_of.entry_of(saying(**{name: value})), name) == value


def test_a_body_is_json_with_every_field_and_of_some_length() -> None:
    less = {name: value for name, value in json.loads(row().body).items() if name != "boot"}
    assert why(replace(row(), body=json.dumps(less))) == "it has other fields"
    assert why(replace(row(), body="[]")) == "it has other fields"
    assert why(replace(row(), body="{")) == "it cannot be read"
    assert why(replace(row(), body="[" * 12_000)) == "it cannot be read"
    assert why(replace(row(), body=" " * (MAX_BODY + 1))) == "it is too long"


def test_nothing_longer_than_can_be_read_is_written() -> None:
    fixed = len(canonical({name: getattr(ENTRY, name) for name in JournalEntry.__slots__}))
    filled = replace(ENTRY, detail={"method": "fido2" + "x" * (MAX_BODY - fixed)})
    assert rows_of.entry_of(row(filled)) == filled
    with pytest.raises(BadEntryError, match="too long"):
        row(replace(ENTRY, detail={"method": "fido2" + "x" * (MAX_BODY - fixed + 1)}))


def test_links_and_signatures_are_of_the_bytes_that_were_always_signed() -> None:
    """Journals on stations outlive an upgrade: what a new version reads, an old one wrote."""
    head = b'kiosk/downtime-journal/v1\x00{"journal":"journal-1","station":"ward-3"}'
    assert rows_of.first_link("journal-1", "ward-3") == hashlib.sha256(head).digest()
    assert rows_of.link_of(FIRST, "é") == hashlib.sha256(b"kiosk/downtime-row/v1\x00" + FIRST + "é".encode()).digest()
    made = row()
    raw = unb64u(made.signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    signed = b"kiosk/downtime-signature/v1\x00" + bytes.fromhex(made.link)
    KEY.public_key().verify(der, signed, ec.ECDSA(hashes.SHA256()))
    assert made.body.startswith(
        '{"action":"sign_in","at":1767268800,"boot":"boot-1","detail":{"method":"fido2"},"n":1,'
    )
