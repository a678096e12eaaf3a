"""Files of certificates and lists as they come: every part is read, or it is named."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)

from kiosk.service.platform import certificate_files
from kiosk.service.platform.certificate_files import CertificateFileError, certificates, lists
from kiosk.simulator.piv_ca import CardAuthority

ROOT = CardAuthority.new("Root")
WARD = ROOT.subordinate("Ward")
PEM, WARD_PEM = (authority.certificate.public_bytes(Encoding.PEM) for authority in (ROOT, WARD))
DER = ROOT.certificate.public_bytes(Encoding.DER)
BOTH = [ROOT.certificate, WARD.certificate]
KEY = ROOT.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
DAMAGED = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
NO_BASE64 = b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"
CUT = PEM[: len(PEM) // 2] + b"\n"
LIST, OTHER_LIST = ROOT.crl().public_bytes(Encoding.PEM), WARD.crl().public_bytes(Encoding.PEM)
OTHER_LIST_DER = WARD.crl().public_bytes(Encoding.DER)
LIST_DER = ROOT.crl().public_bytes(Encoding.DER)


def p7(encoding: Encoding) -> bytes:
    return pkcs7.serialize_certificates(BOTH, encoding)


def der(tag: int, *inside: bytes) -> bytes:
    content = b"".join(inside)
    size = len(content).to_bytes(2, "big")
    return bytes((tag, 0x82)) + size + content


def with_list(certificates: list[bytes], crl: bytes | None, label: str) -> bytes:
    """PKCS #7 as ``openssl crl2pkcs7`` makes it, which the library cannot make."""
    data, signed = (bytes.fromhex("06092A864886F70D0107") + bytes((kind,)) for kind in (1, 2))
    optional = [der(0xA0, *certificates)] if certificates else []
    parts = [b"\x02\x01\x01", der(0x31), der(0x30, data), *optional, *([der(0xA1, crl)] if crl else []), der(0x31)]
    whole = der(0x30, signed, der(0xA0, der(0x30, *parts)))
    return f"-----BEGIN {label}-----\n{base64.encodebytes(whole).decode()}-----END {label}-----\n".encode()


def p12(encryption: KeySerializationEncryption) -> bytes:
    return pkcs12.serialize_key_and_certificates(b"x", ROOT.key, ROOT.certificate, None, encryption)


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (PEM, 1),
        (b"Subject: C=XX\nIssuer: M\xfcller\n" + PEM + b"between\n" + WARD_PEM + b"after", 2),
        (b"\xef\xbb\xbf" + PEM, 1),
        ((PEM + WARD_PEM).replace(b"\n", b"\r\n"), 2),
        (PEM.replace(b"\n", b"\r"), 1),
        (PEM.decode().encode("utf-16"), 1),
        ((PEM + WARD_PEM).decode().encode("utf-16-be"), 2),
        (b"\n".join(b"   " + line for line in PEM.splitlines()), 1),
        (PEM.replace(b"CERTIFICATE", b"X509 CERTIFICATE"), 1),
        (DER, 1),
        (DER + b"\n", 1),
        (DER + b"\0\0\0", 1),
        (b"".join(base64.encodebytes(DER).split()), 1),
        (base64.encodebytes(DER), 1),
        (p7(Encoding.DER), 2),
        (p7(Encoding.PEM), 2),
        (b"subject=x\n" + p7(Encoding.PEM).replace(b"\n", b"\r\n"), 2),
        (p7(Encoding.PEM).replace(b"PKCS7", b"CMS"), 2),
        (p7(Encoding.PEM).replace(b"PKCS7", b"CERTIFICATE"), 2),
        (base64.encodebytes(p7(Encoding.DER)), 2),
        (DER + WARD.certificate.public_bytes(Encoding.DER), 2),
        (DER + bytes(300), 1),
        (PEM + WARD.certificate.public_bytes(Encoding.DER), 2),
        (PEM.replace(b"\n", b"\n\n"), 1),
        (PEM.replace(b"\n", b""), 1),
        (json.dumps({"ca": PEM.decode()}).encode(), 1),
        (b"\n".join(b"> " + line for line in PEM.splitlines()), 1),
        (PEM.replace(b"-----\nM", b"-----\nProc-Type: 4,MIC-ONLY\nComment: of\n the card office\n\nM", 1), 1),
        (base64.b64encode(DER).rstrip(b"="), 1),
        (PEM + bytes(100), 1),
    ],
    ids=[
        "PEM",
        "text around",
        "BOM",
        "CRLF",
        "CR",
        "UTF-16",
        "UTF-16 big-endian",
        "indented",
        "X509 label",
        "DER",
        "DER and line end",
        "DER and zeros",
        "base64",
        "base64 in lines",
        "PKCS7 DER",
        "PKCS7 PEM",
        "PKCS7 CRLF",
        "CMS",
        "PKCS7 called certificate",
        "PKCS7 base64",
        "DER behind DER",
        "DER and a block of zeros",
        "DER behind PEM",
        "empty lines between",
        "one line",
        "JSON",
        "quoted in a mail",
        "headers of RFC 1421",
        "base64 without its end",
        "PEM and zeros",
    ],
)
def test_every_certificate_of_a_file_is_read(data: bytes, count: int) -> None:
    found = certificates(data)
    in_order = sorted(found.items, key=BOTH.index)  # PKCS #7 has a set
    assert in_order == BOTH[:count]
    assert found.left == ()


