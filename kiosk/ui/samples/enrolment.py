"""One of every part of an enrolment and of My keys, for the gallery and the tests."""

from __future__ import annotations

from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import MethodOffer
from kiosk.model.enrolment import EnrolAct, EnrolRefusal, EnrolRefusalCode, FactorKind
from kiosk.model.proof import Method
from kiosk.model.refusal import RefusalCode
from kiosk.session.facts.enrolment_screens import (
    EnrolBusy,
    EnrolChoose,
    EnrolCodeApp,
    EnrolCodes,
    EnrolDone,
    EnrolHold,
    Enrolment,
    EnrolPanel,
    EnrolPhone,
    EnrolPin,
    EnrolProve,
    EnrolSecond,
    EnrolTypeCode,
    EnrolWho,
    MyKeys,
    Trail,
)
from kiosk.session.facts.prove_part import Prove
from kiosk.session.facts.screen_parts import Notice
from kiosk.session.facts.screens import Screen
from kiosk.session.facts.secret_field import EntryView
from kiosk.ui.samples.factors import BADGE, CODES, FACTORS, KEY, KINDS, PHONE_URI, SECRET, URI
from kiosk.ui.samples.people import ANA, AROUND, BEN, LONG, OFFLINE

OFFERS = (MethodOffer(Method.FIDO2, ("Blue key on lanyard",)), MethodOffer(Method.PIV_PIN))
CODE_OFFERS = (MethodOffer(Method.RECOVERY), MethodOffer(Method.PIN))


def _at(step: Trail, part: EnrolPanel, kind: FactorKind | None = FactorKind.KEY, **more: object) -> Enrolment:
    values: dict[str, object] = {"status": AROUND, "person": ANA, "seconds": 600, "back": True, **more}
    act = values.pop("act", EnrolAct.ADD)
    return Enrolment(act=act, at=step, part=part, kind=kind, **values)  # type: ignore[arg-type]  # few fields changed


