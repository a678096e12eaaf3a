"""The signed file of the FIDO Metadata Service (version 3.1, section 3.1.7 and 3.2): is it genuine, in time, whole?

The root of the real one is that of a public CA, which signs for anybody. What tells it from a forgery is the name in
the signer's certificate, so that name is checked as for a web server (RFC 9525).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import DNSName
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from kiosk.service.metadata.entries import MetadataEntryError, model_of, rest_of
from kiosk.service.metadata.models import KeyModel
from kiosk.service.platform import ca_fitness
from kiosk.service.platform.certificate_files import CertificateFileError, certificates, plain

ROOTS = tuple(Path(__file__).with_name(f"globalsign-root-{name}.pem") for name in ("r46", "r3"))
"""The roots of the metadata that the FIDO Alliance has published: R46 since August 2026, R3 before."""
SIGNERS = ("mds.fidoalliance.org", "mds3.fidoalliance.org")
ALGORITHMS = ["ES256", "ES384", "ES512", "RS256", "PS256"]
MAX_BYTES = 64 * 2**20


class _Sizes(JWSRegistry):
    """The library's limits are those of tokens; this file has some megabytes of pictures in it."""

    max_header_length = 64 * 2**10
    max_payload_length = MAX_BYTES


FETCH = "Fetch the present one from https://mds3.fidoalliance.org/ again."


class MetadataBlobError(Exception):
    """The file is not to be trusted, or no longer; ``str()`` is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Unread:
    """An entry that cannot be read. ``number``: its place, from 1. ``ids``: of the models that are refused by it."""

    number: int
    why: str
    ids: tuple[str, ...]
    name: str

    def __str__(self) -> str:
        if not self.ids:
            return f"Entry {self.number} was left: {self.why}. Which model it is about cannot be told."
        models = ", ".join(self.ids)
        return f"Entry {self.number} was left: {self.why}. Keys of its model are refused: {self.name} ({models})."


@dataclass(frozen=True, slots=True)
class Blob:
    """A genuine file. ``no``: its serial number. ``next_update``: epoch seconds, the end of that day.

    ``digest``: SHA-256 of the file in hex; ``root``: of the DER of the root that it leads to. ``models``: each under
    its own identifiers, those too of which the entry cannot be read. ``unread``: the entries of which that is so.
    """

    no: int
    next_update: int
    digest: str
    root: str
    signer: str
    models: tuple[KeyModel, ...]
    unread: tuple[Unread, ...] = ()


def read(data: bytes, now: int, root_pem: bytes | None = None, signers: tuple[str, ...] = SIGNERS) -> Blob:
    """Verify and take apart the file ``data``. ``root_pem``: other roots than the published ones; ``signers``: names.

    Raises ``MetadataBlobError``.
    """
    data = b"".join(plain(data).split())  # mail breaks its lines; there is no blank in a JWT (RFC 7515 section 3.1)
    if len(data) > MAX_BYTES or data.count(b".") != 2:
        raise MetadataBlobError(f"This is not a metadata file, which is a signed text (JWT). {FETCH}")
    leaf, name, root = _signer(_header(data), _roots(root_pem), signers, now)
    payload = _payload(data, leaf)
    no, due = payload.get("no"), _day(payload.get("nextUpdate"))
    if type(no) is not int or not 0 < no < 2**62 or due is None:
        raise MetadataBlobError(f"This metadata file has no serial number or date. {FETCH}")
    if due <= now:
        raise MetadataBlobError(f"This metadata file was due to be replaced on {payload['nextUpdate']}. {FETCH}")
    mark = hashlib.sha256(root.public_bytes(Encoding.DER)).hexdigest()
    return Blob(no, due, hashlib.sha256(data).hexdigest(), mark, name, *_models(payload.get("entries")))


def _roots(pem: bytes | None) -> list[x509.Certificate]:
    try:
        return list(certificates(b"".join(root.read_bytes() for root in ROOTS) if pem is None else pem).items)
    except CertificateFileError as error:
        raise MetadataBlobError(f"The file of roots cannot be used. {error}") from None


def _header(data: bytes) -> list[x509.Certificate]:
    """The certificates of the header, the signer's first."""
    try:
        encoded = data.partition(b".")[0]
        header = json.loads(base64.urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4)))
        return [x509.load_der_x509_certificate(base64.b64decode(certificate)) for certificate in header["x5c"]]
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        raise MetadataBlobError(f"This metadata file does not carry its signer's certificates. {FETCH}") from None


