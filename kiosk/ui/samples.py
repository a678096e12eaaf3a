"""One of everything that can be shown, for the gallery and the tests."""

from __future__ import annotations

from dataclasses import fields, replace

from kiosk.model.break_glass import UnderEmergency
from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import MethodOffer, PhoneAsk, RefusalCode, Why
from kiosk.model.consent import Consent, lines
from kiosk.model.emergency import NOBODY, EmergencyOffer
from kiosk.model.owed_text import OwedText
from kiosk.model.people import Person
from kiosk.model.programs import Running
from kiosk.model.proof import ACR_MFA, ACR_PHR, Assurance, Method
from kiosk.model.sealed_code import SealedCode
from kiosk.model.second import SecondOf, SecondWanted
from kiosk.model.secret import Secret
from kiosk.session.facts.consent_pages import beside, pages
from kiosk.session.facts.emergency_screens import Emergency, EmergencyBar, OwedTextScreen
from kiosk.session.facts.prove_part import Prove
from kiosk.session.facts.screen_parts import LockScreen, Notice, StationStatus, Waiting
from kiosk.session.facts.screens import (
    Active,
    Aftermath,
    ConsentPage,
    Fading,
    Opening,
    OutOfOrder,
    Reading,
    Screen,
    SecondFactor,
    StepUp,
    UnknownBadge,
)
from kiosk.session.facts.secret_field import EntryView
from kiosk.session.step_up.consent import short
from kiosk.ui.enrol_samples import ENROLMENTS
from kiosk.ui.sample_factors import PHONE_URI
from kiosk.ui.sample_people import (
    ANA,
    AROUND,
    BEN,
    BRIMMING,
    DESK,
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

OFFER = EmergencyOffer(
    1800, 7200, 120, ("patient in danger", "sign-in does not work", "nobody with access is here"), unknown=True
)
OWED = OwedText("e1", "Bay 2", 1_795_000_000, 1_795_086_400)
SEALED_OFFER = replace(OFFER, unknown=False, codes=(SealedCode(7, "00" * 32),))
OFFERS = (
    MethodOffer(Method.FIDO2, ("Blue key on lanyard",)),
    MethodOffer(Method.PIV_PIN),
    MethodOffer(Method.PIN),
)
CODE_OFFERS = (MethodOffer(Method.PIN), MethodOffer(Method.OTP))
ON_PHONE = Prove((*OFFERS, MethodOffer(Method.PHONE, ("Blue phone",))), Method.PHONE, "phone", False)


ASKED = Consent(
    login="alopez",
    workstation="Bay 2",
    program="Clinical records",
    path="/opt/records/bin/records",
    origin=None,
    action="record.export",
    resource="Patient/123",
    records=12,
    purpose="transfer of care",
    audience="urn:records",
)
UNUSUAL = (
    ("", "Asked because: This workstation is in another part of the network. A badge or key of yours was lost."),
    ("es", "Motivo: Este puesto está en otra parte de la red. Se perdió una tarjeta o llave suya."),
    ("fr", "Motif : Ce poste est dans une autre partie du réseau. Un badge ou une clé à vous a été perdu."),
)
"""What the service says of risk, about as long as it gets."""
UNUSUAL_WISH = (
    (
        "",
        "Something is unusual. Lock, sign in with your key or card and its PIN, and ask again; or use one that is "
        "known to be hardware. " + UNUSUAL[0][1],
    ),
    (
        "es",
        "Hay algo inusual. Bloquee, inicie sesión con su llave o tarjeta y su PIN, y repita; o use una cuyo hardware "
        "es conocido. " + UNUSUAL[1][1],
    ),
    (
        "fr",
        "Quelque chose est inhabituel. Verrouillez, ouvrez avec votre clé ou carte et son code, puis redemandez ; ou "
        "une clé au matériel connu. " + UNUSUAL[2][1],
    ),
)
"""The longest that the policy which comes along says of it, before that."""
ASKED_FIELDS = {field.name for field in fields(Consent)}


def _second(person: Person, prove: Prove, why: Why = Why.FIRST_SIGN_IN, status: StationStatus = AROUND) -> SecondFactor:
    return SecondFactor(status, person, why, prove)


def _step_up(person: Person, prove: Prove | None, number: int = 0, **changes: object) -> StepUp:
    said_otherwise = {name: changes.pop(name) for name in ASKED_FIELDS & changes.keys()}
    asked = replace(ASKED, **said_otherwise, login=person.login)  # type: ignore[arg-type]  # its own fields
    said = lines(asked)
    values: dict[str, object] = {
        "status": AROUND,
        "person": person,
        "request_number": 1,
        "lines": said,
        "sensitivity": "sensitive",
        "seconds": 114,
        "purposes": (),
        "prove": prove,
    }
    if not beside(said):
        made = pages(said)
        values |= {"lines": short(said), "page": ConsentPage(made[number], number, len(made))}
    return StepUp(**{**values, **changes})  # type: ignore[arg-type]  # one sample with a few fields changed


DESK_OF = (
    Running("Records", "records", "front"),
    Running("Browser", "globe", "open"),
    Running("Imaging", "", "over"),
    Running("Medication and infusion charts", "chart", "open"),
    Running("Post", "mail", "runs"),
    Running("Remote desktop", "monitor", "open"),
)
PIN = Prove(CODE_OFFERS, Method.PIN, "type", True)
KEY_PIN = Prove(OFFERS, Method.FIDO2, "type", False)
KEY_HOLD = Prove(OFFERS, Method.FIDO2, "hold", False)
WRONG = Prove(OFFERS, Method.PIN, "type", True, retries_left=1, last_try=True, refusal=RefusalCode.WRONG_PIN)
PATIENTS = tuple(f"Patient/{100_000 + number}" for number in range(1, 501))
PURPOSES = (
    "treatment",
    "transfer of care",
    "quality review",
    "research approved by the board",
    "request by the patient",
)
SAMPLES: dict[str, Screen] = {
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
    "step-up-key": _step_up(ANA, KEY_HOLD),
    "step-up-pin": _step_up(
        LONG,
        Prove(OFFERS, Method.PIV_PIN, "type", True, retries_left=2, trouble=CardTrouble.WRONG_PIN),
        sensitivity="restricted",
        status=OFFLINE,
    ),
    "step-up-full": _step_up(
        LONG,
        Prove(OFFERS, Method.PIV_PIN, "type", True, retries_left=2, trouble=CardTrouble.WRONG_PIN),
        program="",
        path="/usr/bin/python3.12",
        resource="Group/cohort-2026",
        records=4812,
        audience="https://records.example",
        sensitivity="restricted",
        status=OFFLINE,
    ),
    "step-up-phone": _step_up(LONG, replace(ON_PHONE, phone=PhoneAsk(PHONE_URI, "048213")), status=OFFLINE),
    "step-up-phone-over": _step_up(ANA, replace(ON_PHONE, refusal=RefusalCode.PHONE_SILENT)),
    "step-up-risk": _step_up(LONG, KEY_HOLD, says=UNUSUAL_WISH),
    "step-up-words": _step_up(
        ANA, PIN, resource="Ward/3-North", words=(("en", "Ward {id}"), ("es", "Unidad {id}"), ("fr", "Service {id}"))
    ),
    "step-up-server": _step_up(
        ANA,
        KEY_PIN,
        server="Clinical records",
        message="Ward 3, code 4711",
        action="app.sign_in.phr",
        resource="Clinical records",
        records=0,
        purpose=None,
        sensitivity="normal",
    ),
    "step-up-agent": _step_up(
        LONG,
        KEY_PIN,
        server="Night export",
        agent=True,
        message="Run 2026-11-30",
        records=40,
        says=(("", "A program that acts by itself asks. This needs a security key or a smart card."),),
        status=OFFLINE,
    ),
    "step-up-second": _step_up(ANA, None, second=SecondWanted(), records=600),
    "step-up-second-asked": _step_up(
        LONG, None, second=SecondWanted(("nurse", "physician", "pharmacist"), "bmoreau"), records=4812, status=OFFLINE
    ),
    "step-up-agree": _step_up(
        LONG, KEY_PIN, second_of=SecondOf("c", "d" * 64, "alopez", "ward-3-north-a"), records=600, agreeing=True
    ),
    "step-up-emergency": replace(
        _step_up(ANA, KEY_PIN, emergency=UnderEmergency("u", OFFER.reasons[0])),
        emergency=EmergencyBar(OFFER.reasons[0], ANA.name, 1740, 0),
    ),
    "step-up-emergency-page": replace(
        _step_up(
            LONG,
            None,
            origin="https://records.hospital.example",
            emergency=UnderEmergency("u", OFFER.reasons[2]),
            status=OFFLINE,
        ),
        emergency=EmergencyBar(OFFER.reasons[2], LONG.name, 59, 0),
    ),
    "step-up-page": _step_up(
        LONG,
        None,
        origin="https://records.hospital.example",
        resource="Group/oncology-trial-cohort-2026-b?_type=Observation,Condition",
        records=4812,
        audience="https://records.hospital.example",
        sensitivity="restricted",
        status=OFFLINE,
    ),
    "step-up-pages": _step_up(ANA, None, 2, patients=PATIENTS, records=0, status=OFFLINE),
    "step-up-longest": _step_up(LONG, None, 4, **dict.fromkeys(("resource", "purpose"), "W" * 512), status=OFFLINE),
    "step-up-read": _step_up(LONG, KEY_PIN, patients=PATIENTS, page=None, again=True, status=OFFLINE),
    "step-up-purpose": _step_up(
        ANA, None, action="bulk.print", purpose=None, purposes=PURPOSES, sensitivity="restricted", records=240
    ),
    "step-up-reset": _step_up(
        DESK,
        replace(KEY_PIN, offers=OFFERS[:2]),
        program="",
        path="/usr/bin/python3.12",
        lost=("key:8fJx41Qa", "pin"),
        audience="https://auth.hospital.example",
        action="factor.reset",
        resource="Person/alopez",
        records=0,
        sensitivity="restricted",
        purpose="passport, face",
    ),
    "step-up-asking": _step_up(ANA, None),
    "step-up-another": _step_up(ANA, KEY_PIN, another=True, records=50000, resource="Ward/ALL"),
    "step-up-first-second": _step_up(ANA, PIN, ready=False),
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
    "locked-emergency": LockScreen(AROUND, (Waiting("AL"), Waiting("BC")), emergency=True),
    "locked-emergency-beside": LockScreen(replace(OFFLINE, emergencies=("Bay 7",)), name="downtime", emergency=True),
    "downtime-emergency": LockScreen(OFFLINE, name="downtime", emergency=True),
    "emergency": Emergency(AROUND, OFFER),
    "emergency-away": Emergency(OFFLINE, OFFER),
    "emergency-reason": Emergency(OFFLINE, OFFER, reason=OFFER.reasons[0], reading=True),
    "emergency-login": Emergency(AROUND, OFFER, typing_login=True, notice=Notice("notice.no_login", "warning")),
    "emergency-code": Emergency(
        AROUND, SEALED_OFFER, typing_code=True, notice=Notice("notice.no_sealed_code", "warning")
    ),
    "emergency-sealed": Emergency(AROUND, SEALED_OFFER, said="code"),
    "emergency-opening": Emergency(AROUND, OFFER, OFFER.reasons[0], "card", opening=True),
    "active-emergency": replace(
        Active(AROUND, NOBODY, Assurance("", (), 0), 0, 120),
        emergency=EmergencyBar(OFFER.reasons[2], LONG.name, 1740, 1800),
    ),
    "active-emergency-last": replace(
        Active(OFFLINE, NOBODY, Assurance("", (), 0), 0, 120), emergency=EmergencyBar(OFFER.reasons[0], "", 59, 0)
    ),
    "owed-text": OwedTextScreen(AROUND, ANA, OWED, 1),
    "owed-text-overdue": OwedTextScreen(
        AROUND, LONG, replace(OWED, overdue=True), 2, notice=Notice("notice.text_taken")
    ),
    "owed-text-fetching": OwedTextScreen(AROUND, ANA),
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
    "unknown-badge": UnknownBadge(AROUND, None),
    "unknown-badge-closed": UnknownBadge(AROUND, None, may_enrol=False),
    "unknown-badge-reversed": UnknownBadge(AROUND, "reversed"),
    "out-of-order": OutOfOrder(AROUND, "CARD-THREAD", "out_of_order.broken"),
    **ENROLMENTS,
}
