"""Enrolling a factor at the workstation: what goes over the wire from the first tap to the summary.

One enrolment is one row of the service, named by an opaque ``id`` and known only at the workstation that began it. The
service alone decides its next ``EnrolStep``; every answer is an ``EnrolmentView``. What proves a person or vouches for
her are ordinary ceremonies (``purpose`` ``enrol`` and ``vouch``), driven through ``/v1/ceremonies/{id}``; after each
answer to one, ``GET /v1/enrolments/{id}`` says what follows. Nothing is bound to a person before it has worked once:
what was made waits in the enrolment's row and goes with it.

A proof that she cannot give: cancel its ceremony, or let a second person tap (``second``) while it is under way; then
somebody vouches, if anybody may. ``POST /v1/enrolments/{id}/challenge`` has no body, ``…/cancel`` has ``CancelIn``. One
enrolment a station: a new one ends what was left over.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from kiosk.model.ceremony import CeremonyView, LoginPresented
from kiosk.model.people import Person
from kiosk.model.proof import Fido2Presented, Fido2Proof, PivPresented, PivProof, UidPresented


class FactorKind(StrEnum):
    """What a person may have (SP 800-63B-4: authenticators)."""

    BADGE = "badge"
    TEMPORARY_BADGE = "temporary_badge"
    """A badge with an end, for one who left hers at home."""
    KEY = "key"
    """A FIDO2 key."""
    PIV = "piv"
    CODE_APP = "totp"
    PIN = "pin"
    RECOVERY_CODES = "recovery"


class EnrolAct(StrEnum):
    ADD = "add"
    LOST = "lost"
    """Report a factor lost: after the proof by another one, it is done."""


class EnrolStep(StrEnum):
    """What the enrolment waits for."""

    CHOOSE = "choose"
    """Which kind is to be added, out of ``kinds``."""
    PROVE = "prove"
    """The person's own proof: ``ceremony``. More than one may be needed there, as in a sign-in."""
    SECOND = "second"
    """A second person has to tap: ``second_may``, ``second_why``."""
    VOUCH = "vouch"
    """The second person's proof: ``ceremony``."""
    MAKE = "make"
    """The new factor: ``make``."""
    TRY = "try"
    """It is to work once."""
    DONE = "done"
    """It is hers. While ``kinds`` has some, ``kind`` leads to the next one, for the same person."""
    REFUSED = "refused"


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
    """Nothing that she has proves enough, and nobody may vouch."""
    SAME_PERSON = "same_person"
    """The second person is the first."""
    NOT_ENTITLED = "not_entitled"
    """The second person may not vouch for this."""
    OWN_ALREADY = "own_already"
    """This very badge, card or key is hers already."""
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


@dataclass(frozen=True, slots=True)
class StartCodePresented:
    """A one-time start code as typed: twelve digits, spaces and hyphens allowed. It says who she is."""

    code: str
    kind: Literal["start_code"] = "start_code"

    def __repr__(self) -> str:
        return "StartCodePresented(code=•••)"


@dataclass(frozen=True, slots=True)
class SessionPresented:
    """The person whose session is open at this workstation."""

    session: str
    kind: Literal["session"] = "session"


Who = UidPresented | PivPresented | Fido2Presented | LoginPresented | StartCodePresented | SessionPresented


@dataclass(frozen=True, slots=True)
class BeginEnrolment:
    """Body of ``POST /v1/enrolments``.

    ``kind``: what is to be added, if that is known. ``new``: the unknown badge that began it. ``factor``: mark of what
    is lost, or of what the new one is to replace, which is of the same kind. ``tap``: the workstation's own number, 0
    for none.
    """

    who: Who
    tap: int = 0
    act: EnrolAct = EnrolAct.ADD
    kind: FactorKind | None = None
    new: UidPresented | None = None
    factor: str | None = None


@dataclass(frozen=True, slots=True)
class KindIn:
    """Body of ``POST /v1/enrolments/{id}/kind``: choose, or go back to choosing with None; in DONE, the next factor.

    The kind that is under way already: make it anew. What has been proved stays, for this kind; another one is proved
    and vouched for anew, because what was signed names the kind. So is every factor after the first; it has ten
    minutes of its own, and an enrolment five factors at most. 409 where it does not go on (``kinds`` is empty then).
    """

    kind: FactorKind | None


@dataclass(frozen=True, slots=True)
class SecondIn:
    """Body of ``POST /v1/enrolments/{id}/second``: a second person tapped."""

    presented: UidPresented | PivPresented | Fido2Presented
    tap: int


@dataclass(frozen=True, slots=True)
class BadgeMade:
    presented: UidPresented
    kind: Literal["badge"] = "badge"


@dataclass(frozen=True, slots=True)
class KeyMade:
    """A new credential (WebAuthn Level 3, section 5.2.1), base64url. ``built_in_uv``: the key verifies its user."""

    client_data: str
    attestation_object: str
    discoverable: bool
    built_in_uv: bool
    uid: str | None = None
    kind: Literal["key"] = "key"


@dataclass(frozen=True, slots=True)
class PivMade:
    """``presented``: the card with its 9E certificate. ``certificate_9a``: DER in base64url, if it has one."""

    presented: PivPresented
    certificate_9a: str | None = None
    kind: Literal["piv"] = "piv"


@dataclass(frozen=True, slots=True)
class PinMade:
    """A new PIN as typed the first time."""

    pin: str
    kind: Literal["pin"] = "pin"

    def __repr__(self) -> str:
        return "PinMade(pin=•••)"


