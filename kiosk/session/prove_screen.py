"""What the screen shows of a proof being given; shared by second factor, step-up and enrolment."""

from __future__ import annotations

from kiosk.model.proof import Method
from kiosk.session.carried import Proving
from kiosk.session.proving import number_of
from kiosk.session.screens import Prove

DIGITS = frozenset({Method.PIN, Method.OTP, Method.PIV_PIN, Method.RECOVERY})


def prove_of(p: Proving) -> Prove:
    """The present method."""
    return Prove(
        offers=p.view.offers,
        method=p.method,
        stage=p.stage,
        digits_only=p.method in DIGITS,
        retries_left=p.retries_left,
        last_try=p.retries_left == 1,
        trouble=p.trouble,
        refusal=p.refusal,
        wait=p.wait,
        entry=p.entry,
        number=number_of(p),
    )
