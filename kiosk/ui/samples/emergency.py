"""Emergency access, and the text that is owed after it."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.emergency import EmergencyOffer
from kiosk.model.owed_text import OwedText
from kiosk.model.sealed_code import SealedCode
from kiosk.session.facts.emergency_screens import Emergency, OwedTextScreen
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.screens import Screen
from kiosk.ui.samples.people import ANA, AROUND, LONG, OFFLINE

OFFER = EmergencyOffer(
    1800, 7200, 120, ("patient in danger", "sign-in does not work", "nobody with access is here"), unknown=True
)
OWED = OwedText("e1", "Bay 2", 1_795_000_000, 1_795_086_400)
SEALED_OFFER = replace(OFFER, unknown=False, codes=(SealedCode(7, "00" * 32),))
EMERGENCIES: dict[str, Screen] = {
    "emergency": Emergency(AROUND, OFFER),
    "emergency-away": Emergency(OFFLINE, OFFER),
    "emergency-reason": Emergency(OFFLINE, OFFER, reason=OFFER.reasons[0], reading=True),
    "emergency-login": Emergency(AROUND, OFFER, typing_login=True, notice=Notice("notice.no_login", "warning")),
    "emergency-code": Emergency(
        AROUND, SEALED_OFFER, typing_code=True, notice=Notice("notice.no_sealed_code", "warning")
    ),
    "emergency-sealed": Emergency(AROUND, SEALED_OFFER, said="code"),
    "emergency-opening": Emergency(AROUND, OFFER, OFFER.reasons[0], "card", opening=True),
    "owed-text": OwedTextScreen(AROUND, ANA, OWED, 1),
    "owed-text-overdue": OwedTextScreen(
        AROUND, LONG, replace(OWED, overdue=True), 2, notice=Notice("notice.text_taken")
    ),
    "owed-text-fetching": OwedTextScreen(AROUND, ANA),
}
