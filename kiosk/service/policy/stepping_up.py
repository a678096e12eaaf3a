"""What a step-up needs: the lowest step of the ladder that the policy permits and this person can reach. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kiosk.model.ceremony import Why
from kiosk.model.enrolment import FactorKind
from kiosk.model.proof import ACR_MFA, ACR_PHR, ACR_PHRH, ACR_RANK
from kiosk.model.refusal import RefusalCode
from kiosk.service.policy.assurance import STRONG, Proved, add_up, kinds_of
from kiosk.service.policy.cedar import ladder
from kiosk.service.policy.cedar.book import PolicyBook, Words
from kiosk.service.policy.cedar.engine import Inquiry
from kiosk.service.policy.cedar.explaining import outcome
from kiosk.service.policy.cedar.facts import TWO_FACTORS, Asking, ProofState
from kiosk.service.policy.cedar.ladder import STRENGTH, WITH_ANOTHER, Climbed, Rung
from kiosk.service.policy.cedar.spoken import names_of
from kiosk.service.policy.cedar.wariness import matters
from kiosk.service.policy.decisions import AvailableAuthenticators, Denied, Need, Satisfied, offers
from kiosk.service.policy.grounds import DecidedOn, Ground
from kiosk.service.policy.reset_rules import DESK_ROLES

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
    """The steps that somebody who has these can come to now; a colleague who agrees can be found by whoever proves
    their own part."""
    return frozenset(rung for rung, strength in STRENGTH.items() if offers(has, proved, ACR_OF[strength]))


def alone() -> frozenset[Rung]:
    """Every step that somebody can come to without another person."""
    return frozenset(rung for rung in STRENGTH if rung not in WITH_ANOTHER)


def whole() -> frozenset[Rung]:
    """Every step of the ladder."""
    return frozenset(STRENGTH)


def step_up(
    book: PolicyBook,
    asking: Asking,
    enrolled: Callable[[], AvailableAuthenticators],
    proved: Sequence[Proved],
    now: int,
    least: str = "",
    *,
    seconded: bool = False,
) -> Need | Satisfied | Denied:
    """Whether proofs given in this very ceremony are enough for ``asking``; if not, what would be. ``least``: an acr
    that whoever asks wants at least, whatever the policy is content with; empty for none. ``seconded``: a second person
    has agreed to this very wish; of who is to agree themselves: the first has proved their part.

    A bare badge, grace or a single factor never is, whatever the policy says. Where nothing but a second person is
    missing, the need is ``Why.SECOND`` and offers no method.
    """
    has, done = enrolled(), replace(proving_of(proved, now), second_person=seconded)
    question, rank = Inquiry(book, asking), ACR_RANK.get(least, 0)
    basis = DecidedOn(asking, done, reach_of(has, proved), rank)
    climbed = ladder.climb_with(question, done, basis.reach, rank)
    ground = replace(_with_risk(book, question, basis, climbed, rank), decided_on=basis)
    if isinstance(climbed, ladder.AlreadyEnough) and asking.batch and not seconded:
        return Need((), Why.SECOND, ground)  # what goes on without them has two people to answer for it
    if isinstance(climbed, ladder.AlreadyEnough):
        return Satisfied(add_up(proved, now), second_factor=True, ground=ground)
    if not seconded and _only_another(question, climbed, done, rank):
        return Need((), Why.SECOND, ground)
    if isinstance(climbed, ladder.ProofNeeded):
        return Need(offers(has, proved, ground.acr), Why.STEP_UP, ground)
    if isinstance(climbed, ladder.EnrolmentNeeded):
        if offers(replace(has, locked=frozenset()), proved, ground.acr):
            return Denied(RefusalCode.NO_METHOD, replace(ground, enrol=()))  # they have it; it is locked just now
        return Denied(RefusalCode.NO_METHOD, ground)
    return Denied(RefusalCode.POLICY, ground)


def _only_another(question: Inquiry, climbed: Climbed, done: ProofState, rank: int) -> bool:
    """Whether what is proved would do if only somebody else agreed, and no proof of their own alone would."""
    enough = done.strength >= max(TWO_FACTORS, rank) and question.verdict(replace(done, second_person=True)).permitted
    own = isinstance(climbed, ladder.ProofNeeded) and climbed.rung not in WITH_ANOTHER
    return enough and not own


def seconds_of(book: PolicyBook, asking: Asking, roles: Sequence[str]) -> tuple[str, ...] | None:
    """Which of ``roles`` let somebody agree to ``asking`` as a second person; empty where no role is needed, None
    where none of them would do."""

    def may(*held: str) -> bool:
        somebody = replace(asking, person="", login="", roles=held, as_second=True, risk=0, reasons=())
        full = ladder.proving_at(Rung.HARDWARE_SECOND_PERSON, ProofState())
        return Inquiry(book, somebody).verdict(full).permitted

    if may():
        return ()
    return tuple(role for role in roles if may(role)) or None


def roles_named(book: PolicyBook) -> tuple[str, ...]:
    """Roles that the text speaks of, beside those of the help desk."""
    nodes = tuple(rule.node for rule in book.rules)
    return tuple(dict.fromkeys((*names_of(nodes, "Role"), *DESK_ROLES)))


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
