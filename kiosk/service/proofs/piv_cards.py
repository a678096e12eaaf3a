"""An enrolled PIV card by the certificate it shows: known, issued by a trusted CA, in time, not revoked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.model.refusal import RefusalCode
from kiosk.service.proofs import certificate_paths, revocation
from kiosk.service.proofs.certificate_authority import STOPPED
from kiosk.service.shared.frame import Frame
from kiosk.service.store import lookups
from kiosk.verification.refused import ProofRefusedError


@dataclass(frozen=True, slots=True)
class EnrolledCard:
    """A card that may be used. ``id``: its row's. ``enrolled``, ``anchored``: audit rows of the card and of its CA.

    ``since``: when it was enrolled, epoch seconds.
    """

    id: str
    person: str
    path: certificate_paths.Path
    enrolled: tuple[str, int]
    anchored: tuple[str, int]
    since: int = 0


def card_of(frame: Frame, slot: Literal["9E", "9A"], der: bytes) -> EnrolledCard:
    """The card that holds this certificate in ``slot``. Raises ``ProofRefusedError`` (WRONG_KEY: not enrolled)."""
    row = lookups.piv_card_by(frame.conn, slot, certificate_paths.fingerprint(der))
    if row is None and lookups.why_stopped(frame.conn, slot, certificate_paths.fingerprint(der)).startswith(STOPPED):
        raise ProofRefusedError(RefusalCode.UNTRUSTED_CERTIFICATE, "its CA is trusted no more")
    if row is None:
        raise ProofRefusedError(RefusalCode.WRONG_KEY, "not enrolled")
    trusted = lookups.piv_cas(frame.conn)
    path = certificate_paths.validate(der, certificate_paths.trusted(trusted), frame.now)
    required = frame.service.rules.keys.piv_crl == "required"
    revocation.check(path, lookups.crls_of(frame.conn, path.ca.identity), frame.now, required=required)
    anchor = next(ca for ca in trusted if ca.fingerprint == path.ca.fingerprint)
    return EnrolledCard(
        row.id,
        row.person,
        path,
        (row.enrolled_chain, row.enrolled_seq),
        (anchor.enrolled_chain, anchor.enrolled_seq),
        row.created,
    )
