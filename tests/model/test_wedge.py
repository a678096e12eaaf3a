"""What a keyboard-wedge reader types becomes the number that every other reader gives, or a sentence says why not.

The numbers of the table were worked out by hand from the layouts. 0F0368568B in its styles is a published example.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.model import badge
from kiosk.model.wedge import WedgeFormat, WedgeFormatError
from kiosk.model.wedge_decode import alphabet, decode, decode_first
from kiosk.model.wedge_layouts import LAYOUTS
from kiosk.model.wedge_text import parse

CORPORATE = (
    "even=2: 3-4 6-7 9-10 12-13 15-16 18-19 21-22 24-25 27-28 30-31 33-34,"
    "odd=35: 2-3 5-6 8-9 11-12 14-15 17-18 20-21 23-24 26-27 29-30 32-33,odd=1: 2-35"
)
"""The parity of Corporate 1000 of 35 bits, as one would describe it by hand."""


@pytest.mark.parametrize(
    ("form", "typed", "number"),
    [
        # ISO/IEC 14443 and others: the chip's own bytes
        ("uid", "A1B2C3D4", "A1B2C3D4"),
        ("uid", "a1:b2:c3:d4", "A1B2C3D4"),
        ("uid", "04A1B2C3D4E5F6", "04A1B2C3D4E5F6"),
        ("uid,bytes=7", "4A1B2C3D4E5F6", "04A1B2C3D4E5F6"),
        ("uid,typed=decimal", "2712847316", "A1B2C3D4"),
        ("uid,typed=decimal,bytes=7", "1303689068602870", "04A1B2C3D4E5F6"),
        ("uid,typed=decimal,reversed=bytes", "3569595041", "A1B2C3D4"),
        ("uid,reversed=bytes", "D4C3B2A1", "A1B2C3D4"),
        ("uid,reversed=bits", "854DC32B", "A1B2C3D4"),
        ("uid,reversed=both", "2BC34D85", "A1B2C3D4"),
        ("uid,typed=binary", "10100001101100101100001111010100", "A1B2C3D4"),
        ("uid,before=;,after=?,length=8", ";A1B2C3D4?", "A1B2C3D4"),
        # FeliCa IDm, and ISO/IEC 15693 from either end
        ("uid", "0114B34E6B0F5C12", "0114B34E6B0F5C12"),
        ("uid", "DEADBEEF120104E0", "E0040112EFBEADDE"),
        ("uid", "E0040112EFBEADDE", "E0040112EFBEADDE"),
        # EM4100, 40 bits
        ("10H", "0F0368568B", "0F0368568B"),
        ("10H13D", "0064481678987", "0F0368568B"),
        ("8H10D,front=0F", "0057169547", "0F0368568B"),
        ("8H10D", "0057169547", "0368568B"),
        ("6H8D,front=0F03", "06837899", "0F0368568B"),
        ("6H8D,front=00", "06837899", "0068568B"),
        ("2H4H5D,front=0F03", "104.22155", "0F0368568B"),
        ("2H4H5D,front=0F03", "10422155", "0F0368568B"),
        ("4H5D4H5D,front=0F", "00872,22155", "0F0368568B"),
        # H10301: facility code 17, card 12345; 123, 4567
        ("H10301", "226073", "00226073"),
        ("H10301", "00226073", "00226073"),
        ("H10301,typed=decimal", "2252915", "00226073"),
        ("H10301,typed=binary", "00001000100110000001110011", "00226073"),
        ("H10301,typed=facility_card", "17,12345", "00226073"),
        ("H10301,typed=facility_card", "01712345", "00226073"),
        ("H10301,typed=card,facility=17", "12345", "00226073"),
        ("H10301,parity=false", "113039", "00226073"),
        ("H10301,reversed=bytes", "73602200", "00226073"),
        ("H10301,typed=binary,reversed=both", "11001110000001100100010000", "00226073"),
        ("H10301,number=facility_card", "226073", "00113039"),
        ("H10301,number=card", "226073", "00003039"),
        ("H10301,typed=card,number=card", "12345", "00003039"),
        ("H10301,typed=facility_card", "123-04567", "02F623AE"),
        ("H10301,typed=decimal,facility=123", "49685422", "02F623AE"),
        # H10306: 1000, 50000; H10304: 500, 300000; H10302: 123456789
        ("H10306", "07D186A1", "0007D186A1"),
        ("H10306,typed=facility_card", "1000.50000", "0007D186A1"),
        ("H10304", "101F4927C0", "101F4927C0"),
        ("H10304,typed=facility_card", "500300000", "101F4927C0"),
        ("H10302", "100EB79A2B", "100EB79A2B"),
        ("H10302,typed=card", "123456789", "100EB79A2B"),
        ("H10302,number=card", "100EB79A2B", "00075BCD15"),
        # Corporate 1000: 2345, 123456 of 35 bits; 12345, 1234567 of 48
        ("C1000-35,typed=facility_card", "2345,123456", "052523C481"),
        ("C1000-35,typed=facility_card", "23450123456", "052523C481"),
        ("C1000-35,typed=card,facility=2345", "0123456", "052523C481"),
        ("C1000-35", "52523C481", "052523C481"),
        ("C1000-35,typed=decimal", "22097937537", "052523C481"),
        (f"bits,bits=35,facility_bits=3-14,card_bits=15-34,{CORPORATE}", "52523C481", "052523C481"),
        ("C1000-48,typed=facility_card", "12345,1234567", "00303925AD0E"),
        ("C1000-48", "303925AD0E", "00303925AD0E"),
        # what a chip would draw anew, or a reader say that has read nothing
        ("bits,bits=32,card_bits=1-32", "08123456", "08123456"),
        ("bits,bits=32,card_bits=1-32,typed=decimal", "135066710", "080CF456"),
        ("H10306,number=facility_card,typed=facility_card", "2066,13398", "08123456"),
        ("H10306,number=facility_card,typed=facility_card", "65535,65535", "FFFFFFFF"),
        ("bits,bits=64,card_bits=1-64", "01FE345678901234", "01FE345678901234"),
        # H10301 as a layout of one's own
        ("bits,bits=26,facility_bits=2-9,card_bits=10-25,even=1: 2-13,odd=26: 14-25", "226073", "00226073"),
    ],
)
def test_a_number_is_what_was_worked_out_by_hand(form: str, typed: str, number: str) -> None:
    found = decode(parse(form), typed)
    assert (found.number, found.fault) == (number, "")
    assert found.steps[0].value == typed
    assert found.steps[-1].value == number
    assert badge.fault(bytes.fromhex(number), found.source) is None


@pytest.mark.parametrize(
    ("form", "typed", "fault"),
    [
        ("uid", "A1B2C3", "this one has 3"),
        ("uid", "A1B2C3D", "7 digits are no whole bytes"),
        ("uid", "A1B2C3DX", "Not all of it is hexadecimal digits"),
        ("uid", "::::::", "There is no digit"),
        ("uid", "08B2C3D4", "makes up a new number"),
        ("uid", "01FE010203040506", "makes up a new number"),
        ("uid", "00000000", "has read nothing"),
        ("uid", "FFFFFFFF", "has read nothing"),
        ("uid,typed=decimal", "135066710", "makes up a new number"),
        ("H10306,number=facility_card,typed=facility_card", "0,0", "nobody has programmed"),
        ("uid,length=8", "A1B2C3D4E5", "10 characters are left, not 8"),
        ("uid,before=;", "A1B2C3D4", "does not begin with"),
        ("uid,after=?", "A1B2C3D4", "does not end with"),
        ("uid,typed=decimal", "4294967296", "too large for 4 bytes"),
        ("uid,typed=decimal", "١٢٣٤٥٦٧٨٩٠", "Not all of it is decimal digits"),
        ("uid", "1" * 65, "More than 64 characters"),
        ("8H10D", "57169547", "has 10 digits; there are 8"),
        ("2H4H5D,front=0F03", "256.22155", "The first number is more than 255"),
        ("H10301", "226072", "parity is wrong: bit 26"),
        ("H10301", "2226073", "parity is wrong: bit 1 "),
        ("H10301", "4226073", "has 27 bits"),
        ("H10301,facility=18", "226073", "Its facility code is not 18"),
        ("H10301,typed=binary", "0000100010011000000111001", "25 bits were typed"),
        ("H10301,typed=facility_card", "256,1", "The facility code is more than 255"),
        ("H10301,typed=facility_card", "1,65536", "The card number is more than 65535"),
        ("H10301,typed=facility_card", "12345", "cannot be told apart"),
        ("H10301,typed=facility_card", "1,2,3", "cannot be told apart"),
        ("H10301,typed=facility_card", "A,12345", "Not all of it is decimal digits"),
    ],
)
def test_what_is_no_badge_fails_at_a_step_with_its_reason(form: str, typed: str, fault: str) -> None:
    found = decode(parse(form), typed)
    assert found.number == ""
    assert fault in found.fault
    assert found.fault.endswith(".")


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ("6H8D", "3 are typed, 0 are in “front”"),
        ("10H,front=" + "00" * 12, "4 to 16 bytes"),
        ("8H10D,length=8", "“8H10D” has 10 digits"),
        ("8H10D,bytes=5", "stands for 4 bytes"),
        ("2H4H5D,front=00,reversed=bytes", "two numbers"),
        ("uid,typed=card", "needs a card with a facility code"),
        ("uid,facility=1", "has no parts"),
        ("uid,length=4", "from 5 to 64"),
        ("uid,bytes=17", "at most 16"),
        ("uid,front=F", "whole bytes"),
        ("uid,bits=26", "describe a layout of your own"),
        ("uid,typed=octal", "must be one of"),
        ("uid,parity=no", "true or false"),
        ("uid,bytes=four", "a whole number"),
        ("uid,colour=red", "has no “colour”"),
        ("26bit,typed=decimal", "“26bit” is no card and no style. Cards: uid, H10301"),
        ("uid,before=;;;;;;;;;", "“before” must be at most 8 characters of ASCII"),
        ("uid,after=é", "“after” must be at most 8 characters of ASCII"),
        ("H10301,typed=8H10D", "goes with card = “uid”"),
        ("H10301,typed=card", "give the “facility” code"),
        ("H10301,facility=256", "at most 255"),
        ("H10301,facility=x", "in decimal"),
        ("H10301,front=00", "has 26 bits"),
        ("H10301,typed=facility_card,reversed=bytes", "nothing in it can be"),
        ("H10302,facility=1", "has no facility code"),
        ("H10302,typed=facility_card", "has no facility code"),
        ("bits,bits=200,card_bits=1-8", "from 5 to 128"),
        ("bits,bits=26", "“card_bits” must name bits"),
        ("bits,bits=26,card_bits=10-27", "“card_bits” must name bits"),
        ("bits,bits=26,card_bits=10-25,even=1", "the parity bit and those"),
        ("bits,bits=26,card_bits=10-25,even=1: 1-13", "counts itself"),
        ("bits,bits=26,card_bits=10-25,even=1: 2-13,odd=2: 1 3", "count each other"),
        ("bits,bits=26,card_bits=10-25,even=1: 2-13,odd=1: 14-25", "at the same place"),
    ],
)
def test_a_format_that_no_reader_can_type_is_refused_by_name(form: str, fault: str) -> None:
    with pytest.raises(WedgeFormatError) as caught:
        parse(form)
    assert fault in str(caught.value)


def test_of_several_formats_the_first_that_fits_counts() -> None:
    formats = (parse("H10301,typed=binary"), parse("8H10D,front=0F"), parse("uid"))
    found = decode_first(formats, "0057169547")
    assert found is not None
    assert found.number == "0F0368568B"
    assert decode_first(formats, "A1B2C3") is None


@pytest.mark.parametrize("typed", ["08123456", "00000000"])
def test_what_can_be_no_badge_by_its_format_is_none_by_a_later_one(typed: str) -> None:
    formats = (parse("uid,length=8"), parse("H10301,typed=facility_card"))
    assert decode(formats[1], typed.replace("081", "001")).number
    assert decode_first(formats, typed) is None


def test_a_parity_bit_may_count_another() -> None:
    """HID's Corporate 1000 of 35 bits makes its last parity over all others."""
    masks = "even=2: 3-4 6-7 9-10 12-13 15-16 18-19 21-22 24-25 27-28 30-31 33-34"
    odd = "odd=35: 2-3 5-6 8-9 11-12 14-15 17-18 20-21 23-24 26-27 29-30 32-33,odd=1: 2-35"
    made = parse(f"bits,bits=35,facility_bits=3-14,card_bits=15-34,typed=facility_card,{odd},{masks}")
    found = decode(made, "1234,567890")
    assert found.fault == ""
    raw = parse(f"bits,bits=35,facility_bits=3-14,card_bits=15-34,{odd},{masks}")
    assert decode(raw, found.number).number == found.number
    assert "parity" in decode(raw, f"{int(found.number, 16) ^ 4:x}").fault


