"""Why the service said no, and what is known of it besides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class RefusalCode(StrEnum):
    """Why the service said no. Each has a sentence and a next step on the screen."""

    UNKNOWN_BADGE = "unknown_badge"
    UNKNOWN_PERSON = "unknown_person"
    SUSPENDED = "suspended"
    CARD_REQUIRES_PROOF = "card_requires_proof"
    """A card enrolled as PIV, FIDO2 or PKOC may not sign in by its number."""
    RANDOM_UID = "random_uid"
    BAD_UID = "bad_uid"
    UNTRUSTED_CERTIFICATE = "untrusted_certificate"
    EXPIRED_CERTIFICATE = "expired_certificate"
    REVOKED_CERTIFICATE = "revoked_certificate"
    STALE_CRL = "stale_crl"
    WRONG_PIN = "wrong_pin"
    WRONG_CODE = "wrong_code"
    CODE_USED = "code_used"
    """A right one-time code that was accepted before."""
    KEY_CHANGED = "key_changed"
    """A badge that is enrolled by its key, and answers with another one."""
    WRONG_KEY = "wrong_key"
    """A valid key, but not one of this person's."""
    BAD_SIGNATURE = "bad_signature"
    PHONE_SILENT = "phone_silent"
    """The phone has not said yes to this, or no longer counts."""
    COUNTER_WENT_BACK = "counter_went_back"
    NOT_VERIFIED = "not_verified"
    """The key signed without verifying its user where that was required."""
    EXPIRED = "expired"
    """The challenge or the ceremony is too old, or already used."""
    LOCKED_OUT = "locked_out"
    TOO_FAST = "too_fast"
    """Slowed down at this station; ``wait`` seconds."""
    NO_METHOD = "no_method"
    """The person has no enrolled method that the policy accepts."""
    POLICY = "policy"
    SAME_PERSON = "same_person"
    """A second person is somebody else, and not another account of the first."""
    SECOND_REFUSED = "second_refused"
    """The second person said no."""
    SECOND_WITHDRAWN = "second_withdrawn"
    """What the second person agreed with does not count any more."""
    SECOND_CAME_FIRST = "second_came_first"
    """Somebody else has agreed already."""
    EMERGENCY_ACTION = "emergency_action"
    """Not among what may be approved during emergency access."""
    EMERGENCY_RECORDS = "emergency_records"
    """More records than may leave in one emergency access."""
    EMERGENCY_NOBODY = "emergency_nobody"
    """Nobody is known who has the emergency access, and could prove anything."""
    NOT_ACTIVE = "not_active"
    STATION_REVOKED = "station_revoked"
    BUSY = "busy"
    OVERLOADED = "overloaded"
    """The service has too much to do just now."""
    OVER_BUDGET = "over_budget"
    """What one workstation or person may have recorded in an hour is used up."""
    AUDIT_FAILED = "audit_failed"
    """The audit row could not be written (disk full): so nothing happened."""
    INTEGRITY = "integrity"
    """A record was not written by the service, so it is not believed."""
    CANCELLED = "cancelled"
    OFFLINE = "offline"
    """The service is away, and this way in needs it."""
    OFFLINE_NOT_HERE = "offline_not_here"
    """The service is away, and this workstation has no ticket for this card: not theirs, or past its end."""
    OFFLINE_PIN_CLOSED = "offline_pin_closed"
    """The service is away, and too many wrong PINs were typed here: none counts until it is back."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """``retries_left``: for PIN and code, before a lock-out. ``wait``: seconds, for TOO_FAST and LOCKED_OUT; a lock-out
    without it lasts until there is a new PIN or code. ``until``: its end in epoch seconds, by the service's clock.

    ``resembles``: for UNKNOWN_BADGE, ``reversed`` or ``truncated`` if the number looks like such a
    form of a badge that is known here.

    For a step-up that the policy refuses: ``answer`` says whether something enrolled would help (any of ``enrol``,
    kinds of factors), ``says`` why, in the policy's own words, by language (empty: in any other).
    """

    code: RefusalCode
    retries_left: int | None = None
    wait: int | None = None
    resembles: Literal["reversed", "truncated"] | None = None
    until: int | None = None
    answer: Literal["enrolment_needed", "cannot"] | None = None
    says: tuple[tuple[str, str], ...] = ()
    enrol: tuple[str, ...] = ()
