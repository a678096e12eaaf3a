"""Decision 20 as a pure function: who may vouch, whose badge it is, and that nothing weak is ever enough."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.model.enrolment import EnrolAct, EnrolRefusalCode, FactorKind
from kiosk.model.proof import Method
from kiosk.service.policy import AvailableAuthenticators
from kiosk.service.policy.enrolment import Case, Enough, NeedSecond, No, Second, enrolment, vouch
from kiosk.service.policy.enrolment_rules import EnrolRules
from tests.service.enrolment.rule_cases import BOSS, EVERYTHING, RULES, K, case, decide, offered, proofs, second

COLLEAGUE = Second(("nurse",), proofs(Method.FIDO2))


@pytest.mark.parametrize("kind", FactorKind)
def test_whoever_can_prove_nothing_needs_a_supervisor(kind: FactorKind) -> None:
    assert second(decide(case(kind), AvailableAuthenticators())) == ("supervisor", "no_factor")
    assert second(decide(case(kind, given_up=True))) == ("supervisor", "no_factor")
    assert isinstance(decide(case(kind, second=BOSS), AvailableAuthenticators()), Enough)
    assert isinstance(decide(case(kind, second=COLLEAGUE), AvailableAuthenticators()), NeedSecond)


@pytest.mark.parametrize("kind", FactorKind)
def test_a_start_code_proves_nothing_but_lets_any_colleague_vouch(kind: FactorKind) -> None:
    asked = case(kind, presented="start_code")
    assert second(decide(asked)) == ("colleague", "start_code")
    vouched = case(kind, presented="start_code", second=COLLEAGUE)
    assert isinstance(decide(vouched), Enough)
    own = case(kind, Method.FIDO2, presented="start_code")
    assert second(decide(own)) == ("colleague", "start_code")


@pytest.mark.parametrize("role", RULES.privileged_roles)
@pytest.mark.parametrize("kind", FactorKind)
def test_roles_of_privilege_need_a_key_or_a_supervisor(kind: FactorKind, role: str) -> None:
    roles = ("nurse", role)
    for methods in ((Method.PIN, Method.OTP), (Method.RECOVERY, Method.PIN)):
        assert second(decide(case(kind, *methods, roles=roles), AvailableAuthenticators())) == (
            "supervisor",
            "privileged",
        )
        assert offered(decide(case(kind, *methods, roles=roles))) == [Method.FIDO2, Method.PIV_PIN]
    assert isinstance(decide(case(kind, Method.FIDO2, roles=roles)), Enough)
    started = case(kind, roles=roles, presented="start_code", second=COLLEAGUE)
    assert second(decide(started)) == ("supervisor", "privileged")


def test_a_badge_of_another_needs_its_owner_or_a_supervisor_whatever_was_proved() -> None:
    wanted = ("owner_or_supervisor", "badge_of_another")
    assert second(decide(case(K.BADGE, Method.FIDO2, moves=True))) == wanted
    assert second(decide(case(K.BADGE, Method.FIDO2, moves=True, second=BOSS))) == wanted
    assert isinstance(decide(case(K.BADGE, Method.FIDO2, moves=True, agreed=BOSS)), Enough)
    owner = Second(("nurse",), proofs(Method.PIN, Method.OTP), owner=True)
    assert isinstance(decide(case(K.BADGE, Method.FIDO2, moves=True, agreed=owner)), Enough)
    half = Second(("nurse",), proofs(Method.PIN), owner=True)
    for other in (half, COLLEAGUE):
        assert second(decide(case(K.BADGE, Method.FIDO2, moves=True, agreed=other))) == wanted
    assert not isinstance(decide(case(K.BADGE, moves=True, agreed=BOSS)), Enough)


def test_a_second_person_proves_by_a_key_and_may_not_vouch_without_the_role() -> None:
    need = NeedSecond("supervisor", "no_factor")
    assert isinstance(vouch(RULES, need, Second(("nurse",)), lambda: EVERYTHING, 200), No)
    asked = vouch(RULES, need, Second(("supervisor",)), lambda: EVERYTHING, 200)
    assert offered(asked) == [Method.FIDO2, Method.PIV_PIN]
    weak = AvailableAuthenticators(pin=True, otp=True)
    assert isinstance(vouch(RULES, need, Second(("supervisor",)), lambda: weak, 200), No)
    assert isinstance(vouch(RULES, need, BOSS, lambda: weak, 200), Enough)


def test_the_owner_of_a_badge_agrees_by_two_factors_and_needs_no_role_for_it() -> None:
    need = NeedSecond("owner_or_supervisor", "badge_of_another")
    owner = Second(("nurse",), owner=True)
    assert offered(vouch(RULES, need, owner, lambda: EVERYTHING, 200)) == [Method.FIDO2, Method.PIV_PIN, Method.PIN]
    assert vouch(RULES, need, Second(("nurse",)), lambda: EVERYTHING, 200) == No(EnrolRefusalCode.NOT_ENTITLED)
    assert vouch(RULES, need, owner, AvailableAuthenticators, 200) == No(EnrolRefusalCode.NOT_ENTITLED)
    both = Second(("nurse",), proofs(Method.PIN, Method.OTP), owner=True)
    assert vouch(RULES, need, both, lambda: EVERYTHING, 200) == Enough()


def factors(methods: Collection[Method]) -> int:
    """Told by hand, not by the code: 3 a key or card with its PIN, 2 a PIN with a code or a tap, 1 one of these."""
    if {Method.FIDO2, Method.PIV_PIN} & set(methods):
        return 3
    tapped = bool({Method.FIDO2_TAP, Method.PIV_TAP, Method.PKOC_TAP} & set(methods))
    pin = Method.PIN in methods
    return 2 if pin and (tapped or Method.OTP in methods) else 1 if pin or tapped else 0


def methods_of(second: Second) -> list[Method]:
    return [proof.method for proof in second.proved]


METHODS = st.lists(st.sampled_from(Method), max_size=4, unique=True)
SECONDS = st.none() | st.builds(
    Second,
    roles=st.sampled_from([("nurse",), ("supervisor",), ("administrator",), ()]),
    proved=METHODS.map(lambda found: proofs(*found)),
    owner=st.booleans(),
)


@given(
    kind=st.sampled_from(FactorKind),
    roles=st.sampled_from([(), ("nurse",), ("prescriber",), ("supervisor", "nurse")]),
    presented=st.sampled_from(["uid", "piv", "fido2", "login", "start_code", "session"]),
    methods=METHODS,
    window=st.booleans(),
    moves=st.booleans(),
    given_up=st.booleans(),
    vouched=SECONDS,
    agreed=SECONDS,
    has=st.sampled_from([EVERYTHING, AvailableAuthenticators(), AvailableAuthenticators(pin=True)]),
    rules=st.sampled_from([RULES, EnrolRules(badge_self="never"), EnrolRules(badge_self="window")]),
)
def test_nothing_is_enough_without_a_strong_own_proof_or_a_strong_voucher(
    kind: FactorKind,
    roles: tuple[str, ...],
    presented: str,
    methods: list[Method],
    window: bool,
    moves: bool,
    given_up: bool,
    vouched: Second | None,
    agreed: Second | None,
    has: AvailableAuthenticators,
    rules: EnrolRules,
) -> None:
    asked = Case(
        EnrolAct.ADD, kind, roles, presented, proofs(*methods), given_up, window, moves, second=vouched, agreed=agreed
    )
    if not isinstance(enrolment(rules, asked, lambda: has, 200), Enough):
        return
    shown = factors(methods)
    recovered = {Method.RECOVERY, Method.PIN} <= set(methods) and not set(roles) & set(rules.privileged_roles)
    by_pin = window and kind in (K.BADGE, K.TEMPORARY_BADGE, K.PKOC) and shown >= 1
    own = presented != "start_code" and (shown >= 2 or recovered or by_pin)
    strong = vouched is not None and factors(methods_of(vouched)) >= 3
    assert own or strong
    if set(roles) & set(rules.privileged_roles):
        supervised = strong and vouched is not None and set(vouched.roles) & set(rules.voucher_roles)
        assert supervised or (presented != "start_code" and shown >= 3)
    if moves:
        assert agreed is not None
        assert agreed.owner or set(agreed.roles) & set(rules.voucher_roles)
        assert factors(methods_of(agreed)) >= 2
