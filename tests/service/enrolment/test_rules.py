"""Decision 20 as a pure function: every line of its table."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.model.ceremony import Why
from kiosk.model.enrolment import EnrolAct, EnrolRefusalCode, FactorKind
from kiosk.model.proof import Method
from kiosk.service.policy import AvailableAuthenticators, Need, rules_from
from kiosk.service.policy.enrolment import Case, Enough, NeedSecond, No, Second, may_add, vouch
from kiosk.service.policy.enrolment_rules import EnrolRules
from tests.service.enrolment.rule_cases import BOSS, EVERYTHING, RULES, K, case, decide, offered, second

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
def test_a_recovery_code_counts_with_the_pin_and_alone_says_who_it_is(kind: FactorKind) -> None:
    both, alone = case(kind, Method.RECOVERY, Method.PIN), case(kind, Method.RECOVERY)
    no_more = AvailableAuthenticators(fido2_names=())
    if kind is K.RECOVERY_CODES:
        assert not isinstance(decide(both, no_more), Enough)
        return
    assert isinstance(decide(both), Enough)
    assert Method.PIN in offered(decide(alone))
    assert second(decide(alone, no_more)) == ("colleague", "no_factor")


def test_within_a_window_the_pin_is_enough_for_a_badge_and_for_nothing_else() -> None:
    for badge in (K.BADGE, K.TEMPORARY_BADGE, K.PKOC):
        assert isinstance(decide(case(badge, Method.PIN, window=True)), Enough)
    assert isinstance(decide(case(K.PIN, Method.PIN, window=True)), Need)
    assert not isinstance(decide(case(K.BADGE, window=True)), Enough)
    privileged = case(K.BADGE, Method.PIN, window=True, roles=("prescriber",))
    assert not isinstance(decide(privileged), Enough)


def test_a_badge_on_ones_own_proof_only_where_policy_says_so() -> None:
    never, window = EnrolRules(badge_self="never"), EnrolRules(badge_self="window")
    for rules in (never, window):
        assert second(decide(case(K.BADGE, Method.FIDO2), rules=rules)) == ("supervisor", "policy")
        assert isinstance(decide(case(K.BADGE, second=BOSS), rules=rules), Enough)
        assert isinstance(decide(case(K.KEY, Method.FIDO2), rules=rules), Enough)
    assert isinstance(decide(case(K.BADGE, Method.PIN, window=True), rules=window), Enough)
    assert second(decide(case(K.BADGE, Method.PIN, window=True), rules=never)) == ("supervisor", "policy")


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
    never = EnrolRules(badge_self="never")
    assert offered(decide(asked, nobody, never)) == [Method.PIN, Method.RECOVERY]


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