def test_only_what_the_formats_type_is_taken_for_a_readers() -> None:
    decimal, hexadecimal = (parse("8H10D,before=;"),), (parse("uid"),)
    assert alphabet(decimal) == frozenset("0123456789:- .,/;")
    assert alphabet(hexadecimal) == frozenset("0123456789abcdefABCDEF:- .,/")
    assert alphabet((*decimal, *hexadecimal)) == alphabet(decimal) | alphabet(hexadecimal)


def test_neither_a_step_nor_a_result_shows_its_number_in_a_log() -> None:
    found = decode(parse("uid"), "A1B2C3D4")
    assert "A1B2C3D4" not in repr(found)
    failed = decode(parse("H10301"), "226072")
    assert "226072" not in failed.fault + repr(failed)


# Encoded by the rules as they are written in the standards' words, not by the code under test.


def _corporate(name: str, facility: int, card: int) -> str:
    """Bit 2 makes two of every three even, the last two of every three odd, the first all of them odd."""
    data = f"{facility:012b}{card:020b}" if name == "C1000-35" else f"{facility:022b}{card:023b}"
    even = sum(int(bit) for at, bit in enumerate(data) if at % 3 != (2 if name == "C1000-35" else 0)) % 2
    inside = f"{even}{data}"
    odd = 1 - sum(int(bit) for at, bit in enumerate(inside) if at % 3 != (2 if name == "C1000-35" else 0)) % 2
    whole = f"{inside}{odd}"
    return f"{1 - whole.count('1') % 2}{whole}"


