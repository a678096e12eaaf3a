"""Invented patients as FHIR R4 resources (https://hl7.org/fhir/R4/patient.html, .../observation.html)."""

from __future__ import annotations

from dataclasses import dataclass

Resource = dict[str, object]
RESTRICTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
"""The label of a record that is sensitive (HL7 Confidentiality, “restricted”)."""
_LOINC, _UCUM = "http://loinc.org", "http://unitsofmeasure.org"
_CODES = {
    "8867-4": ("Heart rate", "beats/min", "/min"),
    "8310-5": ("Body temperature", "°C", "Cel"),
    "8480-6": ("Systolic blood pressure", "mmHg", "mm[Hg]"),
}


@dataclass(frozen=True, slots=True)
class ChartPatient:
    """One of them. ``measured``: heart rate, temperature, systolic pressure."""

    id: str
    family: str
    given: str
    gender: str
    born: str
    bed: str
    measured: tuple[float, float, float]
    sensitive: bool = False

    @property
    def name(self) -> str:
        return f"{self.family}, {self.given}"

    def resource(self) -> Resource:
        """As FHIR's ``Patient``."""
        label: Resource = {"meta": {"security": [RESTRICTED]}} if self.sensitive else {}
        number = {"system": "urn:example:ward-number", "value": self.id}
        return {
            "resourceType": "Patient",
            "id": self.id,
            **label,
            "identifier": [number],
            "name": [{"use": "official", "family": self.family, "given": [self.given]}],
            "gender": self.gender,
            "birthDate": self.born,
        }

    def observations(self) -> list[Resource]:
        """As FHIR's ``Observation``, one a value."""
        label: Resource = {"meta": {"security": [RESTRICTED]}} if self.sensitive else {}
        return [
            {
                "resourceType": "Observation",
                "id": f"{self.id}-{code}",
                **label,
                "status": "final",
                "code": {"coding": [{"system": _LOINC, "code": code, "display": display}]},
                "subject": {"reference": f"Patient/{self.id}"},
                "effectiveDateTime": "2026-03-02T07:30:00Z",
                "valueQuantity": {"value": value, "unit": unit, "system": _UCUM, "code": ucum},
            }
            for (code, (display, unit, ucum)), value in zip(_CODES.items(), self.measured, strict=True)
        ]


PATIENTS = (
    ChartPatient("1001", "Okafor", "Daniel", "male", "1957-04-12", "Bay 1", (72, 36.8, 118)),
    ChartPatient("1002", "Lindqvist", "Saga", "female", "1988-11-30", "Bay 2", (88, 37.9, 132)),
    ChartPatient("1003", "Marchetti", "Ugo", "male", "1949-01-08", "Bay 3", (64, 36.5, 141)),
    ChartPatient("1004", "Tanaka", "Yui", "female", "2001-07-19", "Bay 4", (97, 38.2, 109)),
    ChartPatient("1005", "Brennan", "Aoife", "female", "1976-09-02", "Bay 5", (70, 36.6, 124)),
    ChartPatient("1006", "Vasquez", "Ines", "female", "1993-02-25", "Bay 6", (81, 36.9, 121), sensitive=True),
)


def of_number(number: str) -> ChartPatient | None:
    """The one of that id."""
    return next((patient for patient in PATIENTS if patient.id == number), None)
