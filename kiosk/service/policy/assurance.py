"""What proofs add up to. The one place where ``acr`` and ``amr`` come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kiosk.model.proof import (
    ACR_IDENTIFIED,
    ACR_MFA,
    ACR_PHR,
    ACR_PHRH,
    ACR_PIN,
    ACR_POSSESSION,
    Assurance,
    Method,
)

STRONG = frozenset({Method.FIDO2, Method.PIV_PIN})
TAPS = frozenset({Method.FIDO2_TAP, Method.PIV_TAP, Method.PKOC_TAP})


@dataclass(frozen=True, slots=True)
class Proved:
    """One verified proof. ``at``: epoch seconds. ``user``: how a key verified its user, by its enrolment.

    ``hardware``: the key is known to be in hardware, by a trusted attestation or a trusted chain.
    """

    method: Method
    at: int
    user: Literal["pin", "builtin"] = "pin"
    hardware: bool = False


KNOWS, HAS, IS = "knows", "has", "is"


def kinds_of(proofs: Sequence[Proved]) -> int:
    """How many of what somebody knows, has and is ``proofs`` show (SP 800-63-4 section 2.2)."""
    shown: set[str] = set()
    for proof in proofs:
        if proof.method is Method.PIN:
            shown.add(KNOWS)
        if proof.method in TAPS or proof.method is Method.OTP:
            shown.add(HAS)
        if proof.method in STRONG:
            shown |= {HAS, IS if proof.user == "builtin" else KNOWS}
        if proof.method is Method.PHONE:
            shown |= {HAS, IS}
    return len(shown)


def add_up(proofs: Sequence[Proved], now: int) -> Assurance:
    """The assurance of ``proofs``; ``auth_time`` is the last one's, or ``now`` where there is none.

    RFC 8176 names: ``pop`` a key was used, ``hwk`` it is known to be in hardware, ``pin``, ``user`` the key checked
    its user by itself, ``otp``, ``mfa`` two factors, ``mca`` over a channel of its own.

    A yes on a phone is two factors and not phishing-resistant, though a passkey signs it: what was typed by hand ties
    it to the workstation's session, and nothing else does (SP 800-63B-4 section 3.2.5).
    """
    auth_time = max((proof.at for proof in proofs), default=now)
    methods = {proof.method for proof in proofs}
    strong = [proof for proof in proofs if proof.method in STRONG]
    if strong:
        best = max(strong, key=lambda proof: (proof.hardware, proof.at))
        key = ("pop", "hwk") if best.hardware else ("pop",)
        user = "user" if best.user == "builtin" else "pin"
        return Assurance(ACR_PHRH if best.hardware else ACR_PHR, (*key, user, "mfa"), auth_time)
    if Method.PHONE in methods:
        return Assurance(ACR_MFA, ("pop", "user", "mfa", "mca"), auth_time)
    if Method.PIN in methods and methods & TAPS:
        return Assurance(ACR_MFA, ("pop", "pin", "mfa"), auth_time)
    if Method.PIN in methods and Method.OTP in methods:
        return Assurance(ACR_MFA, ("pin", "otp", "mfa"), auth_time)
    if methods & TAPS:
        return Assurance(ACR_POSSESSION, ("pop",), auth_time)
    if Method.PIN in methods:
        return Assurance(ACR_PIN, ("pin",), auth_time)
    return Assurance(ACR_IDENTIFIED, (), auth_time)
