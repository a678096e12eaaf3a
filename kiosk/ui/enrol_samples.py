"""One of every part of an enrolment and of My keys, for the gallery and the tests; made from ``samples``' people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import MethodOffer, RefusalCode
from kiosk.model.enrolment import EnrolAct, EnrolRefusal, EnrolRefusalCode, FactorKind, FactorView
from kiosk.model.people import Person
from kiosk.model.proof import Method
from kiosk.session.enrol_screens import (
    EnrolBusy,
    EnrolChoose,
    EnrolCodeApp,
    EnrolCodes,
    EnrolDone,
    EnrolHold,
    Enrolment,
    EnrolPart,
    EnrolPin,
    EnrolProve,
    EnrolSecond,
    EnrolTypeCode,
    EnrolWho,
    MyKeys,
    Trail,
)
from kiosk.session.lockscreen import Notice, Surroundings
from kiosk.session.screens import Prove

if TYPE_CHECKING:
    from kiosk.session.screens import Screen

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
KINDS = tuple(FactorKind)
BADGE = FactorView("m1", FactorKind.BADGE, "Badge …4711", YEAR_2026 + 20 * DAY, last_used=YEAR_2026 + 320 * DAY)
KEY = FactorView(
    "m2", FactorKind.KEY, "Blue key on lanyard", YEAR_2026 + 21 * DAY, "Example Key 5 NFC", PICTURE,
    YEAR_2026 + 319 * DAY, hardware=True,
)  # fmt: skip
FACTORS = (
    BADGE,
    KEY,
    FactorView("m3", FactorKind.KEY, "Spare key", YEAR_2026 + 40 * DAY, "Example Key 5C NFC", state="lost"),
    FactorView("m4", FactorKind.PIN, "", YEAR_2026 + 21 * DAY, last_used=YEAR_2026 + 322 * DAY),
    FactorView("m5", FactorKind.CODE_APP, "", YEAR_2026 + 60 * DAY),
    FactorView("m6", FactorKind.PIV, "Staff card", YEAR_2026 + 90 * DAY, "PIV card", state="suspended"),
    FactorView("m7", FactorKind.TEMPORARY_BADGE, "Temporary badge", YEAR_2026, until=YEAR_2026 + DAY),
    FactorView("m8", FactorKind.RECOVERY_CODES, "", YEAR_2026 + 99 * DAY),
)


def enrolments(
    around: Surroundings, offline: Surroundings, ana: Person, ben: Person, long: Person
) -> dict[str, Screen]:
    """The samples by name. ``long``: somebody whose name is long."""

    def at(step: Trail, part: EnrolPart, kind: FactorKind | None = FactorKind.KEY, **more: object) -> Enrolment:
        values: dict[str, object] = {"around": around, "person": ana, "seconds": 600, "back": True, **more}
        act = values.pop("act", EnrolAct.ADD)
        return Enrolment(act=act, at=step, part=part, kind=kind, **values)  # type: ignore[arg-type]  # few fields changed

    offers = (MethodOffer(Method.FIDO2, ("Blue key on lanyard",)), MethodOffer(Method.PIV_PIN))
    codes = (MethodOffer(Method.RECOVERY), MethodOffer(Method.PIN))
    refused = EnrolRefusal
    return {
        "enrol-who": at("who", EnrolWho(), None, person=None, back=False),
        "enrol-who-code": at(
            "who", EnrolWho("start_code"), None, person=None, refusal=refused(EnrolRefusalCode.START_CODE)
        ),
        "enrol-who-code-empty": at("who", EnrolWho("start_code"), None, person=None),
        "enrol-who-login": at("who", EnrolWho("login"), None, person=None),
        "enrol-who-busy": at("who", EnrolWho(busy=True), None, person=None, back=False),
        "enrol-choose": at("proof", EnrolChoose(KINDS, 1), None, back=False),
        "enrol-choose-refused": at(
            "new", EnrolChoose(KINDS[:4]), None, person=long, refusal=refused(EnrolRefusalCode.POLICY), around=offline
        ),
        "enrol-prove": at("proof", EnrolProve(Prove(offers, Method.FIDO2, "type", False), False)),
        "enrol-prove-ask": at(
            "proof", EnrolProve(Prove(offers[:1], Method.FIDO2, "type", False), False, may_ask=True), FactorKind.BADGE
        ),
        "enrol-prove-blocked": at(
            "proof",
            EnrolProve(Prove(offers, Method.FIDO2, "type", False, trouble=CardTrouble.PIN_BLOCKED), False),
            person=long,
        ),
        "enrol-prove-last-try": at(
            "proof",
            EnrolProve(
                Prove(offers, Method.FIDO2, "type", False, retries_left=1, last_try=True, trouble=CardTrouble.LAST_TRY),
                False,
            ),
            person=long,
        ),
        "enrol-prove-recovery": at(
            "proof",
            EnrolProve(Prove(codes, Method.RECOVERY, "type", True, number=7, refusal=RefusalCode.WRONG_CODE), False),
        ),
        "enrol-vouch": at(
            "proof", EnrolProve(Prove(offers, Method.FIDO2, "hold", False), True), person=long, second=ben
        ),
        "enrol-vouch-unknown": at("proof", EnrolProve(Prove(offers, Method.FIDO2, "type", False), True), person=long),
        "enrol-second": at("proof", EnrolSecond("supervisor", "privileged"), person=long),
        "enrol-second-start": at("proof", EnrolSecond("colleague", "start_code"), FactorKind.BADGE),
        "enrol-second-refused": at(
            "proof",
            EnrolSecond("owner_or_supervisor", "badge_of_another"),
            FactorKind.BADGE,
            refusal=refused(EnrolRefusalCode.NOT_ENTITLED),
        ),
        "enrol-second-busy": at("proof", EnrolSecond("colleague", "start_code", busy=True), FactorKind.BADGE),
        "enrol-hold": at("new", EnrolHold(False, usb=True), second=ben),
        "enrol-hold-badge": at("new", EnrolHold(False), FactorKind.BADGE),
        "enrol-hold-busy": at("new", EnrolHold(False, busy=True), FactorKind.PIV),
        "enrol-hold-trouble": at("new", EnrolHold(False, trouble=CardTrouble.LIFTED_EARLY), person=long, second=ben),
        "enrol-hold-refused": at(
            "new",
            EnrolHold(False, usb=True),
            refusal=refused(EnrolRefusalCode.KEY_REFUSED, fault="attestation_path"),
            person=long,
            seconds=45,
        ),
        "enrol-hold-reversed": at(
            "new",
            EnrolHold(False),
            FactorKind.BADGE,
            refusal=refused(EnrolRefusalCode.BADGE_RANGE, resembles="reversed"),
        ),
        "enrol-hold-blocked": at("new", EnrolHold(False, trouble=CardTrouble.PIN_BLOCKED)),
        "enrol-try": at("try", EnrolHold(True)),
        "enrol-pin": at("new", EnrolPin("service", "new", 6, 8, True), FactorKind.PIN),
        "enrol-pin-weak": at(
            "new",
            EnrolPin("service", "new", 6, 8, True, 1),
            FactorKind.PIN,
            person=long,
            refusal=refused(EnrolRefusalCode.PIN_WEAK),
        ),
        "enrol-pin-again": at("try", EnrolPin("service", "again", 6, 8, True), FactorKind.PIN),
        "enrol-pin-differs": at("new", EnrolPin("service", "new", 6, 8, True, 2, differs=True), FactorKind.PIN),
        "enrol-key-pin": at("new", EnrolPin("key", "new", 4, 63, False)),
        "enrol-key-pin-present": at(
            "new", EnrolPin("key", "present", 4, 63, False, retries_left=3, trouble=CardTrouble.WRONG_PIN)
        ),
        "enrol-key-pin-last": at(
            "new",
            EnrolPin("key", "present", 4, 63, False, retries_left=1, trouble=CardTrouble.LAST_TRY),
            person=long,
            second=ben,
        ),
        "enrol-card-pin": at("new", EnrolPin("card", "present", 6, 8, True, busy=True), FactorKind.PIV),
        "enrol-code-app": at("new", EnrolCodeApp(URI, SECRET), FactorKind.CODE_APP, person=long),
        "enrol-code-app-wrong": at(
            "try",
            EnrolCodeApp(URI, SECRET, 1),
            FactorKind.CODE_APP,
            refusal=refused(EnrolRefusalCode.WRONG_CODE, retries_left=2),
        ),
        "enrol-codes": at("new", EnrolCodes(CODES, True), FactorKind.RECOVERY_CODES),
        "enrol-codes-printed": at("new", EnrolCodes(CODES, True, printed=True), FactorKind.RECOVERY_CODES, person=long),
        "enrol-codes-screen": at("new", EnrolCodes(CODES, False), FactorKind.RECOVERY_CODES),
        "enrol-type-code": at("try", EnrolTypeCode(7), FactorKind.RECOVERY_CODES),
        "enrol-done": at("done", EnrolDone(KEY, 1, True), person=long, second=ben, back=False),
        "enrol-done-badge": at("done", EnrolDone(BADGE, 0, True), FactorKind.BADGE, back=False),
        "enrol-done-alone": at(
            "done", EnrolDone(BADGE, 0, True, signs_in=False), FactorKind.BADGE, person=long, second=ben, back=False
        ),
        "enrol-done-codes": at(
            "done", EnrolDone(FACTORS[7], 0, True, used=7), FactorKind.RECOVERY_CODES, person=long, back=False
        ),
        "enrol-done-lost": at("done", EnrolDone(KEY, 0, False), act=EnrolAct.LOST, back=False),
        "enrol-busy": at("proof", EnrolBusy(), back=False),
        "enrol-offline": at(
            "try",
            EnrolHold(True),
            person=long,
            second=ben,
            notice=Notice("notice.enrol_offline", "warning"),
            around=offline,
        ),
        "enrol-held-off": at(
            "new", EnrolHold(False), FactorKind.BADGE, notice=Notice("notice.held_off", "warning"), around=offline
        ),
        "my-keys": MyKeys(around, ana, FACTORS[:5], 1, 8, KINDS),
        "my-keys-many": MyKeys(offline, long, FACTORS, 0, 0, KINDS),
        "my-keys-none": MyKeys(around, ana, (), 0, 0, (), busy=True),
        "my-keys-chosen": MyKeys(around, ana, FACTORS, 1, 8, KINDS, chosen="m2"),
        "my-keys-chosen-lost": MyKeys(around, long, FACTORS, 0, 8, (), chosen="m3"),
        "my-keys-confirm": MyKeys(around, ana, FACTORS, 0, 8, KINDS, chosen="m2", confirm=True),
    }
