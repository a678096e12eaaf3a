"""A ceremony: from a presented card or a wish for a step-up to the service's decision.

One ceremony is one row of the service, named by an opaque ``id``. It moves
``prove`` → ``done`` or ``refused``; every answer of the service about it is a ``CeremonyView``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from kiosk.model.break_glass import UnderEmergency
from kiosk.model.people import Person
from kiosk.model.proof import Assurance, Method, Presented, Proof
from kiosk.model.second import SecondOf, SecondWanted

LOGIN_LENGTH = 128
"""Characters of a login that somebody types."""


class Purpose(StrEnum):
    """For what a proof is asked: each is bound into what is signed, so that one is never taken for another."""

    SIGN_IN = "sign_in"
    STEP_UP = "step_up"
    ENROL = "enrol"
    """A person's own proof before a factor of theirs is added or reported lost."""
    VOUCH = "vouch"
    """A second person's proof for somebody else's enrolment."""
    SECOND = "second"
    """A second person's proof for somebody else's step-up."""


class Why(StrEnum):
    """Why a proof is asked, in one line on the screen."""

    FIRST_SIGN_IN = "first_sign_in"
    """No second factor on record yet, or none this shift."""
    GRACE_OVER = "grace_over"
    NEW_PLACE = "new_place"
    """Proved not long ago, but at another place, which does not carry to this one."""
    NEW_STATION = "new_station"
    """The same, where it carries to no other station at all."""
    RISK = "risk"
    """Proved not long ago, but something is unusual: ``CeremonyView.says`` has what."""
    TYPED_NAME = "typed_name"
    """Signed in by login instead of a badge."""
    OFFLINE = "offline"
    """The service is away: the workstation checks the key by itself, and wants its user verified."""
    POSSESSION = "possession"
    """The card itself must answer a challenge (PIV 9E, FIDO2, PKOC): no act of the person."""
    STEP_UP = "step_up"
    ENROL = "enrol"
    VOUCH = "vouch"
    SECOND = "second"
    """They have proved enough themselves; somebody else has to agree."""


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


@dataclass(frozen=True, slots=True)
class MethodOffer:
    """One method that would satisfy policy now. ``names``: the person's own names of such keys.

    ``number``: which recovery code is asked for.
    """

    method: Method
    names: tuple[str, ...] = ()
    retries_left: int | None = None
    number: int | None = None


News = Literal["added", "lost", "reset", "required", "text_owed"]


@dataclass(frozen=True, slots=True)
class SessionView:
    """An opened session. ``grace_left``: seconds for which a tap alone will reopen it.

    ``keys_missing``: phishing-resistant factors that their roles demand and they have not.
    ``news``: what was done to their factors since their last sign-in, and ``required``: the roll-out wants one that
    they have not got; ``text_owed``: they owe a text about an emergency access. ``language``: in which they read the
    screens (``fr``); empty where they never chose one.
    ``ticket``: a downtime ticket for this workstation (``kiosk.model.ticket``); empty where none is given.
    """

    id: str
    person: Person
    assurance: Assurance
    grace_left: int
    keys_missing: int = 0
    news: tuple[News, ...] = ()
    language: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """A granted step-up. ``token`` is None where the audience's backend collects it itself."""

    request_id: str
    token: str | None
    acr: str
    amr: tuple[str, ...]
    expires_in: int


@dataclass(frozen=True, slots=True)
class CeremonyView:
    """The service's answer. ``person`` is None while a FIDO2 tap has not said who it is.

    ``offers``: strongest first; empty once done or refused. ``proved``: what is in already.
    ``refusal``: the last failed try (the ceremony may still be in ``prove``), or the final one.
    ``expires_in``: seconds until the ceremony ends by itself.
    """

    id: str
    purpose: Purpose
    state: Literal["prove", "done", "refused"]
    person: Person | None
    offers: tuple[MethodOffer, ...]
    proved: tuple[Method, ...]
    why: Why
    expires_in: int
    refusal: Refusal | None = None
    session: SessionView | None = None
    grant: Grant | None = None
    purposes: tuple[str, ...] = ()
    """For a step-up: if not empty, a purpose must be picked or typed before a challenge is issued."""
    action: str | None = None
    sensitivity: Literal["normal", "sensitive", "restricted"] | None = None
    audience: str | None = None
    """For a step-up: the token's ``aud``, which the screen shows."""
    program: str = ""
    """For a step-up: the registered name of the program that asks; empty for one that is not registered."""
    server: str = ""
    """For a step-up: title of the application whose server asks; empty where a program does."""
    message: str | None = None
    """For a step-up: what that server wrote, to be compared (``binding_message``)."""
    words: tuple[tuple[str, str], ...] = ()
    """For a step-up: what its application calls the resource, by language (``consent.in_words``)."""
    answer: Literal["satisfied", "proof_needed", "enrolment_needed", "cannot"] | None = None
    """For a step-up: what the policy says of it now."""
    says: tuple[tuple[str, str], ...] = ()
    """Why so much is asked, by language (empty: in any other): of a step-up in the policy's own words."""
    agent: bool = False
    """For a step-up: the server that asks is a program that acts by itself."""
    second: SecondWanted | None = None
    """For a step-up: its person has proved enough, and a second person is waited for."""
    second_of: SecondOf | None = None
    """Of a second person's ceremony: whose step-up it agrees to."""
    emergency: UnderEmergency | None = None
    """Of a step-up: the emergency access in which it was asked for."""


