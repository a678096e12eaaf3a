"""Ways to prove who one is, as they stand on the screens of several modes."""

from __future__ import annotations

from kiosk.model.ceremony import MethodOffer
from kiosk.model.proof import Method
from kiosk.model.refusal import RefusalCode
from kiosk.session.facts.prove_part import Prove

OFFERS = (
    MethodOffer(Method.FIDO2, ("Blue key on lanyard",)),
    MethodOffer(Method.PIV_PIN),
    MethodOffer(Method.PIN),
)
CODE_OFFERS = (MethodOffer(Method.PIN), MethodOffer(Method.OTP))
PIN = Prove(CODE_OFFERS, Method.PIN, "type", True)
KEY_PIN = Prove(OFFERS, Method.FIDO2, "type", False)
KEY_HOLD = Prove(OFFERS, Method.FIDO2, "hold", False)
WRONG = Prove(OFFERS, Method.PIN, "type", True, retries_left=1, last_try=True, refusal=RefusalCode.WRONG_PIN)
