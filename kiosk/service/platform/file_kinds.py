"""What a file is that was given for a certificate or a revocation list and is none, in a sentence that helps."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs12

from kiosk.service.platform import der_values

_PACKED = {b"PK\x03\x04": "a ZIP file", b"\x1f\x8b": "a gzip file", b"7z\xbc\xaf": "a 7z file"}
_JAVA = b"\xfe\xed\xfe\xed"
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
    if data.startswith(_JAVA):
        return "This is a Java key store. Take the certificate out of it: keytool -exportcert -rfc -file NEW.pem …"
    if _is_pkcs12(data):
        return (
            "This is a PKCS #12 file (.p12, .pfx), which is made to hold private keys and is not read here. Where it"
            " came from, take the certificates alone out of it: openssl pkcs12 -nokeys -in FILE -out NEW.pem"
        )
    if _is_hex(data):
        return f"These are hexadecimal digits, and no {what} as it is. Make bytes of them: xxd -r -p FILE NEW.der"
    return f"The file is not a {what} in PEM, DER or PKCS #7, or it is damaged."


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
