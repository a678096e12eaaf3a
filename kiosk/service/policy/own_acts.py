"""The service's own acts under the policy: sign-ins and emergency access. Pure.

A text that names no action of such a family says nothing about it, so that one from before goes on as it did. One that
names any decides: the settings' rules are asked first, and what the policy does not permit then is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kiosk.model.ceremony import Why
from kiosk.model.enrolment import FactorKind
from kiosk.model.proof import ACR_MFA, ACR_PHR, ACR_PHRH, ACR_PIN, ACR_RANK
from kiosk.model.refusal import RefusalCode
from kiosk.service.policy.assurance import Proved, kinds_of
from kiosk.service.policy.cedar.book import PolicyBook
from kiosk.service.policy.cedar.engine import Inquiry, PolicyVerdict
from kiosk.service.policy.cedar.facts import OPEN, RESUME, Asking, ProofState
from kiosk.service.policy.cedar.ladder import Answer, Rung
from kiosk.service.policy.cedar.slices import speaks_of
from kiosk.service.policy.decisions import AvailableAuthenticators, Denied, Need, Satisfied, offers
from kiosk.service.policy.grounds import DecidedOn, Ground

STEPS = (ACR_PIN, ACR_MFA, ACR_PHR, ACR_PHRH)
"""Of the ladder of a sign-in, lowest first; beside it there is what is proved."""
ONE_FACTOR = "one_factor"
"""The step of a sign-in below those of a step-up."""
RUNG_OF: dict[str, str] = {
    ACR_PIN: ONE_FACTOR,
    ACR_MFA: Rung.TWO_FACTORS,
    ACR_PHR: Rung.PHISHING_RESISTANT,
    ACR_PHRH: Rung.HARDWARE,
}
MENDED = {ACR_PHR: (FactorKind.KEY, FactorKind.PIV), ACR_PHRH: (FactorKind.KEY, FactorKind.PIV)}
"""What can be enrolled to come to a step, where that is not any factor."""


@dataclass(frozen=True, slots=True)
class SignInCase:
    """``asking``: who opens a session where, as ``session.open``. ``least``: the acr that the settings' rules want of
    whoever proves something; ``age``: seconds since the proof that carries, where a tap alone is enough."""

    asking: Asking
    least: str
    age: int = 0


def judged(book: PolicyBook, asking: Asking, proved: ProofState) -> Ground | None:
    """Whether ``asking`` is permitted with what is proved: ``satisfied`` or ``cannot``. None: the policy says nothing
    about it. A policy that cannot be used permits nothing beyond emergency access, which then is the settings' alone.
    """
    if book.trouble:
        if asking.family == "emergency":
            return None
        return _ground(book, "cannot", PolicyVerdict(False, (book.rules[0].name,), (book.trouble,)), asking, proved)
    if not speaks_of(book, asking.family):
        return None
    verdict = Inquiry(book, asking).verdict(proved)
    return _ground(book, "satisfied" if verdict.permitted else "cannot", verdict, asking, proved)


def sign_in_under(
    book: PolicyBook,
    case: SignInCase,
    found: Need | Satisfied | Denied,
    enrolled: Callable[[], AvailableAuthenticators],
    proved: Sequence[Proved],
    now: int,
) -> Need | Satisfied | Denied:
    """What the sign-in needs, where the settings' rules answer ``found``: that, or more, or why not.

    Where less than is needed is proved, the lowest step is asked for that the policy permits and this person can reach.
    Whoever has yet to answer as the card that they tapped does that first.
    """
    if isinstance(found, Need) and found.why is Why.POSSESSION:
        return found
    tap_alone = isinstance(found, Satisfied) and not found.second_factor
    asking = replace(case.asking, action=RESUME if tap_alone else OPEN)
    state = _state(found, proved, case, now) if isinstance(found, Satisfied) else ProofState()
    if book.trouble:
        return Denied(RefusalCode.POLICY, judged(book, asking, state))
    if isinstance(found, Denied) or not speaks_of(book, "sign_in"):
        return found
    if isinstance(found, Satisfied):
        ground = judged(book, asking, state)
        if ground is None or ground.answer == "satisfied":
            return replace(found, ground=ground)
        why, rank = (Why.GRACE_OVER if tap_alone else Why.FIRST_SIGN_IN), max(1, state.strength)
    else:
        ground, why, rank = None, found.why, 0
    barred = ground.by if ground is not None else ()
    climbed = _climb(book, replace(case.asking, action=OPEN), enrolled(), proved, max(rank, ACR_RANK[case.least]))
    return _answer(book, climbed, found, why, barred)


def again(book: PolicyBook, asking: Asking, proved: ProofState) -> tuple[Answer, str]:
    """What a stored act of the service's own would be answered now: answer and step, whatever they can prove with."""
    ground = judged(book, asking, proved)
    if ground is None or ground.answer == "satisfied":
        return "satisfied", Rung.PROVED
    if asking.family != "sign_in":
        return "cannot", ""
    nothing = AvailableAuthenticators()
    climbed = _climb(book, replace(asking, action=OPEN), nothing, (), max(1, proved.strength))
    return ("proof_needed", RUNG_OF[climbed.acr]) if climbed.acr else ("cannot", "")