def _signer(
    chain: list[x509.Certificate], roots: list[x509.Certificate], signers: tuple[str, ...], now: int
) -> tuple[x509.Certificate, str, x509.Certificate]:
    """Who signed, by which name, once the path to one of ``roots`` holds and the name is one of ``signers``."""
    if not chain:
        raise MetadataBlobError(f"This metadata file does not carry its signer's certificates. {FETCH}")
    found = _path(chain, roots, signers, now)
    if found is not None:
        return chain[0], *found
    _refuse_unknown_root(chain, roots, signers, now)
    known = " or ".join(root.subject.rfc4514_string() for root in roots)
    unfit = [(root, ca_fitness.fault(root, now)) for root in roots]
    if roots and all(fault for _, fault in unfit):
        said = " ".join(f"{root.subject.rfc4514_string()}: {fault}" for root, fault in unfit)
        raise MetadataBlobError(f"No root that was given can vouch for a metadata file. {said}")
    raise MetadataBlobError(
        f"The signer of this metadata file is not {' or '.join(signers)} by the root {known} today."
        f" It may be forged. {FETCH}"
    )


def _path(
    chain: list[x509.Certificate], roots: list[x509.Certificate], signers: tuple[str, ...], now: int
) -> tuple[str, x509.Certificate] | None:
    """By which name, and under which of ``roots``."""
    builder = PolicyBuilder().store(Store(roots)).time(datetime.fromtimestamp(now, UTC))
    for name in signers:
        try:
            return name, builder.build_server_verifier(DNSName(name)).verify(chain[0], chain[1:])[-1]
        except (VerificationError, ValueError, UnsupportedAlgorithm):
            continue
    return None


def _refuse_unknown_root(
    chain: list[x509.Certificate], roots: list[x509.Certificate], signers: tuple[str, ...], now: int
) -> None:
    """Tell a root that is new from a forgery of a known one. Raises ``MetadataBlobError`` for the first."""
    top = next(
        (
            certificate
            for certificate in chain
            if certificate.issuer not in [other.subject for other in chain if other != certificate]
        ),
        chain[-1],
    )
    if any(root.subject in (top.issuer, top.subject) for root in roots) or top == chain[0]:
        return
    if _path(chain, [top], signers, now) is None:
        return
    mark = f" (SHA-256 {top.fingerprint(SHA256()).hex()})" if top.issuer == top.subject else ""
    raise MetadataBlobError(
        f"This metadata file is signed under a root that this version does not know: {top.issuer.rfc4514_string()}"
        f"{mark}. The FIDO Alliance may have a new one: compare it with https://fidoalliance.org/metadata/, then update"
        " kiosk, or give the root by --root FILE.pem."
    )


def _payload(data: bytes, leaf: x509.Certificate) -> dict[str, object]:
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
        raise MetadataBlobError(
            f"The signature of this metadata file is wrong. It was changed or damaged. {FETCH}"
        ) from None
    if not isinstance(payload, dict):
        raise MetadataBlobError(f"This metadata file is not whole. {FETCH}")
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


def _models(entries: object) -> tuple[tuple[KeyModel, ...], tuple[Unread, ...]]:
    """Every model, and the entries that cannot be read. Raises ``MetadataBlobError`` where that is every one."""
    if not isinstance(entries, list):
        raise MetadataBlobError(f"This metadata file has no entries. {FETCH}")
    found: dict[str, KeyModel] = {}
    unread: list[Unread] = []
    for number, entry in enumerate(entries, 1):
        try:
            model = model_of(entry)
        except MetadataEntryError as error:
            model = rest_of(entry, str(error))
            unread.append(Unread(number, str(error), model.ids if model else (), model.name if model else ""))
        if model is None:
            continue
        for identifier in model.ids:
            before = found.get(identifier)
            found[identifier] = before.merged(model) if before else model
    if unread and len(unread) == len(entries):
        raise MetadataBlobError(
            f"Entry {unread[0].number} of this metadata file cannot be understood: {unread[0].why}. Nor can any other."
            " Nothing was changed."
        )
    return tuple(replace(m, ids=(identifier,)) for identifier, m in found.items()), tuple(unread)
