"""One revocation list: is it its CA's, which certificates does it speak of (RFC 5280 sections 5.2, 6.3.3)?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TypeGuard, TypeVar, get_args

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes, PublicKeyTypes

from kiosk.service.proofs.certificate_authority import Folded, certificate, folded, part

CLOCK_SKEW = 300
REASONS = frozenset(x509.ReasonFlags) - {x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl}
"""The eight that a list or a distribution point can be limited to (section 4.2.1.13)."""
UNDERSTOOD = (x509.IssuingDistributionPoint, x509.DeltaCRLIndicator)
"""Extensions of a list that may be critical."""

Name = tuple[str, Folded | str]
Extension = TypeVar("Extension", bound=x509.ExtensionType)


class Unfit(StrEnum):
    """Why a list says nothing of any card."""

    DAMAGED = "it cannot be read"
    SIGNATURE = "its CA did not sign it"
    UNKNOWN = "it has a critical extension that nobody here understands"
    INDIRECT = "it is an indirect list"
    CAS = "it is of CA certificates alone"
    ATTRIBUTES = "it is of attribute certificates alone"


@dataclass(frozen=True, slots=True)
class CrlScope:
    """What a list is limited to. ``id``: empty for nothing. ``names``: its distribution point's, if it has one.

    ``reasons``: for which a certificate would be on it.
    """

    id: str
    names: frozenset[Name] | None
    reasons: frozenset[x509.ReasonFlags]
    unfit: Unfit | None


@dataclass(frozen=True, slots=True)
class CertificateList:
    """A list. ``base``: the number of the complete list that it changes, None for a complete one."""

    crl: x509.CertificateRevocationList
    scope: CrlScope
    number: int | None
    base: int | None
    key_identifier: bytes | None

    def current(self, now: int) -> bool:
        """Whether it is good at ``now``, epoch seconds."""
        return not self.past(now) and not self.future(now)

    def past(self, now: int) -> bool:
        """Whether it should have been replaced, or does not say when."""
        end = self.crl.next_update_utc
        return end is None or datetime.fromtimestamp(now, UTC) > end

    def future(self, now: int) -> bool:
        """Whether it was made later than now."""
        return self.crl.last_update_utc.timestamp() > now + CLOCK_SKEW

    def changes(self, other: CertificateList) -> bool:
        """Whether this delta may be read together with that complete list (section 5.2.4)."""
        if self.base is None or self.number is None or other.number is None:
            return False
        same = self.scope.id == other.scope.id and self.key_identifier == other.key_identifier
        return same and self.base <= other.number < self.number


def read(crl: x509.CertificateRevocationList) -> CertificateList | Unfit:
    """What it says of itself. Its signature is ``signed_by``'s, whether it is of any use ``scope.unfit``'s."""
    try:
        extensions = crl.extensions
        if any(extension.critical and not isinstance(extension.value, UNDERSTOOD) for extension in extensions):
            return Unfit.UNKNOWN
        base = _value(extensions, x509.DeltaCRLIndicator)
        number = _value(extensions, x509.CRLNumber)
        key = _value(extensions, x509.AuthorityKeyIdentifier)
        return CertificateList(
            crl,
            _scope(_value(extensions, x509.IssuingDistributionPoint), crl.issuer),
            number.crl_number if number else None,
            base.crl_number if base else None,
            key.key_identifier if key else None,
        )
    except (ValueError, TypeError, x509.DuplicateExtension):
        return Unfit.DAMAGED


def _value(extensions: x509.Extensions, kind: type[Extension]) -> Extension | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _scope(said: x509.IssuingDistributionPoint | None, issuer: x509.Name) -> CrlScope:
    """An extension that is not critical limits the list as much as one that is (section 5.2.5)."""
    if said is None:
        return CrlScope("", None, REASONS, None)
    unfit = None
    if said.indirect_crl:
        unfit = Unfit.INDIRECT
    elif said.only_contains_ca_certs:
        unfit = Unfit.CAS
    elif said.only_contains_attribute_certs:
        unfit = Unfit.ATTRIBUTES
    reasons = REASONS if said.only_some_reasons is None else said.only_some_reasons & REASONS
    mark = hashlib.sha256(said.public_bytes()).hexdigest()
    return CrlScope(mark, names_of(said.full_name, said.relative_name, issuer), reasons, unfit)


def names_of(
    full: Iterable[x509.GeneralName] | None, relative: x509.RelativeDistinguishedName | None, issuer: x509.Name
) -> frozenset[Name] | None:
    """A distribution point's names as they are compared; a relative one is put behind its issuer's name."""
    if relative is not None:
        return frozenset({("DirectoryName", (*folded(issuer), part(relative)))})
    return None if full is None else frozenset(_general(name) for name in full)


def _general(name: x509.GeneralName) -> Name:
    if isinstance(name, x509.DirectoryName):
        return "DirectoryName", folded(name.value)
    return type(name).__name__, repr(name)


def signed_by(crl: x509.CertificateRevocationList, ca: x509.Certificate) -> bool:
    """Whether the CA signed the list, and may sign lists (sections 6.3.3 (f), 4.2.1.3)."""
    try:
        usage = _value(ca.extensions, x509.KeyUsage)
        if folded(crl.issuer) != folded(ca.subject) or (usage is not None and not usage.crl_sign):
            return False
    except (ValueError, TypeError):
        return False
    return signature_right(crl, ca)


def _signs_lists(key: PublicKeyTypes) -> TypeGuard[CertificateIssuerPublicKeyTypes]:
    """Whether it is of a kind that can sign one at all."""
    return isinstance(key, get_args(CertificateIssuerPublicKeyTypes))


def signature_right(crl: x509.CertificateRevocationList, ca: x509.Certificate) -> bool:
    """Whether the CA's key signed the list, whatever it may sign."""
    try:
        key = ca.public_key()
        return _signs_lists(key) and crl.is_signature_valid(key)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def signature_forgeable(crl: x509.CertificateRevocationList) -> bool:
    """Whether it is signed with a digest for which the library verifies nothing."""
    try:
        digest = crl.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return False
    return digest is not None and digest.name in ("sha1", "md5")


@dataclass(frozen=True, slots=True)
class _Key:
    """What a checked list is remembered by; hashing a megabyte costs a millisecond, checking its signature fifty."""

    der: bytes
    pem: str

    def __hash__(self) -> int:
        return hash((hashlib.sha256(self.der).digest(), self.pem))


def stored(der: bytes, pem: str) -> CertificateList | Unfit:
    """A list as it was taken in, of the CA in ``pem``."""
    return _stored(_Key(der, pem))


@lru_cache(maxsize=32)
def _stored(key: _Key) -> CertificateList | Unfit:
    try:
        crl = x509.load_der_x509_crl(key.der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return Unfit.DAMAGED
    return read(crl) if signed_by(crl, certificate(key.pem)) else Unfit.SIGNATURE
