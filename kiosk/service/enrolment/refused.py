"""How a step of an enrolment fails.

::

    EnrolmentRefusedError    refusal: what the screen is told; why: a word for the audit trail
"""

from __future__ import annotations

from kiosk.model.enrolment import EnrolRefusal, EnrolRefusalCode
from kiosk.model.refusal import RefusalCode

Code = EnrolRefusalCode
OF_PROOF = {
    RefusalCode.UNTRUSTED_CERTIFICATE: Code.UNTRUSTED_CERTIFICATE,
    RefusalCode.EXPIRED_CERTIFICATE: Code.EXPIRED_CERTIFICATE,
    RefusalCode.REVOKED_CERTIFICATE: Code.REVOKED_CERTIFICATE,
    RefusalCode.STALE_CRL: Code.STALE_CRL,
    RefusalCode.NOT_VERIFIED: Code.NOT_VERIFIED,
    RefusalCode.BAD_SIGNATURE: Code.BAD_ANSWER,
    RefusalCode.COUNTER_WENT_BACK: Code.BAD_ANSWER,
    RefusalCode.WRONG_KEY: Code.WRONG_THING,
    RefusalCode.EXPIRED: Code.BAD_ANSWER,
    RefusalCode.SUSPENDED: Code.SUSPENDED,
    RefusalCode.TOO_FAST: Code.TOO_FAST,
    RefusalCode.BAD_UID: Code.BAD_UID,
    RefusalCode.RANDOM_UID: Code.RANDOM_UID,
    RefusalCode.CARD_REQUIRES_PROOF: Code.PROOF_CARD,
    RefusalCode.UNKNOWN_BADGE: Code.UNKNOWN,
}
"""What a refused card or proof is called in an enrolment."""


class EnrolmentRefusedError(Exception):
    """What was sent is not accepted; the enrolment may go on. ``again``: what was made is void, and made anew.

    ``by``: id of the second person who is refused.
    """

    def __init__(
        self, refusal: EnrolRefusal | Code, why: str = "", *, again: bool = False, by: str | None = None
    ) -> None:
        self.refusal = EnrolRefusal(refusal) if isinstance(refusal, Code) else refusal
        self.why = why or self.refusal.code.value
        self.again = again
        self.by = by
        super().__init__(self.why)
