"""What every card operating system does, and that nothing that comes in can hurt it."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable

import pytest
from fido2 import cbor
from fido2.ctap import CtapError
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.simulator.apdu import ApduLengthError, Command, Reply, parse
from kiosk.simulator.fido2 import Fido2Applet
from kiosk.simulator.fido2_store import KeyMemory
from kiosk.simulator.simulated_card import CardVanishedError, Faults, SimulatedCard, contact_atr, contactless_atr
from tests.fakes.simulated_cards import a_badge, a_key, a_piv_card

AID = bytes.fromhex("F06B696F736B")
SELECT_IT = bytes.fromhex("00A4040006F06B696F736B00")
CARDS: list[Callable[[], SimulatedCard]] = [a_badge, a_key, a_piv_card]


class Echo:
    """Answers a command's data, as often as ``p1`` says."""

    aid = AID

    def select(self) -> bytes:
        return b"echo"

    def command(self, command: Command) -> Reply:
        return Reply(command.data * command.p1)

    def power_cycle(self) -> None:
        """Nothing volatile."""


def echo() -> SimulatedCard:
    plastic = SimulatedCard(contactless_atr(b""), [Echo()])
    assert plastic.answer(SELECT_IT) == b"echo\x90\x00"
    return plastic


@pytest.mark.parametrize(
    ("apdu", "command"),
    [
        ("00010203", Command(0, 1, 2, 3)),
        ("0001020304", Command(0, 1, 2, 3, le=4)),
        ("0001020300", Command(0, 1, 2, 3, le=256)),
        ("0001020302AABB", Command(0, 1, 2, 3, b"\xaa\xbb")),
        ("0001020302AABB05", Command(0, 1, 2, 3, b"\xaa\xbb", 5)),
        ("00010203000000", Command(0, 1, 2, 3, le=65536, extended=True)),
        ("00010203000002AABB", Command(0, 1, 2, 3, b"\xaa\xbb", extended=True)),
        ("00010203000002AABB0100", Command(0, 1, 2, 3, b"\xaa\xbb", 256, extended=True)),
    ],
)
def test_all_cases_of_an_apdu_are_read(apdu: str, command: Command) -> None:
    assert parse(bytes.fromhex(apdu)) == command


@pytest.mark.parametrize(
    "apdu", ["", "000102", "0001020302AA", "0001020302AABBCCDD", "000102030000", "0001020300000300"]
)
def test_other_bytes_are_no_apdu(apdu: str) -> None:
    with pytest.raises(ApduLengthError):
        parse(bytes.fromhex(apdu))


def test_a_long_answer_comes_in_pieces() -> None:
    plastic = echo()
    first = plastic.answer(b"\x80\x01\x03\x00\xc8" + bytes(200) + b"\x00")
    assert (len(first), first[-2:]) == (258, b"\x61\x00")
    second = plastic.answer(bytes.fromhex("00C0000000"))
    assert (len(second), second[-2:]) == (258, b"\x61\x58")
    assert plastic.answer(bytes.fromhex("00C0000058")) == bytes(0x58) + b"\x90\x00"
    assert plastic.answer(bytes.fromhex("00C0000000")) == b"\x69\x85"


def test_another_command_drops_the_rest_of_an_answer() -> None:
    plastic = echo()
    plastic.answer(b"\x80\x01\x03\x00\xc8" + bytes(200) + b"\x00")
    plastic.answer(SELECT_IT)
    assert plastic.answer(bytes.fromhex("00C0000000")) == b"\x69\x85"


def test_chained_commands_are_joined() -> None:
    plastic = echo()
    assert plastic.answer(bytes.fromhex("9001010002AABB")) == b"\x90\x00"
    assert plastic.answer(bytes.fromhex("8001010001CC00")) == b"\xaa\xbb\xcc\x90\x00"


def test_a_broken_chain_is_refused_and_forgotten() -> None:
    plastic = echo()
    plastic.answer(bytes.fromhex("9001010002AABB"))
    assert plastic.answer(bytes.fromhex("8002010001CC00")) == b"\x68\x83"
    assert plastic.answer(bytes.fromhex("8001010001CC00")) == b"\xcc\x90\x00"


def test_an_endless_chain_is_refused() -> None:
    plastic = echo()
    words = {plastic.answer(b"\x90\x01\x01\x00\xff" + bytes(255)) for _ in range(40)}
    assert words == {b"\x90\x00", b"\x67\x00"}