@pytest.mark.parametrize(
    ("between", "said"),
    [
        (DAMAGED, "Part 2 (line 13, certificate) was left: it is damaged"),
        (NO_BASE64, "was left: it is damaged"),
        (CUT, "its end is missing"),
        (PEM, "the same certificate"),
        (KEY, "private key"),
        (LIST, "crl add FILE"),
        (PEM.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"), "openssl x509"),
        (PEM.replace(b"CERTIFICATE", b"CERTIFICATE REQUEST"), "no CA has signed"),
        (PEM.replace(b"CERTIFICATE", b"DH PARAMETERS"), "nothing of that kind"),
        (p7(Encoding.PEM)[:60] + b"\n-----END PKCS7-----\n", "nor as PKCS #7"),
        (b"\x01\x02\x03", "What is behind part 1 was left: it is no text"),
        (LIST_DER, "What is behind part 1 was left: it is a revocation list"),
        (with_list([], LIST_DER, "PKCS7"), "it is PKCS #7 with 1 revocation list, which is taken in by: crl add FILE"),
        (with_list([], None, "PKCS7"), "it is PKCS #7 with no certificate in it."),
    ],
    ids=[
        "damaged",
        "no base64",
        "cut off",
        "twice",
        "key",
        "list",
        "OpenSSL's own",
        "request",
        "parameters",
        "damaged PKCS7",
        "bytes",
        "list in DER",
        "PKCS7 with a list",
        "PKCS7 with nothing",
    ],
)
def test_what_is_left_of_a_bundle_is_named_and_the_rest_is_read(between: bytes, said: str) -> None:
    found = certificates(PEM + between + WARD_PEM)
    assert list(found.items) == BOTH
    assert len(found.left) == 1
    assert said in found.left[0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"PK\x03\x04" + bytes(30), "Unpack it"),
        (gzip.compress(PEM), "Unpack it"),
        (DER.hex().encode(), "xxd -r -p"),
        (b"0x" + DER.hex(":").encode(), "xxd -r -p"),
        (base64.b64decode("".join(with_list([], LIST_DER, "PKCS7").decode().split("\n")[1:-2])), "crl add FILE"),
        (b"nothing", "PEM, DER or PKCS #7"),
        (b"\x30\x82\x01\x00" + bytes(40), "damaged"),
        (b"<!DOCTYPE html><html>Sign in</html>", "web page"),
        (b"\xfe\xed\xfe\xed" + bytes(20), "Java key store"),
        (p12(NoEncryption()), "PKCS #12"),
        (p12(BestAvailableEncryption(b"secret")), "PKCS #12"),
        (LIST_DER, "crl add FILE"),
        (LIST, "crl add FILE"),
        (KEY, "private key"),
        (DAMAGED, "damaged"),
        (CUT, "its end is missing"),
        (b"-----BEGIN X-----\n" * 1001, "more than 1000 parts"),
        (b"0\0" * 2**20, "more than 1000 parts"),
        (PEM + b"0\0" * 2**20, "more than 1000 parts"),
    ],
    ids=[
        "empty",
        "nothing but line ends",
        "ZIP",
        "gzip",
        "hexadecimal",
        "hexadecimal with colons",
        "PKCS7 with a list alone",
        "rubbish",
        "damaged DER",
        "web page",
        "Java",
        "PKCS12",
        "PKCS12 with password",
        "list in DER",
        "list in PEM",
        "key",
        "damaged",
        "cut off",
        "too many",
        "too many in DER",
        "too many behind PEM",
    ],
)
def test_a_file_without_a_certificate_is_refused_by_what_it_is(data: bytes, said: str) -> None:
    with pytest.raises(CertificateFileError) as no:
        certificates(data)
    assert said in str(no.value)
    assert str(no.value).endswith((".", "FILE", "NEW.pem", "NEW.der", "…"))


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (LIST, 1),
        (LIST_DER, 1),
        (b"\xef\xbb\xbfof today\r\n" + LIST.replace(b"\n", b"\r\n") + OTHER_LIST, 2),
        (LIST.decode().encode("utf-16"), 1),
        (LIST.replace(b"X509 CRL", b"CRL"), 1),
        (base64.encodebytes(LIST_DER), 1),
        (LIST_DER + b"\r\n", 1),
        (LIST_DER + OTHER_LIST_DER, 2),
        (LIST.replace(b"\n", b"\n\n"), 1),
        (with_list([], LIST_DER, "PKCS7"), 1),
        (with_list([], LIST_DER, "X509 CRL"), 1),
    ],
    ids=[
        "PEM",
        "DER",
        "two",
        "UTF-16",
        "CRL label",
        "base64",
        "DER and line end",
        "DER behind DER",
        "empty lines between",
        "PKCS7",
        "PKCS7 called a list",
    ],
)
def test_every_list_of_a_file_is_read(data: bytes, count: int) -> None:
    found = lists(data)
    assert [item.issuer for item in found.items] == [certificate.subject for certificate in BOTH[:count]]
    assert found.left == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (PEM, "it is a certificate"),
        (DER, "This is a certificate"),
        (p7(Encoding.PEM), "it is PKCS #7 without a revocation list"),
        (p7(Encoding.DER), "This is PKCS #7 without a revocation list"),
        (with_list([], der(0x30, b"\x02\x01\x01"), "PKCS7"), "damaged"),
        (LIST.replace(b"CRL-----\nM", b"CRL-----\nA", 1), "damaged"),
    ],
    ids=["certificate in PEM", "certificate in DER", "PKCS7", "PKCS7 in DER", "PKCS7 damaged", "damaged"],
)
def test_what_is_no_list_is_named(data: bytes, said: str) -> None:
    with pytest.raises(CertificateFileError, match=said):
        lists(data)
    mixed = lists(OTHER_LIST + data) if b"-----" in data else lists(OTHER_LIST)
    assert len(mixed.items) == 1
    assert all(said in refusal for refusal in mixed.left)


