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


def waits(p: Proving) -> bool:
    """Whether nothing may be typed yet, after wrong tries."""
    return p.wait is not None and p.method in SLOWED


def prove_of(p: Proving, entry: EntryView) -> Prove:
    """The present method. ``entry``: what may be seen of what is typed."""
    return Prove(
        offers=p.view.offers,
        method=p.method,
        stage=p.stage,
        digits_only=p.method in DIGITS,
        retries_left=p.retries_left,
        last_try=p.retries_left == 1,
        trouble=p.trouble,
        refusal=p.refusal,
        wait=p.wait if waits(p) else None,
        closed=p.closed,
        again=p.again,
        entry=entry,
        number=number_of(p),
        by_enter=p.by_enter,
        settling=p.settling,
        missed=p.missed,
    )
