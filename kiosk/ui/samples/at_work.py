"""Somebody works: the session bar, its fading, and what covers it for a while."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.emergency import NOBODY
from kiosk.model.programs import Running
from kiosk.model.proof import ACR_MFA, ACR_PHR, Assurance
from kiosk.session.facts.emergency_screens import EmergencyBar
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.screens import Active, Aftermath, Fading, Screen
from kiosk.ui.samples.emergency import OFFER
from kiosk.ui.samples.people import ANA, AROUND, LONG, OFFLINE, OFFLINE_REOPENS

DESK_OF = (
    Running("Records", "records", "front"),
    Running("Browser", "globe", "open"),
    Running("Imaging", "", "over"),
    Running("Medication and infusion charts", "chart", "open"),
    Running("Post", "mail", "runs"),
    Running("Remote desktop", "monitor", "open"),
)
AT_WORK: dict[str, Screen] = {
    "aftermath": Aftermath(AROUND, ANA, Notice("notice.step_up_withdrawn", "warning")),
    "aftermath-offline": Aftermath(OFFLINE, LONG, Notice("notice.step_up_unreachable", "refused")),
    "active": Active(AROUND, ANA, Assurance(ACR_PHR, ("pop", "pin", "mfa"), 0), 3 * 3600 + 40 * 60, 300),
    "active-offline": Active(OFFLINE_REOPENS, ANA, Assurance(ACR_PHR, ("pop", "pin", "mfa"), 0), 0, 300),
    "active-notice": Active(
        AROUND, LONG, Assurance(ACR_MFA, ("pin", "otp", "mfa"), 0), 1500, 300, Notice("notice.step_up_granted")
    ),
    "active-help": Active(OFFLINE, ANA, Assurance(ACR_MFA, ("pin",), 0), 0, 300, help=True),
    "active-sign": Active(
        AROUND, LONG, Assurance(ACR_PHR, ("pop", "pin", "mfa"), 0), 3 * 3600 + 40 * 60, 300, sign=True
    ),
    "active-ending": Active(AROUND, ANA, Assurance(ACR_MFA, ("pin",), 0), 1500, 300, sign=True, ending=True),
    "active-silenced": Active(
        AROUND,
        ANA,
        Assurance(ACR_MFA, ("pin",), 0),
        1500,
        300,
        help=True,
        silenced=("Clinical records", "/usr/bin/helper"),
        silences_all=True,
    ),
    "active-programs": Active(
        AROUND, ANA, Assurance(ACR_PHR, ("pop", "pin", "mfa"), 0), 12_900, 300, programs=DESK_OF[:3]
    ),
    "active-reached": Active(
        OFFLINE, LONG, Assurance(ACR_MFA, ("pin",), 0), 1500, 300, programs=DESK_OF, help=True, reached=True
    ),
    "fading": Fading(AROUND, ANA, 30),
    "active-layout": Active(
        replace(AROUND, layout="US dvorak"),
        LONG,
        Assurance(ACR_PHR, ("pop", "pin", "mfa"), 0),
        3600,
        300,
        keys_missing=1,
    ),
    "active-keys-missing": Active(
        AROUND, ANA, Assurance(ACR_PHR, ("pop", "pin", "mfa"), 0), 3 * 3600 + 40 * 60, 300, keys_missing=1
    ),
    "active-emergency": replace(
        Active(AROUND, NOBODY, Assurance("", (), 0), 0, 120),
        emergency=EmergencyBar(OFFER.reasons[2], LONG.name, 1740, 1800),
    ),
    "active-emergency-last": replace(
        Active(OFFLINE, NOBODY, Assurance("", (), 0), 0, 120), emergency=EmergencyBar(OFFER.reasons[0], "", 59, 0)
    ),
    "active-owes": Active(
        AROUND,
        ANA,
        Assurance(ACR_PHR, ("pop", "pin", "mfa"), 0),
        3600,
        300,
        Notice("notice.text_owed", "warning"),
        help=True,
        owes=True,
    ),
    "fading-emergency": Fading(AROUND, NOBODY, 30, EmergencyBar(OFFER.reasons[0], ANA.name, 900, 1800)),
}
