"""What a sign-in still needs, and which methods lead where. Pure; times are epoch seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from kiosk.model.ceremony import MethodOffer, Why
from kiosk.model.proof import ACR_IDENTIFIED, ACR_MFA, ACR_PHR, ACR_RANK, Assurance, Method
from kiosk.model.refusal import RefusalCode
from kiosk.service.policy.assurance import TAPS, Proved, add_up
from kiosk.service.policy.grounds import Ground
from kiosk.service.policy.rules import PolicyRules

Kind = Literal["uid", "piv", "fido2", "pkoc", "login"]
TAP_OF = {"piv": Method.PIV_TAP, "fido2": Method.FIDO2_TAP, "pkoc": Method.PKOC_TAP}
"""By which what was tapped proves that it is there."""
VERIFIED_OF: dict[str, frozenset[Method]] = {"fido2": frozenset({Method.FIDO2})}
"""By which it proves that too, and whose it is, where nobody is named yet."""


@dataclass(frozen=True, slots=True)
class AvailableAuthenticators:
    """What a person can prove with. ``*_names``: their own names of keys, cards and phones; of phones only
    where one may be asked now.

    ``*_hardware``: at least one of them is known to be in hardware. ``locked``: methods that are locked out.
    ``retries``: tries left, by method. ``recovery``: number of the recovery code to ask for, in an enrolment.
    """

    pin: bool = False
    otp: bool = False
    fido2_names: tuple[str, ...] = ()
    piv_names: tuple[str, ...] = ()
    fido2_hardware: bool = False
    piv_hardware: bool = False
    phone_names: tuple[str, ...] = ()
    locked: frozenset[Method] = frozenset()
    retries: tuple[tuple[Method, int], ...] = ()
    recovery: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """More is to be proved: any one of ``offers``, strongest first, would help. ``ground``: of a step-up."""

    offers: tuple[MethodOffer, ...]
    why: Why
    ground: Ground | None = None


@dataclass(frozen=True, slots=True)
class Satisfied:
    """Enough is proved. ``second_factor``: counts as one, so that grace starts anew. ``ground``: of a step-up."""

    assurance: Assurance
    second_factor: bool
    ground: Ground | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """Nothing that could still be proved would help. ``ground``: of a step-up."""

    code: RefusalCode
    ground: Ground | None = None


def sign_in(
    rules: PolicyRules,
    kind: Kind,
    enrolled: Callable[[], AvailableAuthenticators],
    proved: Sequence[Proved],
    last_second_factor: int | None,
    grace: int,
    now: int,
    floor: str = ACR_IDENTIFIED,
    beyond: Why | None = None,
) -> Need | Satisfied | Denied:
    """What a sign-in needs now.

    ``kind``: what was presented; ``enrolled``: looked up only if more is needed; empty for a login that
    nobody has. ``last_second_factor``: when that person last proved a second factor anywhere.
    ``floor``: the least that the roll-out enforces for them, whatever the rules say. ``beyond``: why what was proved
    elsewhere not long ago does not carry to here.
    """
    methods = {proof.method for proof in proved}
    if kind in TAP_OF and not methods & (TAPS | VERIFIED_OF.get(kind, frozenset())):
        # Second, because a key may show whose it is to a verified user alone (CTAP 2.1 sections 7.2 and 12.1).
        ways = (TAP_OF[kind], *VERIFIED_OF.get(kind, ()))
        return Need(tuple(map(MethodOffer, ways)), Why.POSSESSION)
    assurance = add_up(proved, now)
    least = least_of(rules, kind, floor)
    second = bool(methods - TAPS) and ACR_RANK[assurance.acr] >= ACR_RANK[least]
    if second:
        return Satisfied(assurance, second_factor=True)
    in_grace = last_second_factor is not None and last_second_factor <= now < last_second_factor + grace
    if in_grace and kind != "login":
        return Satisfied(assurance, second_factor=False)
    why = Why.TYPED_NAME if kind == "login" else Why.FIRST_SIGN_IN if last_second_factor is None else Why.GRACE_OVER
    if beyond is not None and kind != "login":
        why = beyond
    has = enrolled()
    found = offers(has, proved, least)
    if kind == "login" and Method.PIN not in methods and not any(o.method is Method.PIN for o in found):
        # Asked of a login that nobody has, too. That a login has a key does show: a guessed-out PIN must not bar it.
        found = (*found, offer(has, Method.PIN))
    return Need(found, why) if found else Denied(RefusalCode.NO_METHOD)


def least_of(rules: PolicyRules, kind: Kind, floor: str) -> str:
    """The least acr of whoever proves something to sign in. ``floor``: what the roll-out enforces for them."""
    return max(rules.typed_acr if kind == "login" else rules.sign_in_acr, floor, key=ACR_RANK.__getitem__)


def offers(enrolled: AvailableAuthenticators, proved: Sequence[Proved], least: str) -> tuple[MethodOffer, ...]:
    """The methods that lead to ``least``, not proved yet, strongest first; of PIN and code the PIN first."""
    methods = {proof.method for proof in proved}
    rank = ACR_RANK[least]
    found: list[Method] = []
    if enrolled.fido2_names and (rank <= ACR_RANK[ACR_PHR] or enrolled.fido2_hardware):
        found.append(Method.FIDO2)
    if enrolled.piv_names and (rank <= ACR_RANK[ACR_PHR] or enrolled.piv_hardware):
        found.append(Method.PIV_PIN)
    if enrolled.pin and Method.PIN not in methods:
        alone = ACR_RANK[add_up([*proved, Proved(Method.PIN, 0)], 0).acr] >= rank
        code = enrolled.otp and Method.OTP not in enrolled.locked and rank <= ACR_RANK[ACR_MFA]
        if alone or code:
            found.append(Method.PIN)
    if enrolled.otp and Method.OTP not in methods and Method.PIN in methods and rank <= ACR_RANK[ACR_MFA]:
        found.append(Method.OTP)
    if enrolled.phone_names and Method.PHONE not in methods and rank <= ACR_RANK[ACR_MFA]:
        found.append(Method.PHONE)
    return tuple(offer(enrolled, method) for method in found if method not in enrolled.locked)


def offer(enrolled: AvailableAuthenticators, method: Method) -> MethodOffer:
    """``method`` with what the screen shows of it."""
    mine = {Method.FIDO2: enrolled.fido2_names, Method.PIV_PIN: enrolled.piv_names, Method.PHONE: enrolled.phone_names}
    names = mine.get(method, ())
    return MethodOffer(method, names, dict(enrolled.retries).get(method))
