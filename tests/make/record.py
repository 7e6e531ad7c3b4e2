"""Builders of records and of the documents they come in; the times are near ``NOW``."""

# ruff: noqa: ANN401

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from osler.clinical import Code, Identifier, Observation, Patient, Quantity, Record, Sex
from osler.standards.guideline import shipped
from osler.standards.terminology import Stated, measurable_named, to_observation

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TAKEN = NOW - timedelta(hours=1)
CLINICAL_STATUS = "http://terminology.hl7.org/CodeSystem/condition-clinical"

# Each vital sign here scores nothing in NEWS2.
CALM: dict[str, float | str] = {
    "respiratory_rate": 16.0,
    "spo2": 97.0,
    "supplemental_oxygen": "no",
    "systolic": 125.0,
    "heart_rate": 70.0,
    "consciousness": "A",
    "temperature": 37.0,
}


def measured(name: str, value: float | str, *, at: datetime | None = TAKEN) -> Observation:
    """Return an observation by its convenience name, in Osler's unit."""
    known = measurable_named(name)
    assert known is not None, name
    number = float(value) if isinstance(value, int | float) else value
    unit = known.unit if isinstance(number, float) else None
    stated = Stated(known.codes[0].code, number, unit, at, f"{value} {known.unit}")
    return to_observation(stated, shipped().plausible_ranges)


def vitals(at: datetime | None = TAKEN, **changes: float | str | None) -> tuple[Observation, ...]:
    """Return a calm set of vital signs with changes; None leaves one out."""
    values = {**CALM, **changes}
    return tuple(
        measured(name, value, at=at) for name, value in values.items() if value is not None
    )


def a_man(**changes: Any) -> Patient:
    """Return an identified man born in 1961."""
    patient = Patient((Identifier("123"),), "Demo Man", Sex.MALE, date(1961, 5, 4))
    return replace(patient, **changes)


def a_vitals_record(patient: Patient | None = None, **changes: float | str | None) -> Record:
    """Return a record of vital signs that score nothing, with changes."""
    return Record(patient or a_man(), observations=vitals(TAKEN, **changes))


def value_of(observation: Observation) -> float:
    """Return the number of an observation that has one."""
    assert isinstance(observation.value, Quantity), observation
    return observation.value.value


def code_of(observation: Observation) -> str:
    """Return the code of an observation's answer."""
    assert isinstance(observation.value, Code), observation
    return observation.value.code


def fhir_patient(identity: str = "p1", **changes: Any) -> dict[str, Any]:
    """Return a FHIR Patient."""
    patient = {
        "resourceType": "Patient",
        "id": identity,
        "identifier": [{"system": "urn:oid:1.2.3", "value": "123"}],
        "name": [{"family": "Man", "given": ["Demo"]}],
        "gender": "male",
        "birthDate": "1961-05-04",
    }
    return {**patient, **changes}


def fhir_observation(loinc: str = "8867-4", value: float = 92, **changes: Any) -> dict[str, Any]:
    """Return a FHIR Observation of a heart rate."""
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-11-20T08:00:00Z",
        "valueQuantity": {
            "value": value,
            "unit": "/min",
            "system": "http://unitsofmeasure.org",
            "code": "/min",
        },
    }
    return {**observation, **changes}


def fhir_condition(status: str = "active", **changes: Any) -> dict[str, Any]:
    """Return a FHIR Condition."""
    condition = {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"system": CLINICAL_STATUS, "code": status}]},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "38341003"}]},
        "subject": {"reference": "Patient/p1"},
    }
    return {**condition, **changes}


def a_bundle(*resources: Any, kind: str = "collection") -> dict[str, Any]:
    """Return a Bundle of resources."""
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [{"resource": resource} for resource in resources],
    }


def as_bytes(document: Any) -> bytes:
    """Return a document as JSON bytes."""
    return json.dumps(document).encode()