def test_nothing_is_selected_after_a_loss_of_power() -> None:
    plastic = echo()
    plastic.power_cycle()
    assert plastic.answer(bytes.fromhex("8001010001CC00")) == b"\x6d\x00"


def test_an_unknown_application_leaves_the_selected_one() -> None:
    plastic = echo()
    assert plastic.answer(bytes.fromhex("00A4040005A00000000100")) == b"\x6a\x82"
    assert plastic.answer(bytes.fromhex("8001010001CC00")) == b"\xcc\x90\x00"


@pytest.mark.parametrize("uid", ["04A1B2C3", "04A1B2C3D4E5F6", "04A1B2C3D4E5F6A7B8C9"])
def test_a_badge_tells_its_number_and_nothing_else(uid: str) -> None:
    badge = a_badge(uid)
    number = bytes.fromhex(uid)
    assert badge.answer(bytes.fromhex("FFCA000000")) == number + b"\x90\x00"
    assert badge.answer(bytes.fromhex("FFCA0000") + bytes([len(number)])) == number + b"\x90\x00"
    assert badge.answer(bytes.fromhex("FFCA000001")) == bytes([0x6C, len(number)])
    assert badge.answer(bytes.fromhex("FFCA0000FF")) == number + b"\x62\x82"
    assert badge.answer(bytes.fromhex("FFCA010000")) == b"\x6a\x81"
    assert badge.answer(bytes.fromhex("00A4040008A0000006472F000100")) == b"\x6a\x82"
    assert badge.answer(bytes.fromhex("00B0000010")) == b"\x6d\x00"


@pytest.mark.parametrize("uid", ["", "01", "04" * 17])
def test_a_number_of_another_length_is_no_badge(uid: str) -> None:
    with pytest.raises(ValueError, match="4 to 16 bytes"):
        a_badge(uid)


def test_a_card_with_contacts_has_no_number_to_tell() -> None:
    assert a_piv_card().answer(bytes.fromhex("FFCA000000")) == b"\x6e\x00"
    assert a_piv_card(uid="04A1B2C3").answer(bytes.fromhex("FFCA000000")) == bytes.fromhex("04A1B2C39000")


@pytest.mark.parametrize("atr", [contactless_atr(b"x" * 15), contact_atr(b""), a_badge().atr, a_piv_card().atr])
def test_every_answer_to_reset_has_its_check_byte(atr: bytes) -> None:
    assert functools.reduce(operator.xor, atr[1:]) == 0
    assert atr[0] == 0x3B


def test_a_storage_card_names_its_standard() -> None:
    assert a_badge().atr == bytes.fromhex("3B8F8001804F0CA0000003060300030000000068")


def test_faults_are_shown_as_asked() -> None:
    slept: list[float] = []
    plastic = SimulatedCard(b"\x3b\x00", faults=Faults(delay=0.5, dies_after=1), uid=bytes(4), sleep=slept.append)
    assert plastic.answer(bytes.fromhex("FFCA000000")) == bytes(4) + b"\x90\x00"
    with pytest.raises(CardVanishedError):
        plastic.answer(bytes.fromhex("FFCA000000"))
    assert slept == [0.5]
    assert a_badge(faults=Faults(mute=True)).atr == b""


APDUS = st.one_of(
    st.binary(max_size=300),
    st.builds(
        lambda cla, ins, p1, p2, data: bytes([cla, ins, p1, p2, len(data)]) + data + b"\x00",
        st.sampled_from([0x00, 0x10, 0x80, 0x90, 0xFF]),
        st.sampled_from([0xA4, 0xC0, 0xCA, 0xCB, 0x20, 0x87, 0x10, 0x11, 0x12]),
        st.sampled_from([0x00, 0x04, 0x07, 0x11, 0x3F, 0x80, 0xFF]),
        st.sampled_from([0x00, 0x80, 0x9A, 0x9E, 0xFF]),
        st.one_of(
            st.binary(max_size=255),
            st.sampled_from([bytes.fromhex("A0000006472F0001"), bytes.fromhex("A000000308"), b"\x04", b"\x07"]),
            st.binary(max_size=60).map(lambda rest: b"\x7c" + bytes([len(rest)]) + rest),
        ),
    ),
)


