"""What the hospital's policy says of a sign-in or an emergency access that it refuses stands on the screen."""

from __future__ import annotations

from kiosk.model.refusal import Refusal, RefusalCode
from kiosk.session.facts import notices

SAYS = (("", "Only inside the hospital."), ("fr", "Seulement à l'hôpital."))


def test_a_refused_sign_in_says_why_in_the_policys_words() -> None:
    notice = notices.refused(Refusal(RefusalCode.POLICY, answer="cannot", says=SAYS))
    assert (notice.key, notice.said) == ("refusal.policy", SAYS)
    assert notices.refused(Refusal(RefusalCode.WRONG_PIN, 2)).said == ()


def test_a_refused_emergency_access_does_too() -> None:
    notice = notices.emergency_refused("policy", SAYS)
    assert (notice.key, notice.said) == ("emergency_refusal.policy", SAYS)
    assert notices.emergency_refused("not_here").said == ()
