"""Parts of the certificates that the service makes by itself, for TLS and for Kerberos."""

from __future__ import annotations

import datetime

from cryptography import x509


def usage(*, ca: bool) -> x509.KeyUsage:
    """Of a CA, or of what it issues: signs only (RFC 5280 section 4.2.1.3; for PKINIT RFC 4556 section 3.2.1)."""
    return x509.KeyUsage(
        digital_signature=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def moment(at: int) -> datetime.datetime:
    """``at``, epoch seconds, as certificates say it."""
    return datetime.datetime.fromtimestamp(at, datetime.UTC)
