"""The ladder: at most six steps of proof, from what is proved already to a key in hardware with a second person.

Cedar permits or not; it asks for nothing. What is asked for is the lowest step that it permits and that this person can
reach. The answers are those of the best: enough, prove more, enrol something first, or no.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from kiosk.service.policy.cedar.book import PolicyBook
from kiosk.service.policy.cedar.engine import Inquiry, PolicyVerdict
from kiosk.service.policy.cedar.facts import HARDWARE, PHISHING_RESISTANT, TWO_FACTORS, Asking, ProofState


class Rung(StrEnum):
    """The steps, lowest first. A single factor is none of them: it is never enough for a step-up."""

    PROVED = "proved"
    """What is proved in this very ceremony."""
    TWO_FACTORS = "two_factors"
    PHISHING_RESISTANT = "phishing_resistant"
    HARDWARE = "hardware"
    SECOND_PERSON = "second_person"
    """Phishing-resistant, and a second person."""
    HARDWARE_SECOND_PERSON = "hardware_second_person"


STRENGTH = {
    Rung.TWO_FACTORS: TWO_FACTORS,
    Rung.PHISHING_RESISTANT: PHISHING_RESISTANT,
    Rung.HARDWARE: HARDWARE,
    Rung.SECOND_PERSON: PHISHING_RESISTANT,
    Rung.HARDWARE_SECOND_PERSON: HARDWARE,
}
"""What each step above the first comes to, as a rank of ``ACR_RANK``."""
KINDS = 2
"""How many of what somebody knows, has and is each of those steps shows."""
WITH_ANOTHER = frozenset({Rung.SECOND_PERSON, Rung.HARDWARE_SECOND_PERSON})


@dataclass(frozen=True, slots=True)
class AlreadyEnough:
    """``satisfied``: what is proved is enough."""

    verdict: PolicyVerdict


@dataclass(frozen=True, slots=True)
class ProofNeeded:
    """``proof_needed``: up to ``rung``, which they can reach."""

    rung: Rung
    verdict: PolicyVerdict


@dataclass(frozen=True, slots=True)
class EnrolmentNeeded:
    """``enrolment_needed``: ``rung`` would do, but they have nothing that reaches it."""

    rung: Rung
    verdict: PolicyVerdict


@dataclass(frozen=True, slots=True)
class Cannot:
    """``cannot``: no step that exists here is permitted. ``verdict``: that of the highest one, whose rules say why."""

    verdict: PolicyVerdict


Climbed = AlreadyEnough | ProofNeeded | EnrolmentNeeded | Cannot
Answer = Literal["satisfied", "proof_needed", "enrolment_needed", "cannot"]
NAMES: dict[type[Climbed], Answer] = {
    AlreadyEnough: "satisfied",
    ProofNeeded: "proof_needed",
    EnrolmentNeeded: "enrolment_needed",
    Cannot: "cannot",
}
"""What each answer is called outside."""


def proving_at(rung: Rung, proved: ProofState) -> ProofState:
    """What will be proved once ``rung`` is: never less than what is proved already, and fresh."""
    return ProofState(
        strength=max(STRENGTH[rung], proved.strength),
        kinds=max(KINDS, proved.kinds),
        age=0,
        second_person=proved.second_person or rung in WITH_ANOTHER,
    )


def climb(book: PolicyBook, asking: Asking, proved: ProofState, reach: frozenset[Rung], least: int = 0) -> Climbed:
    """The answer for ``asking``. ``proved``: in this ceremony; ``reach``: the steps that the person can come to.
    ``least``: a rank of ``ACR_RANK`` below which no step counts."""
    return climb_with(Inquiry(book, asking), proved, reach, least)


def climb_with(question: Inquiry, proved: ProofState, reach: frozenset[Rung], least: int = 0) -> Climbed:
    """``climb`` by a question that may be asked more."""
    climbed = _lowest(question, proved, reach, least)
    if isinstance(climbed, EnrolmentNeeded) and question.asking.own_risk < question.asking.risk:
        return _in_spite_of_others(question, proved, reach, least) or climbed
    return climbed


def _in_spite_of_others(
    question: Inquiry, proved: ProofState, reach: frozenset[Rung], least: int
) -> AlreadyEnough | ProofNeeded | None:
    """The strongest that they have, where only what others can bring about keeps them from less: a colleague who taps
    their badge or bombs them with prompts can have them asked for all they have, never refused. None: it is not that.

    Rules about ``context.reasons`` hold all the same; the score is lowered, nothing is hidden.
    """
    own = Inquiry(question.book, replace(question.asking, risk=question.asking.own_risk))
    strongest = max((STRENGTH[rung] for rung in reach), default=0)
    climbed = _lowest(own, proved, reach, max(least, strongest))
    return climbed if isinstance(climbed, AlreadyEnough | ProofNeeded) else None


def _lowest(question: Inquiry, proved: ProofState, reach: frozenset[Rung], least: int) -> Climbed:
    if proved.strength >= max(TWO_FACTORS, least):
        verdict = question.verdict(proved)
        if verdict.permitted:
            return AlreadyEnough(verdict)
    tried: dict[Rung, PolicyVerdict] = {}
    # A fresh proof of less would not make an older, stronger one any fresher.
    steps = [rung for rung in STRENGTH if STRENGTH[rung] >= max(proved.strength, least)]
    for rung in (rung for rung in steps if rung in reach):
        tried[rung] = question.verdict(proving_at(rung, proved))
        if tried[rung].permitted:
            return ProofNeeded(rung, tried[rung])
    for rung in (rung for rung in steps if rung not in reach):
        tried[rung] = question.verdict(proving_at(rung, proved))
        if tried[rung].permitted:
            return EnrolmentNeeded(rung, tried[rung])
    return Cannot(tried[Rung.HARDWARE_SECOND_PERSON])


def anyhow(book: PolicyBook, asking: Asking) -> bool:
    """Whether ``asking`` is permitted to that person at all, with the most that could be proved."""
    return Inquiry(book, asking).verdict(proving_at(Rung.HARDWARE_SECOND_PERSON, ProofState())).permitted
