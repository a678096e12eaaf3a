"""Why an enrolment is refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class EnrolRefusalCode(StrEnum):
    """Why the service said no. Each has a sentence and a next step on the screen."""

    UNKNOWN = "unknown"
    """Badge, login or key of nobody here: who it is cannot be told."""
    START_CODE = "start_code"
    """No such start code, or it is over: wrong, used or too old look alike."""
    SUSPENDED = "suspended"
    TOO_FAST = "too_fast"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    POLICY = "policy"
    """Not for this person, here or now (roles, roll-out waves, windows)."""
    NO_WAY = "no_way"
    """Nothing that they have proves enough, and nobody may vouch."""
    SAME_PERSON = "same_person"
    """The second person is the first."""
    NOT_ENTITLED = "not_entitled"
    """The second person may not vouch for this."""
    OWN_ALREADY = "own_already"
    """This very badge, card or key is theirs already."""
    TAKEN = "taken"
    """It belongs to somebody else. A badge moves once its owner or a supervisor agrees; a key never."""
    BADGE_RANGE = "badge_range"
    """Its number is not among those that this hospital gives out."""
    RANDOM_UID = "random_uid"
    BAD_UID = "bad_uid"
    PROOF_CARD = "proof_card"
    """The number of a PIV card or key, which signs in by its key."""
    WRONG_THING = "wrong_thing"
    """Tried with another badge, card or key than the one just made."""
    KEY_REFUSED = "key_refused"
    """``fault`` says why (attestation, model, metadata)."""
    BAD_ANSWER = "bad_answer"
    """The key's or card's answer does not verify."""
    NOT_VERIFIED = "not_verified"
    """The key did not verify its user."""
    UNTRUSTED_CERTIFICATE = "untrusted_certificate"
    EXPIRED_CERTIFICATE = "expired_certificate"
    REVOKED_CERTIFICATE = "revoked_certificate"
    STALE_CRL = "stale_crl"
    PIN_FORM = "pin_form"
    PIN_WEAK = "pin_weak"
    PIN_DIFFERS = "pin_differs"
    WRONG_CODE = "wrong_code"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class EnrolRefusal:
    """``retries_left``: for codes. ``wait``: seconds, for TOO_FAST. ``fault``: stable word, for KEY_REFUSED.

    ``resembles``: for BAD_UID (a new badge) and UNKNOWN, the number looks like such a form of a known badge: a reader
    may report numbers wrongly.
    """

    code: EnrolRefusalCode
    retries_left: int | None = None
    wait: int | None = None
    fault: str | None = None
    resembles: Literal["reversed", "truncated"] | None = None
