"""Decision 20 as a pure function: every line of its table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.model.ceremony import Why
from kiosk.model.enrolment import EnrolAct, EnrolRefusalCode, FactorKind
from kiosk.model.proof import Method
from kiosk.service.policy import AvailableAuthenticators, Need, Proved, rules_from
from kiosk.service.policy.enrolment import (
    Case,
    Enough,
    NeedSecond,
    No,
    Second,
    enrolment,
    may_add,
    vouch,
)
from kiosk.service.policy.enrolment_rules import EnrolRules

RULES = EnrolRules(phone_approval=True)
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
COLLEAGUE = Second(("nurse",), proofs(Method.FIDO2))


PROVED = {
    "nothing": (),
    "pin": (Method.PIN,),
    "otp": (Method.OTP,),
    "pin+otp": (Method.PIN, Method.OTP),
    "tap": (Method.PIV_TAP,),
    "tap+pin": (Method.PIV_TAP, Method.PIN),
    "key": (Method.FIDO2,),
    "card": (Method.PIV_PIN,),
}
OWN_PROOF = """
                 nothing  pin  otp  pin+otp  tap  tap+pin  key  card
badge            no       no   no   yes      no   yes      yes  yes
temporary_badge  no       no   no   yes      no   yes      yes  yes
pkoc             no       no   no   yes      no   yes      yes  yes
pin              no       no   no   yes      no   yes      yes  yes
totp             no       no   no   no       no   no       yes  yes
key              no       no   no   no       no   no       yes  yes
piv              no       no   no   no       no   no       yes  yes
recovery         no       no   no   no       no   no       yes  yes
phone            no       no   no   no       no   no       yes  yes
"""
"""What is added, down; what its person has proved, across. ``card`` is a PIV card with its PIN, ``tap`` without."""


def test_the_own_proof_counts_where_it_is_at_least_as_strong_as_what_is_added() -> None:
    """The first table of decision 20, written out by hand."""
    head, *rows = (line.split() for line in OWN_PROOF.strip().splitlines())
    assert head == list(PROVED)
    assert {row[0] for row in rows} == set(FactorKind)
    wanted = {(row[0], name): cell == "yes" for row in rows for name, cell in zip(head, row[1:], strict=True)}
    decided = {(kind, name): decide(case(FactorKind(kind), *PROVED[name])) for kind, name in wanted}
    assert {where: isinstance(decision, Enough) for where, decision in decided.items()} == wanted


def test_two_factors_are_asked_for_a_badge_and_a_key_for_a_key() -> None:
    assert offered(decide(case(K.BADGE))) == [Method.FIDO2, Method.PIV_PIN, Method.PIN, Method.RECOVERY]
    assert offered(decide(case(K.BADGE, Method.PIN))) == [
        Method.FIDO2,
        Method.PIV_PIN,
        Method.OTP,
        Method.RECOVERY,
    ]
    assert offered(decide(case(K.KEY))) == [Method.FIDO2, Method.PIV_PIN, Method.RECOVERY]


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


@pytest.mark.parametrize("kind", FactorKind)
def test_a_recovery_code_counts_with_the_pin_and_alone_says_who_it_is(kind: FactorKind) -> None:
    both, alone = case(kind, Method.RECOVERY, Method.PIN), case(kind, Method.RECOVERY)
    no_more = AvailableAuthenticators(fido2_names=())
    if kind is K.RECOVERY_CODES:
        assert not isinstance(decide(both, no_more), Enough)
        return
    assert isinstance(decide(both), Enough)
    assert Method.PIN in offered(decide(alone))
    assert second(decide(alone, no_more)) == ("colleague", "no_factor")


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


def test_within_a_window_the_pin_is_enough_for_a_badge_and_for_nothing_else() -> None:
    for badge in (K.BADGE, K.TEMPORARY_BADGE, K.PKOC):
        assert isinstance(decide(case(badge, Method.PIN, window=True)), Enough)
    assert isinstance(decide(case(K.PIN, Method.PIN, window=True)), Need)
    assert not isinstance(decide(case(K.BADGE, window=True)), Enough)
    privileged = case(K.BADGE, Method.PIN, window=True, roles=("prescriber",))
    assert not isinstance(decide(privileged), Enough)


def test_a_badge_on_ones_own_proof_only_where_policy_says_so() -> None:
    never, window = (
        EnrolRules(badge_self="never", phone_approval=True),
        EnrolRules(badge_self="window", phone_approval=True),
    )
    for rules in (never, window):
        assert second(decide(case(K.BADGE, Method.FIDO2), rules=rules)) == ("supervisor", "policy")
        assert isinstance(decide(case(K.BADGE, second=BOSS), rules=rules), Enough)
        assert isinstance(decide(case(K.KEY, Method.FIDO2), rules=rules), Enough)
    assert isinstance(decide(case(K.BADGE, Method.PIN, window=True), rules=window), Enough)
    assert second(decide(case(K.BADGE, Method.PIN, window=True), rules=never)) == ("supervisor", "policy")


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


def test_to_report_a_factor_lost_any_other_one_is_enough() -> None:
    def lost(*methods: Method, **more: Any) -> Case:
        return case(None, *methods, act=EnrolAct.LOST, **more)

    for method in (Method.PIN, Method.FIDO2, Method.RECOVERY):
        assert isinstance(decide(lost(method)), Enough)
    found = decide(lost(Method.PIV_TAP, presented="piv"))
    assert offered(found) == [Method.FIDO2, Method.PIV_PIN, Method.PIN, Method.RECOVERY], "a card that was found"
    assert offered(decide(lost())) == [Method.FIDO2, Method.PIV_PIN, Method.PIN, Method.RECOVERY]
    assert decide(lost(), AvailableAuthenticators()) == No(EnrolRefusalCode.NO_WAY)
    assert decide(lost(given_up=True)) == No(EnrolRefusalCode.NO_WAY)
    assert decide(lost(presented="login", given_up=True)) == No(EnrolRefusalCode.UNKNOWN), "nobody has said who it is"


def test_a_card_that_was_tapped_may_answer_as_the_second_factor_beside_the_pin() -> None:
    tapped = case(K.PIN, presented="piv")
    assert offered(decide(tapped)) == [Method.FIDO2, Method.PIV_PIN, Method.PIN, Method.PIV_TAP, Method.RECOVERY]
    assert Method.PIV_TAP not in offered(decide(case(K.PIN, Method.PIN, presented="piv"))), (
        "asked once the PIN is given"
    )
    assert Method.PIV_TAP not in offered(decide(case(K.KEY, presented="piv"))), "a key needs more than two factors"
    without = AvailableAuthenticators(fido2_names=("key",), piv_names=("card",))
    assert Method.PIV_TAP not in offered(decide(tapped, without)), "nor where there is no PIN beside it"
    locked = AvailableAuthenticators(pin=True, piv_names=("card",), locked=frozenset({Method.PIN}))
    assert Method.PIV_TAP not in offered(decide(tapped, locked))


@pytest.mark.parametrize("kind", FactorKind)
def test_a_typed_login_is_asked_the_same_whether_anybody_has_it(kind: FactorKind) -> None:
    asked = case(kind, presented="login", roles=())
    nobody, somebody = AvailableAuthenticators(recovery=3), AvailableAuthenticators(pin=True, otp=True, recovery=3)
    assert offered(decide(asked, nobody)) == offered(decide(asked, somebody)) == [Method.PIN, Method.RECOVERY]
    assert decide(case(kind, presented="login", given_up=True)) == No(EnrolRefusalCode.UNKNOWN)
    never = EnrolRules(badge_self="never", phone_approval=True)
    assert offered(decide(asked, nobody, never)) == [Method.PIN, Method.RECOVERY]


def test_the_owner_of_a_badge_agrees_by_two_factors_and_needs_no_role_for_it() -> None:
    need = NeedSecond("owner_or_supervisor", "badge_of_another")
    owner = Second(("nurse",), owner=True)
    assert offered(vouch(RULES, need, owner, lambda: EVERYTHING, 200)) == [Method.FIDO2, Method.PIV_PIN, Method.PIN]
    assert vouch(RULES, need, Second(("nurse",)), lambda: EVERYTHING, 200) == No(EnrolRefusalCode.NOT_ENTITLED)
    assert vouch(RULES, need, owner, AvailableAuthenticators, 200) == No(EnrolRefusalCode.NOT_ENTITLED)
    both = Second(("nurse",), proofs(Method.PIN, Method.OTP), owner=True)
    assert vouch(RULES, need, both, lambda: EVERYTHING, 200) == Enough()


def test_each_need_says_what_for() -> None:
    asked = vouch(RULES, NeedSecond("supervisor", "no_factor"), Second(("supervisor",)), lambda: EVERYTHING, 200)
    lost = decide(case(None, act=EnrolAct.LOST))
    for need, why in ((decide(case(K.KEY)), Why.ENROL), (lost, Why.ENROL), (asked, Why.VOUCH)):
        assert isinstance(need, Need)
        assert need.why is why


def test_a_badge_that_proves_itself_says_whose_it_is_before_anything_else() -> None:
    asked = case(K.PIN, presented="pkoc", roles=())
    assert offered(decide(asked, AvailableAuthenticators())) == [Method.PKOC_TAP]
    assert decide(case(K.PIN, presented="pkoc", given_up=True)) == No(EnrolRefusalCode.UNKNOWN)


def test_a_key_says_whose_it_is_before_anything_else() -> None:
    asked = case(K.KEY, presented="fido2", roles=())
    assert offered(decide(asked, AvailableAuthenticators())) == [Method.FIDO2]
    assert decide(case(K.KEY, presented="fido2", given_up=True)) == No(EnrolRefusalCode.UNKNOWN)


def test_kinds_by_role() -> None:
    rules = rules_from({"enrol_kinds": {"student": ["badge", "pin"]}}).enrol

    def may(kind: FactorKind, *roles: str) -> bool:
        return may_add(rules, kind, roles)

    assert not may(K.KEY, "student")
    assert may(K.BADGE, "student")
    assert may(K.KEY, "student", "nurse")
    assert may(K.KEY)
    assert decide(case(K.KEY, Method.FIDO2, offered=False)) == No(EnrolRefusalCode.POLICY)


def test_a_phone_that_approves_step_ups_proves_nothing_here() -> None:
    assert not isinstance(decide(case(K.BADGE, Method.PHONE)), Enough)
    owner = Second(("nurse",), proofs(Method.PHONE), owner=True)
    assert not isinstance(decide(case(K.BADGE, Method.FIDO2, moves=True, agreed=owner)), Enough)


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
    rules=st.sampled_from(
        [
            RULES,
            EnrolRules(badge_self="never", phone_approval=True),
            EnrolRules(badge_self="window", phone_approval=True),
        ]
    ),
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