@dataclass(frozen=True, slots=True)
class Seen:
    """Code app or recovery codes: she has them now."""

    kind: Literal["seen"] = "seen"


Made = BadgeMade | KeyMade | PivMade | PinMade | Seen


@dataclass(frozen=True, slots=True)
class MadeIn:
    """Body of ``POST /v1/enrolments/{id}/made``."""

    made: Made


@dataclass(frozen=True, slots=True)
class BadgeTried:
    presented: UidPresented
    kind: Literal["badge"] = "badge"


@dataclass(frozen=True, slots=True)
class KeyTried:
    """Over the challenge of ``POST /v1/enrolments/{id}/challenge``."""

    proof: Fido2Proof
    kind: Literal["key"] = "key"


@dataclass(frozen=True, slots=True)
class PivTried:
    """Over the same; by 9A and PIN if the card has a 9A certificate, else by 9E."""

    proof: PivProof
    kind: Literal["piv"] = "piv"


@dataclass(frozen=True, slots=True)
class TypedTried:
    """The PIN a second time, a code of the app, or the recovery code that was asked for."""

    text: str
    kind: Literal["typed"] = "typed"

    def __repr__(self) -> str:
        return "TypedTried(text=•••)"


Tried = BadgeTried | KeyTried | PivTried | TypedTried


@dataclass(frozen=True, slots=True)
class TryIn:
    """Body of ``POST /v1/enrolments/{id}/try``."""

    tried: Tried


@dataclass(frozen=True, slots=True)
class KeyOptions:
    """What a new key is asked (WebAuthn Level 3, section 5.4). Binary fields base64url.

    ``exclude``: credential ids that the key may not hold already. ``algorithms``: COSE, best first. ``attested``: ask
    who made it.
    """

    rp_id: str
    origin: str
    challenge: str
    user_handle: str
    login: str
    display_name: str
    exclude: tuple[str, ...]
    algorithms: tuple[int, ...]
    attested: bool


@dataclass(frozen=True, slots=True)
class CodeAppOffer:
    """A new secret. ``uri``: otpauth, for the QR code. ``secret``: the same as text, base32 in groups of four."""

    uri: str
    secret: str

    def __repr__(self) -> str:
        return "CodeAppOffer(•••)"


@dataclass(frozen=True, slots=True)
class RecoveryOffer:
    """Ten codes, numbered from 1, each of digits in groups of four; shown this once. ``expires``: epoch seconds."""

    codes: tuple[str, ...]
    expires: int

    def __repr__(self) -> str:
        return "RecoveryOffer(•••)"


@dataclass(frozen=True, slots=True)
class Make:
    """What is needed to make the new factor; of these one at most. A badge that began it (``new``) is taken as it is:
    it goes to TRY at once.

    ``pin_shortest``, ``pin_longest``: characters. ``until``: end of a temporary badge, epoch seconds. ``number``: which
    recovery code is to be typed, in TRY; it is used by that.
    """

    key: KeyOptions | None = None
    code_app: CodeAppOffer | None = None
    recovery: RecoveryOffer | None = None
    pin_shortest: int = 0
    pin_longest: int = 0
    until: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class FactorView:
    """One factor of a person. Times in epoch seconds. ``mark``: names it. ``picture``: a ``data:`` URL, or empty.

    ``state``: ``lost`` is suspended because it was reported so. ``hardware``: attested as such.
    """

    mark: str
    kind: FactorKind
    name: str
    added: int
    model: str | None = None
    picture: str = ""
    last_used: int | None = None
    until: int | None = None
    state: Literal["active", "suspended", "lost"] = "active"
    hardware: bool = False


@dataclass(frozen=True, slots=True)
class FactorsView:
    """Answer of ``GET /v1/sessions/{id}/factors``. ``keys_missing``: phishing-resistant factors that her roles demand
    beyond those she has. ``may_add``: kinds that policy lets her add here and now."""

    person: Person
    factors: tuple[FactorView, ...]
    keys_missing: int
    recovery_left: int
    may_add: tuple[FactorKind, ...]


SecondWhy = Literal["no_factor", "start_code", "policy", "badge_of_another", "privileged"]
SecondMay = Literal["supervisor", "colleague", "owner_or_supervisor"]


@dataclass(frozen=True, slots=True)
class EnrolmentView:
    """The service's answer. ``expires_in``: seconds until the enrolment ends by itself.

    ``person`` is None while a key has not said who it is. ``second``: who vouches, once she tapped. ``ceremony``: in
    PROVE and VOUCH. ``make``: in MAKE, and in TRY of a code app or of recovery codes. ``factor``: the new one in TRY
    and DONE, the lost one in DONE. ``refusal``: the last failed try, or the final one. ``keys_missing``: in DONE.
    ``kinds``: in CHOOSE; in DONE those that may follow, within ``expires_in``. ``signs_in``: in DONE, whether what she
    has now, with this one, is more than names: False for a badge alone, which opens no session.
    """

    id: str
    act: EnrolAct
    step: EnrolStep
    expires_in: int
    person: Person | None = None
    kind: FactorKind | None = None
    kinds: tuple[FactorKind, ...] = ()
    ceremony: CeremonyView | None = None
    second: Person | None = None
    second_why: SecondWhy | None = None
    second_may: SecondMay | None = None
    make: Make | None = None
    factor: FactorView | None = None
    refusal: EnrolRefusal | None = None
    keys_missing: int = 0
    signs_in: bool = True
