"""The envelope of a backup: chunks that cannot be left out, moved, or taken from another file."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.service.backup.sealed_file import CHUNK, MAGIC, MIN_COST, TAG, BackupFileError, SealedReader, SealedWriter

PASSPHRASE = b"correct horse battery staple"


def sealed(*pieces: bytes) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(out, PASSPHRASE, MIN_COST)
    for piece in pieces:
        writer.write(piece)
    writer.finish()
    return out.getvalue()


def opened(data: bytes, passphrase: bytes = PASSPHRASE) -> bytes:
    return io.BufferedReader(SealedReader(io.BytesIO(data), passphrase, "It")).read()


@settings(max_examples=20)
@given(st.lists(st.integers(0, CHUNK + 2), max_size=4))
def test_what_is_written_is_read(lengths: list[int]) -> None:
    pieces = [bytes([at % 256]) * length for at, length in enumerate(lengths)]
    assert opened(sealed(*pieces)) == b"".join(pieces)


@pytest.mark.parametrize("length", [0, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_ends_at_a_chunk(length: int) -> None:
    assert opened(sealed(b"x" * length)) == b"x" * length


def test_chunks_cannot_be_left_out_moved_or_mixed() -> None:
    whole = sealed(b"a" * CHUNK, b"b" * CHUNK, b"c" * 10)
    begin = whole.index(b"}\n") + 2
    size = CHUNK + TAG
    head, first, second, last = (
        whole[:begin],
        whole[begin : begin + size],
        whole[begin + size : begin + 2 * size],
        whole[begin + 2 * size :],
    )
    other = sealed(b"a" * CHUNK, b"b" * CHUNK, b"c" * 10)
    for bent in (
        head + first + second,
        head + first + last,
        head + second + first + last,
        head + first + second + last + last,
        head + other[begin:],
        other[:begin] + whole[begin:],
        head,
    ):
        with pytest.raises(BackupFileError):
            assert opened(bent) is None


def test_a_short_passphrase_and_a_hostile_cost_are_refused() -> None:
    with pytest.raises(BackupFileError, match="too short"):
        SealedWriter(io.BytesIO(), b"short", MIN_COST)
    costly = sealed(b"x").replace(b'"n":16384', b'"n":1073741824')
    with pytest.raises(BackupFileError, match="does not know"):
        opened(costly)
    costly = sealed(b"x").replace(b'"n":16384', b'"n":1048576')  # a gigabyte, before anything of it is believed
    with pytest.raises(BackupFileError, match="does not know"):
        opened(costly)
    with pytest.raises(BackupFileError, match="no backup"):
        opened(b"PK\x03\x04 something else")
    for line in (b"[" * 4000, b"[]", b'{"salt": 7, "n": 1}'):
        with pytest.raises(BackupFileError, match="at its beginning"):
            opened(MAGIC + line + b"\n")