def _frame(name: str, facility: int, card: int) -> str:
    if name.startswith("C1000"):
        return _corporate(name, facility, card)
    if name == "H10302":
        data = f"{card:035b}"
    else:
        data = f"{facility:0{8 if name == 'H10301' else 16}b}" + f"{card:0{19 if name == 'H10304' else 16}b}"
    half = (len(data) + 1) // 2
    even = data[:half].count("1") % 2
    odd = 1 - data[-half:].count("1") % 2
    return f"{even}{data}{odd}"


_CARDS = st.sampled_from(sorted(LAYOUTS)).flatmap(
    lambda name: st.tuples(
        st.just(name),
        st.integers(0, 2 ** {"H10301": 8, "H10302": 0, "C1000-35": 12, "C1000-48": 22}.get(name, 16) - 1),
        st.integers(0, 2 ** {"H10302": 35, "H10304": 19, "C1000-35": 20, "C1000-48": 23}.get(name, 16) - 1),
    )
)


@given(_CARDS)
def test_a_card_is_the_same_number_in_whatever_style_it_is_typed(card: tuple[str, int, int]) -> None:
    name, facility, number = card
    frame = _frame(name, facility, number)
    value, size = int(frame, 2), -(-len(frame) // 8)
    expected = value.to_bytes(max(size, 4), "big").hex().upper()
    typed = {
        name: f"{value:X}",
        f"{name},typed=decimal": str(value),
        f"{name},typed=binary": frame,
        f"{name},typed=binary,reversed=both": frame[::-1],
        f"{name},reversed=bytes": value.to_bytes(size, "big")[::-1].hex(),
        f"{name},parity=false,typed=decimal": str(int(frame[2 if name.startswith("C1000") else 1 : -1], 2)),
    }
    if name == "H10302":
        typed[f"{name},typed=card"] = str(number)
    else:
        typed[f"{name},typed=facility_card"] = f"{facility}:{number}"
        typed[f"{name},typed=card,facility={facility}"] = str(number)
    for form, text in typed.items():
        assert decode(parse(form), text).number == expected, form


@given(_CARDS, st.data())
def test_one_wrong_bit_is_refused(card: tuple[str, int, int], data: st.DataObject) -> None:
    frame = _frame(*card)
    at = data.draw(st.integers(0, len(frame) - 1))
    wrong = frame[:at] + str(1 - int(frame[at])) + frame[at + 1 :]
    found = decode(parse(f"{card[0]},typed=binary"), wrong)
    assert found.number == ""
    assert "parity is wrong" in found.fault


@given(st.binary(min_size=4, max_size=16))
def test_a_chips_number_is_what_a_card_reader_gives(number: bytes) -> None:
    """``credential.uid`` hands on ``canonical`` of what the reader says, and refuses by ``fault``."""
    kept = badge.canonical(number)
    expected = "" if badge.fault(kept) else kept.hex().upper()
    size = len(number)
    assert decode(parse("uid"), number.hex()).number == expected
    assert decode(parse("uid,reversed=bytes"), number[::-1].hex()).number == expected
    assert decode(parse(f"uid,typed=decimal,bytes={size}"), str(int.from_bytes(number, "big"))).number == expected


@given(st.text(max_size=70), st.sampled_from(["uid", "8H10D", "H10301", "H10304,typed=facility_card", "10H"]))
def test_nothing_that_is_typed_breaks_it(text: str, form: str) -> None:
    found = decode(parse(form), text)
    assert bool(found.number) != bool(found.fault)


def test_a_format_is_the_same_from_the_settings_and_from_a_line() -> None:
    assert parse("H10301, typed=decimal, facility=17") == WedgeFormat("H10301", "decimal", facility="17")