@dataclass(frozen=True, slots=True)
class LoginPresented:
    """No badge: the person typed their login."""

    login: str
    kind: Literal["login"] = "login"


@dataclass(frozen=True, slots=True)
class BeginSignIn:
    """Body of ``POST /v1/ceremonies``. ``tap``: the workstation's own number of the tap."""

    presented: Presented | LoginPresented
    tap: int


@dataclass(frozen=True, slots=True)
class ChallengeAsk:
    """Body of ``POST /v1/ceremonies/{id}/challenge``: sent once method, PIN and purpose are in."""

    method: Method
    purpose: str | None = None
    language: str = "en"
    """In which the screen was drawn."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A server-made challenge: one use, 60 s (of a phone ``expires_in``), for one ceremony, method, person and
    workstation.

    ``nonce``: 32 random bytes, ``challenge``: 32 bytes, both base64url; ``statement``: the RFC 8785
    text that is bound: ``challenge == binding.challenge(label, nonce, statement)``.
    ``openings``: what the statement's commitments hide. ``allow``: credential ids (base64url), empty
    for a discoverable tap; ``guarded``: those of them that a key shows only to a verified user. ``phone``: for
    Method.PHONE; the challenge is then signed there, and not by anything at the workstation.
    ``user_verification``: ``required`` or ``discouraged``.
    """

    ceremony: str
    method: Method
    label: str
    nonce: str
    challenge: str
    statement: str
    expires_in: int
    rp_id: str
    origin: str
    allow: tuple[str, ...] = ()
    user_verification: Literal["required", "discouraged"] = "required"
    openings: tuple[CommitmentOpening, ...] = ()
    guarded: tuple[str, ...] = ()
    phone: PhoneAsk | None = None


@dataclass(frozen=True, slots=True)
class PhoneAsk:
    """What is shown so that a phone can answer. ``uri``: for the QR code. ``number``: six digits, typed into the phone
    (SP 800-63B-4 section 3.1.3.2: transferred, not compared). ``number`` is not in ``uri``."""

    uri: str
    number: str

    def __repr__(self) -> str:
        return "PhoneAsk(•••)"


@dataclass(frozen=True, slots=True)
class CommitmentOpening:
    """``commitment == sha256(salt ‖ value)``; salt base64url of 16 bytes, value text, commitment hex."""

    commitment: str
    salt: str
    value: str


@dataclass(frozen=True, slots=True)
class ProofIn:
    """Body of ``POST /v1/ceremonies/{id}/proof``. ``purpose`` as in ``ChallengeAsk``."""

    proof: Proof
    purpose: str | None = None
    language: str = "en"
    """As in ``ChallengeAsk``."""


@dataclass(frozen=True, slots=True)
class LanguageIn:
    """Body of ``POST /v1/sessions/{session}/language``: the code of a language that the station has, such as ``fr``."""

    language: str


@dataclass(frozen=True, slots=True)
class MoreTime:
    """Answer of ``POST /v1/ceremonies/{id}/more-time``. ``expires_in``: seconds until it ends by itself now."""

    expires_in: int


@dataclass(frozen=True, slots=True)
class CancelIn:
    """Body of ``POST /v1/ceremonies/{id}/cancel``: who or what gave up."""

    reason: Literal["refused_by_person", "timeout", "lifted", "locked", "withdrawn", "second_refused"]
