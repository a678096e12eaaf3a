"""What the people of the samples have, and what they are given to make: factors, a code app, recovery codes."""

from __future__ import annotations

from kiosk.model.enrolment import FactorKind, FactorView

YEAR_2026 = 1_767_268_800
DAY = 86_400
PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAGAAAAAwCAIAAABhdOiYAAAAnElEQVR42u3YywmAMBAFwFRjAYJgy3r0ZCW2o3"
    "fRKBFiSOaxFcxhf2GXaAICQIAAAQIEqAmgrh8rKECAAAECBAhQtUDzsn6sgoC2abgrQDGdL0aVAD3qJBvVAPRSJ83oB6BTY8+pk2CUG+hy+A"
    "F63ikAAQIECJApVj6QPcgm7RZzzfsHtQrk5QoIECBAgABlAhJAgAABAgQIUEM5ANQnI7jjtwM+AAAAAElFTkSuQmCC"
)
"""A security key, 96 × 48 pixels."""
SECRET = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"  # noqa: S105  # opens nothing
URI = f"otpauth://totp/St%20Elsewhere:alopez?secret={SECRET.replace(' ', '')}&issuer=St%20Elsewhere"
PHONE_URI = "https://auth.st-elsewhere.example:8443/phone#0HkCw5wYkz3oYw2b6mEoYtq9pGd1vXuA"
CODES = (
    "5260 1815 9083 0166 1318",
    "6091 3909 9603 0824 6281",
    "9482 1993 5181 9093 7865",
    "7975 4323 1948 7574 9118",
    "6252 7601 8955 5979 7114",
    "7104 9746 5075 2917 0342",
    "3667 1276 8426 8465 6321",
    "2233 0792 4402 6859 9528",
    "9078 6666 1760 3137 2159",
    "0109 2815 9013 9624 5957",
)
KINDS = tuple(kind for kind in FactorKind if kind is not FactorKind.PKOC)
BADGE = FactorView(
    "badge:c4x7ta2n", FactorKind.BADGE, "Badge …4711", YEAR_2026 + 20 * DAY, last_used=YEAR_2026 + 320 * DAY
)
KEY = FactorView(
    "key:k7q2m4xd", FactorKind.KEY, "Blue key on lanyard", YEAR_2026 + 21 * DAY, "Example Key 5 NFC", PICTURE,
    YEAR_2026 + 319 * DAY, hardware=True,
)  # fmt: skip
FACTORS = (
    BADGE,
    KEY,
    FactorView("key:wwm6qz5a", FactorKind.KEY, "Spare key", YEAR_2026 + 40 * DAY, "Example Key 5C NFC", state="lost"),
    FactorView("pin", FactorKind.PIN, "", YEAR_2026 + 21 * DAY, last_used=YEAR_2026 + 322 * DAY),
    FactorView("totp", FactorKind.CODE_APP, "", YEAR_2026 + 60 * DAY),
    FactorView("piv:h2n5v3rk", FactorKind.PIV, "Staff card", YEAR_2026 + 90 * DAY, "PIV card", state="suspended"),
    FactorView(
        "badge:mq46yd3w", FactorKind.TEMPORARY_BADGE, "Temporary badge", YEAR_2026, until=YEAR_2026 + DAY, ended=True
    ),
    FactorView("recovery", FactorKind.RECOVERY_CODES, "", YEAR_2026 + 99 * DAY),
)
