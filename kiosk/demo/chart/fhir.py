"""FHIR R4's search and Bundles over the invented patients (https://hl7.org/fhir/R4/search.html, http.html)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from kiosk.demo.chart.patients import PATIENTS, ChartPatient, Resource

USUAL_COUNT, MAX_COUNT = 20, 100
_Test = Callable[[ChartPatient, str], bool]
_PATIENT: dict[str, _Test] = {
    "_id": lambda patient, value: value == patient.id,
    "identifier": lambda patient, value: value.rpartition("|")[2] == patient.id,
    "family": lambda patient, value: patient.family.lower().startswith(value.lower()),
    "name": lambda patient, value: value.lower() in f"{patient.given} {patient.family}".lower(),
    "gender": lambda patient, value: value == patient.gender,
    "birthdate": lambda patient, value: patient.born.startswith(value),
}
_OBSERVATION = ("patient", "subject", "code")


class SearchError(Exception):
    """The search asks for what is not served; the message is for an OperationOutcome."""


def search(kind: str, asked: Mapping[str, str], base: str) -> tuple[Resource, tuple[ChartPatient, ...]]:
    """The Bundle, and whose records are in it. Raises ``SearchError``: what is not understood is not left out, for a
    search that ignores a condition finds too much (section “Handling Errors”, ``handling=strict``)."""
    plain = {name: value for name, value in asked.items() if name not in ("_count", "_offset")}
    count, offset = _number(asked, "_count", USUAL_COUNT, MAX_COUNT), _number(asked, "_offset", 0, 100_000)
    if kind == "Patient":
        patients = [patient for patient in PATIENTS if _fits(patient, plain)]
        found = [(patient, patient.resource()) for patient in patients]
    elif kind == "Observation":
        found = _observations(plain)
    else:
        raise SearchError(f"{kind} is not kept here. Patient and Observation are.")
    page = found[offset : offset + count]
    more = offset + count < len(found)
    bundle = _bundle("searchset", [resource for _, resource in page], base)
    links = [_link("self", kind, plain, count, offset, base)]
    links += [_link("next", kind, plain, count, offset + count, base)] if more else []
    return {**bundle, "total": len(found), "link": links}, tuple(dict.fromkeys(patient for patient, _ in page))


def everything(base: str, patients: Sequence[ChartPatient] = PATIENTS) -> Resource:
    """All records of ``patients``, as a Bundle to be taken along."""
    listed = [resource for patient in patients for resource in (patient.resource(), *patient.observations())]
    return {**_bundle("collection", listed, base), "total": len(listed)}


def as_csv(patients: Sequence[ChartPatient] = PATIENTS) -> str:
    """One line a patient (RFC 4180). A cell that a spreadsheet would calculate is made plain text."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(("number", "name", "born", "bed", "heart_rate", "temperature", "systolic"))
    for patient in patients:
        cells = (patient.id, patient.name, patient.born, patient.bed, *map(str, patient.measured))
        lines.writerow([f"'{cell}" if cell[:1] in "=+-@\t\r" else cell for cell in cells])
    return out.getvalue()


def outcome(code: str, says: str) -> Resource:
    """An OperationOutcome (https://hl7.org/fhir/R4/operationoutcome.html)."""
    issue = {"severity": "error", "code": code, "diagnostics": says}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def capabilities() -> Resource:
    """What is served (https://hl7.org/fhir/R4/capabilitystatement.html)."""
    names: dict[str, Sequence[str]] = {"Patient": tuple(_PATIENT), "Observation": _OBSERVATION}
    resources = [
        {
            "type": kind,
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            "searchParam": [{"name": name, "type": "string"} for name in wanted],
        }
        for kind, wanted in names.items()
    ]
    rest = {"mode": "server", "security": {"cors": False, "description": "RFC 6750, RFC 9470"}, "resource": resources}
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-03-02",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [rest],
    }


def _fits(patient: ChartPatient, asked: Mapping[str, str]) -> bool:
    for name, value in asked.items():
        if name not in _PATIENT:
            raise SearchError(f"Patients cannot be searched by “{name}”.")
        if not any(_PATIENT[name](patient, wanted) for wanted in value.split(",")):
            return False
    return True


def _observations(asked: Mapping[str, str]) -> list[tuple[ChartPatient, Resource]]:
    strange = sorted(asked.keys() - set(_OBSERVATION))
    if strange:
        raise SearchError(f"Observations cannot be searched by “{strange[0]}”.")
    whose = (asked.get("patient") or asked.get("subject") or "").removeprefix("Patient/")
    if not whose:
        raise SearchError("Say whose observations: patient=NUMBER.")
    codes = [code.rpartition("|")[2] for code in asked.get("code", "").split(",") if code]
    return [
        (patient, resource)
        for patient in PATIENTS
        if patient.id in whose.split(",")
        for resource in patient.observations()
        if not codes or str(resource["id"]).removeprefix(f"{patient.id}-") in codes
    ]


def _number(asked: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = asked.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise SearchError(f"“{name}” is a number.")
    return min(int(text), most)


def _bundle(kind: str, resources: Sequence[Resource], base: str) -> Resource:
    entries = [
        {"fullUrl": f"{base}/fhir/{found['resourceType']}/{found['id']}", "resource": found} for found in resources
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def _link(relation: str, kind: str, asked: Mapping[str, str], count: int, offset: int, base: str) -> dict[str, str]:
    query = urlencode({**asked, "_count": count, "_offset": offset})
    return {"relation": relation, "url": f"{base}/fhir/{kind}?{query}"}
