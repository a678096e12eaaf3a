"""Commands on the wire, and the two parsers that meet a card's bytes first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.credential import apdu, tlv
from kiosk.credential.errors import GarbledCardError
from kiosk.simulator import apdu as card_side
from tests.credential.cards import ScriptedCard, answering


@given(
    data=st.binary(max_size=600),
    le=st.none() | st.integers(1, 65536),
    extended=st.booleans(),
)
def test_a_command_reads_back_as_what_it_was_or_is_refused(data: bytes, le: int | None, extended: bool) -> None:
    fits = extended or (len(data) <= 255 and (le or 1) <= 256)
    if not fits:
        with pytest.raises(ValueError, match="does not fit"):
            apdu.command(0x00, 0xCB, 0x3F, 0xFF, data, le, extended=extended)
        return
    raw = apdu.command(0x00, 0xCB, 0x3F, 0xFF, data, le, extended=extended)
    read = card_side.parse(raw)
    assert (read.cla, read.ins, read.p1, read.p2) == (0x00, 0xCB, 0x3F, 0xFF)
    assert (read.data, read.le) == (data, le)


def test_long_data_goes_as_a_chain() -> None:
    card = answering((b"", 0x9000), (b"", 0x9000), (b"ok", 0x9000))
    assert apdu.exchange(card, 0x00, 0x87, 0x07, 0x9A, bytes(600)) == (b"ok", 0x9000)
    assert [sent[0] for sent in card.sent] == [0x10, 0x10, 0x00]
    assert [sent[4] for sent in card.sent] == [255, 255, 90]


def test_a_chain_stops_where_the_card_refuses_it() -> None:
    card = answering((b"", 0x6982))
    assert apdu.exchange(card, 0x00, 0x87, 0x07, 0x9A, bytes(600)) == (b"", 0x6982)
    assert len(card.sent) == 1


@pytest.mark.parametrize("refusal", [0x6884, 0x6882, 0x6E00])
def test_a_card_that_chains_no_commands_is_sent_one_long_one(refusal: int) -> None:
    card = answering((b"", refusal), (b"done", 0x9000))
    assert apdu.exchange(card, 0x80, 0x10, 0x80, 0x00, bytes(600)) == (b"done", 0x9000)
    assert card.sent[1] == bytes.fromhex("80108000") + b"\x00" + (600).to_bytes(2, "big") + bytes(600) + bytes(2)


@pytest.mark.parametrize("refusal", [0x6700, 0x6A87])
def test_a_card_that_wants_no_le_is_selected_without(refusal: int) -> None:
    card = answering((b"", refusal), (b"", 0x9000))
    assert apdu.select(card, b"\xa0\x00\x00\x00\x01") == 0x9000
    assert [sent.hex() for sent in card.sent] == ["00a4040005a00000000100", "00a4040005a000000001"]


def test_an_answer_in_pieces_is_collected() -> None:
    card = answering((b"a" * 256, 0x6100), (b"b" * 256, 0x6105), (b"c" * 5, 0x9000))
    assert apdu.exchange(card, 0x00, 0xCB, 0x3F, 0xFF, b"x") == (b"a" * 256 + b"b" * 256 + b"c" * 5, 0x9000)
    assert [sent.hex() for sent in card.sent[1:]] == ["00c0000000", "00c0000005"]


def test_a_wrong_length_is_asked_again_with_the_right_one() -> None:
    card = answering((b"", 0x6C07), (bytes(7), 0x9000))
    assert apdu.exchange(card, 0xFF, 0xCA, 0x00, 0x00) == (bytes(7), 0x9000)
    assert card.sent[1] == bytes.fromhex("FFCA000007")


@pytest.mark.parametrize("answer", [(b"", 0x6100), (bytes(256), 0x6100), (b"", 0x6C01)])
def test_an_answer_without_end_is_garbage(answer: tuple[bytes, int]) -> None:
    with pytest.raises(GarbledCardError):
        apdu.exchange(ScriptedCard(lambda _: answer), 0x00, 0xCB, 0x3F, 0xFF)


@given(st.binary(max_size=300))
def test_any_bytes_parse_or_are_garbage(data: bytes) -> None:
    try:
        found = tlv.parse(data)
    except GarbledCardError:
        return
    assert sum(len(value) for _, value in found) <= len(data)


@given(st.lists(st.tuples(st.sampled_from([0x53, 0x70, 0x7C, 0x5F2F, 0x5FC101, 0x7F21]), st.binary(max_size=70000))))
def test_what_is_encoded_reads_back(objects: list[tuple[int, bytes]]) -> None:
    assert tlv.parse(b"".join(tlv.encode(tag, value) for tag, value in objects)) == objects


@pytest.mark.parametrize(
    "data",
    ["53", "5380", "5384000000010000", "5305AA", "1F", "1FFF", "1F8181818100", "5382FF"],
    ids=["no length", "indefinite", "long length", "cut off", "no tag", "open tag", "long tag", "half a length"],
)
def test_broken_objects_are_garbage(data: str) -> None:
    with pytest.raises(GarbledCardError):
        tlv.parse(bytes.fromhex(data))


def test_the_first_object_of_a_tag_counts() -> None:
    assert tlv.value(bytes.fromhex("7001AA7001BB"), 0x70) == b"\xaa"
    assert tlv.value(b"", 0x70) is None
