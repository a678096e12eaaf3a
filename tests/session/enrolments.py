"""The service's answers about an enrolment, and what new things say, as the tests of the session use them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.model.card import KeyFacts
from kiosk.model.ceremony import MethodOffer, Purpose, Why
from kiosk.model.enrolment import (
    CodeAppOffer,
    EnrolAct,
    EnrolmentView,
    EnrolRefusal,
    EnrolRefusalCode,
    EnrolStep,
    FactorKind,
    FactorsView,
    FactorView,
    KeyMade,
    KeyOptions,
    Make,
    PhoneOffer,
    PivMade,
    PkocMade,
    RecoveryOffer,
)
from kiosk.model.people import Person
from kiosk.model.proof import Fido2Presented, Method, UidPresented
from kiosk.model.refusal import Refusal, RefusalCode
from tests.session.world import ANA, ANA_PIV, BEN, CARD_OFFER, KEY_OFFER, PIN_OFFER, PKOC_BADGE, wants

NEW_BADGE = UidPresented("04FFEE01")
BARE_KEY = Fido2Presented("22" * 16, has_pin=False, built_in_uv=False)
"""A key fresh from its box."""
BARE_FACTS = KeyFacts("22" * 16, False, True, False, 6, 63)
FACTS = KeyFacts("00" * 16, True, True, False, 4, 63, 8)
"""Of ``world.KEY``."""
OPTIONS = KeyOptions("h", "https://h", "Yw", "dQ", "ana", "Ana", (), (-7,), True)
KEY_MADE = KeyMade("Y2xpZW50", "YXR0", True, False)
PIV_MADE = PivMade(ANA_PIV, "Y2VydC05YQ")
PIV_MADE_9E = PivMade(ANA_PIV)
PKOC_MADE = PkocMade(PKOC_BADGE, "cG9pbnQ")
CODES = RecoveryOffer(tuple(f"1234 567{n}" for n in range(10)), 2_000_000_000)
BADGE = FactorView("f1", FactorKind.BADGE, "badge", 1_000)
LOST_KEY = FactorView("f2", FactorKind.KEY, "blue key", 1_000)
MAKES = {
    FactorKind.KEY: Make(key=OPTIONS),
    FactorKind.PIN: Make(pin_shortest=6, pin_longest=12),
    FactorKind.CODE_APP: Make(code_app=CodeAppOffer("otpauth://totp/x", "ABCD EFGH")),
    FactorKind.RECOVERY_CODES: Make(recovery=CODES, number=4),
    FactorKind.PHONE: Make(phone=PhoneOffer("https://auth.hospital.example/phone#abc")),
}
TO_PROVE = wants("p1", ANA, KEY_OFFER, PIN_OFFER, why=Why.ENROL, purpose=Purpose.ENROL)
TO_VOUCH = wants("v1", BEN, KEY_OFFER, why=Why.VOUCH, purpose=Purpose.VOUCH)


def view(
    step: EnrolStep,
    kind: FactorKind | None = FactorKind.BADGE,
    ident: str = "e1",
    person: Person | None = ANA,
    **more: Any,
) -> EnrolmentView:
    """The service's word at ``step``, with all that belongs to it."""
    made = EnrolmentView(ident, EnrolAct.ADD, step, 600, person, kind)
    match step:
        case EnrolStep.CHOOSE:
            made = replace(made, kind=None, kinds=tuple(FactorKind))
        case EnrolStep.PROVE:
            made = replace(made, ceremony=TO_PROVE)
        case EnrolStep.SECOND:
            made = replace(made, second_why="no_factor", second_may="supervisor")
        case EnrolStep.VOUCH:
            made = replace(made, second=BEN, second_why="no_factor", second_may="supervisor", ceremony=TO_VOUCH)
        case EnrolStep.MAKE | EnrolStep.TRY:
            made = replace(made, make=MAKES.get(kind) if kind else None)
        case EnrolStep.DONE:
            made = replace(made, factor=BADGE, kinds=tuple(FactorKind))
        case _:
            pass
    return replace(made, **more)


def no(code: EnrolRefusalCode, wait: int | None = None, **more: Any) -> EnrolmentView:
    """The service ends it."""
    return view(EnrolStep.REFUSED, refusal=EnrolRefusal(code, wait=wait), **more)


def factors(person: Person = ANA, missing: int = 0) -> FactorsView:
    """A badge and a lost key."""
    may = tuple(kind for kind in FactorKind if kind != FactorKind.TEMPORARY_BADGE)
    return FactorsView(person, (BADGE, LOST_KEY), missing, 7, may)


def ended(purpose: Purpose = Purpose.ENROL) -> Any:
    """A ceremony of an enrolment that has ended well."""
    ceremony = TO_VOUCH if purpose == Purpose.VOUCH else TO_PROVE
    return replace(ceremony, state="done", offers=(), proved=(Method.FIDO2,))


def wrong(purpose: Purpose = Purpose.ENROL) -> Any:
    """The same after a wrong PIN."""
    ceremony = TO_VOUCH if purpose == Purpose.VOUCH else TO_PROVE
    return replace(ceremony, refusal=Refusal(RefusalCode.WRONG_PIN, 2, 5))


CODE_3 = MethodOffer(Method.RECOVERY, number=3)
ALL_VIEWS = (
    *(view(step) for step in EnrolStep if step not in (EnrolStep.MAKE, EnrolStep.TRY, EnrolStep.REFUSED)),
    *(view(step, kind) for kind in FactorKind for step in (EnrolStep.MAKE, EnrolStep.TRY)),
    view(EnrolStep.TRY, FactorKind.KEY, refusal=EnrolRefusal(EnrolRefusalCode.BAD_ANSWER)),
    view(EnrolStep.TRY, FactorKind.PIN, refusal=EnrolRefusal(EnrolRefusalCode.PIN_DIFFERS)),
    view(EnrolStep.SECOND, refusal=EnrolRefusal(EnrolRefusalCode.SAME_PERSON)),
    view(EnrolStep.PROVE, person=None, ceremony=replace(TO_PROVE, person=None, offers=(KEY_OFFER,))),
    view(
        EnrolStep.PROVE,
        ceremony=replace(TO_PROVE, id="p2", offers=(CARD_OFFER, CODE_3)),
    ),
    view(EnrolStep.PROVE, ceremony=replace(TO_PROVE, id="p3", offers=(MethodOffer(Method.FIDO2_TAP),))),
    view(EnrolStep.PROVE, ceremony=None),
    view(EnrolStep.MAKE, FactorKind.KEY, make=None),
    view(EnrolStep.MAKE, None),
    view(EnrolStep.DONE, factor=None),
    view(EnrolStep.CHOOSE, person=BEN),
    no(EnrolRefusalCode.UNKNOWN),
    no(EnrolRefusalCode.TOO_FAST, 5),
    no(EnrolRefusalCode.POLICY),
    replace(no(EnrolRefusalCode.POLICY), refusal=None),
)
