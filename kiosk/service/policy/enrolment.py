"""Who may add which factor on which proof: decision 20 as one pure function. Times are epoch seconds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from kiosk.model.ceremony import MethodOffer, Why
from kiosk.model.enrolment import EnrolAct, EnrolRefusalCode, FactorKind, SecondMay, SecondWhy
from kiosk.model.proof import ACR_MFA, ACR_PHR, ACR_PIN, ACR_POSSESSION, ACR_RANK, Method
from kiosk.service.policy.assurance import Proved, add_up
from kiosk.service.policy.decisions import AvailableAuthenticators, Need, offer, offers
from kiosk.service.policy.enrolment_rules import EnrolRules, kinds_of

BADGES = (FactorKind.BADGE, FactorKind.TEMPORARY_BADGE)
TAPPED = (*BADGES, FactorKind.PKOC)
"""What is handed out as a badge, so that the rules about badges of one's own hold for it."""
NAMELESS = ("login", "fido2", "pkoc")
"""Presented so, somebody has yet to prove who it is."""
REQUIRED = {**dict.fromkeys(TAPPED, ACR_MFA), FactorKind.PIN: ACR_MFA}
"""The own proof that is at least as strong as what is added; ``phr`` for every other kind."""


@dataclass(frozen=True, slots=True)
class Second:
    """A second person and what they have proved. ``owner``: the badge that is to move is theirs."""

    roles: tuple[str, ...]
    proved: tuple[Proved, ...] = ()
    owner: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One enrolment. ``presented``: what said who it is. ``given_up``: they prove no more by themselves.

    ``window``: one for this kind is open here now. ``moves``: the new badge is somebody else's. ``second`` vouches for
    them, ``agreed`` to the move. ``offered``: the roll-out has come to this kind for them. ``new_key``: this enrolment
    has given them a key or PIV card already, on somebody's word.
    """

    act: EnrolAct
    kind: FactorKind | None
    roles: tuple[str, ...]
    presented: str
    proved: tuple[Proved, ...] = ()
    given_up: bool = False
    window: bool = False
    moves: bool = False
    second: Second | None = None
    agreed: Second | None = None
    offered: bool = True
    new_key: bool = False


@dataclass(frozen=True, slots=True)
class NeedSecond:
    """A second person has to vouch: who may, and why."""

    may: SecondMay
    why: SecondWhy


@dataclass(frozen=True, slots=True)
class Enough:
    """It may be done."""


@dataclass(frozen=True, slots=True)
class No:
    """It cannot be done, whatever is proved."""

    code: EnrolRefusalCode


def enrolment(
    rules: EnrolRules, case: Case, enrolled: Callable[[], AvailableAuthenticators], now: int
) -> Need | NeedSecond | Enough | No:
    """What this enrolment needs now. ``enrolled``: what they can prove with, without what is lost."""
    if case.act is EnrolAct.LOST:
        return _lost(case, enrolled, now)
    if case.kind is None or not case.offered or not may_add(rules, case.kind, case.roles):
        return No(EnrolRefusalCode.POLICY)
    authorised = _added(rules, case, case.kind, enrolled, now)
    if not isinstance(authorised, Enough) or not case.moves:
        return authorised
    wanted = NeedSecond("owner_or_supervisor", "badge_of_another")
    return Enough() if case.agreed and vouched(rules, wanted, case.agreed, now) else wanted


def may_add(rules: EnrolRules, kind: FactorKind, roles: Collection[str]) -> bool:
    """Whether ``kind`` is for somebody of these roles at all. The one place where that is asked."""
    return kind in kinds_of(rules, roles)


def may_vouch(rules: EnrolRules, need: NeedSecond, roles: Collection[str], *, owner: bool) -> bool:
    """Whether somebody of these roles may vouch; what they have to prove is ``vouch``'s."""
    if need.may == "colleague" or (need.may == "owner_or_supervisor" and owner):
        return True
    return bool(set(roles) & set(rules.voucher_roles))


def vouch(
    rules: EnrolRules, need: NeedSecond, second: Second, enrolled: Callable[[], AvailableAuthenticators], now: int
) -> Need | Enough | No:
    """What the second person still has to prove. A key for everybody but a badge's owner, who needs two factors."""
    if not may_vouch(rules, need, second.roles, owner=second.owner):
        return No(EnrolRefusalCode.NOT_ENTITLED)
    if vouched(rules, need, second, now):
        return Enough()
    found = offers(enrolled(), second.proved, _least(need, second))
    return Need(found, Why.VOUCH) if found else No(EnrolRefusalCode.NOT_ENTITLED)


def vouched(rules: EnrolRules, need: NeedSecond, second: Second, now: int) -> bool:
    """Whether ``second`` has vouched for what ``need`` asks."""
    if not may_vouch(rules, need, second.roles, owner=second.owner):
        return False
    return _rank(_worth(second.proved, now)) >= _rank(_least(need, second))


def _least(need: NeedSecond, second: Second) -> str:
    return ACR_MFA if need.may == "owner_or_supervisor" and second.owner else ACR_PHR


