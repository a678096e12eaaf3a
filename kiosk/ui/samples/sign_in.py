"""From a tap to the workspace."""

from __future__ import annotations

from dataclasses import replace

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import Why
from kiosk.model.people import Person
from kiosk.model.proof import Method
from kiosk.model.secret import Secret
from kiosk.session.facts.prove_part import Prove
from kiosk.session.facts.screen_parts import StationStatus
from kiosk.session.facts.screens import Opening, Reading, Screen, SecondFactor
from kiosk.session.facts.secret_field import EntryView
from kiosk.ui.samples.people import ANA, AROUND, LONG, OFFLINE, OFFLINE_REOPENS
from kiosk.ui.samples.proofs import CODE_OFFERS, KEY_HOLD, KEY_PIN, OFFERS, PIN, WRONG
from kiosk.ui.samples.risk import UNUSUAL


def _second(
    person: Person | None, prove: Prove, why: Why = Why.FIRST_SIGN_IN, status: StationStatus = AROUND
) -> SecondFactor:
    return SecondFactor(status, person, why, prove)


SIGN_IN: dict[str, Screen] = {
    "reading": Reading(AROUND),
    "reading-busy": Reading(AROUND, busy=True),
    "second-factor-pin": _second(ANA, PIN),
    "second-factor-new-place": _second(ANA, PIN, Why.NEW_PLACE),
    "second-factor-ends": replace(_second(LONG, WRONG), ends_in=30),
    "second-factor-risk": replace(_second(LONG, KEY_PIN, Why.RISK), says=UNUSUAL),
    "second-factor-wrong": _second(LONG, WRONG, Why.GRACE_OVER),
    "second-factor-by-enter": _second(LONG, replace(WRONG, retries_left=3, last_try=False, by_enter=True, missed=True)),
    "second-factor-off": _second(ANA, replace(WRONG, wait=14, retries_left=3, last_try=False)),
    "second-factor-missed": _second(LONG, replace(WRONG, wait=9, entry=EntryView(1, missed=True))),
    "second-factor-typed": _second(ANA, replace(PIN, entry=EntryView(1, 4))),
    "second-factor-last-try": _second(ANA, replace(KEY_PIN, trouble=CardTrouble.LAST_TRY, last_try=True)),
    "second-factor-blocked": _second(ANA, replace(KEY_PIN, trouble=CardTrouble.PIN_BLOCKED)),
    "second-factor-wait": _second(ANA, Prove(CODE_OFFERS, Method.PIN, "wait", True)),
    "second-factor-whose-key": _second(None, KEY_PIN, Why.POSSESSION),
    "second-factor-key-pin": _second(ANA, KEY_PIN),
    "second-factor-caps": _second(
        ANA, replace(KEY_PIN, entry=EntryView(1, 6, caps=True, layout="US dvorak"), retries_left=3)
    ),
    "second-factor-shown": _second(ANA, replace(KEY_PIN, entry=EntryView(1, 6, layout="DE", shown=Secret("zebra7")))),
    "second-factor-key": _second(ANA, KEY_HOLD),
    "second-factor-offline": _second(LONG, KEY_PIN, Why.OFFLINE, OFFLINE_REOPENS),
    "second-factor-card": _second(
        LONG, Prove(OFFERS, Method.PIV_PIN, "hold", True, trouble=CardTrouble.LIFTED_EARLY), status=OFFLINE
    ),
    "opening": Opening(AROUND, ANA, True),
    "opening-new": Opening(AROUND, LONG, False),
    "opening-held": Opening(AROUND, ANA, True, held=True),
}
