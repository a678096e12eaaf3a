"""What the screen shows of a proof being given; shared by second factor, step-up and enrolment."""

from __future__ import annotations

from kiosk.model.proof import Method
from kiosk.session.facts.carried import Proving
from kiosk.session.facts.prove_part import Prove
from kiosk.session.facts.secret_field import EntryView
from kiosk.session.shared.proving import number_of

DIGITS = frozenset({Method.PIN, Method.OTP, Method.PIV_PIN, Method.RECOVERY})

SLOWED = frozenset({Method.PIN, Method.OTP, Method.RECOVERY})
"""Tried by the service, which takes no more of them from a slowed station; keys and cards count by themselves."""


def waits(proof: Proving) -> bool:
    """Whether nothing may be typed yet, after wrong tries."""
    return proof.wait is not None and proof.method in SLOWED


def prove_of(proof: Proving, entry: EntryView) -> Prove:
    """The present method. ``entry``: what may be seen of what is typed."""
    return Prove(
        offers=proof.view.offers,
        method=proof.method,
        stage=proof.stage,
        digits_only=proof.method in DIGITS,
        retries_left=proof.retries_left,
        last_try=proof.retries_left == 1,
        trouble=proof.trouble,
        refusal=proof.refusal,
        wait=proof.wait if waits(proof) else None,
        closed=proof.closed,
        again=proof.again,
        entry=entry,
        number=number_of(proof),
        by_enter=proof.by_enter,
        settling=proof.settling,
        missed=proof.missed,
        phone=proof.phone,
    )