@dataclass(frozen=True, slots=True)
class _Step:
    """The lowest step that is permitted. ``acr``: empty for none. ``offered``: whether they can reach it."""

    acr: str
    need: Need | None
    verdict: PolicyVerdict
    asking: Asking
    proving: ProofState
    below: PolicyVerdict | None = None
    """Of the step under it, whose rule says why that is not enough."""


def _climb(
    book: PolicyBook, asking: Asking, has: AvailableAuthenticators, proved: Sequence[Proved], rank: int
) -> _Step:
    question, missed = Inquiry(book, asking), None
    below: PolicyVerdict | None = None
    last = _Step("", None, PolicyVerdict(False, ()), asking, ProofState())
    for acr in (acr for acr in STEPS if ACR_RANK[acr] >= rank):
        proving = _proving(acr)
        verdict = question.verdict(proving)
        if verdict.permitted:
            found = offers(has, proved, acr)
            step = _Step(acr, Need(found, Why.FIRST_SIGN_IN) if found else None, verdict, asking, proving, below)
            if found:
                return step
            missed = missed or step
        else:
            below = verdict
        last = _Step("", None, verdict, asking, proving)
    return missed or last


def _answer(
    book: PolicyBook, climbed: _Step, found: Need | Satisfied, why: Why, barred: tuple[str, ...]
) -> Need | Satisfied | Denied:
    """``climbed`` as an answer; ``found`` itself where the policy asks for no more than the settings' rules do."""
    if climbed.need is not None:
        if isinstance(found, Need) and (climbed.below is None or climbed.need.offers == found.offers):
            return found
        by = barred or (climbed.below.by if climbed.below is not None else ())
        ground = _ground(book, "proof_needed", climbed.verdict, climbed.asking, climbed.proving, climbed.acr)
        return Need(climbed.need.offers, why, replace(ground, says=_says(book, by) or ground.says))
    if climbed.acr:
        ground = _ground(book, "enrolment_needed", climbed.verdict, climbed.asking, climbed.proving, climbed.acr)
        return Denied(RefusalCode.NO_METHOD, replace(ground, enrol=MENDED.get(climbed.acr, ())))
    return Denied(RefusalCode.POLICY, _ground(book, "cannot", climbed.verdict, climbed.asking, climbed.proving))


def _state(found: Satisfied, proved: Sequence[Proved], case: SignInCase, now: int) -> ProofState:
    acr, at = found.assurance.acr, found.assurance.auth_time
    age = case.age if not found.second_factor else max(0, now - at)
    return ProofState(ACR_RANK[acr], kinds_of(proved), age)


def _proving(acr: str) -> ProofState:
    rank = ACR_RANK[acr]
    return ProofState(rank, 1 if rank < ACR_RANK[ACR_MFA] else 2, 0)


def _ground(
    book: PolicyBook, answer: Answer, verdict: PolicyVerdict, asking: Asking, proved: ProofState, acr: str = ""
) -> Ground:
    rung = RUNG_OF.get(acr, Rung.PROVED if answer == "satisfied" else "")
    return Ground(
        version=book.version,
        digest=book.digest,
        answer=answer,
        rung=rung,
        acr=acr,
        by=verdict.by,
        says=_says(book, verdict.by),
        errors=verdict.errors,
        decided_on=DecidedOn(asking, proved, frozenset()),
    )


def _says(book: PolicyBook, by: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    rule = book.rule(by[0]) if by else None
    return rule.says if rule else ()
