"""Certificates as directories, key servers, mail and word processors hand them on: read, or called what they are."""

from __future__ import annotations

import base64
import json
import subprocess
import textwrap
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kiosk.service.platform.certificate_files import CertificateFileError, certificates, lists
from kiosk.simulator.piv_ca import CardAuthority

ROOT = CardAuthority.new("Root")
WARD = ROOT.subordinate("Ward")
PEM = ROOT.certificate.public_bytes(Encoding.PEM)
DER, WARD_DER = (authority.certificate.public_bytes(Encoding.DER) for authority in (ROOT, WARD))
LIST = ROOT.crl().public_bytes(Encoding.DER)


def ldif(attribute: str, der: bytes) -> bytes:
    """As ``ldifde`` and ``ldapsearch`` write it: lines are folded (RFC 2849 note 2)."""
    first, *more = textwrap.wrap(f"{attribute}:: {base64.b64encode(der).decode()}", 76)
    folded = "\r\n".join([first, *(f" {line}" for line in more)])
    return f"dn: CN=Root,CN=AIA\r\nchangetype: add\r\n{folded}\r\n\r\n".encode()


def jwks(*paths: list[bytes]) -> bytes:
    return json.dumps(
        {"keys": [{"kty": "EC", "x5c": [base64.b64encode(der).decode() for der in path]} for path in paths]}
    ).encode()


SPACED = PEM.decode().splitlines()


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (ldif("cACertificate;binary", DER), 1),
        (ldif("cACertificate", DER).replace(b"\r\n", b"\n"), 1),
        (ldif("userCertificate;binary", DER) + ldif("jpegPhoto", b"\xff\xd8") + ldif("cACertificate", WARD_DER), 2),
        (jwks([DER]), 1),
        (jwks([WARD_DER, DER], []), 2),
        (json.dumps({"kty": "EC", "x5c": [base64.b64encode(DER).decode()]}).encode(), 1),
        (PEM.decode().encode("utf-32"), 1),
        (PEM.decode().encode("utf-32-be"), 1),
        ("\u00a0\n".join(SPACED).encode(), 1),
        ("\u00a0\n".join(SPACED).encode("latin-1"), 1),
        (PEM[:28] + b"\xef\xbb\xbf" + PEM[28:], 1),
        ("\u200b\n".join(SPACED).encode(), 1),
        (base64.urlsafe_b64encode(DER), 1),
    ],
)
def test_a_certificate_is_found_in_what_carries_it(data: bytes, count: int) -> None:
    found = certificates(data)
    assert (len(found.items), found.left) == (count, ())
    assert ROOT.certificate in found.items


def test_a_list_is_found_in_what_a_directory_says() -> None:
    found = lists(ldif("certificateRevocationList;binary", LIST) + ldif("cACertificate;binary", DER))
    assert len(found.items) == 1
    assert found.left == ("Value 2 (cACertificate) was left: it is a certificate, and no revocation list.",)


def test_a_value_that_is_damaged_is_named_and_the_others_are_read() -> None:
    found = certificates(b"cACertificate;binary:: ####\n" + ldif("cACertificate;binary", DER))
    assert (len(found.items), found.left) == (1, ("Value 1 (cACertificate) was left: it is damaged: it is no base64.",))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\0\0\0\0CERT\x20\0\0\0" + DER, "a certificate store of Windows (.sst)"),
        (b"\xce\xce\xce\xce\0\0\0\2" + DER, "keytool -exportcert -rfc -storetype JCEKS"),
        (base64.b64encode(PEM), "base64 -d FILE > NEW.pem"),
        (b"data:\n  ca.crt: " + base64.b64encode(PEM) + b"\n", "base64 -d FILE > NEW.pem"),
        (PEM.decode().replace("-----", "\u2013" * 5).encode(), "hyphens of its BEGIN line are dashes"),
        (PEM.decode().replace("-----", "\u2014\u2014-").encode(), "hyphens of its BEGIN line are dashes"),
        (PEM.decode().replace("-----", "\u2013" * 5).encode("cp1252"), "hyphens of its BEGIN line are dashes"),
        (PEM.replace(b"-----", b"----"), "not made as RFC 7468 has it"),
        (PEM.replace(b"CERTIFICATE", b"certificate"), "not made as RFC 7468 has it"),
        (PEM.replace(b"-----BEGIN", b"----- BEGIN"), "not made as RFC 7468 has it"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/pkix-cert\r\n\r\n" + DER, "curl -o FILE ADDRESS"),
        (b"{" * 100_000, "in PEM, DER or PKCS #7"),
        (b'{"keys": 1}', "in PEM, DER or PKCS #7"),
    ],
)
def test_what_is_not_read_is_called_what_it_is_with_what_helps(data: bytes, said: str) -> None:
    with pytest.raises(CertificateFileError) as refused:
        certificates(data)
    assert said in str(refused.value)


def test_a_signed_mail_is_called_that_and_the_command_that_is_named_helps(tmp_path: Path) -> None:
    key, mail, out = tmp_path / "key.pem", tmp_path / "mail.eml", tmp_path / "new.pem"
    key.write_bytes(ROOT.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "ca.pem").write_bytes(PEM)
    (tmp_path / "text").write_bytes(b"hello")
    sign = ["openssl", "smime", "-sign", "-in", "text", "-signer", "ca.pem", "-inkey", "key.pem", "-out", mail.name]
    subprocess.run(sign, cwd=tmp_path, check=True, capture_output=True)
    with pytest.raises(CertificateFileError, match=r"openssl smime -pk7out -in FILE \| openssl pkcs7 -print_certs"):
        certificates(mail.read_bytes())
    shell = f"openssl smime -pk7out -in {mail.name} | openssl pkcs7 -print_certs -out {out.name}"
    subprocess.run(["bash", "-c", shell], cwd=tmp_path, check=True, capture_output=True)
    assert certificates(out.read_bytes()).items == (ROOT.certificate,)