def test_many_parts_that_were_left_are_counted() -> None:
    found = certificates(PEM + DAMAGED * 50)
    assert len(found.left) == 21
    assert found.left[-1] == "30 more parts were left."


def test_what_stands_beside_in_pkcs7_is_named() -> None:
    both = with_list([DER], LIST_DER, "PKCS7")
    assert certificates(both).left == ("Part 1 (line 1, pkcs7) also has 1 revocation list, taken in by: crl add FILE",)
    assert lists(both).left == ("Part 1 (line 1, pkcs7) also has 1 certificate.",)
    assert [crl.public_bytes(Encoding.DER) for crl in lists(both).items] == [LIST_DER]
    assert certificates(both).items == certificates(PEM).items


def many(count: int) -> bytes:
    """PKCS #7 in DER with so many certificates, which is larger than ``der`` can say."""

    def longer(tag: int, *inside: bytes) -> bytes:
        content = b"".join(inside)
        return bytes((tag, 0x84)) + len(content).to_bytes(4, "big") + content

    data, signed = (bytes.fromhex("06092A864886F70D0107") + bytes((kind,)) for kind in (1, 2))
    parts = [b"\x02\x01\x01", der(0x31), der(0x30, data), longer(0xA0, DER * count), der(0x31)]
    return longer(0x30, signed, longer(0xA0, longer(0x30, *parts)))


def test_parts_in_pkcs7_are_counted_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert certificates(many(3)).items == (ROOT.certificate,)

    def read(_der: bytes) -> list[object]:
        raise AssertionError("it was read")

    monkeypatch.setattr(pkcs7, "load_der_pkcs7_certificates", read)
    too_many = many(certificate_files.MAX_PARTS + 1)
    with pytest.raises(CertificateFileError, match=r"This is PKCS #7 with more than 1000 parts\."):
        certificates(too_many)
    with pytest.raises(CertificateFileError, match=r"This is PKCS #7 with more than 1000 parts\."):
        lists(too_many)


def test_parts_of_several_pkcs7_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_files, "MAX_PARTS", 2)
    third = CardAuthority.new("Third").certificate.public_bytes(Encoding.PEM)
    assert len(certificates(p7(Encoding.PEM)).items) == 2
    with pytest.raises(CertificateFileError, match="more than"):
        certificates(p7(Encoding.PEM) + third)
