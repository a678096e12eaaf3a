"""People, cards and the service's answers, as the tests of the session use them."""

from __future__ import annotations

from typing import Literal

from kiosk.model.card import ReaderRole, Tap
from kiosk.model.ceremony import CeremonyView, Grant, MethodOffer, Purpose, Why
from kiosk.model.challenge import Challenge
from kiosk.model.people import Person, StationView
from kiosk.model.proof import (
    ACR_PIN,
    Assurance,
    Fido2Presented,
    Fido2Proof,
    Method,
    PivPresented,
    PivProof,
    PkocPresented,
    PkocProof,
    UidPresented,
)
from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.model.session_view import SessionView
from kiosk.model.stepup import Asker, StepUpAsk
from kiosk.session.facts.events import StepUpRequested

ANA = Person("p1", "ana", "Ana Maria Lopez", ("nurse",))
BEN = Person("p2", "ben", "Ben Okafor", ("physician",))
ANA_BADGE = UidPresented("04A1B2C3")
BEN_BADGE = UidPresented("04D4E5F6")
ANA_PIV = PivPresented("Y2VydC1hbmE")
BEN_PIV = PivPresented("Y2VydC1iZW4")
PKOC_BADGE = PkocPresented("04C0FFEE01")
KEY = Fido2Presented("00" * 16, has_pin=True, built_in_uv=False)
BIO_KEY = Fido2Presented("11" * 16, has_pin=True, built_in_uv=True)

STATION = StationView(
    id="w1",
    name="Ward 3 East",
    place="Bay 2",
    origin="https://auth.hospital.example",
    rp_id="auth.hospital.example",
    grace=14400,
    idle=300,
    warning=30,
    stepup_seconds=120,
    names="initials",
    exempt=False,
    web_origins=(),
    trust=(),
)

ASSURANCE = Assurance(ACR_PIN, ("pin",), 1_000)
FIDO2_PROOF = Fido2Proof("Y3JlZA", "YXV0aA", "Y2xpZW50", "c2ln")
PIV_PROOF = PivProof("9A", "Y2VydA", "c2ln")
PKOC_PROOF = PkocProof("cG9pbnQ", "c2ln")
PIN_OFFER = MethodOffer(Method.PIN, retries_left=5)
KEY_OFFER = MethodOffer(Method.FIDO2, names=("blue key",))
CARD_OFFER = MethodOffer(Method.PIV_PIN)
CODE_OFFER = MethodOffer(Method.OTP)


def tap(number: int, reader: str = "front", role: ReaderRole = ReaderRole.TAP, fresh: bool = True) -> Tap:
    """A card comes into the field."""
    return Tap(number, reader, role, b"\x3b", number, float(number), fresh)


def session(number: int, person: Person) -> SessionView:
    """An open session."""
    return SessionView(f"s{number}", person, ASSURANCE, 14400)


def wants(
    ceremony: str,
    person: Person | None,
    *offers: MethodOffer,
    why: Why = Why.FIRST_SIGN_IN,
    refusal: Refusal | None = None,
    purpose: Purpose = Purpose.SIGN_IN,
    purposes: tuple[str, ...] = (),
) -> CeremonyView:
    """The service asks for more."""
    audience = STATION.origin if purpose is Purpose.STEP_UP else None
    return CeremonyView(
        ceremony, purpose, "prove", person, offers, (), why, 120, refusal, purposes=purposes, audience=audience
    )


def opened(ceremony: str, view: SessionView) -> CeremonyView:
    """The service opened a session."""
    return CeremonyView(
        ceremony, Purpose.SIGN_IN, "done", view.person, (), (Method.PIN,), Why.FIRST_SIGN_IN, 120, session=view
    )


def refused(ceremony: str, code: RefusalCode, purpose: Purpose = Purpose.SIGN_IN) -> CeremonyView:
    """The service said no, finally."""
    resembles: Literal["reversed"] | None = "reversed" if code == RefusalCode.UNKNOWN_BADGE else None
    return CeremonyView(
        ceremony, purpose, "refused", None, (), (), Why.FIRST_SIGN_IN, 120, Refusal(code, resembles=resembles)
    )


def granted(ceremony: str, person: Person) -> CeremonyView:
    """The service granted a step-up."""
    grant = Grant(ceremony, "token", "phr", ("pop", "pin", "mfa"), 300)
    return CeremonyView(ceremony, Purpose.STEP_UP, "done", person, (), (Method.FIDO2,), Why.STEP_UP, 120, grant=grant)


def challenge(ceremony: str, method: Method) -> Challenge:
    """What the service wants signed."""
    return Challenge(ceremony, method, "label", "n", "c", "{}", 60, STATION.rp_id, STATION.origin)


def rung(
    ring: int,
    login: str | None = "ana",
    purpose: str | None = "transfer of care",
    patients: tuple[str, ...] = (),
    origin: str | None = None,
) -> StepUpRequested:
    """A program asks for the export of twelve records."""
    ask = StepUpAsk("record.export", "Patient/123", 12, purpose, patients=patients)
    return StepUpRequested(ring, ask, Asker("export tool", 4321, 1001, login, origin))
