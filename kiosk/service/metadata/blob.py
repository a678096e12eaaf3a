"""The signed file of the FIDO Metadata Service (version 3.1, section 3.1.7 and 3.2): is it genuine, in time, whole?

The root of the real one is that of a public CA, which signs for anybody: what tells it from a forgery is the name in
the signer's certificate, so that name is checked as for a web server (RFC 9525).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import DNSName
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from kiosk.service.metadata.models import BadEntry, KeyModel, model_of

ROOT = Path(__file__).with_name("globalsign-root-r3.pem")
"""GlobalSign Root CA R3, which the FIDO Alliance publishes as the root of its metadata."""
SIGNERS = ("mds.fidoalliance.org", "mds3.fidoalliance.org")
ALGORITHMS = ["ES256", "ES384", "ES512", "RS256", "PS256"]
MAX_BYTES = 64 * 2**20


class _Sizes(JWSRegistry):
    """The library's limits are those of tokens; this file has some megabytes of pictures in it."""

    max_header_length = 64 * 2**10
    max_payload_length = MAX_BYTES


FETCH = "Fetch the present one from https://mds3.fidoalliance.org/ again."


class BlobRefused(Exception):
    """The file is not to be trusted, or no longer; ``str()`` is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A genuine file. ``no``: its serial number. ``next_update``: epoch seconds, the end of that day.

    ``digest``: SHA-256 of the file in hex; ``root``: of the root's DER. ``models``: each under its own identifiers.
    """

    no: int
    next_update: int
    digest: str
    root: str
    signer: str
    models: tuple[KeyModel, ...]


def read(data: bytes, now: int, root_pem: bytes | None = None, signers: tuple[str, ...] = SIGNERS) -> Blob:
    """Verify and take apart the file ``data``. ``root_pem``: another root than the published one; ``signers``: names.

    Raises ``BlobRefused``.
    """
    data = data.strip()
    if len(data) > MAX_BYTES or data.count(b".") != 2:
        raise BlobRefused(f"This is not a metadata file, which is a signed text (JWT). {FETCH}")
    root = _root(root_pem)
    leaf, name = _signer(_header(data), root, signers, now)
    payload = _payload(data, leaf)
    no, due = payload.get("no"), _day(payload.get("nextUpdate"))
    if type(no) is not int or not 0 < no < 2**62 or due is None:
        raise BlobRefused(f"This metadata file has no serial number or date. {FETCH}")
    if due <= now:
        raise BlobRefused(f"This metadata file was due to be replaced on {payload['nextUpdate']}. {FETCH}")
    mark = hashlib.sha256(root.public_bytes(Encoding.DER)).hexdigest()
    return Blob(no, due, hashlib.sha256(data).hexdigest(), mark, name, _models(payload.get("entries")))


def _root(pem: bytes | None) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(ROOT.read_bytes() if pem is None else pem)
    except ValueError:
        raise BlobRefused("The root must be one certificate in PEM.") from None


def _header(data: bytes) -> list[x509.Certificate]:
    """The certificates of the header, the signer's first."""
    try:
        encoded = data.partition(b".")[0]
        header = json.loads(base64.urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4)))
        return [x509.load_der_x509_certificate(base64.b64decode(one)) for one in header["x5c"]]
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        raise BlobRefused(f"This metadata file does not carry its signer's certificates. {FETCH}") from None


def _signer(
    chain: list[x509.Certificate], root: x509.Certificate, signers: tuple[str, ...], now: int
) -> tuple[x509.Certificate, str]:
    """Who signed, once the path to ``root`` holds and the name is one of ``signers``."""
    if not chain:
        raise BlobRefused(f"This metadata file does not carry its signer's certificates. {FETCH}")
    builder = PolicyBuilder().store(Store([root])).time(datetime.fromtimestamp(now, UTC))
    for name in signers:
        try:
            builder.build_server_verifier(DNSName(name)).verify(chain[0], chain[1:])
        except (VerificationError, ValueError, UnsupportedAlgorithm):
            continue
        return chain[0], name
    raise BlobRefused(
        f"The signer of this metadata file is not {' or '.join(signers)} by the root {root.subject.rfc4514_string()}"
        f" today. It may be forged. {FETCH}"
    )


def _payload(data: bytes, leaf: x509.Certificate) -> dict[str, Any]:
    public = leaf.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            key: ECKey | RSAKey = ECKey.import_key(pem)
        elif isinstance(public, rsa.RSAPublicKey):
            key = RSAKey.import_key(pem)
        else:
            raise ValueError("another kind of key")
        payload = json.loads(
            jws.deserialize_compact(data.decode("ascii"), key, registry=_Sizes(algorithms=ALGORITHMS)).payload
        )
    except (JoseError, ValueError, TypeError, RecursionError):
        raise BlobRefused(f"The signature of this metadata file is wrong. It was changed or damaged. {FETCH}") from None
    if not isinstance(payload, dict):
        raise BlobRefused(f"This metadata file is not whole. {FETCH}")
    return payload


def _day(text: object) -> int | None:
    """The end of an ISO day in UTC, epoch seconds."""
    try:
        day = date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        day = None
    if day is None or day == date.max:
        return None
    return int((datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(1)).timestamp())


def _models(entries: object) -> tuple[KeyModel, ...]:
    if not isinstance(entries, list):
        raise BlobRefused(f"This metadata file has no entries. {FETCH}")
    found: dict[str, KeyModel] = {}
    for number, entry in enumerate(entries, 1):
        try:
            model = model_of(entry)
        except BadEntry as error:
            raise BlobRefused(
                f"Entry {number} of this metadata file cannot be understood: {error}. Nothing was changed."
            ) from None
        if model is None:
            continue
        for identifier in model.ids:
            before = found.get(identifier)
            found[identifier] = before.merged(model) if before else model
    return tuple(KeyModel((one,), m.name, m.statuses, m.roots, m.icon) for one, m in found.items())