def _lost(case: Case, enrolled: Callable[[], AvailableAuthenticators], now: int) -> Need | Enough | No:
    """To stop a factor any other one is proof enough: it can only be missed, and the trail says who stopped it.

    But for a card that only lay there: whoever found one could take everything else from its owner.
    """
    if _unnamed(case) and case.given_up:
        return No(EnrolRefusalCode.UNKNOWN)
    methods = {proof.method for proof in case.proved}
    if Method.RECOVERY in methods or _reaches(case, ACR_PIN, now):
        return Enough()
    found = () if case.given_up else _offers(case, enrolled(), ACR_PIN, recovery=True)
    return Need(found, Why.ENROL) if found else No(EnrolRefusalCode.NO_WAY)


def _added(
    rules: EnrolRules, case: Case, kind: FactorKind, enrolled: Callable[[], AvailableAuthenticators], now: int
) -> Need | NeedSecond | Enough | No:
    if _unnamed(case) and case.given_up:
        return No(EnrolRefusalCode.UNKNOWN)
    least = _least_own(rules, case, kind)
    started = case.presented == "start_code"
    recovery = not (started or _privileged(rules, case) or kind is FactorKind.RECOVERY_CODES)
    if least is not None and _proves(case, least, recovery, now):
        return Enough()
    wanted = _second(rules, case)
    if case.second is not None and vouched(rules, wanted, case.second, now):
        return Enough()
    if case.given_up or (least is None and not _unnamed(case)):
        return wanted
    found = _offers(case, enrolled(), least or ACR_PIN, recovery=recovery or _unnamed(case))
    return Need(found, Why.ENROL) if found else wanted


def _unnamed(case: Case) -> bool:
    """Whether nothing yet tells who it is: neither a typed login nor a key that has not signed does."""
    return case.presented in NAMELESS and not case.proved


def _least_own(rules: EnrolRules, case: Case, kind: FactorKind) -> str | None:
    """The own proof that is enough; None if none is."""
    started = case.presented == "start_code"
    if (started and not case.new_key) or _barred_by_badge_self(rules, case):
        return None
    if started or _privileged(rules, case):
        return ACR_PHR
    least = REQUIRED.get(kind, ACR_PHR)
    if kind in TAPPED and case.window and _rank(rules.window_acr) < _rank(least):
        return rules.window_acr
    return least


def _proves(case: Case, least: str, recovery: bool, now: int) -> bool:
    """A recovery code with the PIN counts as much as anything (SP 800-63B-4 section 4.2.2.2), where it counts."""
    if recovery and {Method.RECOVERY, Method.PIN} <= {proof.method for proof in case.proved}:
        return True
    return _reaches(case, least, now)


def _reaches(case: Case, least: str, now: int) -> bool:
    """Of equal rank as a PIN, but no PIN: a card that was found."""
    acr = _worth(case.proved, now)
    return _rank(acr) >= _rank(least) and (acr, least) != (ACR_POSSESSION, ACR_PIN)


def _worth(proved: Sequence[Proved], now: int) -> str:
    """The assurance of ``proved`` for an enrolment. A phone counts for nothing: what it signs names a step-up."""
    return add_up([proof for proof in proved if proof.method is not Method.PHONE], now).acr


def _second(rules: EnrolRules, case: Case) -> NeedSecond:
    if _privileged(rules, case):
        return NeedSecond("supervisor", "privileged")
    if case.presented == "start_code":
        return NeedSecond("colleague", "start_code")
    if _barred_by_badge_self(rules, case):
        return NeedSecond("supervisor", "policy")
    if Method.RECOVERY in {proof.method for proof in case.proved}:
        return NeedSecond("colleague", "no_factor")
    return NeedSecond("supervisor", "no_factor")


def _barred_by_badge_self(rules: EnrolRules, case: Case) -> bool:
    allowed = rules.badge_self == "always" or (rules.badge_self == "window" and case.window)
    return case.kind in TAPPED and not allowed


def _privileged(rules: EnrolRules, case: Case) -> bool:
    return bool(set(case.roles) & set(rules.privileged_roles))


def _offers(case: Case, enrolled: AvailableAuthenticators, least: str, *, recovery: bool) -> tuple[MethodOffer, ...]:
    """What leads to ``least``, strongest first; ``recovery``: a recovery code counts, too."""
    if case.presented in ("fido2", "pkoc") and not case.proved:
        return (says_who(case.presented),)
    methods = {proof.method for proof in case.proved}
    anybody = case.presented == "login" and not methods  # what is asked then is asked of a login that nobody has, too
    found = list(offers(enrolled, case.proved, least))
    usable = enrolled.pin and Method.PIN not in enrolled.locked and Method.PIN not in methods
    if case.presented == "piv" and usable and not methods and _rank(least) <= _rank(ACR_MFA):
        found.append(offer(enrolled, Method.PIV_TAP))
    completes = usable and recovery and Method.RECOVERY in methods
    if (anybody or completes) and Method.PIN not in {offer.method for offer in found}:
        found.append(offer(enrolled, Method.PIN))
    if recovery and enrolled.recovery is not None and Method.RECOVERY not in methods:
        found.append(replace(offer(enrolled, Method.RECOVERY), number=enrolled.recovery))
    return tuple(found)


def says_who(presented: str) -> MethodOffer:
    """The proof by which a key or badge says whose it is."""
    return MethodOffer(Method.PKOC_TAP if presented == "pkoc" else Method.FIDO2)


def _rank(acr: str) -> int:
    return ACR_RANK[acr]