@pytest.mark.parametrize("card", CARDS)
@settings(max_examples=60, deadline=None)
@given(apdus=st.lists(APDUS, max_size=8))
def test_any_bytes_get_a_status_word(card: Callable[[], SimulatedCard], apdus: list[bytes]) -> None:
    plastic = card()
    for raw in apdus:
        answer = plastic.answer(raw)
        assert len(answer) >= 2
        assert answer[-2] in (0x90, 0x61, 0x62, 0x63, 0x67, 0x68, 0x69, 0x6A, 0x6C, 0x6D, 0x6E)


LEAVES = st.one_of(st.integers(-(2**63), 2**63), st.booleans(), st.text(max_size=20), st.binary(max_size=70))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.integers(-3, 12), st.text(max_size=4)), inner, max_size=4),
    ),
    max_leaves=8,
)
DESCRIPTOR = st.fixed_dictionaries({}, optional={"id": LEAVES, "type": st.one_of(st.just("public-key"), LEAVES)})
PLAUSIBLE = st.fixed_dictionaries(
    {},
    optional={
        1: st.one_of(st.just("rp.example"), st.just(bytes(32)), st.sampled_from([1, 2]), VALUES),
        2: st.one_of(st.just(bytes(32)), st.just({"id": "rp.example"}), st.integers(0, 10), VALUES),
        3: st.one_of(
            st.lists(DESCRIPTOR, max_size=2), st.just({"id": b"u"}), st.just({1: 2, -2: bytes(32), -3: b"\x05"}), VALUES
        ),
        4: st.one_of(st.just([{"alg": -7, "type": "public-key"}]), st.binary(max_size=40), VALUES),
        5: st.one_of(
            st.dictionaries(st.sampled_from(["rk", "up", "uv"]), LEAVES), st.lists(DESCRIPTOR, max_size=2), VALUES
        ),
        6: st.one_of(st.just(b""), st.binary(max_size=40), st.just({"credProtect": 2}), VALUES),
        7: st.one_of(st.sampled_from([1, 2]), st.just({"rk": True}), VALUES),
        8: VALUES,
        9: VALUES,
        10: VALUES,
        11: VALUES,
    },
)
MESSAGES = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda number, params: bytes([number]) + params,
        st.sampled_from([1, 2, 4, 6, 7, 8, 11, 13, 0x41]),
        st.one_of(st.binary(max_size=100), VALUES.map(cbor.encode), PLAUSIBLE.map(cbor.encode)),
    ),
)


@settings(max_examples=300, deadline=None)
@given(messages=st.lists(MESSAGES, min_size=1, max_size=6))
def test_any_ctap_message_gets_a_status(messages: list[bytes]) -> None:
    memory = KeyMemory()
    memory.set_pin(b"2468")
    authenticator = Fido2Applet(memory)
    for message in messages:
        answer = authenticator.ctap(message)
        CtapError.ERR(answer[0])
        if answer[1:]:
            assert answer[0] == 0
            assert cbor.encode(cbor.decode(answer[1:])) == answer[1:]
    assert memory.retries == 8


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (b"", CtapError.ERR.INVALID_LENGTH),
        (b"\x55", CtapError.ERR.INVALID_COMMAND),
        (b"\x01", CtapError.ERR.MISSING_PARAMETER),
        (b"\x01\xff", CtapError.ERR.INVALID_CBOR),
        (b"\x01\xa1\x01\x58\x20abc", CtapError.ERR.INVALID_CBOR),
        (b"\x01" + b"\x81" * 1500, CtapError.ERR.INVALID_CBOR),
        (b"\x02\xa2\x02\x41\x00\x01\x61a", CtapError.ERR.INVALID_CBOR),
        (b"\x02\x01", CtapError.ERR.CBOR_UNEXPECTED_TYPE),
        (b"\x02\xa1\x01\x01", CtapError.ERR.CBOR_UNEXPECTED_TYPE),
        (b"\x06\xa2\x01\x02\x02\x18\x77", CtapError.ERR.INVALID_SUBCOMMAND),
        (b"\x06\xa2\x01\x03\x02\x02", CtapError.ERR.INVALID_PARAMETER),
        (b"\x08", CtapError.ERR.NOT_ALLOWED),
        (b"\x04" + bytes(3000), CtapError.ERR.REQUEST_TOO_LARGE),
    ],
)
def test_a_malformed_message_gets_the_standards_status(message: bytes, status: CtapError.ERR) -> None:
    assert Fido2Applet(KeyMemory()).ctap(message) == bytes([status])
