"""A patient's record as a FHIR R4 bundle, for rules that are asked of it. It names nobody."""

from osler.clinical import Code, Observation, Quantity, Record
from osler.standards.fhir.parts import Resource, concept, filled, instant, of_quantity

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"


def record_bundle(record: Record) -> Resource:
    """Return a collection of what is known; implausible values are left out.

    Name and numbers of the patient stay out: no rule needs them.
    """
    patient = record.patient
    born = patient.birth_date.isoformat() if patient.birth_date else None
    found = [filled(resourceType="Patient", gender=patient.sex.value, birthDate=born)]
    found += [_observation(one) for one in record.observations if one.implausible is None]
    found += [
        filled(
            resourceType="Condition",
            code=concept(one.code),
            onsetDateTime=instant(one.onset) if one.onset else None,
            abatementDateTime=instant(one.abatement) if one.abatement else None,
            clinicalStatus={
                "coding": [{"system": CLINICAL, "code": "active" if one.active else "inactive"}]
            },
        )
        for one in record.conditions
    ]
    found += [
        filled(
            resourceType="MedicationStatement",
            status="active",
            medicationCodeableConcept=concept(one),
        )
        for one in record.medications
    ]
    found += [
        filled(resourceType="AllergyIntolerance", code=concept(one)) for one in record.allergies
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in found],
    }


def _observation(one: Observation) -> Resource:
    """Return one value in Osler's unit."""
    value = one.value
    return filled(
        resourceType="Observation",
        status="final",
        code=concept(one.code),
        effectiveDateTime=instant(one.effective) if one.effective else None,
        valueQuantity=of_quantity(value) if isinstance(value, Quantity) else None,
        valueCodeableConcept=concept(value) if isinstance(value, Code) else None,
        valueString=value if isinstance(value, str) else None,
    )
