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
from kiosk.model.proof import Method, Presented, Proof
from kiosk.model.refusal import Refusal
from kiosk.model.second import SecondOf, SecondWanted
from kiosk.model.session_view import SessionView

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


@dataclass(frozen=True, slots=True)
class MethodOffer:
    """One method that would satisfy policy now. ``names``: the person's own names of such keys.

    ``number``: which recovery code is asked for.
    """

    method: Method
    names: tuple[str, ...] = ()
    retries_left: int | None = None
    number: int | None = None


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
class ProofIn:
    """Body of ``POST /v1/ceremonies/{id}/proof``. ``purpose`` as in ``ChallengeAsk``."""

    proof: Proof
    purpose: str | None = None
    language: str = "en"
    """As in ``ChallengeAsk``."""


@dataclass(frozen=True, slots=True)
class MoreTime:
    """Answer of ``POST /v1/ceremonies/{id}/more-time``. ``expires_in``: seconds until it ends by itself now."""

    expires_in: int


@dataclass(frozen=True, slots=True)
class CancelIn:
    """Body of ``POST /v1/ceremonies/{id}/cancel``: who or what gave up."""

    reason: Literal["refused_by_person", "timeout", "lifted", "locked", "withdrawn", "second_refused"]
