"""Cases that decision 20 is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kiosk.model.enrolment import EnrolAct, FactorKind
from kiosk.model.proof import Method
from kiosk.service.policy import AvailableAuthenticators, Need, Proved
from kiosk.service.policy.enrolment import Case, Enough, NeedSecond, No, Second, enrolment
from kiosk.service.policy.enrolment_rules import EnrolRules

RULES = EnrolRules()
K = FactorKind
EVERYTHING = AvailableAuthenticators(pin=True, otp=True, fido2_names=("key",), piv_names=("card",), recovery=3)


def proofs(*methods: Method) -> tuple[Proved, ...]:
    return tuple(Proved(method, 100 + i) for i, method in enumerate(methods))


def case(kind: FactorKind | None = K.BADGE, *methods: Method, roles: Sequence[str] = ("nurse",), **more: Any) -> Case:
    made = {"act": EnrolAct.ADD, "presented": "uid", "proved": proofs(*methods), **more}
    return Case(kind=kind, roles=tuple(roles), **made)


def decide(
    asked: Case, has: AvailableAuthenticators = EVERYTHING, rules: EnrolRules = RULES
) -> Need | NeedSecond | Enough | No:
    return enrolment(rules, asked, lambda: has, 200)


def offered(decision: Need | NeedSecond | Enough | No) -> list[Method]:
    assert isinstance(decision, Need), decision
    return [offer.method for offer in decision.offers]


def second(decision: Need | NeedSecond | Enough | No) -> tuple[str, str]:
    assert isinstance(decision, NeedSecond), decision
    return decision.may, decision.why


BOSS = Second(("supervisor",), proofs(Method.FIDO2))
