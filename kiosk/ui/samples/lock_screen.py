"""Nobody is signed in: the lock screen, well and ill, and what else stands there."""

from __future__ import annotations

from dataclasses import replace

from kiosk.session.facts.screen_parts import LockScreen, Notice, Waiting
from kiosk.session.facts.screens import OutOfOrder, Screen, UnknownBadge
from kiosk.ui.samples.people import (
    ANA,
    AROUND,
    BEN,
    BRIMMING,
    FILLING,
    FUTURE,
    LATE,
    LONG,
    NAMELESS,
    NO_SERVICE,
    OFFLINE,
    OFFLINE_REOPENS,
    PORTAL,
    REFUSED,
    SCRIPTS,
    STRANGE_ANSWER,
)

LOCK_SCREENS: dict[str, Screen] = {
    "locked": LockScreen(AROUND, (Waiting("AL"), Waiting("BC"), Waiting("MFW"))),
    "locked-night": LockScreen(replace(AROUND, layout="US", sounds="off", sounds_until="06:30"), (Waiting("AL"),)),
    "locked-layout": LockScreen(replace(AROUND, layout="US"), (Waiting("AL"),)),
    "locked-names": LockScreen(AROUND, (Waiting(ANA.name), Waiting(BEN.name), Waiting(LONG.name))),
    "locked-scripts": LockScreen(AROUND, tuple(Waiting(person.name) for person in SCRIPTS)),
    "locked-moved": LockScreen(AROUND, (Waiting("BC"),), went_to="Bay 7, Ward 3 East"),
    "locked-login": LockScreen(AROUND, (Waiting("AL"),), typing_login=True),
    "locked-no-service": LockScreen(NO_SERVICE, (Waiting("AL"),)),
    "locked-refused": LockScreen(REFUSED, (Waiting("AL"),)),
    "locked-storage-low": LockScreen(FILLING, (Waiting("AL"), Waiting("BC"), Waiting("MFW"))),
    "locked-storage-login": LockScreen(FILLING, (Waiting("AL"),), typing_login=True),
    "downtime-storage-full": LockScreen(BRIMMING, (Waiting("AL"), Waiting("BC")), name="downtime"),
    "locked-clock": LockScreen(LATE, (Waiting("AL"), Waiting("BC"), Waiting("MFW"))),
    "locked-clock-login": LockScreen(LATE, (Waiting("AL"),), typing_login=True),
    "downtime-clock": LockScreen(
        FUTURE, (Waiting("AL"),), notice=Notice("notice.clock_stops", "refused"), name="downtime"
    ),
    "refused": LockScreen(AROUND, notice=Notice("refusal.locked_out", "refused"), name="refused"),
    "downtime": LockScreen(OFFLINE, (Waiting("AL"), Waiting("BC")), name="downtime"),
    "downtime-certificate": LockScreen(PORTAL, (Waiting("AL"),), name="downtime"),
    "downtime-name": LockScreen(NAMELESS, (Waiting("AL"),), name="downtime"),
    "downtime-answer": LockScreen(STRANGE_ANSWER, (), name="downtime", emergency=True),
    "downtime-reopen": LockScreen(OFFLINE_REOPENS, (Waiting("AL"), Waiting("BC")), name="downtime"),
    "downtime-not-here": LockScreen(
        OFFLINE_REOPENS, (Waiting("AL"),), Notice("refusal.offline_not_here", "refused"), name="refused"
    ),
    "locked-emergency": LockScreen(AROUND, (Waiting("AL"), Waiting("BC")), emergency=True),
    "locked-emergency-beside": LockScreen(replace(OFFLINE, emergencies=("Bay 7",)), name="downtime", emergency=True),
    "downtime-emergency": LockScreen(OFFLINE, name="downtime", emergency=True),
    "unknown-badge": UnknownBadge(AROUND, None),
    "unknown-badge-closed": UnknownBadge(AROUND, None, may_enrol=False),
    "unknown-badge-reversed": UnknownBadge(AROUND, "reversed"),
    "out-of-order": OutOfOrder(AROUND, "CARD-THREAD", "out_of_order.broken"),
}
