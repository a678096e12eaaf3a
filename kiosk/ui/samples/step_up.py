"""A program asks for a fresh proof: what is asked, read and proved."""

from __future__ import annotations

from dataclasses import fields, replace

from kiosk.model.break_glass import UnderEmergency
from kiosk.model.card import CardTrouble
from kiosk.model.ceremony import MethodOffer
from kiosk.model.challenge import PhoneAsk
from kiosk.model.consent import Consent, lines
from kiosk.model.people import Person
from kiosk.model.proof import Method
from kiosk.model.refusal import RefusalCode
from kiosk.model.second import SecondOf, SecondWanted
from kiosk.session.facts.consent_pages import beside, pages
from kiosk.session.facts.emergency_screens import EmergencyBar
from kiosk.session.facts.prove_part import Prove
from kiosk.session.facts.screens import ConsentPage, Screen, StepUp
from kiosk.session.step_up.consent import short
from kiosk.ui.samples.emergency import OFFER
from kiosk.ui.samples.factors import PHONE_URI
from kiosk.ui.samples.people import ANA, AROUND, DESK, LONG, OFFLINE
from kiosk.ui.samples.proofs import KEY_HOLD, KEY_PIN, OFFERS, PIN
from kiosk.ui.samples.risk import UNUSUAL

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


PATIENTS = tuple(f"Patient/{100_000 + number}" for number in range(1, 501))
PURPOSES = (
    "treatment",
    "transfer of care",
    "quality review",
    "research approved by the board",
    "request by the patient",
)
STEP_UPS: dict[str, Screen] = {
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
}
