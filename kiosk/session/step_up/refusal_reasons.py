"""What a program is told when a step-up is not granted, by what the service said."""

from __future__ import annotations

from kiosk.model.ceremony import Refusal, RefusalCode
from kiosk.model.stepup import Reason
from kiosk.session.facts.notices import refusal_code

_REASONS: dict[RefusalCode, Reason] = {
    RefusalCode.WRONG_PIN: Reason.WRONG_FACTOR,
    RefusalCode.WRONG_CODE: Reason.WRONG_FACTOR,
    RefusalCode.CODE_USED: Reason.WRONG_FACTOR,
    RefusalCode.WRONG_KEY: Reason.WRONG_FACTOR,
    RefusalCode.BAD_SIGNATURE: Reason.WRONG_FACTOR,
    RefusalCode.COUNTER_WENT_BACK: Reason.WRONG_FACTOR,
    RefusalCode.NOT_VERIFIED: Reason.WRONG_FACTOR,
    RefusalCode.UNTRUSTED_CERTIFICATE: Reason.WRONG_FACTOR,
    RefusalCode.EXPIRED_CERTIFICATE: Reason.WRONG_FACTOR,
    RefusalCode.REVOKED_CERTIFICATE: Reason.WRONG_FACTOR,
    RefusalCode.STALE_CRL: Reason.WRONG_FACTOR,
    RefusalCode.CARD_REQUIRES_PROOF: Reason.WRONG_FACTOR,
    RefusalCode.EXPIRED: Reason.TIMEOUT,
    RefusalCode.LOCKED_OUT: Reason.LOCKED_OUT,
    RefusalCode.TOO_FAST: Reason.LOCKED_OUT,
    RefusalCode.NOT_ACTIVE: Reason.NOT_ACTIVE,
    RefusalCode.UNKNOWN_PERSON: Reason.NOT_SIGNED_IN,
    RefusalCode.BUSY: Reason.BUSY,
    RefusalCode.AUDIT_FAILED: Reason.UNREACHABLE,
    RefusalCode.OVERLOADED: Reason.UNREACHABLE,
    RefusalCode.OVER_BUDGET: Reason.BUSY,
    RefusalCode.CANCELLED: Reason.REFUSED_BY_PERSON,
}
"""All others are the hospital's rules: ``policy``."""


def of_refusal(refused: Refusal | None) -> Reason:
    """The reason for a refusal in a view; ``policy`` where the service gave none."""
    return Reason.POLICY if refused is None else _REASONS.get(refused.code, Reason.POLICY)


def of_code(code: str) -> Reason:
    """The reason for an error answer. An error that names no refusal is the service's own trouble."""
    known = refusal_code(code)
    return Reason.UNREACHABLE if known is None else _REASONS.get(known, Reason.POLICY)
