"""Is a certificate revoked? By its CA's lists as an administrator imported them (RFC 5280 section 6.3.3).

A list is required where the rule ``piv_crl`` says so; else as soon as its CA has ever published one here, or the
certificate says where there would be one (CRL distribution points). A CA may publish several: in parts, by
distribution point or reason, and deltas. As long as those that are good today do not cover the certificate for every
reason, the answer is unknown, and it is refused as ``stale_crl``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from kiosk.model.refusal import RefusalCode
from kiosk.service.platform import certificate_reading
from kiosk.service.proofs import crls
from kiosk.service.proofs.certificate_paths import Path
from kiosk.service.proofs.crls import REASONS, CertificateList, Name, Unfit
from kiosk.verification.refused import ProofRefusedError


@dataclass(frozen=True, slots=True)
class Point:
    """A distribution point of a certificate. ``names``: None for any."""

    names: frozenset[Name] | None
    reasons: frozenset[x509.ReasonFlags]


def check(path: Path, lists: Sequence[bytes], now: int, *, required: bool) -> None:
    """Refuse ``path``'s certificate if it is revoked, or if that cannot be known.

    ``lists``: all that are stored for its CA, DER. ``required``: there must be one. Raises ``ProofRefusedError``.
    """
    points = _points(path.certificate)
    if not lists:
        if required or points is not None:
            raise ProofRefusedError(RefusalCode.STALE_CRL, "no CRL was imported")
        return
    genuine = [crl for crl in (crls.stored(der, path.ca.pem) for der in lists) if not isinstance(crl, Unfit)]
    complete = [crl for crl in genuine if crl.base is None and crl.scope.unfit is None]
    deltas = [crl for crl in genuine if crl.base is not None]
    if _covered(path.certificate, points or [], complete, deltas, now) != REASONS:
        raise ProofRefusedError(RefusalCode.STALE_CRL, _why(complete, now))


def _covered(
    certificate: x509.Certificate,
    points: list[Point],
    complete: list[CertificateList],
    deltas: list[CertificateList],
    now: int,
) -> frozenset[x509.ReasonFlags]:
    """For which reasons it is known not to be revoked. Raises ``ProofRefusedError``."""
    # The last point is that of a list which no certificate names: of the CA itself, for every reason.
    issuer = crls.names_of([x509.DirectoryName(certificate.issuer)], None, certificate.issuer)
    covered: frozenset[x509.ReasonFlags] = frozenset()
    for point in (*points, Point(issuer, REASONS)):
        for crl in complete:
            if not crl.current(now) or not _same_point(crl, point):
                continue
            if _revoked(certificate.serial_number, crl, deltas, now):
                raise ProofRefusedError(RefusalCode.REVOKED_CERTIFICATE, "revoked")
            covered |= crl.scope.reasons & point.reasons
    return covered


def _points(certificate: x509.Certificate) -> list[Point] | None:
    """Where lists about ``certificate`` would be; None if it does not say. Those of another issuer are left out."""
    said = certificate_reading.value(certificate, x509.CRLDistributionPoints)
    if said is None:
        return None
    return [
        Point(crls.names_of(point.full_name, point.relative_name, certificate.issuer), point.reasons or REASONS)
        for point in said
        if not point.crl_issuer
    ]


def _same_point(one: CertificateList, point: Point) -> bool:
    """Section 6.3.3 (b) (2) (i)."""
    return one.scope.names is None or (point.names is not None and not one.scope.names.isdisjoint(point.names))


def _revoked(serial: int, one: CertificateList, deltas: list[CertificateList], now: int) -> bool:
    for delta in deltas:
        entry = delta.crl.get_revoked_certificate_by_serial_number(serial) if delta.changes(one) else None
        if entry is None or delta.future(now):
            continue
        # What an old delta revokes stays so; what it gives back may have been taken again.
        if not _removed(entry):
            return True
        if not delta.past(now):
            return False
    entry = one.crl.get_revoked_certificate_by_serial_number(serial)
    return entry is not None and not _removed(entry)


def _removed(entry: x509.RevokedCertificate) -> bool:
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except (x509.ExtensionNotFound, ValueError):
        return False
    return reason is x509.ReasonFlags.remove_from_crl


def _why(complete: list[CertificateList], now: int) -> str:
    """What keeps the answer from being known."""
    if not complete:
        return "the CRL is not usable"
    if all(crl.past(now) for crl in complete):
        return "the CRL is stale"
    if all(crl.future(now) for crl in complete):
        return "the CRL is of the future"
    return "no CRL covers this certificate for every reason"
