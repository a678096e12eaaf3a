"""One of everything that can be shown, for the gallery and the tests; a file a mode of the session."""

from __future__ import annotations

from kiosk.session.facts.screens import Screen
from kiosk.ui.samples.at_work import AT_WORK
from kiosk.ui.samples.emergency import EMERGENCIES
from kiosk.ui.samples.enrolment import ENROLMENTS
from kiosk.ui.samples.lock_screen import LOCK_SCREENS
from kiosk.ui.samples.sign_in import SIGN_IN
from kiosk.ui.samples.step_up import STEP_UPS

SAMPLES: dict[str, Screen] = {
    **LOCK_SCREENS,
    **SIGN_IN,
    **AT_WORK,
    **STEP_UPS,
    **EMERGENCIES,
    **ENROLMENTS,
}