_WHO: dict[str, Screen] = {
    "enrol-who": _at("who", EnrolWho(), None, person=None, back=False),
    "enrol-who-code": _at(
        "who", EnrolWho("start_code"), None, person=None, refusal=EnrolRefusal(EnrolRefusalCode.START_CODE)
    ),
    "enrol-who-code-empty": _at("who", EnrolWho("start_code"), None, person=None),
    "enrol-who-off": _at(
        "who",
        EnrolWho("start_code", wait=240),
        None,
        person=None,
        refusal=EnrolRefusal(EnrolRefusalCode.TOO_FAST, wait=300),
    ),
    "enrol-who-typed": _at("who", EnrolWho("start_code", EntryView(1, 9)), None, person=None),
    "enrol-who-login": _at("who", EnrolWho("login"), None, person=None),
    "enrol-who-over": _at("who", EnrolWho(), None, person=None, notice=Notice("notice.enrol_over", "warning")),
    "enrol-who-busy": _at("who", EnrolWho(busy=True), None, person=None, back=False),
    "enrol-choose": _at("proof", EnrolChoose(KINDS, 1), None, back=False),
    "enrol-choose-refused": _at(
        "new", EnrolChoose(KINDS[:4]), None, person=LONG, refusal=EnrolRefusal(EnrolRefusalCode.POLICY), status=OFFLINE
    ),
}
_PROOF: dict[str, Screen] = {
    "enrol-prove": _at("proof", EnrolProve(Prove(OFFERS, Method.FIDO2, "type", False), False)),
    "enrol-prove-ask": _at(
        "proof", EnrolProve(Prove(OFFERS[:1], Method.FIDO2, "type", False), False, may_ask=True), FactorKind.BADGE
    ),
    "enrol-prove-blocked": _at(
        "proof",
        EnrolProve(Prove(OFFERS, Method.FIDO2, "type", False, trouble=CardTrouble.PIN_BLOCKED), False),
        person=LONG,
    ),
    "enrol-prove-last-try": _at(
        "proof",
        EnrolProve(
            Prove(OFFERS, Method.FIDO2, "type", False, retries_left=1, last_try=True, trouble=CardTrouble.LAST_TRY),
            False,
        ),
        person=LONG,
    ),
    "enrol-prove-recovery": _at(
        "proof",
        EnrolProve(Prove(CODE_OFFERS, Method.RECOVERY, "type", True, number=7, refusal=RefusalCode.WRONG_CODE), False),
    ),
    "enrol-vouch": _at("proof", EnrolProve(Prove(OFFERS, Method.FIDO2, "hold", False), True), person=LONG, second=BEN),
    "enrol-vouch-unknown": _at("proof", EnrolProve(Prove(OFFERS, Method.FIDO2, "type", False), True), person=LONG),
    "enrol-vouch-moves": _at(
        "proof",
        EnrolProve(Prove(OFFERS, Method.FIDO2, "type", False), True, moves=True),
        FactorKind.BADGE,
        person=LONG,
        second=BEN,
    ),
    "enrol-second": _at("proof", EnrolSecond("supervisor", "privileged"), person=LONG),
    "enrol-second-start": _at("proof", EnrolSecond("colleague", "start_code"), FactorKind.BADGE),
    "enrol-second-refused": _at(
        "proof",
        EnrolSecond("owner_or_supervisor", "badge_of_another"),
        FactorKind.BADGE,
        refusal=EnrolRefusal(EnrolRefusalCode.NOT_ENTITLED),
    ),
    "enrol-second-busy": _at("proof", EnrolSecond("colleague", "start_code", busy=True), FactorKind.BADGE),
}
_HOLD: dict[str, Screen] = {
    "enrol-hold": _at("new", EnrolHold(False, usb=True), second=BEN),
    "enrol-hold-badge": _at("new", EnrolHold(False), FactorKind.BADGE),
    "enrol-hold-busy": _at("new", EnrolHold(False, busy=True), FactorKind.PIV),
    "enrol-hold-trouble": _at("new", EnrolHold(False, trouble=CardTrouble.LIFTED_EARLY), person=LONG, second=BEN),
    "enrol-hold-refused": _at(
        "new",
        EnrolHold(False, usb=True),
        refusal=EnrolRefusal(EnrolRefusalCode.KEY_REFUSED, fault="attestation_path"),
        person=LONG,
        seconds=45,
    ),
    "enrol-hold-reversed": _at(
        "new",
        EnrolHold(False),
        FactorKind.BADGE,
        refusal=EnrolRefusal(EnrolRefusalCode.BADGE_RANGE, resembles="reversed"),
    ),
    "enrol-hold-blocked": _at("new", EnrolHold(False, trouble=CardTrouble.PIN_BLOCKED)),
    "enrol-try": _at("try", EnrolHold(True)),
}
_PINS: dict[str, Screen] = {
    "enrol-pin": _at("new", EnrolPin("service", "new", 6, 8, True), FactorKind.PIN),
    "enrol-pin-weak": _at(
        "new",
        EnrolPin("service", "new", 6, 8, True, EntryView(1)),
        FactorKind.PIN,
        person=LONG,
        refusal=EnrolRefusal(EnrolRefusalCode.PIN_WEAK),
    ),
    "enrol-pin-again": _at("try", EnrolPin("service", "again", 6, 8, True), FactorKind.PIN),
    "enrol-pin-differs": _at("new", EnrolPin("service", "new", 6, 8, True, EntryView(2), differs=True), FactorKind.PIN),
    "enrol-key-pin": _at("new", EnrolPin("key", "new", 4, 63, False)),
    "enrol-key-pin-present": _at(
        "new", EnrolPin("key", "present", 4, 63, False, retries_left=3, trouble=CardTrouble.WRONG_PIN)
    ),
    "enrol-key-pin-last": _at(
        "new",
        EnrolPin("key", "present", 4, 63, False, retries_left=1, trouble=CardTrouble.LAST_TRY),
        person=LONG,
        second=BEN,
    ),
    "enrol-key-pin-change": _at("new", EnrolPin("key", "change", 4, 63, False, retries_left=8)),
    "enrol-key-pin-change-wrong": _at(
        "new",
        EnrolPin("key", "change", 4, 63, False, retries_left=2, trouble=CardTrouble.WRONG_PIN),
        person=LONG,
        second=BEN,
    ),
    "enrol-key-pin-same": _at("new", EnrolPin("key", "new", 8, 63, False, EntryView(1), same=True)),
    "enrol-card-reader": _at(
        "try", EnrolHold(True, trouble=CardTrouble.WRONG_READER), FactorKind.PIV, person=LONG, second=BEN
    ),
    "enrol-card-pin": _at("new", EnrolPin("card", "present", 6, 8, True, busy=True), FactorKind.PIV),
}
_CODES_SHOWN: dict[str, Screen] = {
    "enrol-code-app": _at("new", EnrolCodeApp(URI, SECRET), FactorKind.CODE_APP, person=LONG),
    "enrol-code-app-wrong": _at(
        "try",
        EnrolCodeApp(URI, SECRET, EntryView(1)),
        FactorKind.CODE_APP,
        refusal=EnrolRefusal(EnrolRefusalCode.WRONG_CODE, retries_left=2),
    ),
    "enrol-phone": _at("new", EnrolPhone(PHONE_URI), FactorKind.PHONE, person=LONG),
    "enrol-phone-wrong": _at(
        "new",
        EnrolPhone(PHONE_URI, EntryView(1)),
        FactorKind.PHONE,
        refusal=EnrolRefusal(EnrolRefusalCode.WRONG_CODE),
    ),
    "enrol-codes": _at("new", EnrolCodes(CODES, True), FactorKind.RECOVERY_CODES),
    "enrol-codes-printed": _at("new", EnrolCodes(CODES, True, printed=True), FactorKind.RECOVERY_CODES, person=LONG),
    "enrol-codes-screen": _at("new", EnrolCodes(CODES, False), FactorKind.RECOVERY_CODES),
    "enrol-type-code": _at("try", EnrolTypeCode(7), FactorKind.RECOVERY_CODES),
}
_ENDS: dict[str, Screen] = {
    "enrol-done": _at("done", EnrolDone(KEY, 1, True), person=LONG, second=BEN, back=False),
    "enrol-done-badge": _at("done", EnrolDone(BADGE, 0, True), FactorKind.BADGE, back=False),
    "enrol-done-alone": _at(
        "done", EnrolDone(BADGE, 0, True, signs_in=False), FactorKind.BADGE, person=LONG, second=BEN, back=False
    ),
    "enrol-done-codes": _at(
        "done", EnrolDone(FACTORS[7], 0, True, used=7), FactorKind.RECOVERY_CODES, person=LONG, back=False
    ),
    "enrol-done-lost": _at("done", EnrolDone(KEY, 0, False), act=EnrolAct.LOST, back=False),
    "enrol-busy": _at("proof", EnrolBusy(), back=False),
    "enrol-offline": _at(
        "try",
        EnrolHold(True),
        person=LONG,
        second=BEN,
        notice=Notice("notice.enrol_offline", "warning"),
        status=OFFLINE,
    ),
    "enrol-held-off": _at(
        "new", EnrolHold(False), FactorKind.BADGE, notice=Notice("notice.held_off", "warning"), status=OFFLINE
    ),
}
_MY_KEYS: dict[str, Screen] = {
    "my-keys": MyKeys(AROUND, ANA, FACTORS[:5], 1, 8, KINDS),
    "my-keys-many": MyKeys(OFFLINE, LONG, FACTORS, 0, 0, KINDS),
    "my-keys-none": MyKeys(AROUND, ANA, (), 0, 0, (), busy=True),
    "my-keys-chosen": MyKeys(AROUND, ANA, FACTORS, 1, 8, KINDS, chosen="key:k7q2m4xd"),
    "my-keys-chosen-lost": MyKeys(AROUND, LONG, FACTORS, 0, 8, (), chosen="key:wwm6qz5a"),
    "my-keys-naming": MyKeys(AROUND, LONG, FACTORS, 0, 8, KINDS, chosen="key:k7q2m4xd", naming=True),
    "my-keys-confirm": MyKeys(AROUND, ANA, FACTORS, 0, 8, KINDS, chosen="key:k7q2m4xd", confirm=True),
}
ENROLMENTS = _WHO | _PROOF | _HOLD | _PINS | _CODES_SHOWN | _ENDS | _MY_KEYS
