"""What the library cannot read is named by its field and its rule, and never in the library's words."""

from __future__ import annotations

import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.service.platform import ca_fitness, certificate_files, certificate_reading, der_values
from kiosk.service.platform.certificate_files import CertificateFileError
from tests.fakes.card_cas import card_ca

NAME = "St. John AND Sons"
GOOD = card_ca(common=NAME)
NOW = int(time.time())


def renamed(tag: int, text: bytes) -> bytes:
    """The CA with another kind of text in its names; its signature is wrong by that, which nobody here looks at."""
    before = bytes((0x0C, len(NAME))) + NAME.encode()
    assert GOOD.der.count(before) == 2
    assert len(text) == len(NAME)
    return GOOD.der.replace(before, bytes((tag, len(text))) + text)


def said(der: bytes) -> str:
    """What an administrator hears who gives this CA."""
    try:
        (ca,) = certificate_files.certificates(der).items
    except CertificateFileError as error:
        return str(error)
    return str(ca_fitness.fault(ca, NOW))


@pytest.mark.parametrize(
    ("tag", "text", "fault"),
    [
        (0x13, b"St. John &&& Sons", "PrintableString with “&”"),
        (0x13, b"St. John @@@ Sons", "PrintableString with “@”"),
        (0x13, b"St. John ___ Sons", "PrintableString with “_”"),
        (0x13, "St. Jöhn AND Sons".encode("latin-1"), "PrintableString with the byte F6"),
        (0x14, "St. Jöhn AND Sons".encode("latin-1"), "TeletexString with the byte F6"),
        (0x16, "St. Jöhn AND Sons".encode("latin-1"), "an IA5String with the byte F6"),
        (0x0C, "St. Jöhn AND Sons".encode("latin-1"), "UTF8String with the byte F6"),
    ],
)
def test_a_text_that_is_none_of_its_kind_is_named_with_field_and_rule(tag: int, text: bytes, fault: str) -> None:
    found = said(renamed(tag, text))
    assert fault in found
    assert "ssuer has a" in found
    assert "section" in found
    for foreign in ("damaged", "ParseError", "asn1", "InvalidValue"):
        assert foreign not in found


def generalized(der: bytes) -> bytes:
    """Its dates in the other form."""
    tbs, *rest = der_values.children(der)
    fields = der_values.children(tbs)
    at = next(place for place, field in enumerate(fields) if field[2:3] == b"\x17")
    dates = [der_values.wrapped(0x18, b"20" + der_values.content(date)) for date in der_values.children(fields[at])]
    fields[at] = der_values.wrapped(0x30, b"".join(dates))
    return der_values.wrapped(0x30, b"".join([der_values.wrapped(0x30, b"".join(fields)), *rest]))


def test_dates_before_2050_in_the_form_of_later_ones_are_named() -> None:
    found = said(generalized(GOOD.der))
    assert "GeneralizedTime, where RFC 5280 section 4.1.2.5 demands UTCTime" in found
    assert "validation failed" not in found


def test_what_can_be_read_has_no_fault_of_reading() -> None:
    assert certificate_reading.why(GOOD.der) is None
    crl = x509.CertificateRevocationListBuilder().issuer_name(GOOD.certificate.subject)
    moment = GOOD.certificate.not_valid_before_utc
    made = crl.last_update(moment).next_update(moment).sign(GOOD.key, hashes.SHA256())
    assert certificate_reading.why(made.public_bytes(Encoding.DER)) is None


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x03\x02\x01\x05", b"\x30\x80\0\0", b"\x30\x84\xff\xff\xff\xff"])
def test_bytes_that_are_no_certificate_have_no_field(der: bytes) -> None:
    assert certificate_reading.why(der) is None


def test_a_certificate_cut_off_or_changed_anywhere_raises_nothing() -> None:
    for at in range(len(GOOD.der)):
        certificate_reading.why(GOOD.der[:at])
        changed = bytearray(GOOD.der)
        changed[at] ^= 0xFF
        certificate_reading.why(bytes(changed))


def test_an_extension_that_stands_there_twice_is_named() -> None:
    tbs, *rest = der_values.children(GOOD.der)
    fields = der_values.children(tbs)
    (inside,) = der_values.children(fields[-1])
    twice = der_values.children(inside)
    fields[-1] = der_values.wrapped(0xA3, der_values.wrapped(0x30, b"".join([*twice, twice[0]])))
    der = der_values.wrapped(0x30, b"".join([der_values.wrapped(0x30, b"".join(fields)), *rest]))
    assert "BASIC_CONSTRAINTS (2.5.29.19) twice" in str(certificate_reading.why(der))
