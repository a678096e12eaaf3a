"""What a step-up needs: the lowest step of the ladder that the policy permits and this person can reach. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kiosk.model.ceremony import RefusalCode, Why
from kiosk.model.enrolment import FactorKind
from kiosk.model.proof import ACR_MFA, ACR_PHR, ACR_PHRH, ACR_RANK
from kiosk.service.policy.assurance import STRONG, Proved, add_up, kinds_of
from kiosk.service.policy.cedar import ladder
from kiosk.service.policy.cedar.book import PolicyBook, Words
from kiosk.service.policy.cedar.engine import Inquiry
from kiosk.service.policy.cedar.explaining import outcome
from kiosk.service.policy.cedar.facts import Asking, ProofState
from kiosk.service.policy.cedar.ladder import STRENGTH, WITH_ANOTHER, Climbed, Rung
from kiosk.service.policy.cedar.wariness import matters
from kiosk.service.policy.decisions import AvailableAuthenticators, Denied, Need, Satisfied, offers
from kiosk.service.policy.grounds import DecidedOn, Ground

ACR_OF = {ACR_RANK[acr]: acr for acr in (ACR_MFA, ACR_PHR, ACR_PHRH)}
STRONG_KINDS = (FactorKind.KEY, FactorKind.PIV)


def proving_of(proved: Sequence[Proved], now: int) -> ProofState:
    """What proofs of one ceremony come to. As old as the last key or card that verified its user, if there was one:
    a PIN that is typed later makes a key's proof no fresher."""
    assurance = add_up(proved, now)
    strong = [proof.at for proof in proved if proof.method in STRONG]
    age = max(0, now - max(strong, default=assurance.auth_time))
    return ProofState(ACR_RANK[assurance.acr], kinds_of(proved), age)


def reach_of(has: AvailableAuthenticators, proved: Sequence[Proved]) -> frozenset[Rung]:
    """The steps that somebody who has these can come to now. That a second person agrees cannot be asked for yet."""
    return frozenset(
        rung
        for rung, strength in STRENGTH.items()
        if rung not in WITH_ANOTHER and offers(has, proved, ACR_OF[strength])
    )


def alone() -> frozenset[Rung]:
    """Every step that somebody can come to without another person."""
    return frozenset(rung for rung in STRENGTH if rung not in WITH_ANOTHER)


def step_up(
    book: PolicyBook,
    asking: Asking,
    enrolled: Callable[[], AvailableAuthenticators],
    proved: Sequence[Proved],
    now: int,
    least: str = "",
) -> Need | Satisfied | Denied:
    """Whether proofs given in this very ceremony are enough for ``asking``; if not, what would be. ``least``: an acr
    that whoever asks wants at least, whatever the policy is content with; empty for none.

    A bare badge, grace or a single factor never is, whatever the policy says.
    """
    has, done = enrolled(), proving_of(proved, now)
    question, rank = Inquiry(book, asking), ACR_RANK.get(least, 0)
    basis = DecidedOn(asking, done, reach_of(has, proved), rank)
    climbed = ladder.climb_with(question, done, basis.reach, rank)
    ground = replace(_with_risk(book, question, basis, climbed, rank), decided_on=basis)
    if isinstance(climbed, ladder.AlreadyEnough):
        return Satisfied(add_up(proved, now), second_factor=True, ground=ground)
    if isinstance(climbed, ladder.ProofNeeded):
        return Need(offers(has, proved, ground.acr), Why.STEP_UP, ground)
    if isinstance(climbed, ladder.EnrolmentNeeded):
        if offers(replace(has, locked=frozenset()), proved, ground.acr):
            return Denied(RefusalCode.NO_METHOD, replace(ground, enrol=()))  # they have it; it is locked just now
        return Denied(RefusalCode.NO_METHOD, ground)
    return Denied(RefusalCode.POLICY, ground)


def entitled(book: PolicyBook, asking: Asking) -> bool:
    """Whether the policy permits ``asking`` to that person at all, however much they prove."""
    return ladder.anyhow(book, asking)


def ground_of(book: PolicyBook, climbed: Climbed) -> Ground:
    """The answer with its rules and their words."""
    rung = climbed.rung if isinstance(climbed, ladder.ProofNeeded | ladder.EnrolmentNeeded) else None
    acr = ACR_OF[STRENGTH[rung]] if rung else ""
    missing = isinstance(climbed, ladder.EnrolmentNeeded)
    by = climbed.verdict.by
    kinds = (*STRONG_KINDS, FactorKind.CODE_APP) if acr == ACR_MFA else STRONG_KINDS
    return Ground(
        version=book.version,
        digest=book.digest,
        answer=ladder.NAMES[type(climbed)],
        rung=rung or (Rung.PROVED if isinstance(climbed, ladder.AlreadyEnough) else ""),
        acr=acr,
        by=by,
        says=_says(book, by),
        errors=climbed.verdict.errors,
        enrol=kinds if missing else (),
    )


def _with_risk(book: PolicyBook, question: Inquiry, basis: DecidedOn, climbed: Climbed, rank: int) -> Ground:
    """``ground_of``, in the words of the rule that stands in the way of what would do without the risk."""
    asking, ground = basis.asking, ground_of(book, climbed)
    if not (asking.reasons or asking.risk) or ground.errors or not matters(book, asking):
        return ground
    calm = ladder.climb(book, replace(asking, risk=0, reasons=()), basis.proved, basis.reach, rank)
    if outcome(calm) == outcome(climbed):
        return ground
    asked = isinstance(climbed, ladder.EnrolmentNeeded) or _by_risk(question, basis, climbed)
    if isinstance(calm, ladder.ProofNeeded | ladder.EnrolmentNeeded) and asked:
        barred = question.verdict(ladder.proving_at(calm.rung, basis.proved)).by
        return replace(ground, risky=True, says=_says(book, barred) or ground.says)
    return replace(ground, risky=True)


def _by_risk(question: Inquiry, basis: DecidedOn, climbed: Climbed) -> bool:
    """Whether the step that is asked for does for the whole risk. If it is asked for in spite of what others brought
    about, the rule that stands in the way speaks of more than is asked for."""
    if not isinstance(climbed, ladder.ProofNeeded):
        return False
    return question.verdict(ladder.proving_at(climbed.rung, basis.proved)).permitted


def _says(book: PolicyBook, by: tuple[str, ...]) -> Words:
    rule = book.rule(by[0]) if by else None
    return rule.says if rule else ()
