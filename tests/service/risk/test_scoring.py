"""The score: more signals never make less of it, one that fails makes more, and others' doing has a limit."""

from __future__ import annotations

from dataclasses import fields, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.service.risk import SIGNALS, Risk, RiskFacts, RiskRules, assess
from kiosk.service.risk.rules import WEIGHTS
from kiosk.service.risk.signals import BY_OTHERS, Signal
from kiosk.service.risk.words import ENGLISH, FRENCH, SPANISH, because, joined

FACTS = RiskFacts("sign_in", 1_795_000_000)
NAMES = sorted(SIGNALS)
RULES = st.builds(
    lambda weights, most: RiskRules(weights=dict(zip(NAMES, weights, strict=True)), most_by_others=most),
    st.lists(st.integers(0, 100), min_size=len(NAMES), max_size=len(NAMES)),
    st.integers(0, 100),
)


def signals(firing: frozenset[str], failing: frozenset[str] = frozenset()) -> dict[str, Signal]:
    def made(name: str) -> Signal:
        def signal(facts: RiskFacts, rules: RiskRules) -> bool:
            if name in failing:
                raise ZeroDivisionError(name)
            return name in firing

        return signal

    return {name: made(name) for name in NAMES}


@given(rules=RULES, some=st.frozensets(st.sampled_from(NAMES)), more=st.frozensets(st.sampled_from(NAMES)))
@settings(max_examples=200, deadline=None)
def test_more_signals_never_make_the_risk_smaller(rules: RiskRules, some: frozenset[str], more: frozenset[str]) -> None:
    less, all_of_them = assess(FACTS, rules, signals(some)), assess(FACTS, rules, signals(some | more))
    assert less.score <= all_of_them.score <= 100
    assert set(less.reasons) <= set(all_of_them.reasons)


@given(rules=RULES, firing=st.frozensets(st.sampled_from(NAMES)), failing=st.frozensets(st.sampled_from(NAMES)))
@settings(max_examples=200, deadline=None)
def test_a_signal_that_fails_counts_as_one_that_fires(
    rules: RiskRules, firing: frozenset[str], failing: frozenset[str]
) -> None:
    well, ill = assess(FACTS, rules, signals(firing)), assess(FACTS, rules, signals(firing, failing))
    assert ill.score >= well.score
    assert set(ill.failed) == {name for name in failing if rules.weights[name]}
    assert set(ill.reasons) >= set(ill.failed)


def test_every_signal_that_fails_by_itself_leaves_a_high_risk_and_never_an_error() -> None:
    broken = replace(FACTS, person=None)  # type: ignore[arg-type]  # what no check let through
    risk = assess(broken, RiskRules())
    assert risk.score == 100
    assert {"too_far", "unusual_hour", "failed_proofs"} <= set(risk.failed)


def test_what_others_bring_about_makes_nobody_s_risk_very_high() -> None:
    found = assess(FACTS, RiskRules(), signals(BY_OTHERS))
    assert (found.score, frozenset(found.reasons)) == (60, BY_OTHERS)


def test_a_weight_of_nothing_is_not_looked_at_and_off_is_off() -> None:
    every = frozenset(NAMES)
    without = assess(FACTS, RiskRules(weights={**WEIGHTS, "too_far": 0}), signals(every, every))
    assert "too_far" not in without.reasons + without.failed
    assert assess(FACTS, RiskRules(enabled=False), signals(every)) == Risk()


def test_the_heaviest_reason_comes_first() -> None:
    found = assess(FACTS, RiskRules(), signals(frozenset({"elsewhere", "too_far", "unusual_hour"})))
    assert found.reasons == ("too_far", "unusual_hour", "elsewhere")


def test_every_signal_has_a_weight_and_a_short_sentence_in_each_language() -> None:
    for words in (ENGLISH, SPANISH, FRENCH):
        assert set(words) == set(SIGNALS) == set(WEIGHTS)
        assert len(set(words.values())) == len(words)
        for sentence in words.values():
            assert len(sentence) <= 60 and sentence.endswith(".") and sentence[0].isupper(), sentence


def test_a_prompt_names_two_reasons_in_the_language_of_the_screen() -> None:
    says = dict(because(("too_far", "unusual_hour", "elsewhere", "nobody-knows")))
    assert says[""] == "Asked because: You were just signed in far from here. You are seldom here at this hour."
    assert set(says) == {"", "es", "fr"}
    assert because(("nobody-knows",)) == () == because(())


def test_a_language_that_only_the_policy_has_keeps_its_words_and_gets_the_reasons_in_english() -> None:
    says = dict(joined((("", "Why."), ("de", "Warum.")), ("elsewhere",)))
    assert says["de"] == "Warum. Asked because: You are signed in at another workstation."
    assert says["fr"] == "Why. Motif : Votre session est ouverte sur un autre poste."
    assert joined((("", "Why."),), ()) == (("", "Why."),)


def test_no_fact_has_a_default_that_stands_for_a_danger() -> None:
    assert assess(FACTS, RiskRules()) == Risk()
    assert {field.name for field in fields(Risk)} == {"score", "reasons", "failed", "own"}
