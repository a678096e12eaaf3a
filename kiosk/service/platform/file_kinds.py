"""What a file is that was given for a certificate or a revocation list and is none, in a sentence that helps."""

from __future__ import annotations

import base64
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12

from kiosk.service.platform import der_values

_PACKED = {b"PK\x03\x04": "a ZIP file", b"\x1f\x8b": "a gzip file", b"7z\xbc\xaf": "a 7z file"}
_JAVA = b"\xfe\xed\xfe\xed"
_JAVA_WITH_KEYS = b"\xce\xce\xce\xce"
_WINDOWS = b"\0\0\0\0CERT"
_HTTP = re.compile(rb"HTTP/[0-9.]+ [0-9]{3}[ \r\n]")
_SIGNED_MAIL = re.compile(
    rb"^content-type:\s*(?:multipart/signed|application/(?:x-)?pkcs7-)", re.IGNORECASE | re.MULTILINE
)
MAX_HEADERS = 64 * 1024
"""Bytes of a mail in which it says what it is."""
_PEM_IN_BASE64 = base64.b64encode(b"-----BEGIN ")[:14]
_ALMOST_PEM = re.compile(rb"((?:-|\xe2\x80[\x90-\x95]|[\x96\x97]){1,6})\s*BEGIN(?:\s|%20)", re.IGNORECASE)
"""With dashes in UTF-8 or Windows-1252 for hyphens, fewer of them, a space beside them, in small letters."""
_HEX = frozenset(b"0123456789abcdefABCDEF")


def is_another(data: bytes) -> bool:
    """Whether it is of a kind that begins as a certificate does."""
    return _is_hex(data) or _is_pkcs12(data)


def sentence(data: bytes, what: str) -> str:
    """``what``: what was wanted."""
    packed = next((name for mark, name in _PACKED.items() if data.startswith(mark)), None)
    if packed is not None:
        return f"This is {packed}. Unpack it, and give what is in it."
    if data.lstrip()[:1] == b"<":
        return f"This is a web page or XML, and no {what}. Fetch the file itself."
    if data.startswith(_WINDOWS):
        return (
            "This is a certificate store of Windows (.sst). Make PKCS #7 of it there, in PowerShell:"
            " $c = [Security.Cryptography.X509Certificates.X509Certificate2Collection]::new(); $c.Import('FILE');"
            " [IO.File]::WriteAllBytes('NEW.p7b', $c.Export('Pkcs7'))"
        )
    if data.startswith(_JAVA_WITH_KEYS):
        return (
            "This is a Java key store (JCEKS). Take the certificate out of it:"
            " keytool -exportcert -rfc -storetype JCEKS -file NEW.pem …"
        )
    if data.startswith(_JAVA):
        return "This is a Java key store. Take the certificate out of it: keytool -exportcert -rfc -file NEW.pem …"
    if _is_pkcs12(data):
        return (
            "This is a PKCS #12 file (.p12, .pfx), which is made to hold private keys and is not read here. Where it"
            " came from, take the certificates alone out of it: openssl pkcs12 -nokeys -in FILE -out NEW.pem"
        )
    if _is_hex(data):
        return f"These are hexadecimal digits, and no {what} as it is. Make bytes of them: xxd -r -p FILE NEW.der"
    return _text(data) or f"The file is not a {what} in PEM, DER or PKCS #7, or it is damaged."


def _text(data: bytes) -> str | None:
    """Of text that would be something that is read here, but for one thing."""
    if _HTTP.match(data):
        return "The headers of an HTTP answer stand in front. Fetch it without them: curl -o FILE ADDRESS"
    if _SIGNED_MAIL.search(data, 0, MAX_HEADERS):
        return (
            "This is a signed or packed mail (S/MIME). Take the certificates out of it:"
            " openssl smime -pk7out -in FILE | openssl pkcs7 -print_certs -out NEW.pem"
        )
    if _PEM_IN_BASE64 in data:
        return (
            "There is a PEM file in base64 in it. Make PEM of that: base64 -d FILE > NEW.pem"
            " (of a settings file or a secret of Kubernetes its value alone)"
        )
    begin = _ALMOST_PEM.search(data)
    if begin is None:
        return None
    if not begin[1].isascii():
        return (
            "The hyphens of its BEGIN line are dashes, as word processors and mail programs make them. Write"
            " -----BEGIN CERTIFICATE----- and -----END CERTIFICATE----- with five hyphens on each side."
        )
    return (
        "Its BEGIN line is not made as RFC 7468 has it. Write -----BEGIN CERTIFICATE----- and"
        " -----END CERTIFICATE----- in capital letters, with five hyphens on each side and no space beside them."
    )


def _is_hex(data: bytes) -> bool:
    """Of a sequence, as tools show it."""
    digits = data.translate(None, b" :\r\n\t").removeprefix(b"0x")
    return (
        digits.startswith(b"30") and set(digits) <= _HEX and bool(der_values.split(bytes.fromhex(_even(digits)), 1)[0])
    )


def _even(digits: bytes) -> str:
    return digits[: len(digits) // 2 * 2].decode("ascii")


def _is_pkcs12(data: bytes) -> bool:
    try:
        pkcs12.load_pkcs12(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # The library says by its words alone whether it was the password, which a file that is none does not have.
        return "password" in str(error)
    return True
